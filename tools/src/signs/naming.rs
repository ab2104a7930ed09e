//! How much the name of a place on a sign says, and where its bearers are.

use super::lexicon::Lexicon;
use super::nearby::Nearby;
use super::reading::{Line, Reading};
use super::words::{Word, letters};
use crate::clue::Crop;
use crate::evidence::PointShare;
use crate::geo::gazetteer::{NameHit, Named};
use crate::geo::{Gazetteer, LatLon};
use std::collections::HashSet;
use std::sync::LazyLock;

/// Most bearers of a name that become points; the rest are villages without a known population.
const MOST_PLACES: usize = 80;

static GIVEN_NAMES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| listed(include_str!("../../../data/signs/given_names.txt")));

static BRANDS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| listed(include_str!("../../../data/signs/brands.txt")));

/// Words that shops are named with everywhere, as good as brands.
static SHOP_NAMES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| listed(include_str!("../../../data/signs/shop_names.txt")));

fn listed(text: &'static str) -> HashSet<&'static str> {
    text.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace).collect()
}

/// Whether a folded word is one that stands beside names, and is none itself.
pub(crate) fn is_context(folded: &str) -> bool {
    Nearby::PlaceHere.words().contains(&folded) || Nearby::PlaceElsewhere.words().contains(&folded)
}

/// What stands beside a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Context {
    /// A distance, an arrow or a road number: a direction sign.
    pub(crate) direction: bool,
    /// Other lines are names of places, too: a list of destinations.
    pub(crate) list: bool,
    /// Station, town hall, population: the name of this place.
    pub(crate) here: bool,
    /// The same on the line above or below.
    pub(crate) here_nearby: bool,
    /// Pizza, bank, hotel: names of far places.
    pub(crate) elsewhere: bool,
    /// A sentence rather than a sign.
    pub(crate) sentence: bool,
}

impl Context {
    pub(crate) fn of(reading: &Reading, at: usize) -> Self {
        let Some(line) = reading.lines.get(at) else { return Self::default() };
        let around = at.saturating_sub(1)..(at + 2).min(reading.lines.len());
        // Readers cut a direction sign into lines: the town, the distance in its row, the number of the road.
        let beside = at.saturating_sub(2)..(at + 3).min(reading.lines.len());
        let beside_numbers = reading.lines[beside]
            .iter()
            .any(|l| l.travels < 0.5 && (super::road::number_on(l).is_some() || is_distance(l) && in_one_row(line, l)));
        let lower = line.words.iter().filter(|w| w.raw.chars().next().is_some_and(char::is_lowercase)).count();
        Self {
            list: false,
            direction: beside_numbers || points_somewhere(line),
            here: line.has(Nearby::PlaceHere.words()),
            here_nearby: reading.lines[around].iter().any(|l| l.travels < 0.5 && l.has(Nearby::PlaceHere.words())),
            elsewhere: line.has(Nearby::PlaceElsewhere.words()),
            sentence: line.words.len() > 6 && lower * 2 > line.words.len(),
        }
    }
}

/// A distance on a line: `56 km`, or nothing but one to three digits.
fn is_distance(line: &Line) -> bool {
    let number = |w: &Word| w.folded.len() <= 3 && w.folded.chars().all(|c| c.is_ascii_digit());
    let unit = |w: &Word| matches!(w.folded.as_str(), "km" | "mi" | "miles" | "m");
    match line.words.as_slice() {
        [only] => number(only) && line.text.trim().len() == only.raw.len(),
        words => words.windows(2).any(|w| number(&w[0]) && unit(&w[1])),
    }
}

/// Whether two lines stand side by side: the middle of each is within the height of the other.
fn in_one_row(a: &Line, b: &Line) -> bool {
    let (Some(a), Some(b)) = (&a.crop, &b.crop) else { return false };
    let middle = |c: &Crop| c.y + c.height / 2;
    let within = |y: u32, c: &Crop| (c.y..=c.y + c.height).contains(&y);
    within(middle(a), b) && within(middle(b), a)
}

/// An arrow, or a distance behind the name.
fn points_somewhere(line: &Line) -> bool {
    const ARROWS: [char; 12] = ['←', '→', '↑', '↓', '↖', '↗', '↙', '↘', '➔', '►', '◄', '⇒'];
    line.text.contains(ARROWS) || is_distance(line)
}

/// A name and what bears it.
#[derive(Debug)]
pub(crate) struct Naming {
    /// As it was read.
    pub(crate) shown: String,
    /// Places and admin units, never countries.
    pub(crate) hits: Vec<NameHit>,
    /// Number of words.
    pub(crate) words: usize,
    /// Inhabitants of the largest bearer.
    pub(crate) population: u32,
    /// Whether an ending such as 市 or 站 marks it as a place.
    pub(crate) ended: bool,
    /// How many of its words are ordinary words, first names or brands.
    ordinary: usize,
    first_name: bool,
    brand: bool,
    capitalised: bool,
    latin: bool,
}

impl Naming {
    /// A name that something bears; none when nothing but a country does.
    pub(crate) fn new(shown: &str, hits: Vec<NameHit>, window: &[Word]) -> Option<Self> {
        let country = hits.iter().any(|h| matches!(h.target, Named::Country(_)) && h.main_name);
        let hits: Vec<NameHit> = hits.into_iter().filter(|h| !matches!(h.target, Named::Country(_))).collect();
        let gazetteer = Gazetteer::embedded();
        let population = hits.iter().map(|h| gazetteer.population(h.target)).max()?;
        // "Mexico" is the country before it is anything else; the rule for countries has it.
        if country && population < 5_000_000 {
            return None;
        }
        let lexicon = Lexicon::embedded();
        let single = window.len() == 1;
        Some(Self {
            shown: shown.to_owned(),
            words: window.len().max(1),
            population,
            ended: false,
            ordinary: window.iter().filter(|w| lexicon.knows(&w.folded)).count(),
            first_name: single && GIVEN_NAMES.contains(window[0].folded.as_str()),
            brand: window.iter().any(|w| BRANDS.contains(w.folded.as_str()))
                || single && window.iter().all(|w| SHOP_NAMES.contains(w.folded.as_str())),
            capitalised: window.iter().any(|w| w.raw.chars().next().is_none_or(|c| !c.is_lowercase())),
            latin: shown.chars().any(|c| c.is_ascii_alphabetic()),
            hits,
        })
    }

    /// Whether the line is likely to be nothing but the name of a place.
    pub(crate) fn is_plain(&self) -> bool {
        let exact = self.hits.iter().any(|h| h.main_name && h.edits == 0);
        exact && self.ordinary == 0 && !self.first_name && !self.brand && letters(&self.shown) >= 5
    }

    /// P(the name is that of a place near the camera), for a line that is read right and does not travel.
    pub(crate) fn relevance(&self, context: &Context, beside_street: bool, whole_line: bool) -> f64 {
        let mut p: f64 = match self.population {
            0..500 => 0.25,
            500..2_000 => 0.35,
            2_000..15_000 => 0.48,
            15_000..100_000 => 0.58,
            100_000..1_000_000 => 0.65,
            // Far-off people name shops and streets after the capitals of the world.
            _ => 0.6,
        };
        let length = letters(&self.shown);
        let doubt = |p: f64, factor: f64| 1.0 - (1.0 - p) * factor;
        if self.words >= 2 && self.ordinary < self.words {
            p = doubt(p, if self.words >= 3 { 0.45 } else { 0.6 });
        }
        if self.ended {
            p = doubt(p, 0.5);
        }
        if context.direction {
            p = doubt(p, 0.4);
        } else if context.here {
            // It may be a part of a town, which the gazetteer lacks, and a namesake of what it has.
            p = doubt(p, 0.55);
        } else if context.here_nearby {
            p = doubt(p, 0.6);
        } else if context.list {
            p = doubt(p, 0.75);
        }
        // Everything below says that the word is something else.
        p *= match (self.latin, length) {
            // Some village is called by any three letters.
            (true, 0..=3) => 0.03,
            (true, 4) if self.population < 100_000 => 0.3,
            (true, 4) => 0.7,
            (true, 5) if self.population < 100_000 => 0.75,
            (true, 5) => 0.9,
            (false, 2) => 0.6,
            _ => 1.0,
        };
        p *= match (self.ordinary, self.words) {
            (0, _) => 1.0,
            (n, words) if n == words => {
                if words == 1 {
                    0.06
                } else {
                    0.3
                }
            }
            _ => 1.0,
        };
        let bearers = self.hits.len() as f64;
        let edits = self.hits.iter().map(|h| h.edits).min().unwrap_or(0);
        let main = self.hits.iter().any(|h| h.main_name);
        let factors = [
            (self.first_name, 0.25),
            (self.brand, 0.1),
            (!self.capitalised, 0.2),
            (!main && self.latin, 0.55),
            (edits >= 1, 0.4),
            (beside_street, 0.15),
            (context.elsewhere && !context.here, 0.4),
            (context.sentence, 0.4),
            (!whole_line && !context.direction && !context.here, 0.75),
        ];
        p *= factors.iter().filter(|(holds, _)| *holds).map(|(_, factor)| factor).product::<f64>();
        // A name that many places bear is mostly a word or a surname.
        (p / (1.0 + bearers / 60.0)).clamp(0.001, 0.87)
    }

    /// Every bearer as a point, with a wider one around it: names on direction signs stand far from their place.
    pub(crate) fn points(&self, context: &Context) -> Vec<PointShare> {
        let gazetteer = Gazetteer::embedded();
        let mut out = Vec::new();
        for hit in &self.hits {
            let (at, population, label) = match hit.target {
                Named::Place(id) => (gazetteer.position(id), gazetteer.place(id).population, self.label(hit)),
                Named::Admin2(index) => {
                    let unit = gazetteer.admin2(index);
                    (gazetteer.position(unit.seat), unit.population.max(100_000), self.label(hit))
                }
                Named::Admin1(_) | Named::Country(_) => continue,
            };
            let fit = if hit.main_name || !self.latin { 1.0 } else { 0.4 };
            out.extend(around(at, population, fit, context.direction || context.list, label));
            if out.len() >= 2 * MOST_PLACES {
                break;
            }
        }
        out
    }

    fn label(&self, hit: &NameHit) -> String {
        let gazetteer = Gazetteer::embedded();
        let (name, admin1, country) = match hit.target {
            Named::Place(id) => {
                let place = gazetteer.place(id);
                (place.name, place.admin1, place.country)
            }
            Named::Admin2(index) => {
                let unit = gazetteer.admin2(index);
                (unit.name, Some(unit.admin1), gazetteer.admin1(unit.admin1).country)
            }
            Named::Admin1(index) => (gazetteer.admin1(index).name, None, gazetteer.admin1(index).country),
            Named::Country(index) => return gazetteer.country(index).name.to_owned(),
        };
        let unit = admin1.map(|a| gazetteer.admin1(a).name).filter(|u| *u != name && !u.is_empty());
        let code = gazetteer.country(country).code;
        match unit {
            Some(unit) => format!("{name}, {unit}, {code}"),
            None => format!("{name}, {code}"),
        }
    }

    /// One sentence about the name.
    pub(crate) fn claim(&self, context: &Context) -> String {
        let best = self.hits.first().map(|h| self.label(h)).unwrap_or_default();
        let others = self.hits.len().saturating_sub(1);
        let which = match others {
            0 => format!("names {best}"),
            1 => format!("names {best}, or one namesake"),
            n => format!("names {best}, or one of {n} namesakes"),
        };
        let spelled = if self.hits.iter().all(|h| h.edits > 0) { ", with a letter misread" } else { "" };
        let why = match context {
            Context { direction: true, .. } => "; it stands on a direction sign, so the place may be some way off",
            Context { list: true, .. } => "; other lines name places, too, so it may be a destination",
            Context { here: true, .. } => "; the words beside it belong to the place itself",
            Context { elsewhere: true, .. } => "; the words beside it go with names of far places, too",
            _ if self.first_name => "; it is also a first name",
            _ if self.ordinary == self.words => "; it is also an ordinary word",
            _ => "",
        };
        format!("'{}' {which}{spelled}{why}.", self.shown)
    }
}

/// A narrow point for signs in the place, and a wide one for signs that lead there: the larger the town, the farther.
fn around(at: LatLon, population: u32, fit: f64, direction: bool, label: String) -> [PointShare; 2] {
    let (narrow_km, wide_km, led_from_km) = match population {
        0..2_000 => (3.0, 12.0, 12.0),
        2_000..15_000 => (4.0, 15.0, 20.0),
        15_000..100_000 => (7.0, 22.0, 35.0),
        100_000..1_000_000 => (12.0, 35.0, 60.0),
        _ => (22.0, 50.0, 90.0),
    };
    let (wide_km, wide_share) = if direction { (led_from_km, 0.6) } else { (wide_km, 0.15) };
    [
        PointShare { at, sigma_km: narrow_km, share: fit, label: label.clone() },
        PointShare { at, sigma_km: wide_km, share: fit * wide_share, label: format!("around {label}") },
    ]
}
