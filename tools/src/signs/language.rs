//! The language of all signs in a photo together.
//!
//! A naive Bayes model over the words of the lexicon, with the languages' telling letters. Every language may be mixed with
//! English, since English stands on signs everywhere: where another language explains some words, it decides.

use super::letters::{self, Tell};
use super::lexicon::{LanguageIndex, Lexicon};
use super::reading::{Reading, weighed};
use super::script;
use super::shares::Shares;
use super::words::{Word, fold, letters as count_letters, writes_without_spaces};
use crate::evidence::{Finding, Likelihood};
use crate::geo::Gazetteer;
use std::collections::HashSet;

/// P(a word on a sign in another language is English all the same).
const ENGLISH_MIXED_IN: f64 = 0.25;

/// P(a known word | a language whose lexicon lacks it): names, loan words, misreadings.
const STRANGER: f64 = 1e-4;

/// Words of one text are not independent; the log-likelihood is scaled down by this.
const TEMPER: f64 = 0.6;

/// Shortest glued run that is split, letters.
const SHORTEST_RUN: usize = 7;

/// A word of the lexicon that stands in the photo.
struct Known {
    word: String,
    line: usize,
    trust: f64,
}

/// What stands in the photo, as far as languages know it.
struct Evidence {
    known: Vec<Known>,
    tells: Vec<(Tell, f64, usize)>,
}

/// The language, or at least the telling letters.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    let evidence = collect(reading);
    let scores = posterior(&evidence);
    let spoken =
        decided(&evidence, &scores).and_then(|(best, words)| language(reading, &evidence, &scores, best, words));
    spoken.or_else(|| telling_letters(reading, &evidence)).into_iter().collect()
}

/// Where signs are in the languages that know a word, with these languages and the leading countries in words; `None` when
/// English knows it too, or none does, or it has fewer than four letters.
pub(crate) fn countries_of_word(word: &str, background: f64) -> Option<(Likelihood, String, String)> {
    let lexicon = Lexicon::embedded();
    let folded = fold(word);
    let mut known = lexicon.get(&folded).to_vec();
    if known.is_empty() || count_letters(&folded) < 4 || known.iter().any(|(l, _)| lexicon.code(*l) == "en") {
        return None;
    }
    known.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut shares = Shares::default();
    known.iter().for_each(|(language, p)| shares.add_language(lexicon.code(*language), *p));
    let names: Vec<&str> = known.iter().take(3).map(|(language, _)| lexicon.name(*language)).collect();
    (!shares.is_empty()).then(|| (shares.likelihood(background), names.join(" or "), shares.in_words(3)))
}

fn collect(reading: &Reading) -> Evidence {
    let lexicon = Lexicon::embedded();
    let mut evidence = Evidence { known: Vec::new(), tells: Vec::new() };
    let mut seen = HashSet::new();
    for (at, line) in reading.lines.iter().enumerate() {
        let trust = line.legible * (1.0 - line.travels);
        if trust < 0.1 {
            continue;
        }
        for word in &line.words {
            evidence.tells.extend(letters::tells(word).into_iter().map(|t| (t, trust, at)));
            for known in lexicon_words(lexicon, word) {
                if seen.insert(known.clone()) {
                    evidence.known.push(Known { word: known, line: at, trust });
                }
            }
        }
    }
    evidence
}

/// The lexicon's words in a word: itself, or what was glued together.
fn lexicon_words(lexicon: &Lexicon, word: &Word) -> Vec<String> {
    if word.folded.chars().any(writes_without_spaces) {
        return longest_matches(lexicon, &word.folded);
    }
    if lexicon.knows(&word.folded) {
        // One letter is no word: readers find single letters everywhere.
        return if count_letters(&word.folded) >= 2 { vec![word.folded.clone()] } else { Vec::new() };
    }
    if count_letters(&word.folded) < SHORTEST_RUN || !word.folded.chars().all(char::is_alphabetic) {
        return Vec::new();
    }
    // The name of a town is no two words: Watertown.
    if Gazetteer::embedded().namesakes(&word.raw) > 0 {
        return Vec::new();
    }
    let split = lexicon.split(&word.folded);
    split.map(|s| s.words.into_iter().filter(|w| count_letters(w) >= 2).collect()).unwrap_or_default()
}

/// Greedy longest words of a text without spaces, from left to right.
fn longest_matches(lexicon: &Lexicon, text: &str) -> Vec<String> {
    const LONGEST: usize = 12;
    let at: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
    let mut out = Vec::new();
    let mut from = 0;
    while from + 1 < at.len() {
        let longest =
            (from + 2..at.len().min(from + LONGEST + 1)).rev().find(|to| lexicon.knows(&text[at[from]..at[*to]]));
        if let Some(to) = longest {
            out.push(text[at[from]..at[to]].to_owned());
        }
        from = longest.unwrap_or(from + 1);
    }
    out
}

fn probability(lexicon: &Lexicon, word: &str, language: LanguageIndex, english: Option<LanguageIndex>) -> f64 {
    let rows = lexicon.get(word);
    let of = |l: LanguageIndex| rows.iter().filter(|(k, _)| *k == l).map(|(_, p)| p).sum::<f64>();
    match english {
        Some(e) if e != language => (1.0 - ENGLISH_MIXED_IN) * of(language) + ENGLISH_MIXED_IN * of(e) + STRANGER,
        _ => of(language) + STRANGER,
    }
}

/// P(text | language) scaled to sum to 1 over the lexicon's languages.
fn posterior(evidence: &Evidence) -> Vec<f64> {
    let lexicon = Lexicon::embedded();
    let english = lexicon.index("en");
    let mut logs: Vec<f64> = (0..lexicon.len())
        .filter_map(|l| LanguageIndex::try_from(l).ok())
        .map(|l| {
            // Without words of its own, a language would only pass English words on.
            let own = evidence.known.iter().filter(|k| lexicon.get(&k.word).iter().any(|(x, _)| *x == l)).count();
            if own < 2 {
                return f64::NEG_INFINITY;
            }
            let words: f64 =
                evidence.known.iter().map(|k| k.trust * probability(lexicon, &k.word, l, english).ln()).sum();
            let letters: f64 = evidence.tells.iter().map(|(t, trust, _)| trust * t.fit(lexicon.code(l)).ln()).sum();
            TEMPER * (words + letters)
        })
        .collect();
    let best = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for log in &mut logs {
        *log = if log.is_finite() { (*log - best).exp() } else { 0.0 };
    }
    let sum: f64 = logs.iter().sum();
    logs.iter().map(|p| p / sum.max(f64::MIN_POSITIVE)).collect()
}

/// The best language and its words, when there are at least two and they are no mere scraps.
fn decided<'a>(evidence: &'a Evidence, scores: &[f64]) -> Option<(LanguageIndex, Vec<&'a Known>)> {
    let lexicon = Lexicon::embedded();
    let (best, score) = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    if *score <= 0.0 {
        return None;
    }
    let best = LanguageIndex::try_from(best).ok()?;
    let words: Vec<&Known> =
        evidence.known.iter().filter(|k| lexicon.get(&k.word).iter().any(|(l, _)| *l == best)).collect();
    let latin = |w: &str| w.is_ascii();
    let long = words.iter().any(|k| !latin(&k.word) || count_letters(&k.word) >= 4);
    let letters: usize = words.iter().map(|k| count_letters(&k.word) * if latin(&k.word) { 1 } else { 2 }).sum();
    (words.len() >= 2 && long && letters >= 7).then_some((best, words))
}

fn language(
    reading: &Reading,
    evidence: &Evidence,
    scores: &[f64],
    best: LanguageIndex,
    words: Vec<&Known>,
) -> Option<Finding> {
    let lexicon = Lexicon::embedded();
    let english = lexicon.code(best) == "en";
    let trusted: f64 = words.iter().map(|k| k.trust).sum();
    // That English stands on signs abroad is in its shares; its words are also in names and on goods everywhere.
    let background = match (english, trusted) {
        (true, n) if n < 2.5 => 0.7,
        (true, n) if n < 3.5 => 0.5,
        (true, n) if n < 5.5 => 0.4,
        (true, _) => 0.3,
        (false, n) if n < 1.5 => 0.6,
        (false, n) if n < 2.5 => 0.35,
        (false, n) if n < 3.5 => 0.22,
        (false, n) if n < 5.5 => 0.15,
        (false, _) => 0.09,
    };
    // Words in a script of few countries are seen to be that script, however few of them the lexicon knows.
    let script = words.iter().filter_map(|k| script::background_of(reading, &k.word)).fold(1.0, f64::min);
    let background = f64::min(background, script);
    let mut shares = Shares::default();
    for (at, score) in scores.iter().enumerate().filter(|(_, s)| **s >= 0.005) {
        if let Ok(index) = LanguageIndex::try_from(at) {
            shares.add_language(lexicon.code(index), *score);
        }
    }
    let second = second_language(evidence, best);
    let background = if second.is_some() { f64::max(background, 0.2) } else { background };
    if let Some(second) = second {
        shares = shares.beside(&Shares::of_language(lexicon.code(second)));
    }
    let shown: Vec<String> = words.iter().take(5).map(|k| format!("'{}'", k.word)).collect();
    let sure = scores.get(usize::from(best)).copied().unwrap_or(0.0);
    let also = second.map_or(String::new(), |l| {
        format!(" Other words are {}, as on notices for strangers and where both are spoken.", lexicon.name(l))
    });
    let claim = format!(
        "{} of {} known words are {}, such as {} ({:.0} % against other languages); signs use it in {}.{also}",
        words.len(),
        evidence.known.len(),
        lexicon.name(best),
        shown.join(", "),
        100.0 * sure,
        shares.in_words(4),
    );
    weighed(Finding {
        group: "text:language".to_owned(),
        kind: "language".to_owned(),
        clues: clues(reading, words.iter().map(|k| k.line)),
        claim,
        likelihood: shares.likelihood(background),
    })
}

/// A language other than English that explains words which the best one does not know.
fn second_language(evidence: &Evidence, best: LanguageIndex) -> Option<LanguageIndex> {
    let lexicon = Lexicon::embedded();
    let english = lexicon.index("en");
    let knows = |word: &str, language| lexicon.get(word).iter().any(|(l, _)| *l == language);
    let rest: Vec<&str> = evidence
        .known
        .iter()
        .map(|k| k.word.as_str())
        .filter(|w| !knows(w, best) && !english.is_some_and(|e| knows(w, e)))
        .collect();
    let score = |language| {
        let own: Vec<usize> = rest.iter().filter(|w| knows(w, language)).map(|w| count_letters(w)).collect();
        let enough = own.len() >= 3 && own.iter().any(|n| *n >= 4);
        if enough { own.iter().sum() } else { 0 }
    };
    let languages = (0..lexicon.len())
        .filter_map(|l| LanguageIndex::try_from(l).ok())
        .filter(|l| *l != best && Some(*l) != english);
    languages
        .map(|l| (score(l), l))
        .filter(|(n, _)| *n > 0)
        .max_by_key(|(n, l)| (*n, std::cmp::Reverse(*l)))
        .map(|(_, l)| l)
}

/// Letters of few languages, when there are too few words.
fn telling_letters(reading: &Reading, evidence: &Evidence) -> Option<Finding> {
    let lexicon = Lexicon::embedded();
    let trusted: f64 = evidence.tells.iter().map(|(_, trust, _)| trust).sum();
    let background = match trusted {
        n if n < 0.5 => return None,
        n if n < 1.5 => 0.8,
        n if n < 2.5 => 0.6,
        _ => 0.45,
    };
    let mut shares = Shares::default();
    for index in (0..lexicon.len()).filter_map(|l| LanguageIndex::try_from(l).ok()) {
        let code = lexicon.code(index);
        if evidence.tells.iter().any(|(t, _, _)| t.fit(code) >= 1.0) {
            shares.add_language(code, evidence.tells.iter().map(|(t, trust, _)| t.fit(code).powf(*trust)).product());
        }
    }
    let mut shown: Vec<char> = evidence.tells.iter().map(|(t, _, _)| t.letter).collect();
    shown.dedup();
    let shown: String = shown.into_iter().take(8).map(|c| format!(" {c}")).collect();
    weighed(Finding {
        group: "text:language".to_owned(),
        kind: "letters".to_owned(),
        clues: clues(reading, evidence.tells.iter().map(|(_, _, line)| *line)),
        claim: format!("The letters{shown} are written in few languages, as in {}.", shares.in_words(4)),
        likelihood: shares.likelihood(background),
    })
}

/// Ids of lines, each once, in order.
fn clues(reading: &Reading, lines: impl Iterator<Item = usize>) -> Vec<String> {
    let mut at: Vec<usize> = lines.collect();
    at.sort_unstable();
    at.dedup();
    at.into_iter().filter_map(|i| reading.lines.get(i)).map(|l| l.id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::reading::{background_of, reading_of, share_of};

    fn best_country(texts: &[&str]) -> (String, f64) {
        let found = find(&reading_of(texts));
        let crate::evidence::Likelihood::Regions { shares, background } = &found[0].likelihood else {
            unreachable!("language findings name regions")
        };
        let best = shares.iter().max_by(|a, b| a.share.total_cmp(&b.share)).expect("not empty");
        (best.region.code.clone(), *background)
    }

    #[test]
    fn lost_accents_and_glued_words_still_tell_the_language() {
        assert_eq!(best_country(&["Honden aan de lijn", "en niet op de stoel"]).0, "NL");
        assert_eq!(best_country(&["Zakaz wjazdu", "teren prywatny"]).0, "PL");
        assert_eq!(best_country(&["NEMDOHANYOZNI", "tilos a bemenet"]).0, "HU");
        let german = find(&reading_of(&["BETRETENVERBOTEN"]));
        assert!(share_of(&german[0], "DE") > 4.0 * share_of(&german[0], "NL"));
    }

    #[test]
    fn one_word_is_no_language() {
        let r = reading_of(&["Bahnhof"]);
        assert!(find(&r).is_empty());
    }

    #[test]
    fn english_is_everywhere_and_the_other_language_decides() {
        let english = find(&reading_of(&["Please keep your dog under control", "Private property no entry"]));
        assert!(background_of(&english[0]) >= 0.3 && share_of(&english[0], "NP") > 0.3);
        let both = find(&reading_of(&["Please do not enter", "Adgang forbudt for uvedkommende", "privat ejendom"]));
        assert!(share_of(&both[0], "DK") > 5.0 * share_of(&both[0], "GB"));
    }

    #[test]
    fn two_languages_point_to_where_both_are_spoken() {
        let found = find(&reading_of(&[
            "Bitte nicht betreten, Achtung Lebensgefahr",
            "Attention danger, sortie interdite, merci",
        ]));
        assert!(
            share_of(&found[0], "CH") > share_of(&found[0], "FR")
                && share_of(&found[0], "CH") > share_of(&found[0], "DE")
        );
    }

    #[test]
    fn a_beer_can_does_not_set_the_language() {
        let can = find(&reading_of(&["piwo jasne bez alc", "nie dla kierowcow piwo 5 %vol"]));
        assert!(can.iter().all(|f| background_of(f) > 0.5), "{can:?}");
    }

    #[test]
    fn telling_letters_alone_are_weak() {
        let found = find(&reading_of(&["Żółwiński"]));
        assert_eq!(found[0].kind, "letters");
        assert!(share_of(&found[0], "PL") > 0.8 && background_of(&found[0]) >= 0.4);
    }
}
