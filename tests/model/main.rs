//! Vision models: behind their contract, through every branch of a photo's conversation, and against references.

mod asks;
mod branches;
mod http;
#[cfg(feature = "local-vlm")]
mod parity;
#[cfg(feature = "local-vlm")]
mod pipeline;
mod replay;
mod script;
mod served;
#[cfg(feature = "local-vlm")]
mod soak;

#[cfg(feature = "local-vlm")]
#[path = "../support/random_model.rs"]
mod random_model;
