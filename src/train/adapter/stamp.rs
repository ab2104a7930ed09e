//! Which weights an adapter was trained on.

use super::AdapterError;
use crate::digest::hex;
use crate::model::folder::weight_files;
use candle_core::quantized::GgmlDType;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;

/// GGML's types that weights are quantised to while training, by name.
const QUANTISED: [(&str, GgmlDType); 10] = [
    ("q4_0", GgmlDType::Q4_0),
    ("q4_1", GgmlDType::Q4_1),
    ("q5_0", GgmlDType::Q5_0),
    ("q5_1", GgmlDType::Q5_1),
    ("q8_0", GgmlDType::Q8_0),
    ("q2k", GgmlDType::Q2K),
    ("q3k", GgmlDType::Q3K),
    ("q4k", GgmlDType::Q4K),
    ("q5k", GgmlDType::Q5K),
    ("q6k", GgmlDType::Q6K),
];

/// What follows the name of a type of [`QUANTISED`].
const DEQUANTISED: &str = " dequantised";

/// How the base's weights were kept while the adapter was trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum BaseKind {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// Brain floats.
    Bf16,
    /// Quantised to one of GGML's types: the adapter has learnt to mend what that lost, so it belongs to the weights that
    /// come back out of it.
    Dequantised(GgmlDType),
}

impl fmt::Display for BaseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::F32 => f.write_str("f32"),
            Self::F16 => f.write_str("f16"),
            Self::Bf16 => f.write_str("bf16"),
            Self::Dequantised(kind) => match QUANTISED.iter().find(|(_, known)| known == kind) {
                Some((name, _)) => write!(f, "{name}{DEQUANTISED}"),
                None => write!(f, "{kind:?}{DEQUANTISED}"),
            },
        }
    }
}

impl From<BaseKind> for String {
    fn from(kind: BaseKind) -> Self {
        kind.to_string()
    }
}

impl TryFrom<String> for BaseKind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let quantised = || {
            let name = text.strip_suffix(DEQUANTISED)?;
            QUANTISED.iter().find(|(known, _)| *known == name).map(|&(_, kind)| Self::Dequantised(kind))
        };
        match text.as_str() {
            "f32" => Ok(Self::F32),
            "f16" => Ok(Self::F16),
            "bf16" => Ok(Self::Bf16),
            _ => quantised().ok_or_else(|| format!("no kind of base: '{text}'; such as 'bf16' or 'q4k dequantised'")),
        }
    }
}

/// The weights that an adapter was trained on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseStamp {
    /// How they were kept.
    pub kind: BaseKind,
    /// [`base_sha256`] of the folder.
    pub sha256: String,
}

impl BaseStamp {
    /// Looks at the weights of a model folder, which takes about as long as reading them.
    ///
    /// # Errors
    /// [`AdapterError::File`] when a file does not read.
    pub fn of(folder: &Path, kind: BaseKind) -> Result<Self, AdapterError> {
        Ok(Self { kind, sha256: base_sha256(folder)? })
    }

    /// Whether it is about these weights.
    pub(super) fn check(&self, folder: &Path, sha256: &str) -> Result<(), AdapterError> {
        let (expected, found) = (self.sha256.clone(), sha256.to_owned());
        let other = || AdapterError::OtherBase { base: folder.to_owned(), expected, found };
        if self.sha256 == sha256 { Ok(()) } else { Err(other()) }
    }
}

impl fmt::Display for BaseStamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.sha256, self.kind)
    }
}

/// SHA-256 over the weights of a model folder, file by file in the order of their names, lower-case hex.
///
/// # Errors
/// [`AdapterError::File`] when there are none, or one does not read.
pub fn base_sha256(folder: &Path) -> Result<String, AdapterError> {
    let mut digest = Sha256::new();
    for path in weight_files(folder)? {
        let copied = File::open(&path).and_then(|mut file| io::copy(&mut file, &mut digest));
        copied.map_err(|e| AdapterError::file(path, e))?;
    }
    Ok(hex(&digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_written_as_they_are_read() {
        let quantised = QUANTISED.map(|(_, kind)| BaseKind::Dequantised(kind));
        for kind in quantised.into_iter().chain([BaseKind::F32, BaseKind::F16, BaseKind::Bf16]) {
            assert_eq!(BaseKind::try_from(kind.to_string()), Ok(kind));
        }
        assert_eq!(BaseKind::Dequantised(GgmlDType::Q4_0).to_string(), "q4_0 dequantised");
        assert!(BaseKind::try_from("nf4".to_owned()).expect_err("none of ours").contains("nf4"));
    }
}
