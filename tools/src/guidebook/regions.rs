//! Where a passage holds: what the headings above it name, refined by what it names itself.
//!
//! Shares are relative fits: 1 for the region that a passage is about, less for what it only touches. Under "Brazil", a
//! passage that says "in Paraná" is about Paraná, and less about the rest of Brazil; one that says "similar to Argentina" is
//! about Brazil, for a likeness is told where one might mix them up.

use super::chunk;
use super::comparison::{Role, role};
use crate::evidence::RegionShare;
use crate::geo::mention::{Mention, MentionKind, country_named, country_of, mentions, mentions_within};
use crate::geo::{Level, RegionCode};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// What a whole is given where one of its parts is named.
const WHOLE: f64 = 0.35;
/// What another country is given that a passage names beside its own.
const BESIDE: f64 = 0.25;
/// What another country is given that is said to have the same.
const SAME: f64 = 0.5;
/// What a country is given that is named in a comparison of likeness.
const ALIKE: f64 = 0.1;
/// A mention that is less sure is left out.
const SURE: f64 = 0.3;
/// More countries in one passage say nothing, as lists do.
const MOST: usize = 8;

/// Tags the passages of one page.
pub(super) struct Tagger {
    /// What the path and the title name, the weakest.
    page: Vec<RegionCode>,
    /// Regions of headings that were met, since many passages share them.
    known: Mutex<BTreeMap<Vec<String>, Vec<RegionCode>>>,
}

impl Tagger {
    /// For a page of a name (path or address) and a title.
    pub(super) fn new(name: &str, title: Option<&str>) -> Self {
        let titled = title.map(|title| of_heading(title, &[])).unwrap_or_default();
        let page = if titled.is_empty() { of_path(name) } else { titled };
        Self { page, known: Mutex::default() }
    }

    /// The regions of a passage with their shares, the greatest first; none where nothing says where.
    pub(super) fn tag(&self, text: &str, headings: &[String], image: Option<&str>) -> Vec<RegionShare> {
        let mut default = self.of_headings(headings);
        if default.is_empty() {
            default = image.map(of_path).unwrap_or_default();
        }
        let home: Vec<&str> = default.iter().map(country_of).filter(|code| !code.is_empty()).collect();
        let home = if home.len() <= MOST { home } else { Vec::new() };
        let found = mentions_within(text, &home);
        let said: Vec<(&Mention, Role)> = found.iter().filter(|m| m.sure >= SURE).map(|m| (m, role(text, m))).collect();
        let shares = if default.is_empty() { alone(&said) } else { below(&default, &home, &said) };
        shares.sorted()
    }

    /// What the deepest heading that names a region names, else what the page does.
    fn of_headings(&self, headings: &[String]) -> Vec<RegionCode> {
        if let Ok(known) = self.known.lock()
            && let Some(regions) = known.get(headings)
        {
            return regions.clone();
        }
        let mut regions = self.page.clone();
        for heading in headings {
            let home: Vec<&str> = regions.iter().map(country_of).filter(|code| !code.is_empty()).collect();
            let named = of_heading(heading, &home);
            if !named.is_empty() {
                regions = named;
            }
        }
        if let Ok(mut known) = self.known.lock() {
            known.insert(headings.to_vec(), regions.clone());
        }
        regions
    }
}

/// The regions that a heading names: names before demonyms, and none of a comparison.
fn of_heading(heading: &str, home: &[&str]) -> Vec<RegionCode> {
    let found = mentions_within(heading, home);
    let named = |kind: MentionKind| {
        let mut regions: Vec<RegionCode> = Vec::new();
        let meant = found.iter().filter(|m| m.kind == kind && m.sure >= SURE && role(heading, m) == Role::About);
        for region in meant.flat_map(|m| &m.regions) {
            if !regions.contains(region) {
                regions.push(region.clone());
            }
        }
        regions
    };
    let names = named(MentionKind::Name);
    if !names.is_empty() {
        return names;
    }
    // A name with brackets or an "and" in it is no phrase of a sentence.
    if let Some(country) = country_named(heading) {
        return vec![country];
    }
    // "Russian letters" under "Latvia" is a section of Latvia.
    if home.is_empty() { named(MentionKind::Demonym) } else { Vec::new() }
}

/// The regions that the deepest part of a path or an address names: `europe/united-states/index.html`, `Botswana_4.jpg`.
fn of_path(path: &str) -> Vec<RegionCode> {
    let path = path.split_once("://").map_or(path, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    let path = path.split(['?', '#']).next().unwrap_or_default();
    for part in path.rsplit('/').filter(|part| !part.is_empty()) {
        let part = part
            .rsplit_once('.')
            .filter(|(stem, end)| !stem.is_empty() && end.len() <= 5 && end.len() >= 2)
            .map_or(part, |(stem, _)| stem);
        let words: String =
            part.chars().map(|c| if c.is_alphabetic() || matches!(c, '\'' | '’' | '&') { c } else { ' ' }).collect();
        let words = chunk::collapse(&words);
        if matches!(words.to_lowercase().as_str(), "index" | "readme" | "") {
            continue;
        }
        let mut regions: Vec<RegionCode> = Vec::new();
        for mention in mentions(&words).into_iter().filter(|m| m.sure >= SURE && m.kind == MentionKind::Name) {
            regions.extend(mention.regions.into_iter().filter(|r| !regions.contains(r)).collect::<Vec<_>>());
        }
        if !regions.is_empty() {
            return regions;
        }
    }
    Vec::new()
}

/// Shares by region; a greater one stands.
#[derive(Default)]
struct Shares(BTreeMap<RegionCode, f64>);

impl Shares {
    fn raise(&mut self, region: &RegionCode, share: f64) {
        let known = self.0.entry(region.clone()).or_default();
        *known = known.max(share);
    }

    fn sorted(self) -> Vec<RegionShare> {
        let mut shares: Vec<RegionShare> = self
            .0
            .into_iter()
            .filter(|(_, share)| *share > 0.0)
            .map(|(region, share)| RegionShare { region, share })
            .collect();
        shares.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.region.cmp(&b.region)));
        shares
    }
}

/// Under a heading that names regions.
fn below(default: &[RegionCode], home: &[&str], said: &[(&Mention, Role)]) -> Shares {
    let mut shares = Shares::default();
    let is_part = |region: &RegionCode| {
        region.level == Level::Admin1 && home.contains(&country_of(region)) && !default.contains(region)
    };
    let mut parts = false;
    let singles = said.iter().filter(|(m, _)| !m.group && m.regions.len() <= MOST);
    for (mention, role) in singles {
        for region in &mention.regions {
            if is_part(region) {
                if matches!(role, Role::About | Role::Also) {
                    shares.raise(region, mention.sure.max(0.7));
                    parts = true;
                }
            } else if !default.contains(region) && !home.contains(&country_of(region)) {
                shares.raise(region, mention.sure * foreign(*role) / mention.regions.len() as f64);
            }
        }
    }
    // A page of many countries is about the one that the passage names.
    let named: Vec<&RegionCode> = said
        .iter()
        .filter(|(m, role)| !m.group && *role == Role::About)
        .flat_map(|(m, _)| &m.regions)
        .filter(|r| default.contains(r))
        .collect();
    for region in default {
        let other = default.len() > 1 && !named.is_empty() && !named.contains(&region);
        shares.raise(region, if other || parts { WHOLE } else { 1.0 });
    }
    if default.iter().all(|region| region.level == Level::Admin1) {
        for country in home {
            shares.raise(&RegionCode::country(country), WHOLE);
        }
    }
    shares
}

fn foreign(role: Role) -> f64 {
    match role {
        Role::About => BESIDE,
        Role::Also => SAME,
        Role::Like => ALIKE,
        Role::Unlike => 0.0,
    }
}

/// Where no heading names a region: what the passage names, countries and their parts before groups of countries.
fn alone(said: &[(&Mention, Role)]) -> Shares {
    let mut shares = Shares::default();
    let singles: Vec<_> = said.iter().filter(|(m, _)| !m.group && m.regions.len() <= MOST).collect();
    let mut countries: Vec<&str> = singles.iter().flat_map(|(m, _)| &m.regions).map(country_of).collect();
    countries.sort_unstable();
    countries.dedup();
    if countries.len() > MOST {
        return shares;
    }
    let any = singles.iter().any(|(_, role)| matches!(role, Role::About | Role::Also));
    for (mention, role) in &singles {
        let share = match role {
            Role::About | Role::Also => mention.sure,
            // All that is there: "It looks like Spain."
            Role::Like if !any => 0.5 * mention.sure,
            Role::Like => ALIKE,
            Role::Unlike => 0.0,
        };
        for region in &mention.regions {
            shares.raise(region, share / mention.regions.len() as f64);
            if region.level == Level::Admin1 {
                shares.raise(&RegionCode::country(country_of(region)), WHOLE * share);
            }
        }
    }
    if shares.0.is_empty() {
        let groups = said.iter().filter(|(m, role)| m.group && matches!(role, Role::About | Role::Also));
        groups.flat_map(|(m, _)| &m.regions).for_each(|region| shares.raise(region, 0.5));
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(shares: &[RegionShare], code: &str) -> f64 {
        shares.iter().find(|s| s.region.code == code).map_or(0.0, |s| s.share)
    }

    fn under(headings: &[&str], text: &str) -> Vec<RegionShare> {
        let headings: Vec<String> = headings.iter().map(|h| (*h).to_owned()).collect();
        Tagger::new("page.html", None).tag(text, &headings, None)
    }

    #[test]
    fn the_deepest_heading_that_names_one_wins() {
        assert_eq!(share(&under(&["Europe", "France", "Roads"], "Lines are white."), "FR"), 1.0);
        let alaska = under(&["United States", "Alaska"], "Lines are white.");
        assert!(share(&alaska, "US.AK") > share(&alaska, "US") && share(&alaska, "US") > 0.0);
        assert_eq!(share(&under(&["Step 1 – Identifying Botswana"], "Lines are white."), "BW"), 1.0);
        assert_eq!(share(&under(&["Turkey"], "Lines are white."), "TR"), 1.0);
        assert_eq!(share(&under(&["Latvia", "Russian letters"], "Some are seen."), "LV"), 1.0);
    }

    #[test]
    fn paths_and_pictures_name_the_region_of_last_resort() {
        for path in
            ["brazil.html", "americas/brazil/index.html", "https://x.example/guide/brazil?x=1", "img/Brazil_4.jpg"]
        {
            let shares = Tagger::new(path, None).tag("Lines are white.", &[], None);
            assert_eq!(share(&shares, "BR"), 1.0, "{path}");
        }
        let shares = Tagger::new("a.txt", None).tag("Lines are white.", &[], Some("x/United_States_10.jpg"));
        assert_eq!(share(&shares, "US"), 1.0);
    }

    #[test]
    fn a_part_that_is_named_has_more_than_the_whole() {
        let shares = under(&["Brazil"], "The soil is very red in Paraná.");
        assert!(share(&shares, "BR.18") > share(&shares, "BR") && share(&shares, "BR") > 0.0, "{shares:?}");
    }

    #[test]
    fn comparisons_leave_the_passage_where_it_is() {
        for text in [
            "The landscape is similar to South Africa.",
            "Plates are white, unlike in South Africa.",
            "It should not be confused with South Africa.",
            "Unlike South Africa, it has no yellow lines.",
            "Roads look like those in neighbouring South Africa.",
        ] {
            let shares = under(&["Botswana"], text);
            assert_eq!(share(&shares, "BW"), 1.0, "{text}");
            assert!(share(&shares, "ZA") <= ALIKE, "{text} {shares:?}");
        }
        let shares = under(&["Botswana"], "The same lines are also found in Israel, Jordan, and Oman.");
        assert!(share(&shares, "JO") > ALIKE && share(&shares, "JO") < 1.0, "{shares:?}");
    }

    #[test]
    fn without_a_heading_the_text_speaks() {
        let shares = under(&[], "Warning signs with a yellow filling: Greece, Iceland, Sweden and Finland.");
        assert!(["GR", "IS", "SE", "FI"].iter().all(|code| share(&shares, code) > 0.9), "{shares:?}");
        assert!(share(&under(&[], "Palms grow all over Southeast Asia."), "TH") > 0.0);
        assert!(under(&[], "Poles are round.").is_empty());
        let shares = under(&[], "Like Oman, Qatar has sandy roads.");
        assert!(share(&shares, "QA") > 0.9 && share(&shares, "OM") <= ALIKE, "{shares:?}");
        assert!(under(&[], "Signs are in Portuguese.").is_empty());
    }
}
