//! Names on a map: each once, none over another, the more telling ones first.

use std::collections::HashMap;
use unicode_width::UnicodeWidthStr;

/// Names on one sheet at most.
const NAMES: usize = 60;
/// Longer names do not help, columns.
const LONGEST: usize = 40;
/// Size of a letter of names, px.
const LETTER: (f64, f64) = (5.4, 11.0);

/// A name with its place.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) text: String,
    /// Where the middle of the baseline is, px.
    pub(super) x: f64,
    pub(super) y: f64,
    /// Of a name along a line: how it is turned, clockwise.
    pub(super) degrees: Option<f64>,
    /// Whether a dot marks the place itself.
    pub(super) dot: bool,
    /// The place itself, px.
    pub(super) anchor: (f64, f64),
    weight: usize,
    /// How well it fits: the length of the line, px.
    room: f64,
}

/// Names that want a place on a sheet.
#[derive(Debug)]
pub(super) struct Labels {
    width: f64,
    height: f64,
    wanted: HashMap<String, Label>,
    taken: Vec<Plot>,
}

/// A part of the sheet, px.
#[derive(Debug, Clone, Copy)]
struct Plot {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Plot {
    fn around(x: f64, y: f64, half_width: f64, half_height: f64) -> Self {
        Self { left: x - half_width, top: y - half_height, right: x + half_width, bottom: y + half_height }
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }
}

impl Labels {
    pub(super) fn new(width: f64, height: f64) -> Self {
        // The scale bar, the credit and the north arrow stand at the edges.
        let edges = [
            Plot { left: 0.0, top: height - 26.0, right: width * 0.38, bottom: height },
            Plot { left: width - 180.0, top: height - 26.0, right: width, bottom: height },
            Plot { left: width - 36.0, top: 0.0, right: width, bottom: 50.0 },
        ];
        Self { width, height, wanted: HashMap::new(), taken: edges.to_vec() }
    }

    /// Lets nothing stand within some px of a point.
    pub(super) fn keep_free(&mut self, x: f64, y: f64, px: f64) {
        self.taken.push(Plot::around(x, y, px, px));
    }

    /// A name along a line, at the middle of its longest straight piece that is on the sheet.
    pub(super) fn along(&mut self, name: &str, line: &[(f64, f64)], weight: usize) {
        let Some((a, b, length)) = self.longest_piece(line) else { return };
        let columns = name.width();
        if columns > LONGEST || (columns as f64) * LETTER.0 > length + 8.0 {
            return;
        }
        let (x, y) = (f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1));
        let turned = (b.1 - a.1).atan2(b.0 - a.0).to_degrees();
        // Read from left to right, whichever way the line runs.
        let degrees = match turned {
            t if t > 90.0 => t - 180.0,
            t if t < -90.0 => t + 180.0,
            t => t,
        };
        let label = Label {
            text: name.to_owned(),
            x,
            y,
            degrees: Some(degrees),
            dot: false,
            anchor: (x, y),
            weight,
            room: length,
        };
        self.want(label);
    }

    /// A name beside a point, or in the middle of an area.
    pub(super) fn beside(&mut self, name: &str, at: (f64, f64), weight: usize, dot: bool) {
        if name.width() > LONGEST || !self.holds(at) {
            return;
        }
        let y = if dot { at.1 - 5.0 } else { at.1 + 4.0 };
        let label = Label { text: name.to_owned(), x: at.0, y, degrees: None, dot, anchor: at, weight, room: 0.0 };
        self.want(label);
    }

    /// The names that have a place; none is wanted any more.
    pub(super) fn placed(&mut self) -> Vec<Label> {
        let mut wanted: Vec<Label> = std::mem::take(&mut self.wanted).into_values().collect();
        wanted.sort_by(|a, b| {
            let key = |l: &Label| (l.degrees.is_none(), std::cmp::Reverse(l.weight));
            key(a).cmp(&key(b)).then(b.room.total_cmp(&a.room)).then_with(|| a.text.cmp(&b.text))
        });
        let mut placed = Vec::new();
        for label in wanted {
            let plots = plots(&label);
            let whole = plots.iter().all(|plot| plot.left >= 0.0 && plot.right <= self.width);
            let free = plots.iter().all(|plot| self.taken.iter().all(|taken| !taken.overlaps(plot)));
            if whole && free && placed.len() < NAMES {
                self.taken.extend(plots);
                placed.push(label);
            }
        }
        placed
    }

    fn want(&mut self, label: Label) {
        match self.wanted.get_mut(&label.text) {
            Some(other) if other.room >= label.room => {}
            Some(other) => *other = label,
            None => drop(self.wanted.insert(label.text.clone(), label)),
        }
    }

    fn holds(&self, (x, y): (f64, f64)) -> bool {
        (20.0..self.width - 20.0).contains(&x) && (14.0..self.height - 14.0).contains(&y)
    }

    /// The part of a piece that is on the sheet, by the method of Liang and Barsky (1984).
    fn clipped(&self, a: (f64, f64), b: (f64, f64)) -> Option<((f64, f64), (f64, f64))> {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let sides =
            [(-dx, a.0 - 20.0), (dx, self.width - 20.0 - a.0), (-dy, a.1 - 14.0), (dy, self.height - 14.0 - a.1)];
        let (mut from, mut to) = (0.0f64, 1.0f64);
        for (slope, room) in sides {
            match slope {
                0.0 if room < 0.0 => return None,
                0.0 => {}
                s if s < 0.0 => from = from.max(room / s),
                s => to = to.min(room / s),
            }
        }
        let at = |t: f64| {
            if t <= 0.0 {
                a
            } else if t >= 1.0 {
                b
            } else {
                (a.0 + t * dx, a.1 + t * dy)
            }
        };
        (from < to).then(|| (at(from), at(to)))
    }

    /// The longest run of pieces that turn by less than 20°, as far as it is on the sheet: its ends and its length.
    #[expect(clippy::type_complexity, reason = "two ends and a length")]
    fn longest_piece(&self, line: &[(f64, f64)]) -> Option<((f64, f64), (f64, f64), f64)> {
        let mut best: Option<((f64, f64), (f64, f64), f64)> = None;
        let mut begin: Option<((f64, f64), f64)> = None;
        for pair in line.windows(2) {
            let Some((a, b)) = self.clipped(pair[0], pair[1]) else {
                begin = None;
                continue;
            };
            if a != pair[0] {
                begin = None;
            }
            let way = (b.1 - a.1).atan2(b.0 - a.0);
            let goes_on = begin.is_some_and(|(_, before)| turn(way, before) < 20f64.to_radians());
            let start = match begin {
                Some((start, _)) if goes_on => start,
                _ => a,
            };
            let first = begin.filter(|_| goes_on).map_or(way, |(_, before)| before);
            begin = Some((start, first));
            let length = (b.0 - start.0).hypot(b.1 - start.1);
            if best.is_none_or(|(_, _, longest)| length > longest) {
                best = Some((start, b, length));
            }
        }
        best
    }
}

/// The angle between two directions, radians.
fn turn(a: f64, b: f64) -> f64 {
    let around = std::f64::consts::TAU;
    let turn = (a - b).rem_euclid(around);
    turn.min(around - turn)
}

/// The parts of the sheet that a name covers: a turned one is a row of squares.
fn plots(label: &Label) -> Vec<Plot> {
    let half = label.text.width() as f64 * LETTER.0 / 2.0 + 2.0;
    let Some(degrees) = label.degrees else {
        let plot = Plot::around(label.x, label.y - 4.0, half, LETTER.1 / 2.0 + 1.0);
        return if label.dot { vec![plot, Plot::around(label.anchor.0, label.anchor.1, 3.0, 3.0)] } else { vec![plot] };
    };
    let (sin, cos) = degrees.to_radians().sin_cos();
    let squares = (half * 2.0 / LETTER.1).ceil().max(1.0) as usize;
    let middle = |i: usize| -half + (i as f64 + 0.5) * half * 2.0 / squares as f64;
    (0..squares)
        .map(|i| Plot::around(label.x + middle(i) * cos, label.y + middle(i) * sin, LETTER.1 / 2.0, LETTER.1 / 2.0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_once_and_over_nothing() {
        let mut labels = Labels::new(640.0, 460.0);
        labels.along("High Street", &[(100.0, 100.0), (140.0, 100.0)], 3);
        labels.along("High Street", &[(100.0, 200.0), (400.0, 200.0)], 3);
        labels.beside("Under it", (250.0, 205.0), 9, true);
        labels.beside("Beside it", (250.0, 300.0), 1, true);
        labels.beside("Off the sheet", (2.0, 300.0), 1, true);
        let placed: Vec<(String, bool)> =
            labels.placed().into_iter().map(|label| (label.text, label.degrees.is_some())).collect();
        assert_eq!(placed, [("High Street".to_owned(), true), ("Beside it".to_owned(), false)]);
    }

    #[test]
    fn names_along_lines_are_never_upside_down() {
        for (a, b) in
            [((300.0, 100.0), (100.0, 130.0)), ((300.0, 100.0), (290.0, 400.0)), ((100.0, 300.0), (300.0, 100.0))]
        {
            let mut labels = Labels::new(640.0, 460.0);
            labels.along("Quay", &[a, b], 1);
            let degrees = labels.placed()[0].degrees.expect("along a line");
            assert!((-90.0..=90.0).contains(&degrees), "{degrees}");
        }
    }
}
