//! How likely it is that a match on a map has nothing to do with where the camera stood.

use crate::evidence::MIN_BACKGROUND;

/// P(the camera stood on one of the installed maps), before anything is matched. People install maps of where they think
/// that their photos are from, but a single line of text may still be from anywhere.
const ON_THE_MAPS: f64 = 0.3;

/// The background of a match that one expects `expected` times by accident, from 0.
///
/// By Bayes: with `q = 1 - exp(-expected)` the chance that a sign from elsewhere matches, the match is unrelated with
/// probability `(1 - m) q / (m + (1 - m) q)`, where `m` is [`ON_THE_MAPS`].
pub(super) fn background(expected: f64) -> f64 {
    let by_accident = -(-expected.max(0.0)).exp_m1();
    let unrelated = (1.0 - ON_THE_MAPS) * by_accident;
    (unrelated / (ON_THE_MAPS + unrelated)).clamp(MIN_BACKGROUND, 0.999)
}
