//! One tiny question to a model: whether it answers at all, and how fast.

use super::{Ask, Cost, ModelError, Picture, Probe, PromptStamp, Sampling, Stage, Turn, VisionModel};
use crate::digest::hex;
use image::{Rgb, RgbImage};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

const SYSTEM: &str = "You describe pictures.";
const USER: &str = "Which colour is most of this picture?";
const COLOURS: [&str; 5] = ["red", "green", "blue", "white", "black"];
/// The colour of the made picture; the lower fifth of it is another.
const SHOWN: (&str, Rgb<u8>) = ("red", Rgb([200, 20, 20]));
const BELOW: Rgb<u8> = Rgb([40, 40, 40]);
const SIDE_PX: u32 = 256;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checked {
    /// The colour that was shown.
    pub shown: &'static str,
    /// The colour that the model said, which is always one of a few.
    pub said: String,
    /// The probability that it gave the shown colour, where the backend can say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_shown: Option<f64>,
    /// What the call cost.
    pub cost: Cost,
    /// Tokens of the question a second; absent where the backend does not say when the reply began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_tokens_per_s: Option<f64>,
    /// Tokens of the reply a second.
    pub reply_tokens_per_s: f64,
}

/// Asks a model for the colour of a made picture.
///
/// # Errors
/// What the model says; [`ModelError::Unparsable`] for a reply outside the schema.
pub async fn check(model: &dyn VisionModel) -> Result<Checked, ModelError> {
    let reply = model.ask(&question()).await?;
    let said = reply.json["colour"].as_str().filter(|said| COLOURS.contains(said)).map(str::to_owned);
    let Some(said) = said else {
        return Err(ModelError::Unparsable {
            reason: "no colour of those that were offered".to_owned(),
            text: reply.text,
        });
    };
    let p_shown = reply.scores.first().and_then(|scores| scores.as_ref()?.p(SHOWN.0));
    let cost = reply.cost;
    let speed = |tokens: usize, ms: f64| tokens as f64 / (ms.max(0.001) / 1000.0);
    Ok(Checked {
        shown: SHOWN.0,
        said,
        p_shown,
        prompt_tokens_per_s: (cost.prompt_ms > 0.0).then(|| speed(cost.prompt_tokens, cost.prompt_ms)),
        reply_tokens_per_s: speed(cost.completion_tokens, cost.total_ms - cost.prompt_ms),
        cost,
    })
}

fn question() -> Ask {
    let picture = RgbImage::from_fn(SIDE_PX, SIDE_PX, |_, y| if y < SIDE_PX * 4 / 5 { SHOWN.1 } else { BELOW });
    let mut sum = Sha256::new();
    sum.update(SYSTEM);
    sum.update(USER);
    Ask {
        stage: Stage::Check,
        prompt: PromptStamp { id: "check".to_owned(), version: "1".to_owned(), sha256: hex(&sum.finalize()) },
        system: SYSTEM.to_owned(),
        turns: vec![Turn::user(vec![Picture::fit("made", &picture, SIDE_PX * SIDE_PX)], USER)],
        schema: json!({
            "type": "object",
            "properties": { "colour": { "enum": COLOURS } },
            "required": ["colour"],
            "additionalProperties": false
        }),
        sampling: Sampling { max_tokens: 32, temperature: 0.0 },
        probes: vec![Probe::of_key("colour", COLOURS.map(str::to_owned).to_vec())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Card, OptionScore, Reply, Scores};
    use async_trait::async_trait;

    /// Says the same whatever is asked.
    struct Parrot(&'static str, Card);

    fn parrot(text: &'static str) -> Parrot {
        let card = Card {
            name: "parrot".to_owned(),
            identity: "parrot".to_owned(),
            runs_on: "a test".to_owned(),
            picture_px: 1 << 16,
            note: None,
        };
        Parrot(text, card)
    }

    #[async_trait]
    impl VisionModel for Parrot {
        fn card(&self) -> &Card {
            &self.1
        }

        async fn ask(&self, ask: &Ask) -> Result<Reply, ModelError> {
            assert_eq!((ask.stage, ask.turns.len(), ask.turns[0].pictures[0].tokens()), (Stage::Check, 1, 64));
            let cost = Cost { prompt_tokens: 100, completion_tokens: 10, total_ms: 3000.0, prompt_ms: 2000.0 };
            let options = ask.probes[0].options.iter().map(|o| OptionScore { option: o.clone(), p: 0.2 }).collect();
            let scores = vec![Some(Scores { options, other: 0.0, shared: 0.0 })];
            Reply::of_text(self.0.to_owned(), scores, cost)
        }
    }

    #[tokio::test]
    async fn speeds_are_tokens_by_seconds() {
        let found = check(&parrot(r#"{"colour":"blue"}"#)).await.expect("answers");
        assert_eq!((found.shown, found.said.as_str(), found.p_shown), ("red", "blue", Some(0.2)));
        assert_eq!((found.prompt_tokens_per_s, found.reply_tokens_per_s), (Some(50.0), 10.0));
    }

    #[tokio::test]
    async fn a_reply_outside_the_schema_is_no_reply() {
        for text in [r#"{"colour":"mauve"}"#, "{}", r#"{"colour":1}"#] {
            assert!(matches!(check(&parrot(text)).await, Err(ModelError::Unparsable { .. })), "{text}");
        }
    }
}
