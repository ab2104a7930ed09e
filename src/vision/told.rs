//! What a model is told of the candidates.

use crate::ledger::Candidate;
use crate::prompt::outside;

/// A candidate below this is not worth a line of a prompt.
pub(crate) const WORTH_TELLING: f64 = 0.005;

/// A candidate's regions, the widest first, as a prompt may hold them.
pub(crate) fn place_in_words(candidate: &Candidate) -> String {
    let names: Vec<&str> = candidate.chain.0.iter().map(|region| region.name.as_str()).collect();
    outside(&names.join(", "))
}

/// A probability as a prompt holds it: more digits are more tokens.
pub(crate) fn rounded(p: f64) -> f64 {
    (p * 100.0).round() / 100.0
}
