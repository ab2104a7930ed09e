//! The map as evidence.

mod phrases;
