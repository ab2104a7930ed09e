//! What a description says outright, because people do not only describe, they also conclude: "Southern Africa", "signs
//! in Spanish", "they drive on the left", "a .br address".
//!
//! A clue is one sentence of a person or a vision model. Regions that it names, languages and scripts, the side of the road,
//! and whatever stands in it as on a sign (words in quotation marks, addresses, telephone numbers) are findings of their
//! own. What only *looks* like somewhere is for the guidebooks. What a clue says of one matter (its regions,
//! the language, the side of the road) is one observation, and the finding that says most counts in full. What several clues
//! say alike is one finding: "Scandinavian houses" and "common in Scandinavia" are one opinion, told twice.

mod literal;
mod named;
mod negation;
mod spoken;
mod traffic;

use crate::evidence::{Finding, Likelihood};
use crate::tool::{Answer, Spec, Tool, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Fewest words of a part that is a clue of its own.
const LEAST_WORDS: usize = 2;
/// A list has parts of at most so many words on average: "white plates, red soil, English signs".
const MOST_WORDS_IN_A_LIST: usize = 6;
/// Longest clue, characters: longer sentences are cut at a space.
const LONGEST: usize = 600;

/// Something that was seen, in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenClue {
    /// Id of the clue, such as `s2`; findings refer to it.
    pub id: String,
    /// What was seen.
    pub text: String,
}

impl SeenClue {
    /// The group of what is found because of it as a whole.
    pub(crate) fn group(&self) -> String {
        format!("seen:{}", self.id)
    }

    /// The group of what it says of one matter: a sentence on signs and traffic is an observation of each.
    fn group_of(&self, matter: &str) -> String {
        format!("seen:{}:{matter}", self.id)
    }
}

/// Arguments of the tools that take what was seen.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SeenClues {
    /// What was seen, one thing each.
    pub clues: Vec<SeenClue>,
}

/// `description.read`: what descriptions say outright.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadDescriptions;

/// A rule: a clue in, findings out.
type Rule = fn(&SeenClue) -> Vec<Finding>;

const RULES: &[Rule] = &[named::find, spoken::find, traffic::find, literal::find];

impl ReadDescriptions {
    /// The findings of all rules, each once.
    #[must_use]
    pub fn read(clues: &[SeenClue]) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        for found in clues.iter().flat_map(|clue| RULES.iter().flat_map(move |rule| rule(clue))) {
            match findings.iter_mut().find(|known| says_the_same(known, &found)) {
                Some(known) => join(known, found),
                None => findings.push(found),
            }
        }
        findings
    }
}

impl Tool for ReadDescriptions {
    type Args = SeenClues;

    fn spec(&self) -> Spec {
        Spec {
            name: "description.read",
            version: "1",
            about: "Finds what a description says outright: regions, languages, scripts, the side of the road.",
            kinds: &[
                named::REGION,
                named::PLACE,
                spoken::LANGUAGE,
                spoken::SCRIPT,
                traffic::SIDE,
                traffic::HEMISPHERE,
                literal::WEB_DOMAIN,
                literal::PHONE,
            ],
        }
    }

    async fn call(&self, args: SeenClues) -> Result<Answer, ToolError> {
        let findings = Self::read(&args.clues);
        let claims: Vec<&str> = findings.iter().map(|f| f.claim.as_str()).collect();
        let text = match claims.is_empty() {
            true => "The description names no region, language or script.".to_owned(),
            false => claims.join("\n"),
        };
        Ok(Answer { text, findings, ..Answer::default() })
    }
}

/// Whether two findings fit the same regions for the same reason, however sure.
fn says_the_same(a: &Finding, b: &Finding) -> bool {
    a.kind == b.kind
        && match (&a.likelihood, &b.likelihood) {
            (Likelihood::Regions { shares: a, .. }, Likelihood::Regions { shares: b, .. }) => a == b,
            (a, b) => a == b,
        }
}

/// Adds the clues of a finding to one that says the same; the surer of the two speaks.
fn join(known: &mut Finding, found: Finding) {
    let new: Vec<String> = found.clues.into_iter().filter(|clue| !known.clues.contains(clue)).collect();
    known.clues.extend(new);
    let background = |likelihood: &Likelihood| match likelihood {
        Likelihood::Regions { background, .. } | Likelihood::Points { background, .. } => *background,
        Likelihood::Area { .. } | Likelihood::Note => 1.0,
    };
    if background(&found.likelihood) < background(&known.likelihood) {
        known.likelihood = found.likelihood;
        known.claim = found.claim;
    }
}

/// The clues of a description: its sentences, and the parts of a list.
///
/// ```
/// use navig_tools::described::clauses;
///
/// assert_eq!(clauses("White plates, red soil; dry flat land."), ["White plates", "red soil", "dry flat land."]);
/// assert_eq!(clauses("The bus is red. It keeps left."), ["The bus is red.", "It keeps left."]);
/// ```
#[must_use]
pub fn clauses(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for sentence in sentences(text) {
        let parts: Vec<&str> = sentence.split([',', ';']).map(str::trim).filter(|p| !p.is_empty()).collect();
        let words: usize = parts.iter().map(|p| p.split_whitespace().count()).sum();
        let is_list =
            parts.len() > 2 || sentence.contains(';') || parts.len() == 2 && words <= 2 * MOST_WORDS_IN_A_LIST;
        if is_list && words <= MOST_WORDS_IN_A_LIST * parts.len() {
            out.extend(parts.iter().map(|p| cut(p)));
        } else {
            out.push(cut(sentence));
        }
    }
    out.retain(|clue| clue.split_whitespace().count() >= LEAST_WORDS || literal::is_literal(clue) || is_word(clue));
    out
}

/// A single word counts when it has letters: a name, a language, a plant.
fn is_word(clue: &str) -> bool {
    clue.chars().filter(|c| c.is_alphabetic()).count() >= 4
}

/// Sentences end at `.`, `!`, `?` before a space and a new beginning, at their full-width forms, and at line ends.
fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut from = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        let next = chars.peek().map(|(_, c)| *c);
        let ends = match c {
            '\n' | '。' | '！' | '？' => true,
            '.' | '!' | '?' => next.is_none_or(char::is_whitespace) && !is_abbreviation(&text[from..at]),
            _ => false,
        };
        if ends {
            out.push(text[from..end].trim());
            from = end;
        }
    }
    out.push(text[from..].trim());
    out.retain(|s| s.chars().any(char::is_alphanumeric));
    out
}

/// Whether a full stop after this belongs to a short form: "e.g.", "St.", "approx.", or a single letter.
fn is_abbreviation(before: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default().to_lowercase();
    word.chars().count() == 1 && word.chars().all(char::is_alphabetic)
        || matches!(word.as_str(), "e.g" | "i.e" | "st" | "mt" | "vs" | "etc" | "approx" | "ca" | "no" | "dr" | "mr")
}

fn cut(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(LONGEST) else { return text.to_owned() };
    let end = text[..end].rfind(' ').unwrap_or(end);
    text[..end].to_owned()
}

#[cfg(test)]
mod tests;
