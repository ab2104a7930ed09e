//! Names, classes and tags that stand in a relation to each other.

mod check;
mod error;
mod geometry;
mod parse;
mod query;
mod results;
mod score;

pub use error::QueryError;
pub use query::{
    AmountRange, Clause, Compass, DEFAULT_LIMIT, Group, Inside, MAX_BYTES, MAX_CLAUSES, MAX_DISTANCE_M, MAX_LIMIT,
    MAX_NEAR_M, MAX_TESTS, NameMatch, QUERY_SCHEMA, Query, Relation, Test,
};
pub use results::{
    Alternative, AreaName, ClauseReport, Found, Hit, Namesakes, RESULTS_SCHEMA, Reason, Results, SearchedMap,
    TooCommon, Verdict,
};

#[cfg(test)]
mod query_tests;
