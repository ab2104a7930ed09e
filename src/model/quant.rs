//! How the weights of a local model are stored in memory.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A quantisation of the language part; the vision tower stays in floating point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Quant {
    /// 4.5 bits a weight, the default.
    #[default]
    Q4k,
    /// 5.5 bits.
    Q5k,
    /// 6.6 bits.
    Q6k,
    /// 8.5 bits.
    Q8_0,
    /// As in the files: 16 or 32 bits.
    None,
}

impl Quant {
    /// All of them, the smallest first.
    pub const ALL: [Self; 5] = [Self::Q4k, Self::Q5k, Self::Q6k, Self::Q8_0, Self::None];

    /// As it is typed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Q4k => "q4k",
            Self::Q5k => "q5k",
            Self::Q6k => "q6k",
            Self::Q8_0 => "q8_0",
            Self::None => "none",
        }
    }

    /// Bits that a weight takes.
    #[must_use]
    pub fn bits(self) -> f64 {
        match self {
            Self::Q4k => 4.5,
            Self::Q5k => 5.5,
            Self::Q6k => 6.5625,
            Self::Q8_0 => 8.5,
            Self::None => 32.0,
        }
    }
}

impl fmt::Display for Quant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Quant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|q| q.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("'{text}' is no quantisation; there are: {}", names()))
    }
}
