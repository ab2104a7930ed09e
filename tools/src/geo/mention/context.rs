//! What the words beside a name make of it.

use super::Finder;
use super::table::Entry;

/// Most words of a list of demonyms with one noun.
const LONGEST_LIST: usize = 16;

/// How much a demonym says of the place, 0 to 1; nothing where it is the name of a language.
///
/// "A Portuguese number plate" is about Portugal; "signs in Portuguese", "Portuguese is spoken" and "Portuguese words" are
/// about a language of many countries.
pub(super) fn demonym(finder: &Finder<'_>, at: usize, words: usize, entry: &Entry) -> Option<f64> {
    if !entry.language {
        return Some(1.0);
    }
    let table = finder.table;
    let mut next = at + words;
    // "Spanish and Portuguese plates", "French, Dutch and German": the last one's noun is that of all.
    while let Some(token) = finder.tokens.get(next).filter(|_| next < at + LONGEST_LIST) {
        let listed = matches!(token.folded.as_str(), "and" | "or" | "and/or") || token.gap.contains([',', '/']);
        let other = table.get(&token.folded).is_some_and(|e| e.language);
        if !(other || listed && finder.tokens.get(next + 1).is_some_and(|t| is_language(finder, &t.folded))) {
            break;
        }
        next += 1;
    }
    let noun = finder.tokens.get(next)?;
    let apart = noun.gap.trim().contains([',', '.', ';', ':', '(', ')', '!', '?', '/', '"', '”']);
    if apart || table.is_no_noun(&noun.folded) || (noun.capital && !finder.small) {
        return None;
    }
    // "Russian road sign words", "Portuguese-speaking countries": the noun of the language may stand second.
    let second = finder.tokens.get(next + 1).filter(|t| t.gap == " ");
    if table.is_language_noun(&noun.folded) || second.is_some_and(|t| table.is_language_noun(&t.folded)) {
        return None;
    }
    let before = at.checked_sub(1).map(|i| finder.tokens[i].folded.as_str()).unwrap_or_default();
    if matches!(before, "speak" | "speaks" | "speaking" | "spoken" | "written" | "write") {
        return None;
    }
    // Signs are as often in the language as of the place.
    Some(if matches!(noun.folded.as_str(), "sign" | "signs" | "signage") { 0.6 } else { 1.0 })
}

fn is_language(finder: &Finder<'_>, word: &str) -> bool {
    finder.table.get(word).is_some_and(|e| e.language)
}

/// How sure a name is that is also another word, 0 to 1; nothing where no word beside it makes it a place.
pub(super) fn ambiguous(finder: &Finder<'_>, at: usize, words: usize, country: bool) -> Option<f64> {
    let (tokens, table) = (&finder.tokens, finder.table);
    if tokens.len() == words {
        return Some(0.95);
    }
    let next = tokens.get(at + words);
    let follows = |token: &super::Token<'_>| token.gap == " " && token.capital && !token.starts;
    if country && next.is_some_and(follows) && !finder.small {
        // A longer name that we do not know: Jordan Street, China Town.
        return None;
    }
    if next.is_some_and(|t| matches!(t.gap, "'" | "’") && t.folded == "s") {
        return Some(if country { 0.9 } else { 0.4 });
    }
    let named = at.checked_sub(1).map(|i| &tokens[i]).filter(|t| t.capital && !t.starts && tokens[at].joined);
    if country && !finder.small && named.is_some_and(|t| !table.is_generic(&t.folded)) {
        // A person, or another longer name: Michael Jordan.
        return None;
    }
    let mut before = at;
    while before > 0 {
        let word = &tokens[before - 1];
        let passed = word.folded == "the" || !word.capital && table.is_generic(&word.folded) && word.folded != "of";
        if !(passed && tokens[before].joined) {
            break;
        }
        before -= 1;
    }
    let led = before > 0 && tokens[before].joined && table.is_before(&tokens[before - 1].folded);
    let list = next.is_some_and(|t| t.gap.contains(',') && t.capital) || at > 0 && tokens[at].gap.contains(',');
    let subject = country && next.is_some_and(|t| t.gap == " " && table.is_behind(&t.folded));
    match (led, list && (country || !tokens[at].starts), subject) {
        (true, ..) => Some(if country { 0.9 } else { 0.6 }),
        (_, true, _) => Some(if country { 0.8 } else { 0.4 }),
        (_, _, true) if tokens[at].capital => Some(0.85),
        // A country inside a sentence, with a capital: "both Turkey".
        _ => (country && !finder.small && !tokens[at].starts).then_some(0.6),
    }
}
