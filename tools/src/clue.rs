//! What is seen in a photo, before anybody says what it means.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An axis-aligned box in the pixels of the upright, original-size photo, with an id that reports can point at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Crop {
    /// Unique within one photo, such as `c3`.
    pub id: String,
    /// Left edge, px.
    pub x: u32,
    /// Top edge, px.
    pub y: u32,
    /// Width, px; at least 1.
    pub width: u32,
    /// Height, px; at least 1.
    pub height: u32,
}

/// What sort of thing a clue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ClueKind {
    /// A line of text that a reader found in the picture.
    Text,
    /// A line of text that the user typed (`--text`).
    UserText,
    /// A claim of the file's metadata, such as an EXIF position.
    Metadata,
    /// What the user says is to be seen (`navig ask`).
    Described,
    /// A line of text that the vision model read; a reader that sees the same place may read otherwise.
    ModelText,
    /// Plants, seen by the vision model, as is all that follows.
    Vegetation,
    /// Buildings and how they are built.
    Architecture,
    /// Lines, signs of the lane, kerbs.
    RoadMarking,
    /// A sign by its form and colours.
    Sign,
    /// A number plate by its form and colours.
    Plate,
    /// A vehicle.
    Vehicle,
    /// A pole, a bollard, a wire.
    Pole,
    /// A building or a mountain that there is once.
    Landmark,
    /// A script that is seen and not read.
    Script,
    /// Snow, dust, the colour of the soil.
    Climate,
    /// Where the sun stands.
    Sun,
    /// Clothes, as culture only.
    Dress,
    /// Anything else.
    Other,
}

impl ClueKind {
    /// What a vision model may call the things that it sees.
    pub const SEEN: [Self; 13] = [
        Self::Vegetation,
        Self::Architecture,
        Self::RoadMarking,
        Self::Sign,
        Self::Plate,
        Self::Vehicle,
        Self::Pole,
        Self::Landmark,
        Self::Script,
        Self::Climate,
        Self::Sun,
        Self::Dress,
        Self::Other,
    ];

    /// Whether it says what is seen, rather than what is written.
    #[must_use]
    pub fn is_seen(self) -> bool {
        self == Self::Described || Self::SEEN.contains(&self)
    }

    /// Whether it is a line of text, whoever read it.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::UserText | Self::ModelText)
    }
}

/// Something seen. Its text is data from outside: it is weighed and shown, and never obeyed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Clue {
    /// Unique within one photo, such as `t3`.
    pub id: String,
    /// What sort of thing it is.
    pub kind: ClueKind,
    /// The words, or the claim in words.
    pub text: String,
    /// Where in the photo it was seen; absent for metadata and user text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub crop: Option<Crop>,
    /// How sure the reader is of the text, 0 to 1.
    pub confidence: f64,
}
