//! `data/assets.toml`: which files make an asset, and where they can be had.

use super::AssetError;
use serde::Deserialize;
use std::collections::BTreeMap;

const EMBEDDED: &str = include_str!("../../data/assets.toml");

/// All assets that navig knows.
#[derive(Debug, Clone)]
pub struct Manifest(Vec<Asset>);

/// One asset: files that belong together.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// The key of its table.
    #[serde(skip)]
    pub name: String,
    /// What it is, in one line.
    pub about: String,
    /// SPDX expression.
    pub licence: String,
    /// Who made it.
    pub source: String,
    /// The Python package that carries the files.
    pub package: Package,
    /// Its files.
    pub files: Vec<AssetFile>,
}

/// A Python package that carries files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// As pip knows it.
    pub name: String,
    /// The exact version.
    pub version: String,
    /// A Python version that the package declares to work with.
    pub python: String,
}

/// A file of an asset.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetFile {
    /// Its name in the asset's folder: one path component.
    pub name: String,
    /// Its exact size, bytes.
    pub bytes: u64,
    /// SHA-256, lower-case hex.
    pub sha256: String,
    /// Its path inside the package's wheel.
    pub member: String,
    /// Where it can be had alone.
    pub url: String,
}

impl Asset {
    /// Size of all files together, bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|f| f.bytes).sum()
    }
}

impl Manifest {
    /// The manifest that was built in.
    #[must_use]
    pub fn embedded() -> Self {
        Self::parse(EMBEDDED).expect("data/assets.toml is parsed by a test")
    }

    pub(super) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let tables: BTreeMap<String, Asset> = toml::from_str(text)?;
        Ok(Self(tables.into_iter().map(|(name, asset)| Asset { name, ..asset }).collect()))
    }

    pub(super) fn assets(&self) -> impl Iterator<Item = &Asset> {
        self.0.iter()
    }

    pub(super) fn get(&self, name: &str) -> Result<&Asset, AssetError> {
        self.0.iter().find(|a| a.name == name).ok_or_else(|| AssetError::Unknown {
            name: name.to_owned(),
            known: self.0.iter().map(|a| a.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_manifest_is_sound() {
        let manifest = Manifest::parse(EMBEDDED).expect("parses");
        let reader = manifest.get("reader").expect("is there");
        assert_eq!(reader.files.len(), 3);
        for file in manifest.assets().flat_map(|a| &a.files) {
            assert!(!file.name.contains(['/', '\\']) && !file.name.starts_with('.'), "{}", file.name);
            assert!(file.sha256.len() == 64 && file.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
            assert!(file.bytes > 0 && file.url.starts_with("https://") && file.member.ends_with(&file.name));
        }
    }
}
