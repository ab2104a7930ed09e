//! Vision models: behind their contract, through every branch of a photo's conversation, and against references.

mod asks;
mod branches;
mod http;
#[cfg(feature = "local-vlm")]
mod parity;
mod replay;
mod script;

#[cfg(feature = "local-vlm")]
#[path = "../support/random_model.rs"]
mod random_model;
