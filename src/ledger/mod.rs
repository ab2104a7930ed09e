//! The ordered, hash-chained record of everything that was seen, asked and concluded for one photo.

mod result;

pub use result::{
    Candidate, ChainLink, Hint, HintKind, LocateResult, PhotoFacts, RESULT_SCHEMA, RadiusKm, Reason, Verdict,
    VerdictKind,
};
