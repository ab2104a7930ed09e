//! Boxes that a model draws: in thousandths of the picture, wherever they lie.

use navig_tools::clue::Crop;
use serde_json::{Value, json};

/// Sides of the photo in original pixels: what boxes in thousandths are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Width, px; above 0.
    pub width: u32,
    /// Height, px; above 0.
    pub height: u32,
}

/// The form of a box: left, top, right, bottom in thousandths.
pub(crate) fn box_schema() -> Value {
    json!({
        "type": "array", "minItems": 4, "maxItems": 4, "items": { "type": "integer", "minimum": 0, "maximum": 1000 }
    })
}

/// A box inside the photo, px.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Corners {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

impl Corners {
    pub(crate) fn with_id(self, id: String) -> Crop {
        let Self { x, y, width, height } = self;
        Crop { id, x, y, width, height }
    }
}

/// The box of thousandths in pixels, and whether it had to be mended: corners were swapped, or outside.
///
/// # Errors
/// Why there is none: not four numbers, or nothing inside the photo.
pub(crate) fn crop_of(thousandths: &[f64], frame: Frame) -> Result<(Corners, bool), &'static str> {
    let &[a, b, c, d] = thousandths else { return Err("it is not four numbers") };
    if ![a, b, c, d].iter().all(|v| v.is_finite()) {
        return Err("it is not four numbers");
    }
    let (left, right) = (a.min(c).clamp(0.0, 1000.0), a.max(c).clamp(0.0, 1000.0));
    let (top, bottom) = (b.min(d).clamp(0.0, 1000.0), b.max(d).clamp(0.0, 1000.0));
    let mended = [left, top, right, bottom] != [a, b, c, d];
    let px = |thousandths: f64, side: u32| (thousandths / 1000.0 * f64::from(side)).round() as u32;
    let (x, y) = (px(left, frame.width), px(top, frame.height));
    let (width, height) = (px(right, frame.width).saturating_sub(x), px(bottom, frame.height).saturating_sub(y));
    match width > 0 && height > 0 {
        true => Ok((Corners { x, y, width, height }, mended)),
        false => Err("nothing of the photo is inside it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FRAME: Frame = Frame { width: 2000, height: 1000 };

    #[test]
    fn boxes_are_mended_or_refused() {
        let px = |b: &[f64]| crop_of(b, FRAME).map(|(c, mended)| ((c.x, c.y, c.width, c.height), mended));
        assert_eq!(px(&[100.0, 100.0, 200.0, 300.0]), Ok(((200, 100, 200, 200), false)));
        assert_eq!(px(&[200.0, 300.0, 100.0, 100.0]), Ok(((200, 100, 200, 200), true)));
        assert_eq!(px(&[900.0, 900.0, 1500.0, 4000.0]), Ok(((1800, 900, 200, 100), true)));
        assert!(px(&[10.0, 10.0, 10.0, 10.0]).is_err() && px(&[1.0]).is_err() && px(&[f64::NAN; 4]).is_err());
        assert!(px(&[2000.0, 0.0, 3000.0, 10.0]).is_err());
    }

    proptest! {
        #[test]
        fn no_box_leaves_the_photo(b in prop::collection::vec(-3e3..3e3f64, 4), w in 1u32..5000, h in 1u32..5000) {
            if let Ok((c, _)) = crop_of(&b, Frame { width: w, height: h }) {
                prop_assert!(c.width > 0 && c.height > 0 && c.x + c.width <= w && c.y + c.height <= h);
            }
        }
    }
}
