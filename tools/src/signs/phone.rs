//! Telephone numbers, with and without country code.

use super::facts::Facts;
use super::reading::{Line, Reading};
use super::shares::Shares;
use crate::evidence::Finding;
use phonenumber::metadata::DATABASE;

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

/// Most numbers without a country code that are tried against all countries: each costs some milliseconds.
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
                None
            };
            if let Some(found) = found {
                out.push(found);
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
    matches!(lengths[..], [2, 2, 4] | [4, 2, 2] | [1..=2, 1..=2, 2])
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

fn international(line: &Line, run: &Run) -> Option<Finding> {
    let digits = run.digits();
    // "+44 (0)20": the bracketed trunk zero is not dialled from abroad.
    let digits = digits.strip_prefix("00").unwrap_or(&digits).to_owned();
    let facts = Facts::embedded();
    let parsed = phonenumber::parse(None, format!("+{digits}")).ok();
    let valid = parsed.as_ref().filter(|n| phonenumber::is_valid(n));
    let mut shares = Shares::default();
    let background = if let Some(number) = valid {
        let region = number.country().id().map(|id| format!("{id:?}"));
        shares.raise(region.as_deref().filter(|r| facts.country(r).is_some())?, 1.0);
        0.06
    } else {
        let code = (1..=3).rev().filter_map(|n| digits.get(..n)).find_map(|c| {
            let code: u16 = c.parse().ok()?;
            facts.countries().any(|(_, country)| country.calling_code == Some(code)).then_some(code)
        })?;
        for (iso, country) in facts.countries().filter(|(_, c)| c.calling_code == Some(code)) {
            shares.raise(iso, if country.population > 5_000_000 { 1.0 } else { 0.5 });
        }
        0.3
    };
    let claim = format!("The telephone number '{}' has the country code of {}.", run.shown, shares.in_words(3));
    line.finding("phone-number", claim, shares.likelihood(line.background(background)))
}

/// Countries in whose numbering plan a number without country code is valid; more so where it is grouped like that.
fn nationwide(line: &Line, run: &Run) -> Option<Finding> {
    let digits = run.digits();
    let mut shares = Shares::default();
    let mut grouped = false;
    for (code, _) in Facts::embedded().countries() {
        let Some(metadata) = DATABASE.by_id(code) else { continue };
        let national = match metadata.national_prefix() {
            Some(prefix) if digits.starts_with(prefix) => &digits[prefix.len()..],
            // A plan with a trunk prefix writes it.
            Some("0") => continue,
            _ => digits.as_str(),
        };
        let general = metadata.descriptors().general();
        let length = u16::try_from(national.len()).unwrap_or(u16::MAX);
        // Lengths are cheap to compare, and patterns are not.
        let kinds = [metadata.descriptors().fixed_line(), metadata.descriptors().mobile()];
        let possible = kinds.into_iter().flatten().any(|d| d.possible_length().contains(&length));
        if !possible || !general.is_match(national) {
            continue;
        }
        let alike = groups_like(metadata, national, digits.len() - national.len(), &run.groups);
        grouped |= alike;
        shares.raise(code, if alike { 1.0 } else { 0.2 });
    }
    if shares.is_empty() {
        return None;
    }
    let background = match (announced(line), grouped) {
        (true, true) => 0.4,
        (false, true) => 0.5,
        (true, false) => 0.65,
        (false, false) => 0.8,
    };
    let claim = format!("'{}' fits the numbering plans of {}.", run.shown, shares.in_words(4));
    line.finding("phone-number", claim, shares.likelihood(line.background(background)))
}

/// Whether the number's groups are those of a format of the country; the trunk prefix belongs to the first group.
fn groups_like(metadata: &phonenumber::Metadata, national: &str, trunk: usize, groups: &[String]) -> bool {
    let written: Vec<usize> = groups.iter().map(String::len).collect();
    metadata.formats().iter().any(|format| {
        let leads = format.leading_digits();
        // The last pattern is the finest.
        let starts = leads.last().is_none_or(|l| l.find(national).is_some_and(|m| m.start() == 0));
        let Some(captures) = starts.then(|| format.pattern().captures(national)).flatten() else { return false };
        let mut lengths: Vec<usize> = captures.iter().skip(1).flatten().map(|group| group.as_str().len()).collect();
        if let Some(first) = lengths.first_mut() {
            *first += trunk;
        }
        lengths.len() >= 2 && lengths == written
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::reading::{background_of, reading_of, share_of};

    #[test]
    fn a_country_code_is_strong() {
        let found = find(&reading_of(&["Tel. +385 1 4872 222", "0043 316 872 0"]));
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
    fn dates_prices_and_years_are_not_dialled() {
        assert!(find(&reading_of(&["1848-1998", "12.05.2019", "10:00-22:00", "1234567890123456789"])).is_empty());
    }
}
