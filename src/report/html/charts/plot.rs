//! What is around the curves of every chart: the frame, the axes, the legend and the words.

use super::axis::Axis;
use crate::report::visible;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Size of a chart, px; bars take the height they need.
pub(super) const SIZE: (i32, i32) = (640, 400);
/// The backend draws on whole steps; with so many in a px, slopes are smooth.
pub(super) const PX: i32 = 4;
/// Room for the ticks and the name of the lower axis, px.
pub(super) const BELOW: i32 = 50;
/// Room above a plot that has no legend, px.
pub(super) const ABOVE: i32 = 12;
pub(super) const INK: RGBColor = RGBColor(26, 30, 36);
pub(super) const GUIDE: RGBColor = RGBColor(150, 158, 168);
const GRID: RGBColor = RGBColor(221, 225, 231);
/// Without their yellow, which is too pale on white.
const OKABE_ITO: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];
/// Height of letters, px.
const LETTERS: i32 = 13;
/// Height of a line of the legend, px.
const LEGEND_LINE: i32 = 20;
/// Width at which names are cut, px.
const MOST_NAME: i32 = 260;

/// A curve by name, its points in the units of the axes.
pub(super) type Curve<'a> = (&'a str, Vec<(f64, f64)>);
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<Axis, Axis>>;
pub(super) type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<std::io::Error>>;

/// What `draw` draws, as a fragment for a page; its height is in px.
pub(super) fn svg(title: &str, height: i32, draw: impl FnOnce(&Area<'_>) -> Drawn) -> String {
    let (width, height) = (SIZE.0 * PX, height * PX);
    let mut written = String::new();
    {
        let area = SVGBackend::with_string(&mut written, (width as u32, height as u32)).into_drawing_area();
        let drawn = area.fill(&WHITE).and_then(|()| draw(&area)).and_then(|()| area.present());
        drawn.expect("a string takes all that is written");
    }
    // The backend's own first tag gives a fixed size. A blank before a quote is the end of a list of points.
    let inside = written.split_once('>').map_or("", |(_, inside)| inside);
    let inside = inside.replace(r#" opacity="1""#, "").replace(" \"", "\"").replace('\n', "");
    let view = format!(r#"viewBox="0 0 {width} {height}" width="100%""#);
    format!(r#"<svg {view} role="img" aria-label="{title}"><title>{title}</title>{inside}"#)
}

/// What is around the curves, lengths in px.
pub(super) struct Plot<'a> {
    /// Name of the lower axis.
    pub(super) x: &'a str,
    /// Name of the left axis; without one, its ticks have no lines.
    pub(super) y: &'a str,
    /// Room left of the plot.
    pub(super) left: i32,
    /// Room right of the plot.
    pub(super) right: i32,
    /// Room between legend and plot.
    pub(super) above: i32,
    /// Whether to say that there is nothing to see.
    pub(super) empty: bool,
    /// Names of the curves.
    pub(super) legend: Vec<String>,
}

impl Plot<'_> {
    pub(super) fn of(curves: &[Curve<'_>]) -> Self {
        let name = |(name, points): &Curve<'_>| shortened(name) + if points.is_empty() { " (no data)" } else { "" };
        let empty = curves.iter().all(|(_, points)| points.is_empty());
        let legend = curves.iter().map(name).collect();
        Self { x: "", y: "", left: 68, right: 26, above: ABOVE, empty, legend }
    }

    /// Draws the legend and the axes, then what is `inside`.
    pub(super) fn draw(&self, area: &Area<'_>, x: Axis, y: Axis, inside: impl FnOnce(&Chart<'_>) -> Drawn) -> Drawn {
        let legend = self.draw_legend(area)?;
        let mut chart = ChartBuilder::on(area)
            .margin_top((legend + self.above) * PX)
            .margin_right(self.right * PX)
            .margin_bottom(6 * PX)
            .margin_left(4 * PX)
            .x_label_area_size((BELOW - 6) * PX)
            .y_label_area_size((self.left - 4) * PX)
            .build_cartesian_2d(x, y)?;
        let mut mesh = chart.configure_mesh();
        if self.y.is_empty() {
            mesh.disable_y_mesh();
        }
        mesh.bold_line_style(line(GRID, 1))
            .axis_style(line(INK, 1))
            .set_all_tick_mark_size(4 * PX)
            .label_style(letters(HPos::Left, VPos::Top))
            .x_desc(visible(self.x))
            .y_desc(self.y)
            .draw()?;
        inside(&chart)?;
        if self.empty {
            let (across, down) = chart.plotting_area().get_pixel_range();
            let (x, y) = ((across.start + across.end) / 2, (down.start + down.end) / 2);
            let ground = [(x - 40 * PX, y - 14 * PX), (x + 40 * PX, y + 14 * PX)];
            area.draw(&Rectangle::new(ground, WHITE.filled()))?;
            area.draw(&Text::new("no data", (x, y), letters(HPos::Center, VPos::Center)))?;
        }
        Ok(())
    }

    /// From the top left in as many lines as it takes; gives the height that it takes.
    fn draw_legend(&self, area: &Area<'_>) -> Drawn<i32> {
        let (mut x, mut y) = (self.left, 16);
        for (i, name) in self.legend.iter().enumerate() {
            let room = 24 + width(name);
            if x > self.left && x + room > SIZE.0 {
                (x, y) = (self.left, y + LEGEND_LINE);
            }
            let at = |right: i32| ((x + right) * PX, y * PX);
            area.draw(&PathElement::new(vec![at(0), at(18)], line(colour(i), 3)))?;
            area.draw(&Text::new(name.as_str(), at(24), letters(HPos::Left, VPos::Center)))?;
            x += room + 14;
        }
        Ok(if self.legend.is_empty() { 0 } else { y })
    }
}

/// Lines through the points of every curve; a single one is a dot.
pub(super) fn draw_curves(chart: &Chart<'_>, curves: &[Curve<'_>]) -> Drawn {
    for (i, (_, points)) in curves.iter().enumerate() {
        match points[..] {
            [] => {}
            [point] => chart.plotting_area().draw(&Circle::new(point, 3 * PX, colour(i).filled()))?,
            _ => chart.plotting_area().draw(&PathElement::new(points.clone(), line(colour(i), 2)))?,
        }
    }
    Ok(())
}

/// Of the curve or bar with this number; they come round again after seven.
pub(super) fn colour(i: usize) -> RGBColor {
    OKABE_ITO[i % OKABE_ITO.len()]
}

pub(super) fn line(colour: RGBColor, width_px: u32) -> ShapeStyle {
    colour.stroke_width(width_px * PX.unsigned_abs())
}

pub(super) fn letters(h: HPos, v: VPos) -> TextStyle<'static> {
    // What the backend takes is 1.24 times the size that it writes.
    let size = f64::from(LETTERS * PX) * 1.24;
    TextStyle::from(("sans-serif", size).into_font()).color(&INK).pos(Pos::new(h, v))
}

/// How wide `text` is at most in the usual sans-serif fonts, px, roughly.
pub(super) fn width(text: &str) -> i32 {
    let ems = |c: char| match c {
        'i' | 'j' | 'l' | ' ' | '.' | ',' | ':' | '\'' => 0.35,
        'm' | 'w' | 'M' | 'W' => 0.95,
        'A'..='Z' => 0.72,
        '\0'..='\u{24f}' | '−' => 0.6,
        _ => 1.0,
    };
    (text.chars().map(ems).sum::<f64>() * f64::from(LETTERS)).ceil() as i32
}

/// A name made harmless, and cut where it gets too wide.
pub(super) fn shortened(name: &str) -> String {
    let name = visible(name);
    if width(&name) <= MOST_NAME {
        return name.into_owned();
    }
    let mut out = String::new();
    for c in name.chars() {
        out.push(c);
        if width(&out) + LETTERS > MOST_NAME {
            break;
        }
    }
    out.trim_end().to_owned() + "…"
}
