//! Forms of plates and postal codes, such as `9999 AA`, and families of road numbers, such as `A1-99`.

/// Whether a text has a form: `9` is an ASCII digit, `A` an ASCII capital letter, `-` (when `loose`) any one gap, which may
/// be missing between a letter and a digit, and anything else stands for itself.
pub(crate) fn has_form(text: &str, form: &str, loose: bool) -> bool {
    let mut chars = text.chars().peekable();
    let mut before = None;
    for (at, f) in form.char_indices() {
        if loose && f == '-' {
            let gap = chars.next_if(|c| matches!(c, ' ' | '-' | '.' | '·' | '•')).is_some();
            // Between two letters the gap is what makes a plate of a word.
            if !gap && before == form[at + 1..].chars().next() {
                return false;
            }
            continue;
        }
        before = Some(f);
        let Some(c) = chars.next() else { return false };
        let fits = match f {
            '9' => c.is_ascii_digit(),
            'A' => c.is_ascii_uppercase(),
            _ => c == f,
        };
        if !fits {
            return false;
        }
    }
    chars.next().is_none()
}

/// A family of road numbers: prefix, first and last number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RoadFamily<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) first: u32,
    pub(crate) last: u32,
}

impl<'a> RoadFamily<'a> {
    /// Reads `A1-99`, `DN1-79`, `A1` or `SH-1-100`; a `-` between prefix and number is dropped from the prefix.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let digits = text.find(|c: char| c.is_ascii_digit())?;
        let (prefix, range) = text.split_at(digits);
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(Self { prefix: prefix.trim_end_matches('-'), first: first.parse().ok()?, last: last.parse().ok()? })
    }

    /// Whether a road sign belongs to the family.
    pub(crate) fn holds(&self, prefix: &str, number: u32) -> bool {
        self.prefix == prefix && (self.first..=self.last).contains(&number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::facts::Facts;

    #[test]
    fn forms_fit_whole_texts_only() {
        assert!(has_form("1012 AB", "9999 AA", false) && !has_form("1012 ABC", "9999 AA", false));
        assert!(has_form("AB-12-CD", "AA-99-AA", true) && has_form("AB12CD", "AA-99-AA", true));
        assert!(has_form("M AB 66", "A-AA-99", true) && !has_form("MAB 66", "A-AA-99", true));
    }

    #[test]
    fn every_road_family_of_the_table_reads() {
        for (code, country) in Facts::embedded().countries() {
            for family in country.roads.iter().filter(|f| f.chars().any(|c| c.is_ascii_digit())) {
                let read = RoadFamily::parse(family);
                assert!(read.is_some_and(|f| f.first <= f.last), "{code} {family}: {read:?}");
            }
        }
    }
}
