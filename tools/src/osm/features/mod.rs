//! What is kept of an extract, what each thing is called, and what it looks like.
//!
//! All of it is data: `data/osm/features.toml`, embedded and parsed on first use. The functions here run for every
//! tagged object of an extract, so they allocate nothing and look at each tag once.
//!
//! - [`keep`] says whether an object is worth a row of the index, [`keep_tag`] which of its tags go with it
//! - [`names_of`] lists the texts that name an object, with their [`NameKind`]
//! - a [`Class`] is what a person would call a thing in a picture; [`classes_of`] lists those of an object
//! - [`units`] reads values such as `25 mph`

mod class;
mod keep;
mod naming;
mod table;
pub mod units;

pub use class::{Check, Class, TagTest, classes_of};
pub use keep::{keep, keep_tag};
pub use naming::{LONGEST_NAME_BYTES, NameKind, names_of};
