//! Web addresses and e-mail addresses with the domain of a country.

use super::facts::Facts;
use super::reading::Reading;
use super::shares::Shares;
use crate::evidence::Finding;

/// Country domains that are sold all over the world.
const SOLD: &[&str] = &[
    "io", "tv", "co", "me", "ai", "cc", "ws", "fm", "to", "ly", "gg", "sh", "am", "la", "vc", "tk", "ml", "ga", "cf",
    "gq", "nu", "st", "ag", "bz", "sc", "mn", "gl", "gd", "im", "ms", "vu", "pw", "su",
];

/// One finding per line with an address under a country's domain.
pub(crate) fn find(reading: &Reading) -> Vec<Finding> {
    let mut out = Vec::new();
    for line in &reading.lines {
        let Some((address, code, sure)) =
            line.text.split([' ', ',', ';', '(', ')', '|', '<', '>']).find_map(country_domain)
        else {
            continue;
        };
        let sold = SOLD.contains(&code.to_ascii_lowercase().as_str());
        let background = match (sold, sure) {
            (true, _) => 0.85,
            (false, true) => 0.12,
            (false, false) => 0.3,
        };
        let mut shares = Shares::equal([&code]);
        for neighbour in Facts::embedded().country(&code).into_iter().flat_map(|c| &c.borders) {
            shares.raise(neighbour, 0.04);
        }
        let why = if sold { "but such addresses are sold all over the world" } else { "where most users of it are" };
        let claim = format!("The address '{address}' ends in the domain of {}, {why}.", Facts::embedded().name(&code));
        out.extend(line.finding("web-domain", claim, shares.likelihood(line.background(background))));
    }
    out
}

/// The address, its country, and whether it is clearly an address.
fn country_domain(piece: &str) -> Option<(String, String, bool)> {
    let lower = piece.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let host = lower.split("://").last()?.split('/').next()?;
    let host = host.rsplit('@').next()?;
    let labels: Vec<&str> = host.split('.').collect();
    let [.., name, last] = labels[..] else { return None };
    let plain = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_alphanumeric() || c == '-');
    if !(last.len() == 2 && labels.iter().all(|l| plain(l)) && name.chars().any(char::is_alphabetic)) {
        return None;
    }
    let code = if last == "uk" { "GB".to_owned() } else { last.to_ascii_uppercase() };
    let known = Facts::embedded().country(&code).is_some();
    let second_level = labels.len() >= 3
        && matches!(name, "co" | "com" | "gov" | "gob" | "org" | "net" | "ac" | "edu" | "go" | "or" | "ne");
    let sure = lower.contains("www") || lower.contains('@') || lower.contains("://") || second_level;
    let lower_case = piece.chars().all(|c| !c.is_uppercase());
    (known && (sure || (lower_case && name.len() >= 4))).then(|| (host.to_owned(), code, sure))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::reading::{background_of, reading_of, share_of};

    #[test]
    fn country_domains_count_and_sold_ones_hardly() {
        let found = find(&reading_of(&["www.pekarna-novak.si", "info@hotel.co.uk", "www.shop.tv", "www.example.com"]));
        assert_eq!(found.len(), 3);
        assert!(share_of(&found[0], "SI") > 0.9 && background_of(&found[0]) < 0.25);
        assert!(share_of(&found[1], "GB") > 0.9);
        assert!(background_of(&found[2]) > 0.8);
    }

    #[test]
    fn abbreviations_are_no_addresses() {
        assert!(find(&reading_of(&["MIN.OF TOURISM", "dog.Maxf", "St.De", "3.50", "No.12"])).is_empty());
    }
}
