//! Values with units: "25 mph", "5'3\"", "3.5 t", "1,5 m", "2;3", "5-9".
//!
//! A bare number counts in the unit that OpenStreetMap agrees on for its key: kilometres per hour, tonnes, metres,
//! volts, or nothing. Every amount is turned into that unit, so that amounts written in different units compare.

use std::borrow::Cow;

/// What a value measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// A number of things: levels, lanes, a layer. Base unit: none.
    Count,
    /// Base unit: metre.
    Length,
    /// Base unit: kilometre per hour.
    Speed,
    /// Base unit: tonne.
    Mass,
    /// Base unit: volt.
    Voltage,
}

/// Units by measure, with their size in the base unit. Letter case is ignored.
const UNITS: [(Measure, &[(&str, f64)]); 5] = [
    (Measure::Count, &[]),
    (
        Measure::Length,
        &[
            ("m", 1.0),
            ("meter", 1.0),
            ("meters", 1.0),
            ("metre", 1.0),
            ("metres", 1.0),
            ("cm", 0.01),
            ("mm", 0.001),
            ("km", 1000.0),
            ("ft", FOOT_M),
            ("feet", FOOT_M),
            ("foot", FOOT_M),
            ("'", FOOT_M),
            ("′", FOOT_M),
            ("’", FOOT_M),
            ("in", INCH_M),
            ("inch", INCH_M),
            ("inches", INCH_M),
            ("\"", INCH_M),
            ("″", INCH_M),
            ("”", INCH_M),
            ("''", INCH_M),
            ("yd", 3.0 * FOOT_M),
            ("mi", MILE_M),
            ("mile", MILE_M),
            ("miles", MILE_M),
            ("nmi", 1852.0),
        ],
    ),
    (
        Measure::Speed,
        &[
            ("km/h", 1.0),
            ("kmh", 1.0),
            ("kph", 1.0),
            ("kmph", 1.0),
            ("mph", MILE_M / 1000.0),
            ("knots", 1.852),
            ("knot", 1.852),
            ("kn", 1.852),
            ("m/s", 3.6),
        ],
    ),
    (
        Measure::Mass,
        &[
            ("t", 1.0),
            ("tonne", 1.0),
            ("tonnes", 1.0),
            ("kg", 0.001),
            ("st", SHORT_TON_T),
            ("lt", 2240.0 * POUND_T),
            ("lbs", POUND_T),
            ("lb", POUND_T),
            ("cwt", 112.0 * POUND_T),
        ],
    ),
    (Measure::Voltage, &[("v", 1.0), ("volt", 1.0), ("kv", 1000.0)]),
];

const FOOT_M: f64 = 0.3048;
const INCH_M: f64 = 0.0254;
const MILE_M: f64 = 1609.344;
const POUND_T: f64 = 0.000_453_592_37;
const SHORT_TON_T: f64 = 2000.0 * POUND_T;

/// A longer text is no amount, bytes.
const LONGEST_BYTES: usize = 64;

impl Measure {
    /// What the values of a key measure; a count for a key that says nothing else.
    #[must_use]
    pub fn of_key(key: &str) -> Self {
        // A side or a direction behind the key changes nothing: `maxspeed:forward`, `width:left`.
        let family = || key.split_once(':').and_then(|(family, _)| Self::of_known_key(family));
        Self::of_known_key(key).or_else(family).unwrap_or(Self::Count)
    }

    fn of_known_key(key: &str) -> Option<Self> {
        Some(match key {
            "maxspeed" | "minspeed" => Self::Speed,
            "maxweight" | "maxaxleload" | "maxbogieweight" | "maxgcweight" | "maxunladenweight" | "minweight" => {
                Self::Mass
            }
            "voltage" => Self::Voltage,
            "height" | "min_height" | "building:height" | "roof:height" | "tower:height" | "maxheight" => Self::Length,
            "width" | "est_width" | "maxwidth" | "length" | "maxlength" | "distance" => Self::Length,
            "depth" | "maxdraft" | "ele" | "prominence" => Self::Length,
            "diameter" | "diameter_crown" | "circumference" => Self::Length,
            _ => return None,
        })
    }

    /// Size of a unit in the base unit.
    fn unit(self, name: &str) -> Option<f64> {
        let (_, units) = UNITS.iter().find(|(measure, _)| *measure == self)?;
        units.iter().find(|(unit, _)| unit.eq_ignore_ascii_case(name)).map(|(_, size)| *size)
    }
}

/// An amount of something, finite. Amounts of different measures do not compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    measure: Measure,
    base: f64,
}

impl Quantity {
    /// Reads one amount; a bare number is in the base unit of the measure. Feet and inches may stand together. A comma
    /// is a decimal comma, unless three digits follow it: then it parts thousands, as it does in English.
    ///
    /// Nothing for a text that holds no amount of this measure: `none`, `signals`, `RO:urban`.
    #[must_use]
    pub fn parse(text: &str, measure: Measure) -> Option<Self> {
        if text.len() > LONGEST_BYTES {
            return None;
        }
        let (amount, rest) = number(text.trim())?;
        let unit_end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = rest[..unit_end].trim();
        let more = rest[unit_end..].trim();
        let size = if unit.is_empty() { 1.0 } else { measure.unit(unit)? };
        let mut base = amount * size;
        if !more.is_empty() {
            // Only feet have inches behind them; the sign of the feet is the sign of both.
            let (inches, unit) = number(more)?;
            let inches_follow = size == FOOT_M && measure.unit(unit.trim()) == Some(INCH_M);
            if !inches_follow {
                return None;
            }
            base += (inches * INCH_M).copysign(amount);
        }
        base.is_finite().then_some(Self { measure, base })
    }

    /// The amount in the base unit of its measure.
    #[must_use]
    pub fn base(self) -> f64 {
        self.base
    }

    /// What it measures.
    #[must_use]
    pub fn measure(self) -> Measure {
        self.measure
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        if self.measure == other.measure { self.base.partial_cmp(&other.base) } else { None }
    }
}

/// The number at the beginning of a text, and what follows it.
fn number(text: &str) -> Option<(f64, &str)> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let is_part = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
    let end = unsigned.find(|c| !is_part(c)).unwrap_or(unsigned.len());
    let digits = plain(&unsigned[..end])?;
    let amount: f64 = digits.parse().ok().filter(|n: &f64| n.is_finite())?;
    Some((if text.starts_with('-') { -amount } else { amount }, &unsigned[end..]))
}

/// A number as Rust writes it: `1,5` is 1.5, `1,500` and `1,500.5` are thousands, `0,125` is an eighth.
fn plain(digits: &str) -> Option<Cow<'_, str>> {
    let Some((whole, rest)) = digits.split_once(',') else {
        return Some(Cow::Borrowed(digits));
    };
    let whole_is_first = matches!(whole.len(), 1..=3) && !whole.starts_with('0');
    let groups = rest.split_once('.').map_or(rest, |(groups, _)| groups);
    let in_threes = groups.split(',').all(|group| group.len() == 3);
    if whole_is_first && in_threes {
        return Some(Cow::Owned(digits.replace(',', "")));
    }
    let one_comma = !rest.contains([',', '.']) && !whole.contains('.');
    one_comma.then(|| Cow::Owned(format!("{whole}.{rest}")))
}

/// All amounts between two, both included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    low: Quantity,
    high: Quantity,
}

impl Span {
    /// Reads one amount or two with a hyphen between them; the unit behind the second holds for both.
    #[must_use]
    pub fn parse(text: &str, measure: Measure) -> Option<Self> {
        if let Some(one) = Quantity::parse(text, measure) {
            return Some(Self { low: one, high: one });
        }
        // The first hyphen is a sign where nothing stands before it.
        let (cut, hyphen) = text.char_indices().skip(1).find(|(_, c)| matches!(c, '-' | '–'))?;
        let (first, second) = (&text[..cut], &text[cut + hyphen.len_utf8()..]);
        let high = Quantity::parse(second, measure)?;
        let mut low = Quantity::parse(first, measure)?;
        if first.trim().ends_with(|c: char| c.is_ascii_digit()) {
            let unit = second.trim().trim_start_matches(|c: char| c.is_ascii_digit() || ".,+-".contains(c)).trim();
            low.base *= if unit.is_empty() { 1.0 } else { measure.unit(unit).unwrap_or(1.0) };
        }
        (low <= high).then_some(Self { low, high })
    }

    /// Its lower end.
    #[must_use]
    pub fn low(self) -> Quantity {
        self.low
    }

    /// Its upper end.
    #[must_use]
    pub fn high(self) -> Quantity {
        self.high
    }
}

/// The amounts in the value of a key: a list with semicolons, of single amounts and of spans. What is no amount is left
/// out.
pub fn amounts<'t>(key: &str, value: &'t str) -> impl Iterator<Item = Span> + use<'t> {
    let measure = Measure::of_key(key);
    value.split(';').filter_map(move |text| Span::parse(text, measure))
}

/// Limits on an amount; a side that is open has no limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The lowest amount that fits, and whether it fits itself.
    pub from: Option<(Quantity, bool)>,
    /// The highest amount that fits, and whether it fits itself.
    pub to: Option<(Quantity, bool)>,
}

impl Bounds {
    /// Whether some amount of the span lies inside.
    #[must_use]
    pub fn meet(&self, span: Span) -> bool {
        let above = self.from.is_none_or(|(low, itself)| if itself { span.high >= low } else { span.high > low });
        let below = self.to.is_none_or(|(high, itself)| if itself { span.low <= high } else { span.low < high });
        above && below
    }

    /// Whether the value of a key holds an amount inside.
    #[must_use]
    pub fn fit(&self, key: &str, value: &str) -> bool {
        amounts(key, value).any(|span| self.meet(span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn base(key: &str, text: &str) -> Option<f64> {
        Quantity::parse(text, Measure::of_key(key)).map(Quantity::base)
    }

    #[test]
    fn amounts_as_mappers_write_them() {
        for (key, text, expected) in [
            ("maxspeed", "25 mph", Some(40.2336)),
            ("maxspeed", "50", Some(50.0)),
            ("maxspeed", "50km/h", Some(50.0)),
            ("maxspeed:forward", "10 knots", Some(18.52)),
            ("maxspeed", "none", None),
            ("maxspeed", "signals", None),
            ("maxspeed", "RO:urban", None),
            ("maxspeed", "50 t", None),
            ("maxheight", "5'3\"", Some(1.6002)),
            ("maxheight", "12' 6\"", Some(3.81)),
            ("maxheight", "12 ft 6 in", Some(3.81)),
            ("maxheight", "6′", Some(1.8288)),
            ("maxheight", "3 m 20", None),
            ("maxheight", "default", None),
            ("height", "12 m", Some(12.0)),
            ("height", "1,5 m", Some(1.5)),
            ("ele", "1,250 m", Some(1250.0)),
            ("ele", "1,250,000.5", Some(1_250_000.5)),
            ("width", "0,125", Some(0.125)),
            ("width", "1.250,5", None),
            ("ele", "-12.5", Some(-12.5)),
            ("maxweight", "3.5 t", Some(3.5)),
            ("maxweight", "3.5", Some(3.5)),
            ("maxweight", "7500 kg", Some(7.5)),
            ("maxweight", "10 st", Some(9.071_847_4)),
            ("building:levels", "5", Some(5.0)),
            ("building:levels", "5 m", None),
            ("layer", "-1", Some(-1.0)),
            ("voltage", "110 kV", Some(110_000.0)),
            ("height", "", None),
            ("height", "m", None),
            ("height", "1e999", None),
            ("height", ".", None),
        ] {
            let got = base(key, text);
            let same = match (got, expected) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-9,
                (a, b) => a == b,
            };
            assert!(same, "{key}={text}: {got:?}");
        }
    }

    #[test]
    fn lists_and_spans() {
        let spans = |key: &str, text: &str| -> Vec<(f64, f64)> {
            amounts(key, text).map(|s| (s.low().base(), s.high().base())).collect()
        };
        assert_eq!(spans("building:levels", "2;3"), [(2.0, 2.0), (3.0, 3.0)]);
        assert_eq!(spans("building:levels", "5-9"), [(5.0, 9.0)]);
        assert_eq!(spans("layer", "-2--1; 4"), [(-2.0, -1.0), (4.0, 4.0)]);
        assert_eq!(spans("building:levels", "9-5;x;1"), [(1.0, 1.0)]);
        assert_eq!(spans("height", "10-20 ft"), [(3.048, 6.096)]);
        assert_eq!(spans("voltage", "110000;20 kV"), [(110_000.0, 110_000.0), (20_000.0, 20_000.0)]);
    }

    #[test]
    fn units_compare_and_measures_do_not() {
        let speed = |text| Quantity::parse(text, Measure::Speed).expect("a speed");
        assert!(speed("30 mph") < speed("50") && speed("31.1 mph") > speed("50"));
        assert_eq!(Quantity::parse("1", Measure::Mass).and_then(|mass| mass.partial_cmp(&speed("1"))), None);
    }

    #[test]
    fn bounds_meet_spans() {
        let levels = |n: &str| Quantity::parse(n, Measure::Count).expect("a number");
        let from_five_to_nine = Bounds { from: Some((levels("5"), true)), to: Some((levels("9"), true)) };
        for (value, fits) in
            [("4", false), ("5", true), ("9", true), ("10", false), ("3-6", true), ("1;7", true), ("none", false)]
        {
            assert_eq!(from_five_to_nine.fit("building:levels", value), fits, "{value}");
        }
        let above_five = Bounds { from: Some((levels("5"), false)), to: None };
        assert!(!above_five.fit("building:levels", "5") && above_five.fit("building:levels", "5.5"));
    }

    proptest! {
        #[test]
        fn nothing_panics_and_spans_are_in_order(key in "(maxspeed|height|layer|maxweight|voltage)", text in "\\PC{0,20}") {
            for span in amounts(&key, &text) {
                prop_assert!(span.low() <= span.high());
                prop_assert!(span.low().base().is_finite() && span.high().base().is_finite());
            }
        }

        #[test]
        fn what_looks_like_an_amount_does_not_panic(text in "[-+0-9.,;'\" mftkph/–]{0,24}") {
            for key in ["maxspeed", "height", "layer", "maxweight"] {
                prop_assert!(amounts(key, &text).count() <= text.len() + 1);
            }
        }

        #[test]
        fn every_unit_scales(amount in 0.01..1e5f64) {
            for (measure, units) in UNITS {
                for (unit, size) in units {
                    let read = Quantity::parse(&format!("{amount:.3} {unit}"), measure).map(Quantity::base);
                    let expected = format!("{amount:.3}").parse::<f64>().unwrap_or(f64::NAN) * size;
                    prop_assert!(read.is_some_and(|r| (r - expected).abs() <= 1e-9 * expected.abs()), "{unit}");
                }
            }
        }
    }
}
