//! Numbers and verdicts in the words of people; the same in every format.

use crate::eval::score::Estimate;
use crate::ledger::{ChainLink, Hint, HintKind, LocateResult, VerdictKind};
use navig_tools::evidence::{Likelihood, STRICT_ODDS};
use navig_tools::geo::{Area, LatLon, Level, RegionCode};

/// Whose data tells where a place is; their licences ask for this line wherever an answer is handed on.
pub(super) const ATTRIBUTION: &str =
    "Places: GeoNames, CC BY 4.0. Countries of points: © OpenStreetMap contributors, ODbL 1.0.";

/// How many regions or points of one likelihood are named.
const NAMED: usize = 3;

/// A probability as whole per cent; never "100 %" for what is not certain.
pub(super) fn percent(probability: f64) -> String {
    match probability {
        p if p.is_nan() => "unknown".to_owned(),
        p if p <= 0.0 => "0 %".to_owned(),
        p if p < 0.005 => "<1 %".to_owned(),
        p if p > 0.995 => ">99 %".to_owned(),
        p => format!("{:.0} %", p * 100.0),
    }
}

/// A distance to two digits, in m below 1 km.
pub(super) fn distance(km: f64) -> String {
    match km {
        km if !km.is_finite() || km < 0.0 => "unknown".to_owned(),
        km if km < 0.01 => "under 10 m".to_owned(),
        km if km < 0.995 => format!("{} m", grouped(two_digits(km * 1000.0) as u64)),
        km if km < 9.95 => format!("{km:.1} km"),
        km => format!("{} km", grouped(two_digits(km) as u64)),
    }
}

/// A weight in bans as how many times better (`×120`) or worse (`÷40`) it fits here than the average place.
pub(super) fn factor(bans: f64) -> String {
    let sign = if bans < 0.0 { '÷' } else { '×' };
    let size = bans.abs();
    match 10f64.powf(size) {
        f if !f.is_finite() || f.is_nan() => format!("{sign}∞"),
        f if f < 9.95 => format!("{sign}{f:.1}"),
        f if f < 1e6 => format!("{sign}{}", grouped(two_digits(f) as u64)),
        _ => format!("{sign}10{}", superscript(size)),
    }
}

fn superscript(exponent: f64) -> String {
    let digit = |c: char| c.to_digit(10).and_then(|d| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(d as usize));
    format!("{exponent:.0}").chars().filter_map(digit).collect()
}

fn two_digits(value: f64) -> f64 {
    if value < 1.0 {
        return value.round();
    }
    let unit = 10f64.powf(value.log10().floor() - 1.0).max(1.0);
    (value / unit).round() * unit
}

/// A whole number with commas between groups of three digits.
pub(crate) fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A point with as many decimals as a radius of `radius_km` around it deserves.
pub(super) fn position(point: LatLon, radius_km: f64) -> String {
    let decimals = match radius_km {
        r if r >= 100.0 => 1,
        r if r >= 10.0 => 2,
        r if r >= 1.0 => 3,
        r if r >= 0.1 => 4,
        _ => 5,
    };
    format!("{:.decimals$}, {:.decimals$}", point.lat(), point.lon())
}

/// What a level is called in a table of regions.
pub(super) fn level(level: Level) -> &'static str {
    match level {
        Level::Continent => "Continent",
        Level::Country => "Country",
        Level::Admin1 => "State or region",
        Level::Admin2 => "District",
        Level::City => "City",
    }
}

/// The region that the verdict rests on: the one at its level, or the deepest of the chain.
pub(super) fn answer(result: &LocateResult) -> Option<&ChainLink> {
    let at_level = result.verdict.level.and_then(|level| result.chain.iter().find(|link| link.level == level));
    at_level.or(result.chain.last())
}

/// The answer's name with its country, such as `San José, Costa Rica`.
pub(super) fn place(result: &LocateResult) -> Option<String> {
    let answer = answer(result)?;
    let country = result.chain.iter().find(|link| link.level == Level::Country && answer.level > Level::Country);
    Some(country.map_or_else(|| answer.name.clone(), |country| format!("{}, {}", answer.name, country.name)))
}

/// The probability that the answer is in its country; absent when the chain ends above one.
pub(super) fn country_probability(result: &LocateResult) -> Option<f64> {
    result.chain.iter().find(|link| link.level == Level::Country).map(|link| link.probability)
}

/// The photo's path, or what stands for it.
pub(super) fn path(result: &LocateResult) -> &str {
    if result.photo.path == "-" { "standard input" } else { &result.photo.path }
}

/// The verdict in one sentence.
pub(super) fn headline(result: &LocateResult) -> String {
    let guess = answer(result).zip(place(result)).map(|(link, place)| (place, link.level, percent(link.probability)));
    let weighed = result.evidence.iter().any(|e| e.finding.likelihood != Likelihood::Note);
    let lack =
        if weighed { "the evidence is not enough to say so" } else { "nothing in the photo says where it was taken" };
    match (result.verdict.kind, guess) {
        (VerdictKind::Located, Some((place, level, percent))) => {
            let level = if level > Level::Country && level < Level::City { self::level(level) } else { level.name() };
            format!("Located: {place} ({} level, {percent})", level.to_lowercase())
        }
        (VerdictKind::Located, None) => format!("Located near {}", position(result.point, result.radius_km.p50)),
        (VerdictKind::Abstained, Some((place, _, percent))) => {
            format!("Abstained: the best guess would be {place} ({percent}), but {lack}")
        }
        (VerdictKind::Abstained, None) if weighed => "Abstained: the best guess lies in no country".to_owned(),
        (VerdictKind::Abstained, None) => format!("Abstained: {lack}"),
    }
}

/// The administrative areas of the map that hold the point, the widest first, with their levels.
pub(super) fn map_areas(result: &LocateResult) -> String {
    let areas = result.map_areas.iter().map(|area| format!("{} ({})", area.name, area.level));
    areas.collect::<Vec<_>>().join(" > ")
}

/// Where the point lies and how sure that is, in one sentence.
pub(super) fn radius(result: &LocateResult) -> String {
    let radius = result.radius_km;
    format!("50 % within {}, 90 % within {}", distance(radius.p50), distance(radius.p90))
}

/// What the user said, as they would type it.
pub(super) fn hint(hint: &Hint) -> String {
    let flag = match hint.kind {
        HintKind::Country => "--country",
        HintKind::Bbox => "--bbox",
        HintKind::Near => "--near",
        HintKind::Not => "--not",
        HintKind::Text => "--text",
    };
    format!("{flag} {}", hint.text)
}

/// What a likelihood says, in one sentence.
pub(super) fn likelihood(likelihood: &Likelihood) -> String {
    match likelihood {
        Likelihood::Regions { shares, background } => {
            let shares = shares.iter().map(|s| (s.region.code.clone(), s.share)).collect();
            format!("fits {}; {}", ranking(shares), unrelated(*background))
        }
        Likelihood::Points { points, background } => {
            let sigma = |km| distance(km).replace("under ", "");
            let points = points.iter().map(|p| (format!("{} (± {})", p.label, sigma(p.sigma_km)), p.share)).collect();
            format!("fits near {}; {}", ranking(points), unrelated(*background))
        }
        Likelihood::Area { area: place, odds } if *odds >= STRICT_ODDS => {
            format!("rules out whatever lies outside {}", area(place))
        }
        Likelihood::Area { area: place, odds } if *odds <= 0.0 => format!("rules out {}", area(place)),
        Likelihood::Area { area: place, odds } => {
            format!("{} inside {} against outside", factor(odds.log10()), area(place))
        }
        Likelihood::Note => "shown, not weighed".to_owned(),
    }
}

fn unrelated(background: f64) -> String {
    format!("{} that it has nothing to do with the place", percent(background))
}

/// The best of what fits, with its share when there are several.
fn ranking(mut shares: Vec<(String, f64)>) -> String {
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let total: f64 = shares.iter().map(|(_, share)| share).sum();
    let alone = shares.len() == 1;
    let named: Vec<String> = shares
        .iter()
        .take(NAMED)
        .map(|(name, share)| if alone { name.clone() } else { format!("{name} {}", percent(share / total)) })
        .collect();
    match shares.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

fn area(area: &Area) -> String {
    let list = |regions: &[RegionCode]| regions.iter().map(|r| r.code.as_str()).collect::<Vec<_>>().join(", ");
    match area {
        Area::Box(bounds) => format!("the box {bounds}"),
        Area::Disc { centre, radius_km } => {
            format!("the circle of {} around {}", distance(*radius_km), position(*centre, *radius_km))
        }
        Area::Regions { regions } => list(regions),
        // A new kind of area is shown as it is written, until it has words.
        other => serde_json::to_string(other).unwrap_or_else(|_| "an area".to_owned()),
    }
}

/// A share with its interval: `23.0 % (13.1 to 34.4)`.
pub(super) fn share(estimate: &Estimate) -> String {
    let percent = |share: f64| format!("{:.1}", share * 100.0);
    format!("{} % ({} to {})", percent(estimate.value), percent(estimate.low), percent(estimate.high))
}

/// A value with its interval, each in words.
pub(super) fn interval(estimate: &Estimate, of: impl Fn(f64) -> String) -> String {
    format!("{} ({} to {})", of(estimate.value), of(estimate.low), of(estimate.high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_to_what_they_are_worth() {
        assert_eq!([percent(0.9149), percent(0.9999), percent(0.001), percent(0.0)], ["91 %", ">99 %", "<1 %", "0 %"]);
        let km = [0.0, 0.357, 1.24, 45.2, 160.0, 7812.0, 0.9991];
        assert_eq!(km.map(distance), ["under 10 m", "360 m", "1.2 km", "45 km", "160 km", "7,800 km", "1.0 km"]);
        let bans = [0.0, 0.2, 2.08, -1.6, 3.66, 7.2, -12.0];
        assert_eq!(bans.map(factor), ["×1.0", "×1.6", "×120", "÷40", "×4,600", "×10⁷", "÷10¹²"]);
    }

    #[test]
    fn a_wide_radius_takes_the_decimals_from_a_point() {
        let p = LatLon::new(9.934_74, -84.087_51).expect("valid");
        assert_eq!(position(p, 0.02), "9.93474, -84.08751");
        assert_eq!(position(p, 300.0), "9.9, -84.1");
    }

    #[test]
    fn strict_hints_are_said_to_rule_out() {
        let area = Area::Regions { regions: vec![RegionCode::country("ES")] };
        let said = |odds| likelihood(&Likelihood::Area { area: area.clone(), odds });
        assert_eq!(said(STRICT_ODDS), "rules out whatever lies outside ES");
        assert_eq!(said(0.0), "rules out ES");
        assert_eq!(said(20.0), "×20 inside ES against outside");
    }
}
