//! Names, classes and tags that stand in a relation to each other.

mod answer;
mod check;
mod error;
mod geometry;
mod join;
mod namesakes;
mod parse;
mod pool;
mod probe;
mod query;
mod region;
mod results;
mod run;
mod score;
mod sheets;
mod tie;

pub use error::QueryError;
pub use query::{
    AmountRange, Clause, Compass, DEFAULT_LIMIT, Group, Inside, MAX_BYTES, MAX_CLAUSES, MAX_DISTANCE_M, MAX_LIMIT,
    MAX_NEAR_M, MAX_TESTS, NameMatch, QUERY_SCHEMA, Query, Relation, Test,
};
pub use results::{
    Alternative, AreaName, ClauseReport, Found, Hit, Namesakes, RESULTS_SCHEMA, Reason, Results, SearchedMap,
    TooCommon, Verdict,
};
pub use run::{DEFAULT_BUDGET, SearchOptions, search, search_streaming};

#[cfg(test)]
mod query_tests;
