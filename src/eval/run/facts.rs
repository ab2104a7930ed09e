//! `run.json`: what a run's answers depend on, so that two runs are only ever put together when they agree on it.

use crate::digest::sha256_of;
use crate::eval::task::Task;
use crate::facts;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// The value of [`Facts::schema`].
pub const RUN_SCHEMA: &str = "navig.run/1";

/// What a run is (`navig.run/1`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Always `navig.run/1`.
    pub schema: String,
    /// The benchmark.
    pub task: TaskFacts,
    /// Who answers.
    pub answerer: Answerer,
    /// Which part of the samples; absent for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}

/// Which benchmark, to the byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskFacts {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the list, lower-case hex.
    pub list_sha256: String,
    /// Samples in the list.
    pub samples: usize,
}

/// Who answers the samples of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answerer {
    /// This program.
    Navig {
        /// SHA-256 of the program file, lower-case hex; empty where it cannot be read.
        program_sha256: String,
        /// Commit that it was built from, where the build says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commit: Option<String>,
        /// Everything else that answers depend on, by name; see [`crate::locate::Locator::basis`].
        settings: Map<String, Value>,
    },
    /// Another system, whose answers are in a file.
    Other {
        /// The file, as the user wrote it.
        file: String,
        /// Its SHA-256, lower-case hex.
        sha256: String,
    },
}

/// A part of the samples: those whose place in the list, counted from 1, is `index` modulo `of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which, from 1.
    pub index: usize,
    /// How many there are.
    pub of: usize,
}

impl Facts {
    /// Of a task whose list lies in a folder.
    ///
    /// # Errors
    /// What the system says when the list cannot be read.
    pub fn of(task: &Task, data: &Path, samples: usize, answerer: Answerer) -> std::io::Result<Self> {
        let list_sha256 = sha256_of(&data.join(&task.list.file))?;
        let (name, version) = (task.name.clone(), task.version.clone());
        let task = TaskFacts { name, version, list_sha256, samples };
        Ok(Self { schema: RUN_SCHEMA.to_owned(), task, answerer, shard: None })
    }

    /// All facts but the shard as dotted names with values, long values cut.
    #[must_use]
    pub fn rows(&self) -> Vec<(String, String)> {
        facts::rows(&Self { shard: None, ..self.clone() })
    }

    /// What differs from other facts, in words: `weights: "a" before, "b" now`. Shards do not count.
    #[must_use]
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let [before, now] = [self, now].map(|facts| Self { shard: None, ..facts.clone() });
        facts::differences(&before, &now)
    }

    /// A short key that changes with every fact but the shard.
    #[must_use]
    pub fn key(&self) -> String {
        use sha2::{Digest, Sha256};
        let facts = Self { shard: None, ..self.clone() };
        let digest = Sha256::digest(serde_json::to_vec(&facts).expect("plain fields"));
        crate::digest::hex(&digest[..4])
    }
}

impl Answerer {
    /// This program with the settings of a locator.
    #[must_use]
    pub fn navig(settings: &Map<String, Value>) -> Self {
        let program = std::env::current_exe().and_then(|exe| sha256_of(&exe));
        Self::Navig {
            program_sha256: program.unwrap_or_default(),
            commit: option_env!("NAVIG_COMMIT").map(str::to_owned),
            settings: settings.clone(),
        }
    }

    /// Who answered, in a few words.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Other { file, .. } => file.clone(),
            Self::Navig { program_sha256, commit, settings } => {
                let version = settings.get("navig").and_then(Value::as_str).unwrap_or("?");
                let build = commit.as_deref().unwrap_or(program_sha256);
                format!("navig {version} ({})", build.get(..10).unwrap_or(build))
            }
        }
    }
}

impl Shard {
    /// Whether the sample at a place in the list, from 0, is one of this part.
    #[must_use]
    pub fn has(self, index: usize) -> bool {
        index % self.of == self.index - 1
    }

    /// Name of its folder.
    #[must_use]
    pub fn folder(self) -> String {
        format!("shard-{}-of-{}", self.index, self.of)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(i, n)| Some((i.trim().parse().ok()?, n.trim().parse().ok()?)));
        match parts {
            Some((index, of)) if index >= 1 && index <= of => Ok(Self { index, of }),
            _ => Err("a part is written I/N, the first of four as 1/4".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn facts(weights: &str) -> Facts {
        let settings = json!({"weights": weights, "tools": [["signs.read", "1"]]});
        Facts {
            schema: RUN_SCHEMA.to_owned(),
            task: TaskFacts { name: "t".to_owned(), version: "1".to_owned(), list_sha256: "0".to_owned(), samples: 3 },
            answerer: Answerer::Navig {
                program_sha256: "p".to_owned(),
                commit: None,
                settings: settings.as_object().expect("an object").clone(),
            },
            shard: Some(Shard { index: 1, of: 2 }),
        }
    }

    #[test]
    fn what_differs_is_named_and_shards_do_not_count() {
        let (a, mut b) = (facts("x"), facts("y"));
        assert_eq!(a.differences(&b), ["answerer.navig.settings.weights: \"x\" before, \"y\" now"]);
        assert_ne!(a.key(), b.key());
        b = facts("x");
        b.shard = None;
        assert!(a.differences(&b).is_empty());
        assert_eq!(a.key(), b.key());
        b.answerer = Answerer::Other { file: "a.csv".to_owned(), sha256: "1".to_owned() };
        assert!(a.differences(&b).iter().any(|d| d == "answerer.other.file: nothing before, \"a.csv\" now"));
    }

    #[test]
    fn parts_hold_every_sample_once() {
        let of = 3;
        for sample in 0..10 {
            let holders = (1..=of).filter(|&index| Shard { index, of }.has(sample)).count();
            assert_eq!(holders, 1);
        }
        assert_eq!("2/4".parse(), Ok(Shard { index: 2, of: 4 }));
        for wrong in ["0/4", "5/4", "1", "a/b", "1/0", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
