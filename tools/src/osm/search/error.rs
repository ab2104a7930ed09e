//! Why a search cannot be made.

/// A text or JSON that is no query, and what would be one.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// Something else was expected.
    #[error("column {column}: expected {expected}, found {found}; for example: {example}")]
    Syntax {
        /// Where, in characters from 1.
        column: usize,
        /// What could stand there.
        expected: String,
        /// What stands there.
        found: String,
        /// A query in which that place is right.
        example: &'static str,
    },
    /// A number, a text or a list is out of its limits.
    #[error("{}{what} is {value}, and must be {range}; for example: {example}", at(.column))]
    Limit {
        /// Where, in characters from 1; nothing in JSON.
        column: Option<usize>,
        /// What is out of its limits.
        what: String,
        /// What it is.
        value: String,
        /// What it must be.
        range: String,
        /// A query in which it is right.
        example: &'static str,
    },
    /// No visual class of that name.
    #[error("{}no visual class is called '{name}'; {hint}", at(.column))]
    Class {
        /// Where, in characters from 1; nothing in JSON.
        column: Option<usize>,
        /// What was asked for.
        name: String,
        /// Classes of similar names, or how to look for a name instead.
        hint: String,
    },
    /// JSON that is no query.
    #[error("the query is not JSON of the schema navig.search-query/1: {0}")]
    Json(String),
}

fn at(column: &Option<usize>) -> String {
    column.map_or_else(String::new, |column| format!("column {column}: "))
}

impl QueryError {
    /// Where in the text the query goes wrong, in characters from 1.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        match self {
            Self::Syntax { column, .. } => Some(*column),
            Self::Limit { column, .. } | Self::Class { column, .. } => *column,
            Self::Json(_) => None,
        }
    }
}
