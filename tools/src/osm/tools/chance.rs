//! How likely it is that a match on a map has nothing to do with where the camera stood.

use super::phrases::Phrase;
use super::sighting::Bearer;
use crate::evidence::MIN_BACKGROUND;
use crate::signs::words::letters;

/// P(the camera stood on one of the installed maps), before anything is matched. People install maps of where they think
/// that their photos are from, but a single line of text may still be from anywhere.
const ON_THE_MAPS: f64 = 0.3;

/// What each letter that agrees adds to the surprise, bans.
const BANS_PER_LETTER: f64 = 0.35;
/// Places elsewhere that one expects for each further place on the maps.
const ACCIDENTS_PER_NAMESAKE: f64 = 0.5;
/// Expected accidents for a name that stands everywhere.
const CHAIN: f64 = 50.0;

/// The background of a match that one expects `expected` times by accident, from 0.
///
/// By Bayes: with `q = 1 - exp(-expected)` the chance that a sign from elsewhere matches, the match is unrelated with
/// probability `(1 - m) q / (m + (1 - m) q)`, where `m` is [`ON_THE_MAPS`].
pub(super) fn background(expected: f64) -> f64 {
    let by_accident = -(-expected.max(0.0)).exp_m1();
    let unrelated = (1.0 - ON_THE_MAPS) * by_accident;
    (unrelated / (ON_THE_MAPS + unrelated)).clamp(MIN_BACKGROUND, 0.999)
}

/// How many names of the maps one expects to be this like a phrase by accident, when the phrase is from elsewhere.
///
/// `names * 10^(-0.35 n)` with `n` the letters that agree, which everyday words count half, and one more for each further
/// place that bears the name: what two towns have, others have too. A chain is everywhere.
pub(super) fn expected_of_one_name(phrase: &Phrase, likeness: f64, bearers: &[Bearer], known_names: usize) -> f64 {
    if bearers.first().is_some_and(|b| b.chain) {
        return CHAIN;
    }
    let share_ordinary = phrase.ordinary as f64 / phrase.words() as f64;
    let agreeing = letters(&phrase.text) as f64 * likeness * (1.0 - 0.5 * share_ordinary);
    known_names as f64 * 10f64.powf(-BANS_PER_LETTER * agreeing) + ACCIDENTS_PER_NAMESAKE * (bearers.len() as f64 - 1.0)
}
