//! Telephone numbers, with and without country code.

use super::facts::Facts;
use super::phone_area;
use super::reading::{Line, Reading};
use super::shares::Shares;
use crate::evidence::{Finding, Likelihood, PointShare};

/// Words that announce a number.
const ANNOUNCE: &[&str] = &[
    "tel",
    "telefon",
    "telefono",
    "telephone",
    "phone",
    "fon",
    "fono",
    "ph",
    "mob",
    "mobile",
    "mobil",
    "cel",
    "celular",
    "call",
    "whatsapp",
    "fax",
    "hotline",
    "handy",
    "gsm",
    "tlf",
    "puh",
    "tele",
    "тел",
    "телефон",
    "τηλ",
    "טל",
    "هاتف",
    "جوال",
    "تلفن",
    "电话",
    "電話",
    "전화",
    "或话",
    "电话号",
    "โทร",
    "фон",
];

/// Most numbers without a country code that are tried against all countries.
const MOST_NATIONAL: usize = 3;

/// One finding per line with a number.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut national = 0;
    for line in &reading.lines {
        for run in runs(&line.text) {
            let found = if run.international {
                international(line, &run)
            } else if national < MOST_NATIONAL && run.looks_dialled(line) {
                national += 1;
                nationwide(line, &run)
            } else {
                Vec::new()
            };
            if !found.is_empty() {
                out.extend(found);
                break;
            }
        }
    }
    out
}

/// Digits in groups, as they stand.
struct Run {
    shown: String,
    groups: Vec<String>,
    international: bool,
    bracket: bool,
}

impl Run {
    fn digits(&self) -> String {
        self.groups.concat()
    }

    /// Announced, or written as telephone numbers are: trunk zero or bracket, and at least two groups.
    fn looks_dialled(&self, line: &Line) -> bool {
        let digits = self.digits();
        let announced = announced(line);
        let trunk = (digits.starts_with('0') || self.bracket) && self.groups.len() >= 2;
        let length = digits.len();
        (8..=12).contains(&length) && (announced || trunk) && !looks_like_date(&self.groups)
    }
}

fn announced(line: &Line) -> bool {
    line.has(ANNOUNCE) || line.text.contains('☎') || line.text.contains('✆') || line.text.contains('📞')
}

fn looks_like_date(groups: &[String]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(String::len).collect();
    matches!(lengths[..], [2, 2, 4..=6] | [4, 2, 2] | [1..=2, 1..=2, 2])
}

/// Runs of seven or more digits with the separators that telephone numbers have.
fn runs(text: &str) -> Vec<Run> {
    let mut out = Vec::new();
    let mut run = Run { shown: String::new(), groups: vec![String::new()], international: false, bracket: false };
    let mut gap = 0;
    for c in text.chars().chain(['\n']) {
        let digit = c.to_digit(10);
        let separator = matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '–');
        if let Some(d) = digit {
            run.groups.last_mut().expect("starts with one group").push(char::from_digit(d, 10).unwrap_or('0'));
            run.shown.push(c);
            gap = 0;
        } else if c == '+' && run.digits().is_empty() {
            run.international = true;
            run.shown = "+".to_owned();
        } else if separator && gap < 2 && !run.digits().is_empty() {
            if run.groups.last().is_some_and(|g| !g.is_empty()) {
                run.groups.push(String::new());
            }
            run.shown.push(c);
            gap += 1;
        } else if separator && run.digits().is_empty() {
            run.bracket |= c == '(';
        } else {
            run.groups.retain(|g| !g.is_empty());
            let digits = run.digits();
            run.international |= digits.starts_with("00") && digits.len() >= 10;
            if (7..=16).contains(&digits.len()) {
                run.shown.truncate(run.shown.trim_end().len());
                out.push(run);
            }
            run = Run { shown: String::new(), groups: vec![String::new()], international: c == '+', bracket: false };
            gap = 0;
        }
    }
    out
}

/// A number with a country code: the countries that share the code, or the one whose first digits it has.
fn international(line: &Line, run: &Run) -> Vec<Finding> {
    let digits = run.digits();
    let digits = digits.strip_prefix("00").unwrap_or(&digits);
    let known = |code: &&str| Plan::all().any(|p| p.calling_code == *code);
    let Some(code) = (1..=3).filter_map(|size| digits.get(..size)).find(known) else { return Vec::new() };
    let national = digits.get(code.len()..).unwrap_or_default();
    // "+44 (0)20": the trunk zero in brackets is not dialled from abroad.
    let national = national.strip_prefix('0').unwrap_or(national);
    let sharing: Vec<Plan> = Plan::all().filter(|p| p.calling_code == code).collect();
    let own: Vec<&Plan> = sharing.iter().filter(|p| p.first.is_some() && p.begins(national)).collect();
    let main: Vec<&Plan> = sharing.iter().filter(|p| p.first.is_none()).collect();
    let mut shares = Shares::default();
    for plan in if own.is_empty() { main } else { own } {
        let small = Facts::embedded().country(plan.country).is_none_or(|c| c.population < 5_000_000);
        shares.raise(plan.country, if small && sharing.len() > 1 && plan.first.is_none() { 0.15 } else { 1.0 });
    }
    let valid = sharing.iter().any(|p| p.has_length(national.len()));
    let background = if valid { 0.06 } else { 0.3 };
    let claim = format!("The telephone number '{}' has the country code of {}.", run.shown, shares.in_words(3));
    if shares.is_empty() {
        return Vec::new();
    }
    let country = line.finding("phone-number", claim, shares.likelihood(line.background(background)));
    let area = if valid { phone_area::of(code, national) } else { None };
    // A number may be that of a head office, or of a town near by.
    let area = area.and_then(|area| area_finding(line, run, vec![area], 0.2));
    country.into_iter().chain(area).collect()
}

/// The areas that a number may belong to, as a finding.
fn area_finding(line: &Line, run: &Run, areas: Vec<PointShare>, background: f64) -> Option<Finding> {
    let label = areas.first()?.label.clone();
    let others = match areas.len() {
        1 => String::new(),
        n => format!(", or to those of {} other countries", n - 1),
    };
    let claim = format!("The telephone number '{}' belongs to {label}{others}.", run.shown);
    let likelihood = Likelihood::Points { points: areas, background: line.background(background) };
    line.finding("phone-area", claim, likelihood)
}

/// Countries whose numbers have that many digits, most of all those that group such a number so.
fn nationwide(line: &Line, run: &Run) -> Vec<Finding> {
    let digits = run.digits();
    let mut areas = Vec::new();
    let mut shares = Shares::default();
    let mut grouped = false;
    for plan in Plan::all() {
        let national = match plan.trunk {
            Some(trunk) if digits.starts_with(trunk) => &digits[trunk.len()..],
            // A plan with a trunk zero writes it.
            Some("0") => continue,
            _ => digits.as_str(),
        };
        if !plan.has_length(national.len()) {
            continue;
        }
        let alike = plan.begins(national) && plan.groups_like(national, digits.len() - national.len(), &run.groups);
        grouped |= alike;
        let fit = if alike { 1.0 } else { 0.1 };
        shares.raise(plan.country, fit);
        // Plans that share a calling code share its areas: one entry is enough.
        let area = phone_area::of(plan.calling_code, national).map(|area| PointShare { share: fit, ..area });
        areas.extend(area.filter(|area| !areas.iter().any(|a: &PointShare| a.label == area.label)));
    }
    if shares.is_empty() || !(grouped || announced(line)) {
        return Vec::new();
    }
    areas.sort_by(|a, b| b.share.total_cmp(&a.share));
    let background = match (announced(line), grouped) {
        (true, true) => 0.4,
        (false, true) => 0.5,
        _ => 0.85,
    };
    let claim = format!("'{}' is grouped and begins as telephone numbers do in {}.", run.shown, shares.in_words(4));
    let country = line.finding("phone-number", claim, shares.likelihood(line.background(background)));
    let area = area_finding(line, run, areas, 1.0 - 0.8 * (1.0 - background));
    country.into_iter().chain(area).collect()
}

/// A country's numbering plan: a row of `data/geo/phones.tsv`, whose columns `phones.py` describes.
///
/// The crate `phonenumber` knows more, but loading its table takes 180 ms, more than a photo's whole share of time.
struct Plan {
    country: &'static str,
    calling_code: &'static str,
    trunk: Option<&'static str>,
    /// First digits, where several countries share a calling code.
    first: Option<&'static str>,
    lengths: &'static str,
    formats: &'static str,
}

impl Plan {
    fn all() -> impl Iterator<Item = Self> {
        let rows = include_str!("../../../data/geo/phones.tsv").lines().filter(|l| !l.starts_with('#'));
        rows.filter_map(|row| {
            let mut columns = row.split('\t');
            let mut next = || columns.next();
            let some = |text: &'static str| (text != "-").then_some(text);
            Some(Self {
                country: next()?,
                calling_code: next()?,
                trunk: some(next()?),
                first: some(next()?),
                lengths: next()?,
                formats: next()?,
            })
        })
    }

    fn has_length(&self, digits: usize) -> bool {
        self.lengths.split(',').any(|l| l.parse() == Ok(digits))
    }

    fn begins(&self, national: &str) -> bool {
        self.first.is_none_or(|first| first.split(',').any(|f| national.starts_with(f)))
    }

    /// Whether the groups are those of a format; the trunk prefix belongs to the first group.
    fn groups_like(&self, national: &str, trunk: usize, groups: &[String]) -> bool {
        self.formats.split(' ').filter_map(|f| f.split_once(':')).any(|(sizes, first)| {
            let mut sizes = sizes.split('-');
            let fits = groups.iter().enumerate().all(|(at, group)| {
                let Some(size) = sizes.next() else { return false };
                let (low, high) = size.split_once(',').unwrap_or((size, size));
                let size = group.len().saturating_sub(if at == 0 { trunk } else { 0 });
                low.parse().is_ok_and(|l: usize| l <= size) && high.parse().is_ok_and(|h: usize| size <= h)
            });
            fits && sizes.next().is_none() && (first.is_empty() || first.split(',').any(|f| national.starts_with(f)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::reading::{background_of, reading_of, share_of};

    /// The findings about countries, without those about areas.
    fn countries_of(lines: &[&str]) -> Vec<Finding> {
        find(&reading_of(lines)).into_iter().filter(|f| f.kind == "phone-number").collect()
    }

    #[test]
    fn a_country_code_is_strong() {
        let found = countries_of(&["Tel. +385 1 4872 222", "0043 316 872 0"]);
        assert!(share_of(&found[0], "HR") >= 1.0 && background_of(&found[0]) < 0.2);
        assert!(share_of(&found[1], "AT") >= 1.0);
    }

    #[test]
    fn a_national_number_fits_many_countries_and_best_those_that_group_it_so() {
        let found = find(&reading_of(&["Call 020 7525 2000"]));
        assert!(share_of(&found[0], "GB") >= 1.0 && background_of(&found[0]) >= 0.4);
        let found = find(&reading_of(&["電話 0778-67-2098"]));
        assert!(share_of(&found[0], "JP") >= 1.0, "{found:?}");
    }

    #[test]
    fn countries_that_share_a_code_are_told_apart_by_the_first_digits() {
        let found = countries_of(&["+1 242 322 1234", "+7 727 250 1234", "+1 608 266 1234"]);
        assert!(share_of(&found[0], "BS") >= 1.0 && share_of(&found[0], "US") == 0.0);
        assert!(share_of(&found[1], "KZ") >= 1.0 && share_of(&found[1], "RU") == 0.0);
        assert!(share_of(&found[2], "US") >= 1.0 && share_of(&found[2], "CA") >= 1.0);
    }

    #[test]
    fn the_prefix_tells_the_town() {
        let found = find(&reading_of(&["Tel. +351 282 000 147"]));
        assert_eq!(found.iter().map(|f| f.kind.as_str()).collect::<Vec<_>>(), ["phone-number", "phone-area"]);
        let found = find(&reading_of(&["Call 020 7525 2000"]));
        let Likelihood::Points { points, background } = &found[1].likelihood else { unreachable!("areas are points") };
        let london = crate::geo::LatLon::new(51.5, -0.12).expect("valid");
        let best = points.iter().min_by(|a, b| a.at.distance_km(london).total_cmp(&b.at.distance_km(london)));
        assert!(best.is_some_and(|p| p.share >= 1.0 && p.at.distance_km(london) < 20.0), "{points:?}");
        assert!(points.len() > 1 && *background > 0.45, "020 is Amsterdam's, too");
    }

    #[test]
    fn every_plan_reads_and_names_a_known_country() {
        assert!(Plan::all().count() > 230);
        for plan in Plan::all() {
            assert!(Facts::embedded().country(plan.country).is_some(), "{}", plan.country);
            assert!(plan.calling_code.parse::<u16>().is_ok() && !plan.lengths.is_empty(), "{}", plan.country);
        }
    }

    #[test]
    fn dates_prices_and_years_are_not_dialled() {
        assert!(find(&reading_of(&["1848-1998", "12.05.2019", "10:00-22:00", "1234567890123456789"])).is_empty());
    }
}
