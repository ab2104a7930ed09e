//! What a class of things says about a place, and the score that follows from what a photo shows.
//!
//! The score is GeoReasoner's (Li et al. 2024, "GeoReasoner: Geo-localization with Reasoning in Street Views using a Large
//! Vision-Language Model"): the sum over the 150 classes of ADE20K of share of the area times weight. Their table is published without
//! a licence and without the code that made it. Ours is made of our own clue book, by how near each class is to its sentences, see
//! [`compute_weights`](super::compute_weights). A user may read another table, theirs included.

use super::LocatabilityError;
use crate::digest::hex;
use crate::whole::{AtomicFile, WholeError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::LazyLock;

/// Classes of ADE20K's scene parsing benchmark.
pub const CLASSES: usize = 150;

static NAMES: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("../../../data/locatability/classes.txt").lines().collect());

/// The names of the classes in their order, each with its synonyms behind commas, as the benchmark has them.
#[must_use]
pub fn class_names() -> &'static [&'static str] {
    &NAMES
}

/// How much of a photo's area each class takes; the shares of a photo sum to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares(Vec<f64>);

impl Shares {
    /// Counts a map of classes, one a pixel; what is no class counts for the area and for none of them. A map without pixels has
    /// no shares.
    #[must_use]
    pub fn of_map(map: &[u8]) -> Self {
        let mut counts = [0usize; CLASSES];
        for &class in map {
            if let Some(count) = counts.get_mut(usize::from(class)) {
                *count += 1;
            }
        }
        let all = map.len().max(1) as f64;
        Self(counts.iter().map(|&n| n as f64 / all).collect())
    }

    /// The shares by class, [`CLASSES`] of them.
    #[must_use]
    pub fn by_class(&self) -> &[f64] {
        &self.0
    }
}

/// A class in a photo, as a score shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassShare {
    /// First name of the class.
    pub class: String,
    /// Share of the area.
    pub share: f64,
    /// Its weight.
    pub weight: f64,
}

/// Where a table comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// How the weights were made.
    pub method: String,
    /// Of how many texts.
    pub texts: usize,
    /// SHA-256 of the texts, each with a line feed behind it, lower-case hex.
    pub texts_sha256: String,
    /// Which embedder read them.
    pub embedder: String,
}

/// The weight of each class, in [0, 1].
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    by_class: Vec<f64>,
    provenance: Provenance,
}

/// The file of a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    provenance: Provenance,
    weights: BTreeMap<String, f64>,
}

impl Weights {
    /// The table that navig carries with it, made of its own clue book.
    #[must_use]
    pub fn embedded() -> Self {
        const TABLE: &str = include_str!("../../../data/locatability/ade20k.toml");
        Self::of_toml(TABLE).expect("a test reads the embedded table")
    }

    /// Reads a table: TOML as [`Weights::write`] makes it, or CSV with the columns `class_index` and `weight`, by the file's ending.
    ///
    /// # Errors
    /// [`LocatabilityError`] names the file, and the class or line that is wrong.
    pub fn read(path: &Path) -> Result<Self, LocatabilityError> {
        let mend = "a table is a TOML or CSV file with a weight for each class; navig carries one with it";
        let text = std::fs::read_to_string(path).map_err(|source| LocatabilityError::Read {
            path: path.to_owned(),
            source,
            mend,
        })?;
        let is_csv = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
        let table = if is_csv { Self::of_csv(&text) } else { Self::of_toml(&text) };
        table.map_err(|reason| LocatabilityError::Weights { path: path.to_owned(), reason })
    }

    fn of_toml(text: &str) -> Result<Self, String> {
        let Table { provenance, mut weights } = toml::from_str(text).map_err(|e| e.to_string())?;
        let of = |name: &&str| weights.remove(*name).ok_or_else(|| format!("the class '{name}' is missing"));
        let by_class = class_names().iter().map(of).collect::<Result<Vec<f64>, _>>()?;
        if let Some((name, _)) = weights.first_key_value() {
            return Err(format!("'{name}' is no class of ADE20K"));
        }
        Self::new(by_class, provenance)
    }

    fn of_csv(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Row {
            class_index: usize,
            weight: f64,
        }
        let mut by_class = vec![None; CLASSES];
        for (row, line) in csv::Reader::from_reader(text.as_bytes()).deserialize::<Row>().zip(2..) {
            let row = row.map_err(|e| format!("line {line}: {e}"))?;
            let place = by_class.get_mut(row.class_index).ok_or_else(|| {
                format!("line {line}: the class is {}, and the last is {}", row.class_index, CLASSES - 1)
            })?;
            if place.replace(row.weight).is_some() {
                return Err(format!("line {line}: the class {} stands there twice", row.class_index));
            }
        }
        let missing = |(class, weight): (usize, Option<f64>)| weight.ok_or(format!("the class {class} is missing"));
        let by_class = by_class.into_iter().enumerate().map(missing).collect::<Result<Vec<f64>, _>>()?;
        Self::new(by_class, Provenance { method: "from a CSV file".to_owned(), ..Provenance::default() })
    }

    /// A table of weights that are known to be from 0 to 1.
    pub(super) fn of(by_class: Vec<f64>, provenance: Provenance) -> Self {
        Self { by_class, provenance }
    }

    fn new(by_class: Vec<f64>, provenance: Provenance) -> Result<Self, String> {
        match by_class.iter().zip(class_names()).find(|(w, _)| !(0.0..=1.0).contains(*w)) {
            Some((weight, name)) => Err(format!("the weight of '{name}' is {weight}, and weights are from 0 to 1")),
            None => Ok(Self { by_class, provenance }),
        }
    }

    /// Writes the table as TOML.
    ///
    /// # Errors
    /// [`LocatabilityError::Whole`] when the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), LocatabilityError> {
        let mut text = String::from(
            "# How much each class of ADE20K says about a place: navig's weights of locatability.\n\n[provenance]\n",
        );
        let Provenance { method, texts, texts_sha256, embedder } = &self.provenance;
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let line = "writing to a text cannot fail";
        writeln!(text, "method = {}\ntexts = {texts}", quoted(method)).expect(line);
        writeln!(text, "texts_sha256 = {}\nembedder = {}\n\n[weights]", quoted(texts_sha256), quoted(embedder))
            .expect(line);
        for (name, weight) in class_names().iter().zip(&self.by_class) {
            writeln!(text, "{} = {weight:.4}", quoted(name)).expect(line);
        }
        let mut file = AtomicFile::create(path)?;
        file.write_all(text.as_bytes()).map_err(|source| WholeError { path: path.to_owned(), source })?;
        Ok(file.commit()?)
    }

    /// The weights by class, [`CLASSES`] of them.
    #[must_use]
    pub fn by_class(&self) -> &[f64] {
        &self.by_class
    }

    /// Where the table comes from.
    #[must_use]
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// What tells this table from others in the file of scores.
    #[must_use]
    pub fn id(&self) -> String {
        let mut sum = Sha256::new();
        self.by_class.iter().for_each(|w| sum.update(w.to_le_bytes()));
        hex(&sum.finalize())[..12].to_owned()
    }

    /// The locatability of a photo: the sum of share times weight, in [0, 1].
    #[must_use]
    pub fn score(&self, shares: &Shares) -> f64 {
        // Shares of a photo sum to 1 but for rounding.
        self.by_class.iter().zip(shares.by_class()).map(|(w, s)| w * s).sum::<f64>().clamp(0.0, 1.0)
    }

    /// The classes that make the most of a score, at most `most`, the greatest first.
    #[must_use]
    pub fn reasons(&self, shares: &Shares, most: usize) -> Vec<ClassShare> {
        let mut order: Vec<usize> = (0..CLASSES).filter(|&c| self.by_class[c] * shares.0[c] > 0.0).collect();
        let part = |c: usize| self.by_class[c] * shares.0[c];
        order.sort_by(|&a, &b| part(b).total_cmp(&part(a)));
        order.truncate(most);
        let class = |c: usize| first_name(class_names()[c]).to_owned();
        order
            .into_iter()
            .map(|c| ClassShare { class: class(c), share: shares.0[c], weight: self.by_class[c] })
            .collect()
    }
}

pub(super) fn first_name(names: &str) -> &str {
    names.split(", ").next().unwrap_or(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_150_different_classes() {
        let mut names = class_names().to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!((class_names().len(), names.len()), (CLASSES, CLASSES));
        assert!(names.iter().all(|n| !n.is_empty() && n.trim() == *n));
    }

    #[test]
    fn shares_are_of_the_whole_area_and_the_score_is_their_weighted_sum() {
        let shares = Shares::of_map(&[6, 6, 6, 2, 2, 0, 255, 200]);
        assert_eq!((shares.by_class()[6], shares.by_class()[2], shares.by_class()[0]), (0.375, 0.25, 0.125));
        assert_eq!(shares.by_class().iter().sum::<f64>(), 0.75, "what is no class has no share");
        let mut by_class = vec![0.0; CLASSES];
        (by_class[6], by_class[2]) = (1.0, 0.5);
        let weights = Weights::new(by_class, Provenance::default()).expect("is sound");
        assert_eq!(weights.score(&shares), 0.5);
        let reasons = weights.reasons(&shares, 9);
        assert_eq!(reasons.iter().map(|r| r.class.as_str()).collect::<Vec<_>>(), ["road", "sky"]);
        assert_eq!(weights.reasons(&shares, 1).len(), 1);
        assert_eq!(weights.score(&Shares::of_map(&[])), 0.0);
    }

    #[test]
    fn a_table_that_is_written_is_read_again_and_damage_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("own.toml");
        let weights = Weights::embedded();
        weights.write(&path).expect("writes");
        assert_eq!(Weights::read(&path).expect("reads"), weights);
        let text = std::fs::read_to_string(&path).expect("reads");
        for (from, to, wanted) in [
            ("\"wall\" = ", "\"walls\" = ", "the class 'wall' is missing"),
            ("\"wall\" = 0", "\"wall\" = 7", "weights are from 0 to 1"),
            ("\"clock\" =", "\"clocks\" = 0.5\n\"clock\" =", "'clocks' is no class"),
            ("[weights]", "[weight]", "unknown field"),
        ] {
            let damaged = text.replacen(from, to, 1);
            assert_ne!(damaged, text, "{from}");
            std::fs::write(&path, damaged).expect("writes");
            let error = Weights::read(&path).expect_err(wanted).to_string();
            assert!(error.contains("own.toml") && error.contains(wanted), "{error}");
        }
        let csv = folder.path().join("own.csv");
        let rows = |of: &dyn Fn(usize) -> String| -> String { (0..CLASSES).map(of).collect() };
        let head = "class_index,ade20k_class,weight\n";
        std::fs::write(&csv, head.to_owned() + &rows(&|c| format!("{c},x,{}\n", c as f64 / 200.0))).expect("writes");
        assert_eq!(Weights::read(&csv).expect("reads").by_class()[100], 0.5);
        for (row, wanted) in
            [("150,x,1\n", "line 2: the class is 150"), ("0,x,1\n0,x,1\n", "twice"), ("0,x,1\n", "missing")]
        {
            std::fs::write(&csv, head.to_owned() + row).expect("writes");
            let error = Weights::read(&csv).expect_err(wanted).to_string();
            assert!(error.contains("own.csv") && error.contains(wanted), "{error}");
        }
        let error = Weights::read(&folder.path().join("none.toml")).expect_err("is absent").to_string();
        assert!(error.contains("none.toml") && error.contains("navig carries one"), "{error}");
    }
}
