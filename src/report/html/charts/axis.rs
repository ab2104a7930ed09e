//! Axes with round ticks, and the numbers at them.

use super::DISTANCES_KM;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use std::ops::Range;

/// A scale and what is written at its ticks.
pub(super) struct Axis {
    ends: Range<f64>,
    ticks: Vec<(f64, String)>,
}

impl Axis {
    /// From 0 to a round number of percent that is at least `most`.
    pub(super) fn of_percent(most: f64) -> Self {
        let mut axis = Self::of_values(0.0, most).0;
        axis.ticks.iter_mut().for_each(|(_, text)| text.push_str(" %"));
        axis
    }

    /// Powers of ten of a distance, km, over [`DISTANCES_KM`].
    pub(super) fn of_distances() -> Self {
        let tick = |power: i32| (f64::from(power), number(10f64.powi(power), usize::from(power < 0)));
        Self { ends: DISTANCES_KM.0.log10()..DISTANCES_KM.1.log10(), ticks: (-1..5).map(tick).collect() }
    }

    /// From a round number that is not above `low` to one that is not below `high`, and the decimals of the ticks.
    pub(super) fn of_values(low: f64, high: f64) -> (Self, usize) {
        let (ticks, decimals) = round_numbers(low, high);
        let ends = ticks[0]..ticks[ticks.len() - 1];
        (Self { ends, ticks: ticks.into_iter().map(|tick| (tick, number(tick, decimals))).collect() }, decimals)
    }

    /// The value at the right or upper end.
    pub(super) fn end(&self) -> f64 {
        self.ends.end
    }

    /// Rows from the top, each one high, with their names in the middle.
    pub(super) fn of_rows<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> Self {
        let ends = names.len().max(1) as f64..0.0;
        Self { ends, ticks: names.enumerate().map(|(i, name)| (i as f64 + 0.5, name.to_owned())).collect() }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        RangedCoordf64::from(self.range()).map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // No lines between the ticks.
        let ticks = if hint.weight().allow_light_points() { &[] } else { self.ticks.as_slice() };
        ticks.iter().map(|&(tick, _)| tick).collect()
    }

    fn range(&self) -> Range<f64> {
        self.ends.clone()
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        let at = self.ticks.iter().find(|(tick, _)| tick == value);
        at.map(|(_, text)| text.clone()).unwrap_or_default()
    }
}

/// Multiples of 1, 2 or 5 times a power of ten from `low` or below to `high` or above, from two to seven, and the
/// decimals that they need.
fn round_numbers(low: f64, high: f64) -> (Vec<f64>, usize) {
    let high = if high - low > 1e-9 { high } else { low + 1.0 };
    let least = (high - low) / 5.0;
    let power = least.log10().floor() as i32;
    // 3 / 10 is the number nearest to 0.3, and 3 * 0.1 is not.
    let scaled = |multiple: i64| match 10f64.powi(power.abs()) {
        ten if power < 0 => multiple as f64 / ten,
        ten => multiple as f64 * ten,
    };
    let step = [1, 2, 5].into_iter().find(|&step| scaled(step) >= least * (1.0 - 1e-9)).unwrap_or(10);
    let from = (low / scaled(step) + 1e-9).floor() as i64;
    let to = (high / scaled(step) - 1e-9).ceil() as i64;
    let decimals = usize::try_from(-power).unwrap_or(0) - usize::from(step == 10 && power < 0);
    ((from..=to).map(|i| scaled(i * step)).collect(), decimals)
}

/// A number with so many decimals, its thousands apart, and a minus that is one.
pub(super) fn number(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, part) = text.split_at(text.find('.').unwrap_or(text.len()));
    let zero = text.chars().all(|c| matches!(c, '0' | '.'));
    let mut out = String::from(if value < 0.0 && !zero { "−" } else { "" });
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_hold_the_values() {
        assert_eq!(texts(&Axis::of_percent(100.0)), ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]);
        assert_eq!(texts(&Axis::of_values(0.0, 0.3).0), ["0.0", "0.1", "0.2", "0.3"]);
        assert_eq!(texts(&Axis::of_values(-480.0, 34.0).0), ["−600", "−400", "−200", "0", "200"]);
        assert_eq!(texts(&Axis::of_values(0.0, 4.0).0), ["0", "1", "2", "3", "4"]);
        assert_eq!(texts(&Axis::of_distances()), ["0.1", "1", "10", "100", "1,000", "10,000"]);
    }

    #[test]
    fn any_span_gets_a_few_ticks_around_it() {
        for (low, high) in
            [(0.0, 0.0), (0.0, 1e-300), (-1e15, 1e15), (-3e-9, 0.0), (0.0, 7.0), (-0.31, 0.29), (0.0, 0.41)]
        {
            let (ticks, _) = round_numbers(low, high);
            assert!((2..=8).contains(&ticks.len()), "{low} to {high}: {ticks:?}");
            assert!(ticks[0] <= low + 1e-12 && ticks[ticks.len() - 1] >= high - 1e-12, "{low} to {high}: {ticks:?}");
        }
    }

    #[test]
    fn numbers_have_thousands_and_no_negative_zero() {
        assert_eq!(number(-1234567.25, 1), "−1,234,567.2");
        assert_eq!(number(-0.04, 1), "0.0");
        assert_eq!(number(999.0, 0), "999");
    }
}
