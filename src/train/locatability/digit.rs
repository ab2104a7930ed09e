//! The vision model's own estimate: one digit, read as an expectation over the probabilities of all ten, which is finer than the digit
//! that it would write.

use super::LocatabilityError;
use crate::digest::hex;
use crate::model::{Ask, Card, ModelError, Picture, Probe, Reply, Sampling, Turn};
use crate::prompt::{Prompt, PromptError};
use crate::whole::{WholeError, write_atomically};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

const FILE: &str = "locatability.md";
const PROMPT: &str = include_str!("../../../prompts/locatability.md");
const KEY: &str = "clues";
/// Tokens of a reply: `{"clues":"7"}` takes about seven.
const TOKENS: usize = 32;
/// How far kept probabilities may be from a sum of 1.
const ROUNDING: f64 = 1e-6;

/// What the model says of a photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Digit {
    /// Probability of each digit, from 0 to 9.
    pub p: [f64; 10],
    /// Probability that something else would stand there.
    pub other: f64,
    /// How far the probabilities may be off, at most.
    pub shared: f64,
}

impl Digit {
    /// The probabilities in a reply to [`DigitWay::ask`].
    ///
    /// # Errors
    /// [`LocatabilityError::NoProbabilities`] when the backend tells none, or none of a digit.
    pub fn of_reply(reply: &Reply) -> Result<Self, LocatabilityError> {
        let none = LocatabilityError::NoProbabilities;
        let scores = reply.scores.first().and_then(Option::as_ref).ok_or(none("the backend gives none"))?;
        let mut p = [0.0; 10];
        for (digit, p) in p.iter_mut().enumerate() {
            *p = scores.p(&digit.to_string()).ok_or(none("a digit is missing"))?;
        }
        let digit = Self { p, other: scores.other, shared: scores.shared };
        if digit.is_sound() { Ok(digit) } else { Err(none("they do not sum to 1, or no digit has any")) }
    }

    /// The estimate, in [0, 1]: the expectation of the digit, among digits alone, over 9.
    #[must_use]
    pub fn score(&self) -> f64 {
        let digits: f64 = self.p.iter().sum();
        let expectation: f64 = self.p.iter().zip(0u8..).map(|(p, digit)| p * f64::from(digit)).sum();
        (expectation / digits / 9.0).clamp(0.0, 1.0)
    }

    fn is_sound(&self) -> bool {
        let digits: f64 = self.p.iter().sum();
        let each = self.p.iter().chain([&self.other, &self.shared]).all(|p| (0.0..=1.0 + ROUNDING).contains(p));
        each && digits > 0.0 && (digits + self.other - 1.0).abs() < ROUNDING.max(self.shared)
    }
}

/// Asks for digits, and keeps them.
#[derive(Debug, Clone)]
pub struct DigitWay {
    prompt: Prompt,
    cache: Option<PathBuf>,
}

impl DigitWay {
    /// With the prompt that navig carries with it, or `locatability.md` of the folder `prompts` where it has one; answers are kept
    /// below the cache folder.
    ///
    /// # Errors
    /// [`PromptError`] when the folder's prompt does not read.
    pub fn new(prompts: Option<&Path>, cache: Option<&Path>) -> Result<Self, PromptError> {
        let own = prompts.map(|folder| folder.join(FILE)).filter(|path| path.is_file());
        let prompt = match own {
            Some(path) => match std::fs::read_to_string(&path) {
                Ok(text) => Prompt::parse(&path, &text)?,
                Err(source) => return Err(PromptError::Read { path, source }),
            },
            None => Prompt::parse(Path::new(FILE), PROMPT)?,
        };
        Ok(Self { prompt, cache: cache.map(|folder| folder.join("locatability")) })
    }

    /// What tells the estimates of this model and prompt from others in the file of scores.
    #[must_use]
    pub fn id(&self, model: &Card) -> String {
        format!("{} {}@{}", model.identity, self.prompt.stamp().id, &self.prompt.stamp().sha256[..12])
    }

    /// The question about a photo.
    #[must_use]
    pub fn ask(&self, photo: &Picture) -> Ask {
        let digits: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
        Ask {
            stage: self.prompt.stage(),
            prompt: self.prompt.stamp().clone(),
            system: self.prompt.system().to_owned(),
            turns: vec![Turn::user(vec![photo.clone()], self.prompt.user(json!({})))],
            schema: json!({
                "type": "object",
                "properties": { KEY: { "type": "string", "enum": digits } },
                "required": [KEY],
                "additionalProperties": false
            }),
            sampling: Sampling { max_tokens: TOKENS, temperature: 0.0 },
            probes: vec![Probe::of_key(KEY, digits)],
        }
    }

    /// The model's estimate of a photo: kept from before, or by `ask`. What cannot be kept is told to the log alone.
    ///
    /// # Errors
    /// [`LocatabilityError`] when the model gives no reply, or no probabilities.
    pub fn estimate(
        &self,
        model: &Card,
        photo: &Picture,
        ask: impl FnOnce(&Ask) -> Result<Reply, ModelError>,
    ) -> Result<Digit, LocatabilityError> {
        let file = self.cache.as_ref().map(|folder| folder.join(format!("{}.json", self.key(model, photo))));
        if let Some(kept) = file.as_deref().and_then(get) {
            return Ok(kept);
        }
        let digit = Digit::of_reply(&ask(&self.ask(photo))?)?;
        if let Some(Err(error)) = file.map(|file| put(&file, &digit)) {
            tracing::warn!(%error, "the model's estimate of a photo could not be kept");
        }
        Ok(digit)
    }

    fn key(&self, model: &Card, photo: &Picture) -> String {
        let text = format!("{}\n{}\n{}\n1", photo.sha256, model.identity, self.prompt.stamp().sha256);
        hex(&Sha256::digest(text.as_bytes()))[..24].to_owned()
    }
}

/// What is kept; a damaged file counts as nothing.
fn get(file: &Path) -> Option<Digit> {
    let text = std::fs::read_to_string(file).ok()?;
    serde_json::from_str(&text).ok().filter(Digit::is_sound)
}

fn put(path: &Path, digit: &Digit) -> Result<(), WholeError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|source| WholeError { path: folder.to_owned(), source })?;
    write_atomically(path, &serde_json::to_vec(digit).expect("plain numbers"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cost, OptionScore, Scores, Stage};

    fn reply(p: [f64; 10], other: f64) -> Reply {
        let option = |(digit, p): (usize, f64)| OptionScore { option: digit.to_string(), p };
        let options = p.into_iter().enumerate().map(option).collect();
        let text = r#"{"clues":"7"}"#.to_owned();
        let json = serde_json::from_str(&text).expect("is JSON");
        Reply { text, json, scores: vec![Some(Scores { options, other, shared: 0.0 })], cost: Cost::default() }
    }

    fn even(of: &[usize], p: f64) -> [f64; 10] {
        std::array::from_fn(|digit| if of.contains(&digit) { p } else { 0.0 })
    }

    fn card(identity: &str) -> Card {
        let [name, identity, runs_on] = ["m", identity, "a test"].map(str::to_owned);
        Card { name, identity, runs_on, picture_px: 1 << 16, note: None }
    }

    #[test]
    fn the_score_is_the_expectation_among_digits_over_nine() {
        let score = |p, other| Digit::of_reply(&reply(p, other)).expect("has probabilities").score();
        assert_eq!(score(even(&[9], 1.0), 0.0), 1.0);
        assert_eq!(score(even(&[0], 0.2), 0.8), 0.0);
        assert!((score(even(&[0, 9], 0.5), 0.0) - 0.5).abs() < 1e-12);
        assert!((score(even(&[3, 6], 0.25), 0.5) - 0.5).abs() < 1e-12, "what is no digit does not count");
    }

    #[test]
    fn a_reply_without_probabilities_is_an_error_with_its_mend() {
        let sound = reply(even(&[7], 1.0), 0.0);
        let mut short = sound.clone();
        short.scores.iter_mut().flatten().for_each(|scores| scores.options.truncate(9));
        let without = Reply { scores: Vec::new(), ..sound.clone() };
        let missed = Reply { scores: vec![None], ..sound.clone() };
        let nothing = reply([0.0; 10], 1.0);
        let too_much = reply(even(&[7, 8], 0.9), 0.0);
        for bad in [short, without, missed, nothing, too_much] {
            let error = Digit::of_reply(&bad).expect_err("no probabilities").to_string();
            assert!(error.contains("logprobs"), "{error}");
        }
    }

    #[test]
    fn the_question_binds_the_reply_and_probes_all_ten_digits() {
        let way = DigitWay::new(None, None).expect("the embedded prompt reads");
        let ask = way.ask(&Picture::blank(1 << 16));
        assert_eq!(
            (ask.stage, ask.prompt.id.as_str(), ask.sampling.temperature),
            (Stage::Locatability, "locatability", 0.0)
        );
        assert_eq!(ask.probes[0].after, "\"clues\":\"");
        assert_eq!(json!(ask.probes[0].options), ask.schema["properties"]["clues"]["enum"]);
        assert_eq!(ask.probes[0].options.len(), 10);
    }

    #[test]
    fn an_estimate_is_kept_by_picture_model_and_prompt() {
        let cache = tempfile::tempdir().expect("a folder");
        let way = DigitWay::new(None, Some(cache.path())).expect("the embedded prompt reads");
        let blank = Picture::blank(1 << 16);
        let other = Picture::fit("x", &image::RgbImage::new(64, 64), 1 << 16);
        let asked = std::cell::Cell::new(0);
        let estimate = |way: &DigitWay, model: &str, photo: &Picture| {
            let answer = |_: &Ask| {
                asked.set(asked.get() + 1);
                Ok(reply(even(&[7], 0.9), 0.1))
            };
            way.estimate(&card(model), photo, answer).expect("is estimated")
        };
        let first = estimate(&way, "one", &blank);
        assert_eq!((estimate(&way, "one", &blank), asked.get()), (first, 1));
        estimate(&way, "two", &blank);
        estimate(&way, "one", &other);
        assert_eq!(asked.get(), 3);

        let prompts = tempfile::tempdir().expect("a folder");
        assert!(DigitWay::new(Some(prompts.path()), None).is_ok(), "a folder without it leaves the embedded one");
        std::fs::write(prompts.path().join(FILE), PROMPT.replace("one digit", "a digit")).expect("writes");
        let reworded = DigitWay::new(Some(prompts.path()), Some(cache.path())).expect("reads");
        estimate(&reworded, "one", &blank);
        assert_eq!(asked.get(), 4);
        assert_ne!(way.id(&card("one")), reworded.id(&card("one")));
        std::fs::write(prompts.path().join(FILE), "no prompt").expect("writes");
        assert!(DigitWay::new(Some(prompts.path()), None).is_err());

        for kept in std::fs::read_dir(cache.path().join("locatability")).expect("is there") {
            std::fs::write(kept.expect("an entry").path(), r#"{"p":[9,0,0,0,0,0,0,0,0,0],"other":0,"shared":0}"#)
                .expect("writes");
        }
        estimate(&way, "one", &blank);
        assert_eq!(asked.get(), 5, "damage counts as nothing");
    }

    #[test]
    fn a_model_that_fails_is_not_kept() {
        let cache = tempfile::tempdir().expect("a folder");
        let way = DigitWay::new(None, Some(cache.path())).expect("the embedded prompt reads");
        let error = way.estimate(&card("one"), &Picture::blank(1 << 16), |_| Err(ModelError::TimeOut { seconds: 3 }));
        assert!(error.expect_err("fails").to_string().contains("3 s"));
        assert!(!cache.path().join("locatability").exists());
    }
}
