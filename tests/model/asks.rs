//! Questions for tests.

use image::{Rgb, RgbImage};
use navig::model::{Ask, Picture, Probe, PromptStamp, Sampling, Stage, Turn};
use serde_json::json;

/// A picture whose pixels differ from each other.
pub(crate) fn picture(id: &str) -> Picture {
    let pixels = RgbImage::from_fn(320, 256, |x, y| Rgb([x as u8, y as u8, (x ^ y) as u8]));
    Picture::fit(id, &pixels, 1 << 20)
}

/// A question about a picture, in two turns of the user.
pub(crate) fn ask(text: &str) -> Ask {
    let prompt = PromptStamp { id: "guesser".to_owned(), version: "1".to_owned(), sha256: "0".repeat(64) };
    let turns = vec![
        Turn::user(vec![picture("photo")], "The photo."),
        Turn::assistant("{\"seen\":true}"),
        Turn::user(Vec::new(), text),
    ];
    let schema = json!({
        "type": "object",
        "properties": { "country": { "type": "string", "maxLength": 40 } },
        "required": ["country"],
        "additionalProperties": false,
        "x-guidance": { "whitespace_flexible": false },
    });
    let sampling = Sampling { max_tokens: 64, temperature: 0.0 };
    let system = "You look at photos.".to_owned();
    Ask { stage: Stage::Guesser, prompt, system, turns, schema, sampling, probes: Vec::new() }
}

/// The same, with a probe of the country.
pub(crate) fn probing(text: &str, countries: &[&str]) -> Ask {
    let options = countries.iter().map(|&c| c.to_owned()).collect();
    Ask { probes: vec![Probe::of_key("country", options)], ..ask(text) }
}
