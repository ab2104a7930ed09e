//! Charts of a benchmark run as inline SVG: how far off, how risky, how honest, and what each part is worth.
//!
//! The page that holds them forbids inline styles, so they have presentation attributes only. They are drawn dark on a
//! white ground of their own, in the colours of Okabe and Ito (2008, "Color Universal Design"), which people with any
//! kind of colour vision tell apart. Values that are not finite are left out.

mod axis;
mod plot;
#[cfg(test)]
mod tests;

use crate::eval::score::THRESHOLDS_KM;
use crate::eval::score::calibration::Bin;
use axis::{Axis, number};
use plot::{
    ABOVE, BELOW, Chart, Curve, Drawn, GUIDE, INK, PX, Plot, SIZE, colour, draw_curves, letters, line, shortened, svg,
    width,
};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

/// Ends of the axis of distances, km: less than a measuring error, and half the way around the earth.
const DISTANCES_KM: (f64, f64) = (0.1, 20_000.0);
/// Columns of a chart that can be told apart, about one a px.
const COLUMNS: f64 = 550.0;
/// Coverage from which on a risk is more than a few samples, %.
const SETTLED: f64 = 5.0;
/// Height of a row of bars, px.
const ROW: i32 = 30;
/// Height of a chart over steps, px.
const STEPS_HEIGHT: i32 = 240;
/// Larger values are drawn as this one, so that their spans stay finite.
const LARGEST: f64 = 1e15;

/// Distances of one set of answers from the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Series<'a> {
    /// What the legend calls it.
    pub(super) name: &'a str,
    /// Great-circle distances, km, in any order.
    pub(super) distances_km: &'a [f64],
}

/// The share of samples within a distance, over the distance, in steps. What is nearer or farther than the axis goes
/// counts at its end.
pub(super) fn error_cdf(series: &[Series<'_>]) -> String {
    let curves: Vec<Curve<'_>> = series.iter().map(|s| (s.name, distribution(s.distances_km))).collect();
    svg("Share of samples within a distance", SIZE.1, |area| {
        let plot = Plot { x: "distance from the truth, km", y: "samples within it", above: 46, ..Plot::of(&curves) };
        plot.draw(area, Axis::of_distances(), Axis::of_percent(100.0), |chart| {
            for (name, km) in THRESHOLDS_KM {
                let power = km.log10();
                chart.plotting_area().draw(&PathElement::new(vec![(power, 0.0), (power, 100.0)], line(GUIDE, 1)))?;
                let (x, y) = chart.backend_coord(&(power, 100.0));
                // The last name is wide and has room to the right only.
                let h = if km < 1_000.0 { HPos::Center } else { HPos::Left };
                for (text, px) in [(name, 19), (&format!("{} km", number(km, 0)), 3)] {
                    area.draw(&Text::new(text, (x, y - px * PX), letters(h, VPos::Bottom)))?;
                }
            }
            draw_curves(chart, &curves)
        })
    })
}

/// The share of answers that are wrong when only the surest ones are given, over the share that is given; points are
/// (coverage, risk), 0 to 1, in any order. What the very first answers may reach does not set the scale: one wrong one
/// among the surest two is a risk of 50 %.
pub(super) fn risk_coverage(curves: &[(&str, &[(f64, f64)])]) -> String {
    let mut curves: Vec<Curve<'_>> = curves.iter().map(|&(name, curve)| (name, by_coverage(curve))).collect();
    let settled = curves.iter().flat_map(|(_, points)| points).filter(|&&(coverage, _)| coverage >= SETTLED);
    let y = Axis::of_percent(settled.map(|&(_, risk)| risk).fold(1.0, f64::max));
    curves.iter_mut().flat_map(|(_, points)| points).for_each(|(_, risk)| *risk = risk.min(y.end()));
    svg("Share of answers that are wrong, over the share that is answered", SIZE.1, |area| {
        let plot = Plot { x: "samples answered, the surest first", y: "of these wrong", ..Plot::of(&curves) };
        plot.draw(area, Axis::of_percent(100.0), y, |chart| draw_curves(chart, &curves))
    })
}

/// How often held what was said with a probability, for every level: on the diagonal it is honest. The area of a point
/// grows with how much was said.
pub(super) fn reliability(levels: &[(&str, &[Bin])]) -> String {
    let point = |bin: &Bin| if bin.n > 0 { in_percent(bin.said, bin.held) } else { None };
    let curves: Vec<Curve<'_>> =
        levels.iter().map(|&(name, bins)| (name, bins.iter().filter_map(point).collect())).collect();
    let most = levels.iter().flat_map(|(_, bins)| *bins).map(|bin| bin.n).max().unwrap_or(0).max(1);
    let radius = |n: usize| (f64::from(PX) * (2.0 + 7.0 * (n as f64 / most as f64).sqrt())).round() as i32;
    svg("How often held what was said with a probability", SIZE.1, |area| {
        let plot = Plot { x: "probability that was said", y: "of these held", ..Plot::of(&curves) };
        plot.draw(area, Axis::of_percent(100.0), Axis::of_percent(100.0), |chart| {
            let inside = chart.plotting_area();
            inside.draw(&PathElement::new(vec![(0.0, 0.0), (100.0, 100.0)], line(GUIDE, 1)))?;
            draw_curves(chart, &curves)?;
            for (i, (_, bins)) in levels.iter().enumerate() {
                for (bin, at) in bins.iter().filter_map(|bin| Some((bin, point(bin)?))) {
                    inside.draw(&Circle::new(at, radius(bin.n), colour(i).mix(0.8).filled()))?;
                }
            }
            Ok(())
        })
    })
}

/// Values as horizontal bars from zero with their intervals as whiskers, from the top: (name, value, low, high), all in
/// `unit`. An interval with an end that is not finite is left out alone.
pub(super) fn bars(rows: &[(String, f64, f64, f64)], unit: &str) -> String {
    let rows: Vec<Bar> = rows.iter().filter_map(Bar::of).collect();
    let ends = rows.iter().flat_map(|bar| [Some(bar.value), bar.low, bar.high]).flatten();
    let (low, high) = ends.fold((0.0, 0.0), |(low, high): (f64, f64), end| (low.min(end), high.max(end)));
    let (across, decimals) = Axis::of_values(low, high);
    let values: Vec<String> = rows.iter().map(|bar| number(bar.value, decimals + 1)).collect();
    let plot = Plot {
        x: unit,
        left: rows.iter().map(|bar| width(&bar.name)).max().unwrap_or(0) + 24,
        right: values.iter().map(|text| width(text)).max().unwrap_or(0) + 24,
        empty: rows.is_empty(),
        ..Plot::of(&[])
    };
    let height = if rows.is_empty() { SIZE.1 } else { rows.len() as i32 * ROW + ABOVE + BELOW };
    svg("Values with their intervals", height, |area| {
        let down = Axis::of_rows(rows.iter().map(|bar| bar.name.as_str()));
        plot.draw(area, across, down, |chart| {
            for (i, (bar, text)) in rows.iter().zip(&values).enumerate() {
                bar.draw(chart, i as f64)?;
                let (_, y) = chart.backend_coord(&(0.0, i as f64 + 0.5));
                let style = letters(HPos::Right, VPos::Center);
                area.draw(&Text::new(text.as_str(), ((SIZE.0 - 8) * PX, y), style))?;
            }
            let zero = vec![(0.0, 0.0), (0.0, rows.len() as f64)];
            chart.plotting_area().draw(&PathElement::new(zero, line(INK, 1)))
        })
    })
}

/// Values over the steps of a training, a chart each with one below the other, as a file of its own: (name, points).
pub(super) fn over_steps(charts: &[(&str, Vec<(f64, f64)>)]) -> String {
    let (width, height) = (SIZE.0, STEPS_HEIGHT);
    let mut inside = String::new();
    for (i, (name, points)) in charts.iter().enumerate() {
        let bounded = |(x, y): &(f64, f64)| (x.is_finite() && y.is_finite()).then(|| (*x, y.clamp(-LARGEST, LARGEST)));
        let points: Vec<(f64, f64)> = points.iter().filter_map(bounded).collect();
        let ends = |of: fn(&(f64, f64)) -> f64| {
            let (low, high) = points
                .iter()
                .map(of)
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
            if low <= high { Axis::of_values(low, high).0 } else { Axis::of_values(0.0, 1.0).0 }
        };
        let (x, y) = (ends(|p| p.0), ends(|p| p.1));
        let curves: [Curve<'_>; 1] = [(*name, points)];
        let chart = svg(name, height, |area| {
            let plot = Plot { x: "step", y: name, legend: Vec::new(), ..Plot::of(&curves) };
            plot.draw(area, x, y, |chart| draw_curves(chart, &curves))
        });
        let place = format!(r#"<svg y="{}" height="{height}""#, i as i32 * height);
        inside.push_str(&chart.replacen("<svg", &place, 1));
    }
    let all = charts.len() as i32 * height;
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {all}" width="{width}" height="{all}">{inside}</svg>"#
    )
}

struct Bar {
    name: String,
    value: f64,
    low: Option<f64>,
    high: Option<f64>,
}

impl Bar {
    fn of((name, value, low, high): &(String, f64, f64, f64)) -> Option<Self> {
        let bounded = |value: f64| value.is_finite().then(|| value.clamp(-LARGEST, LARGEST));
        let (low, high) = bounded(*low).zip(bounded(*high)).unzip();
        Some(Self { name: shortened(name), value: bounded(*value)?, low, high })
    }

    /// In the row that begins at `top`.
    fn draw(&self, chart: &Chart<'_>, top: f64) -> Drawn {
        let inside = chart.plotting_area();
        let fill = colour(usize::from(self.value < 0.0)).filled();
        inside.draw(&Rectangle::new([(0.0, top + 0.2), (self.value, top + 0.8)], fill))?;
        if let (Some(low), Some(high)) = (self.low, self.high) {
            let ends = [low, high].map(|end| [(end, top + 0.35), (end, top + 0.65)]);
            for stroke in ends.into_iter().chain([[(low, top + 0.5), (high, top + 0.5)]]) {
                inside.draw(&PathElement::new(stroke, line(INK, 1)))?;
            }
        }
        Ok(())
    }
}

/// The share of distances up to each, (log10 of km, %), in steps: at most a point in each of [`COLUMNS`], or two in
/// every other, and one at each end.
fn distribution(distances_km: &[f64]) -> Vec<(f64, f64)> {
    let (least, most) = (DISTANCES_KM.0.log10(), DISTANCES_KM.1.log10());
    let finite = distances_km.iter().filter(|km| km.is_finite());
    let mut powers: Vec<f64> = finite.map(|km| km.clamp(DISTANCES_KM.0, DISTANCES_KM.1).log10()).collect();
    if powers.is_empty() {
        return Vec::new();
    }
    powers.sort_unstable_by(f64::total_cmp);
    let column = |power: f64| ((power - least) / (most - least) * COLUMNS) as usize;
    let (mut within, mut from) = (0, (least, 0.0));
    let mut points = vec![from];
    for close in powers.chunk_by(|a, b| column(*a) == column(*b)) {
        let (first, last) = (close[0], close[close.len() - 1]);
        // Where columns follow each other, a step cannot be told from a slope.
        if column(first) > column(from.0) + 1 {
            points.push((first, from.1));
        }
        within += close.len();
        from = (last, 100.0 * within as f64 / powers.len() as f64);
        points.push(from);
    }
    points.push((most, from.1));
    points
}

/// Points of shares as percent by growing coverage, the last one in each of [`COLUMNS`].
fn by_coverage(curve: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = curve.iter().filter_map(|&(coverage, risk)| in_percent(coverage, risk)).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let column = |of: &(f64, f64)| (of.0 / 100.0 * COLUMNS) as usize;
    points.chunk_by(|a, b| column(a) == column(b)).filter_map(<[_]>::last).copied().collect()
}

/// A point of shares as one of percent, 0 to 100; none when a share is not finite.
fn in_percent(x: f64, y: f64) -> Option<(f64, f64)> {
    let percent = |share: f64| share.clamp(0.0, 1.0) * 100.0;
    (x.is_finite() && y.is_finite()).then(|| (percent(x), percent(y)))
}
