//! The ordered, hash-chained record of everything that was seen, asked and concluded for one photo.

mod result;

pub use result::{
    Candidate, ChainLink, Hint, HintKind, LocateResult, PhotoFacts, RadiusKm, Reason, RESULT_SCHEMA, Verdict, VerdictKind,
};
