//! The ordered, hash-chained record of everything that was seen, asked and concluded for one photo.
//!
//! A ledger is a JSONL file. Each line is a [`Line`]: a sequence number, the hash of the line before, a record, and
//! the SHA-256 of these three. Changing, dropping, adding or reordering a line breaks the chain at that line;
//! [`verify`] says where. The last record is the [`LocateResult`]; reports read nothing else.

mod chain;
mod file;
mod log;
mod result;

pub use chain::{Broken, Ledger, Line, Record, verify};
pub use file::{LedgerError, prepare, read_result, save, verify_file};
pub use log::Log;
pub use result::{
    Candidate, ChainLink, Hint, HintKind, LocateResult, PhotoFacts, RESULT_SCHEMA, RadiusKm, Reason, Verdict,
    VerdictKind,
};

#[cfg(test)]
pub(crate) use result::abstained;
