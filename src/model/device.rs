//! Where a local model computes.

use std::fmt;
use std::str::FromStr;

/// Where a local model computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// The accelerator that this build is for, or the processor when it is for none.
    #[default]
    Auto,
    /// The processor.
    Cpu,
}

impl Device {
    /// As it is typed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Auto, Self::Cpu];
        all.into_iter()
            .find(|device| device.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("'{text}' is no device; there are: auto, cpu"))
    }
}
