//! navig says where a photo was taken, how sure it is, and why, on the user's own machine.
//!
//! The way of one photo: [`photo`] imports it, [`reader`] finds text in it, [`searcher`] asks tools about what was
//! seen, [`guesser`] weighs what they say, [`ledger`] keeps all of it, and [`report`] shows it. [`locate`] walks
//! that way; [`cli`] is the door.

pub mod assets;
mod cause;
pub mod cli;
mod digest;
pub mod doctor;
pub mod embedder;
pub mod eval;
mod facts;
mod fetch;
pub mod guesser;
pub mod guidebooks;
pub mod ledger;
pub mod locate;
pub mod maps;
pub mod model;
pub mod photo;
pub mod prompt;
pub mod reader;
pub mod reasoner;
pub mod report;
pub mod searcher;
pub mod settings;
mod shelf;
#[cfg(feature = "train")]
pub mod train;
pub mod vision;
mod whole;
