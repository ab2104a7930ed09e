//! Names of towns and regions, by the gazetteer.
//!
//! A wrong namesake hurts as much as a right one helps. So every place of a name becomes a point, and the background says
//! how seldom such a word on such a line is the name of a town near the camera: see [`Naming::relevance`].

use super::country_name;
use super::lexicon::Lexicon;
use super::naming::{self, Context, Naming};
use super::reading::{Line, Reading};
use super::street;
use super::words::{Word, letters, writes_without_spaces};
use crate::clue::ClueKind;
use crate::evidence::{Finding, Likelihood, RegionShare};
use crate::geo::Gazetteer;
use crate::geo::gazetteer::{NameHit, NameMatch, Named};
use crate::geo::{Level, RegionCode};

/// Most words of a name.
const LONGEST_NAME: usize = 5;

/// Most names taken from one line.
const NAMES_PER_LINE: usize = 3;

/// Most things of one name.
const MOST_HITS: usize = 400;

/// Most look-ups with edits in one photo: each visits thousands of names.
const MOST_LOOSE: usize = 4;

/// Words before a town's name that a reader glues to it.
const PARTICLES: &[&str] = &[
    "el", "la", "los", "las", "san", "santa", "santo", "sao", "saint", "st", "new", "old", "bad", "le", "les", "al",
    "east", "west", "north", "south", "port", "fort", "villa", "puerto", "novi", "nova", "stara", "alt", "neu",
];

/// Endings that say "this is a place" and are no part of its name in the gazetteer.
const ENDINGS: &[&str] = &[
    "站", "駅", "市", "区", "區", "县", "縣", "町", "村", "镇", "鎮", "州", "省", "府", "県", "역", "시", "군", "구",
    "읍", "면", "동",
];

/// One finding per name; the names of a line share its group.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    let mut loose = MOST_LOOSE;
    let mut out = Vec::new();
    for (at, line) in reading.lines.iter().enumerate().filter(|(_, l)| l.legible > 0.15) {
        let context = Context::of(reading, at);
        let street = street::on(line).map(|s| s.at);
        let country = country_name::plain_mention(line);
        let mut taken: Vec<bool> = line.words.iter().map(|w| country.contains(&w.raw)).collect();
        let mut none = 0;
        let loose = if line.travels < 0.5 && line.legible > 0.5 { &mut loose } else { &mut none };
        let mut names: Vec<(Naming, Finding)> = Vec::new();
        for (from, to) in windows(line.words.len()) {
            if taken[from..to].iter().any(|t| *t) {
                continue;
            }
            let Some(naming) = look_up(&line.words[from..to], loose) else { continue };
            taken[from..to].iter_mut().for_each(|t| *t = true);
            let beside_street = street.is_some_and(|s| s + 2 >= from && s <= to);
            let whole = to - from == line.words.len();
            let relevance = naming.relevance(&context, beside_street, whole);
            let background = line.background(1.0 - relevance);
            names.extend(points(line, &naming, &context, background).map(|f| (naming, f)));
        }
        names.sort_by(|a, b| b.0.words.cmp(&a.0.words).then(b.0.population.cmp(&a.0.population)));
        out.extend(names.into_iter().take(NAMES_PER_LINE).map(|(_, f)| f));
    }
    out.extend(across_lines(reading));
    out
}

/// Windows over so many words, the longest first.
fn windows(words: usize) -> impl Iterator<Item = (usize, usize)> {
    (1..=LONGEST_NAME.min(words)).rev().flat_map(move |size| (0..=words - size).map(move |from| (from, from + size)))
}

/// What a window of words names, if it names anything.
fn look_up(window: &[Word], loose: &mut usize) -> Option<Naming> {
    let first = window.first()?;
    let name = window.iter().map(|w| w.raw.as_str()).collect::<Vec<_>>().join(" ");
    if name.chars().any(writes_without_spaces) {
        return if window.len() == 1 { inside_a_run(&first.raw) } else { None };
    }
    if window.iter().all(|w| naming::is_context(&w.folded))
        || window.iter().any(|w| w.raw.chars().all(char::is_numeric))
        || name.chars().filter(|c| c.is_alphabetic()).count() < 3
    {
        return None;
    }
    let gazetteer = Gazetteer::embedded();
    let exact = |name: &str| Naming::new(name, gazetteer.find(name, NameMatch::Exact, MOST_HITS), window);
    if let Some(found) = exact(&name) {
        return Some(found);
    }
    let [word] = window else { return None };
    let known = Lexicon::embedded().knows(&word.folded);
    let length = letters(&word.folded);
    if known || length < 6 || !first.raw.chars().next().is_some_and(char::is_uppercase) {
        return None;
    }
    let stem = ENDINGS.iter().find_map(|e| word.raw.strip_suffix(e)).and_then(exact);
    let parted = || {
        PARTICLES
            .iter()
            .find_map(|p| word.folded.strip_prefix(p).filter(|r| r.len() >= 4).and_then(|r| exact(&format!("{p} {r}"))))
    };
    stem.or_else(parted).or_else(|| with_edits(word, length, loose))
}

/// A long word with a letter misread, when nothing else is known about it.
fn with_edits(word: &Word, length: usize, loose: &mut usize) -> Option<Naming> {
    let lexicon = Lexicon::embedded();
    if length < 7 || *loose == 0 || lexicon.split(&word.folded).is_some() || lexicon.nearly_knows(&word.folded) {
        return None;
    }
    *loose -= 1;
    let mut hits = Gazetteer::embedded().find(&word.folded, NameMatch::Edits(1), MOST_HITS);
    // Every long word is one letter from the alternate name of some village.
    hits.retain(|h| h.main_name || Gazetteer::embedded().population(h.target) >= 15_000);
    Naming::new(&word.raw, hits, std::slice::from_ref(word))
}

/// The most promising name in a text without spaces: the longest one, or one with an ending for places.
fn inside_a_run(run: &str) -> Option<Naming> {
    const LONGEST: usize = 8;
    let at: Vec<usize> = run.char_indices().map(|(i, _)| i).take(40).chain([run.len()]).collect();
    let gazetteer = Gazetteer::embedded();
    let length = at.len() - 1;
    for size in (2..=LONGEST.min(length)).rev() {
        for from in 0..=length - size {
            let piece = &run[at[from]..at[from + size]];
            let ended = ENDINGS.iter().any(|e| piece.ends_with(e) || run[at[from + size]..].starts_with(e));
            // Two characters are a name by chance, unless an ending says that they are one.
            if (size < 3 && !ended && size != length) || Lexicon::embedded().knows(piece) {
                continue;
            }
            let bare = ENDINGS.iter().find_map(|e| piece.strip_suffix(e)).filter(|b| letters(b) >= 2);
            let hits = [Some(piece), bare]
                .into_iter()
                .flatten()
                .map(|n| gazetteer.find(n, NameMatch::Exact, MOST_HITS))
                .find(|h| !h.is_empty());
            if let Some(mut naming) = hits.and_then(|h| Naming::new(piece, h, &[])) {
                naming.ended = ended;
                return Some(naming);
            }
        }
    }
    None
}

/// A name that goes on in the next line: EL / AMATILLO.
fn across_lines(reading: &Reading) -> Vec<Finding> {
    let mut out = Vec::new();
    for (at, pair) in reading.lines.windows(2).enumerate() {
        let [upper, lower] = pair else { continue };
        let short = |l: &Line| (1..=2).contains(&l.words.len()) && l.legible > 0.5 && l.travels < 0.5;
        if !(short(upper) && short(lower)) {
            continue;
        }
        let words: Vec<Word> = upper.words.iter().chain(&lower.words).cloned().collect();
        let Some(naming) = look_up(&words, &mut 0) else { continue };
        let context = Context::of(reading, at);
        // Two lines belong together less often than two words.
        let relevance = naming.relevance(&context, false, true) * 0.7;
        let background = upper.background(1.0 - relevance).max(lower.background(1.0 - relevance));
        out.extend(points(upper, &naming, &context, background).map(|mut f| {
            f.clues.push(lower.id.clone());
            f
        }));
    }
    out
}

/// The finding for a name: its places as points, or its admin-1 units as regions when it names nothing smaller.
fn points(line: &Line, naming: &Naming, context: &Context, background: f64) -> Option<Finding> {
    let points = naming.points(context);
    let claim = naming.claim(context);
    if points.is_empty() {
        let gazetteer = Gazetteer::embedded();
        let shares: Vec<RegionShare> = naming
            .hits
            .iter()
            .filter_map(|hit: &NameHit| match hit.target {
                Named::Admin1(index) => {
                    let code = gazetteer.admin1(index).code.to_owned();
                    Some(RegionShare { region: RegionCode { level: Level::Admin1, code }, share: 1.0 })
                }
                _ => None,
            })
            .collect();
        return line.finding("region-name", claim, Likelihood::Regions { shares, background });
    }
    line.finding("place-name", claim, Likelihood::Points { points, background })
}

/// The evidence that a name alone is, for a caller that knows the name and not the line; `None` for an unknown name.
pub(crate) fn place_evidence(name: &str, how: NameMatch, clue: &str) -> Option<Finding> {
    let reading = Reading::new([(clue.to_owned(), name.to_owned(), 0.95, None, ClueKind::Text)]);
    let line = reading.lines.first()?;
    let naming = Naming::new(name, Gazetteer::embedded().find(name, how, MOST_HITS), &line.words)?;
    let context = Context::default();
    let background = line.background(1.0 - naming.relevance(&context, false, true));
    points(line, &naming, &context, background)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::reading::{background_of, reading_of};

    fn labels(f: &Finding) -> Vec<String> {
        match &f.likelihood {
            Likelihood::Points { points, .. } => points.iter().map(|p| p.label.clone()).collect(),
            _ => Vec::new(),
        }
    }

    fn named<'a>(found: &'a [Finding], name: &str) -> &'a Finding {
        found.iter().find(|f| f.claim.contains(name)).expect("the name is found")
    }

    #[test]
    fn all_namesakes_of_a_town_are_points_of_one_finding() {
        let found = find(&reading_of(&["LONDON"]));
        let labels = labels(&found[0]);
        assert!(labels.iter().any(|l| l.ends_with("GB")) && labels.iter().any(|l| l.ends_with("CA")), "{labels:?}");
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_rare_name_of_many_words_beats_a_common_word() {
        let found = find(&reading_of(&["Santiago de Compostela", "Max", "Villach"]));
        let of = |name| background_of(named(&found, name));
        assert!(of("Santiago de Compostela") < of("Villach"));
        assert!(found.iter().all(|f| !f.claim.contains("'Max'") || background_of(f) > 0.9));
    }

    #[test]
    fn context_moves_the_background() {
        let found = |text| background_of(&find(&reading_of(&[text]))[0]);
        let (alone, distance, road, pizza) =
            (found("Villach"), found("Villach 56 km"), found("Villach Road"), found("Pizzeria Villach"));
        assert!(distance < alone && alone < pizza && alone < road, "{distance} {alone} {pizza} {road}");
    }

    #[test]
    fn a_misread_letter_still_finds_a_long_name() {
        let found = find(&reading_of(&["Klagenfrrt"]));
        assert!(labels(&found[0]).iter().any(|l| l.contains("AT")), "{found:?}");
    }

    #[test]
    fn names_are_found_in_texts_without_spaces_and_across_lines() {
        assert!(labels(&find(&reading_of(&["重庆市公安局"]))[0]).iter().any(|l| l.ends_with("CN")));
        let found = find(&reading_of(&["BUENOS", "AIRES"]));
        assert!(found.iter().any(|f| labels(f).iter().any(|l| l.ends_with("AR"))), "{found:?}");
    }
}
