//! Plane geometry of text boxes: hulls, smallest rectangles, offsets and overlaps.
//!
//! Coordinates are pixels, x to the right and y down; a quad's corners run clockwise on the screen.

/// Four corners, clockwise from the top-left one, px.
pub(super) type Quad = [[f32; 2]; 4];

/// Distance between a curve and the polygon that stands for it, px: the arc tolerance of the Clipper library,
/// whose offsets the detector was tuned with.
const ARC_TOLERANCE: f64 = 0.25;

/// A rectangle of any orientation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RotatedRect {
    /// The corners in order around the rectangle; where the order starts is not defined.
    pub(super) corners: [[f64; 2]; 4],
    /// Lengths of the two sides, px: first to second corner, second to third.
    pub(super) sides: [f64; 2],
}

impl RotatedRect {
    pub(super) fn shorter_side(&self) -> f64 {
        self.sides[0].min(self.sides[1])
    }

    /// The corners clockwise from the top-left one, where "left" are the two with the smallest x.
    pub(super) fn clockwise(&self) -> [[f64; 2]; 4] {
        let mut by_x = self.corners;
        by_x.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let [mut left, mut right] = [[by_x[0], by_x[1]], [by_x[2], by_x[3]]];
        left.sort_by(|a, b| a[1].total_cmp(&b[1]));
        right.sort_by(|a, b| a[1].total_cmp(&b[1]));
        [left[0], right[0], right[1], left[1]]
    }
}

/// The corners of the convex hull of `points` in order around it, without collinear ones.
///
/// Andrew's monotone chain; exact, because the coordinates are integers.
pub(super) fn convex_hull(mut points: Vec<[i64; 2]>) -> Vec<[i64; 2]> {
    points.sort_unstable();
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let mut hull = half_hull(points.iter().copied());
    let upper = half_hull(points.iter().rev().copied());
    hull.pop();
    hull.extend(upper);
    hull.pop();
    hull
}

fn half_hull(points: impl Iterator<Item = [i64; 2]>) -> Vec<[i64; 2]> {
    let mut hull: Vec<[i64; 2]> = Vec::new();
    for p in points {
        while let [.., a, b] = hull[..]
            && (b[0] - a[0]) * (p[1] - a[1]) <= (b[1] - a[1]) * (p[0] - a[0])
        {
            hull.pop();
        }
        hull.push(p);
    }
    hull
}

/// The rectangle of least area around `points`; none when there is no point.
///
/// One side of it lies on a side of the convex hull (Freeman and Shapira 1975), so every side is tried.
pub(super) fn min_area_rect(points: Vec<[i64; 2]>) -> Option<RotatedRect> {
    let hull = convex_hull(points);
    let &first = hull.first()?;
    let mut best: Option<(f64, RotatedRect)> = None;
    for (i, &a) in hull.iter().enumerate() {
        let b = hull[(i + 1) % hull.len()];
        let (dx, dy) = ((b[0] - a[0]) as f64, (b[1] - a[1]) as f64);
        let length = dx.hypot(dy);
        let (ux, uy) = if length > 0.0 { (dx / length, dy / length) } else { (1.0, 0.0) };
        let rect = rect_along(&hull, first, ux, uy);
        let area = rect.sides[0] * rect.sides[1];
        if best.as_ref().is_none_or(|(least, _)| area < *least) {
            best = Some((area, rect));
        }
    }
    best.map(|(_, rect)| rect)
}

/// The bounding rectangle whose first side runs along the unit vector `(ux, uy)`.
fn rect_along(hull: &[[i64; 2]], origin: [i64; 2], ux: f64, uy: f64) -> RotatedRect {
    let (mut lo, mut hi) = ([f64::MAX; 2], [f64::MIN; 2]);
    for p in hull {
        let (x, y) = ((p[0] - origin[0]) as f64, (p[1] - origin[1]) as f64);
        for (axis, at) in [x * ux + y * uy, y * ux - x * uy].into_iter().enumerate() {
            lo[axis] = lo[axis].min(at);
            hi[axis] = hi[axis].max(at);
        }
    }
    let corner = |along: f64, across: f64| {
        [origin[0] as f64 + along * ux - across * uy, origin[1] as f64 + along * uy + across * ux]
    };
    RotatedRect {
        corners: [corner(lo[0], lo[1]), corner(hi[0], lo[1]), corner(hi[0], hi[1]), corner(lo[0], hi[1])],
        sides: [hi[0] - lo[0], hi[1] - lo[1]],
    }
}

/// Grows the shrunken text kernel `rect` to the text around it, by `ratio * area / perimeter` px on each side
/// (Liao et al., Real-time Scene Text Detection with Differentiable Binarization, 2020); none when it is degenerate.
pub(super) fn unclip(rect: &RotatedRect, ratio: f64) -> Option<RotatedRect> {
    let [w, h] = rect.sides;
    let perimeter = 2.0 * (w + h);
    if !(perimeter > 0.0 && perimeter.is_finite()) {
        return None;
    }
    min_area_rect(offset_outline(rect, w * h * ratio / perimeter))
}

/// The outline of a rectangle moved outwards by `distance` px with round corners, on the integer grid as in Clipper.
fn offset_outline(rect: &RotatedRect, distance: f64) -> Vec<[i64; 2]> {
    let quad = rect.corners.map(|[x, y]| [x.trunc(), y.trunc()]);
    let distance = distance.max(0.0);
    let arc_step = if distance > ARC_TOLERANCE {
        2.0 * (1.0 - ARC_TOLERANCE / distance).acos()
    } else {
        std::f64::consts::FRAC_PI_2
    };
    let normal = |a: [f64; 2], b: [f64; 2]| {
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = dx.hypot(dy);
        (length > 0.0).then(|| dy.atan2(dx) - std::f64::consts::FRAC_PI_2)
    };
    let mut outline = Vec::with_capacity(64);
    for i in 0..4 {
        let [before, at, after] = [quad[(i + 3) % 4], quad[i], quad[(i + 1) % 4]];
        let (Some(from), Some(to)) = (normal(before, at), normal(at, after)) else {
            outline.push([at[0] as i64, at[1] as i64]);
            continue;
        };
        let turn = (to - from + std::f64::consts::PI).rem_euclid(2.0 * std::f64::consts::PI) - std::f64::consts::PI;
        let steps = (turn.abs() / arc_step).round().max(1.0) as usize;
        for step in 0..=steps {
            let angle = from + turn * step as f64 / steps as f64;
            outline.push([
                (at[0] + distance * angle.cos()).round() as i64,
                (at[1] + distance * angle.sin()).round() as i64,
            ]);
        }
    }
    outline
}

/// Area of a simple polygon, px².
pub(super) fn area(polygon: &[[f32; 2]]) -> f32 {
    let twice: f32 = polygon.iter().zip(polygon.iter().cycle().skip(1)).map(|(a, b)| a[0] * b[1] - a[1] * b[0]).sum();
    twice.abs() / 2.0
}

/// Area that two convex quads share, px². Sutherland-Hodgman clipping.
pub(super) fn shared_area(a: &Quad, b: &Quad) -> f32 {
    let mut polygon = a.to_vec();
    for i in 0..4 {
        let (from, to) = (b[i], b[(i + 1) % 4]);
        let side = |p: [f32; 2]| (to[0] - from[0]) * (p[1] - from[1]) - (to[1] - from[1]) * (p[0] - from[0]);
        let mut kept = Vec::with_capacity(polygon.len() + 1);
        for (j, &p) in polygon.iter().enumerate() {
            let q = polygon[(j + 1) % polygon.len()];
            let (sp, sq) = (side(p), side(q));
            if sp >= 0.0 {
                kept.push(p);
            }
            if (sp > 0.0 && sq < 0.0) || (sp < 0.0 && sq > 0.0) {
                let t = sp / (sp - sq);
                kept.push([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]);
            }
        }
        polygon = kept;
    }
    area(&polygon)
}

/// Length of the longer of the two top and bottom sides, and of the two left and right sides, px.
pub(super) fn extent(quad: &Quad) -> [f32; 2] {
    let distance = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    [
        distance(quad[0], quad[1]).max(distance(quad[2], quad[3])),
        distance(quad[0], quad[3]).max(distance(quad[1], quad[2])),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn inside(rect: &RotatedRect, p: [i64; 2]) -> bool {
        (0..4).all(|i| {
            let (a, b) = (rect.corners[i], rect.corners[(i + 1) % 4]);
            (b[0] - a[0]) * (p[1] as f64 - a[1]) - (b[1] - a[1]) * (p[0] as f64 - a[0]) >= -1e-6 * (1.0 + rect.sides[0])
        })
    }

    #[test]
    fn the_smallest_rectangle_of_a_diamond_is_the_diamond() {
        let rect = min_area_rect(vec![[10, 0], [20, 10], [10, 20], [0, 10], [10, 10]]).expect("there are points");
        assert!((rect.sides[0] - 200f64.sqrt()).abs() < 1e-9 && (rect.sides[1] - 200f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn points_on_a_line_give_a_rectangle_without_width() {
        let rect = min_area_rect(vec![[0, 0], [3, 3], [9, 9]]).expect("there are points");
        assert!(rect.shorter_side().abs() < 1e-9);
        assert_eq!(min_area_rect(vec![[4, 5]]).expect("there is a point").sides, [0.0, 0.0]);
        assert!(min_area_rect(vec![]).is_none());
    }

    #[test]
    fn unclip_grows_each_side_by_ratio_times_area_over_perimeter() {
        let rect = min_area_rect(vec![[100, 100], [300, 100], [300, 140], [100, 140]]).expect("there are points");
        let distance: f64 = 200.0 * 40.0 * 1.6 / 480.0;
        let grown = unclip(&rect, 1.6).expect("the rectangle has an area");
        let [tl, _, br, _] = grown.clockwise();
        assert!((tl[0] - (100.0 - distance)).abs() <= 0.5 && (tl[1] - (100.0 - distance)).abs() <= 0.5);
        assert!((br[0] - (300.0 + distance)).abs() <= 0.5 && (br[1] - (140.0 + distance)).abs() <= 0.5);
    }

    #[test]
    fn corners_run_clockwise_from_the_top_left() {
        let rect = min_area_rect(vec![[0, 0], [0, 10], [40, 10], [40, 0]]).expect("there are points");
        assert_eq!(rect.clockwise(), [[0.0, 0.0], [40.0, 0.0], [40.0, 10.0], [0.0, 10.0]]);
    }

    #[test]
    fn quads_share_what_both_cover() {
        let a = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]];
        let b = a.map(|[x, y]| [x + 5.0, y + 5.0]);
        let far = a.map(|[x, y]| [x + 50.0, y]);
        assert!((shared_area(&a, &b) - 25.0).abs() < 1e-4);
        assert!((shared_area(&a, &a) - 100.0).abs() < 1e-4);
        assert_eq!(shared_area(&a, &far), 0.0);
    }

    proptest! {
        #[test]
        fn the_smallest_rectangle_holds_every_point_and_beats_the_upright_one(
            points in prop::collection::vec(prop::array::uniform2(-2000i64..2000), 1..40)
        ) {
            let rect = min_area_rect(points.clone()).expect("there are points");
            for &p in &points {
                let turned = RotatedRect { corners: rect.corners, sides: rect.sides };
                prop_assert!(inside(&turned, p), "{p:?} is outside {rect:?}");
            }
            let side = |axis: usize| {
                let values = points.iter().map(|p| p[axis]);
                (values.clone().max().expect("some") - values.min().expect("some")) as f64
            };
            prop_assert!(rect.sides[0] * rect.sides[1] <= side(0) * side(1) + 1e-6);
        }

        #[test]
        fn unclip_never_shrinks(
            w in 3i64..400, h in 3i64..400, dx in -300i64..300, dy in -300i64..300
        ) {
            let rect = min_area_rect(vec![[0, 0], [w, dy], [w + dx, h + dy], [dx, h]]).expect("there are points");
            prop_assume!(rect.shorter_side() >= 3.0);
            let grown = unclip(&rect, 1.6).expect("the rectangle has an area");
            // Corners are cut to whole pixels first, so up to one pixel may be lost.
            prop_assert!(grown.shorter_side() + 2.0 >= rect.shorter_side());
        }
    }
}
