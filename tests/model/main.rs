//! Vision models: against references, and against what can go wrong.

#[cfg(feature = "local-vlm")]
mod parity;

#[cfg(feature = "local-vlm")]
#[path = "../support/random_model.rs"]
mod random_model;
