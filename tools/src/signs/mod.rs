//! What words, numbers and scripts on signs say about a place.
//!
//! Each rule is one file with one function: a [`Reading`] in, [`Finding`](crate::evidence::Finding)s out. A rule states a
//! *background*, the probability that its clue has nothing to do with where the camera stood, and shares, `P(clue | region)`
//! up to a constant. [`Reading`] knows how legible a line is and how likely it stands on something that travels; every
//! background is raised by both, so that no rule has to think of beer cans.
//!
//! [`ReadSigns`] is the tool that runs all rules.

mod agency;
mod coordinates;
mod country_name;
mod currency;
mod domain;
mod english;
pub mod facts;
mod han;
mod language;
mod letters;
mod lexicon;
mod look_alike;
mod naming;
mod nearby;
mod phone;
mod phone_area;
mod phrases;
mod place_name;
mod plate;
mod plus_code;
mod postal;
mod reading;
mod road;
mod script;
mod shares;
mod street;
mod template;
#[cfg(test)]
mod tests;
mod tool;
mod units;
pub mod words;

pub(crate) use han::simplify;
pub(crate) use language::countries_of_word;
pub(crate) use lexicon::Lexicon;
pub(crate) use place_name::place_evidence;
#[cfg(test)]
pub(crate) use reading::reading_of;
pub use reading::{Line, MAX_LINE_CHARS, MAX_LINES, Reading};
pub(crate) use script::{countries_of_script, scripts};
pub(crate) use shares::countries_of_language;
pub(crate) use street::on as street_on;
pub use tool::{ReadSigns, SignLine, SignLines};
