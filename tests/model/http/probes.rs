//! Probabilities, against numbers that were worked out by hand.

use super::{answering, completion, model_of, ok};
use crate::asks::probing;
use navig::model::{Scores, VisionModel};
use serde_json::{Value, json};

/// A token that was written, and the probabilities at its place.
fn token(written: &str, told: &[(&str, f64)]) -> Value {
    let weighed = |text: &str, p: f64| json!({ "token": text, "logprob": p.ln(), "bytes": text.as_bytes() });
    let p = told.iter().find(|(text, _)| *text == written).map_or(1.0, |(_, p)| *p);
    let mut token = weighed(written, p);
    token["top_logprobs"] = told.iter().map(|(text, p)| weighed(text, *p)).collect();
    token
}

/// `{"country": "Nigeria"}` as a server may write it, and what it tells of each token.
fn nigeria() -> Vec<Value> {
    vec![
        token("{\"", &[("{\"", 1.0)]),
        token("country", &[("country", 1.0)]),
        token("\":", &[("\":", 1.0)]),
        token(" \"", &[(" \"", 1.0)]),
        token("Niger", &[("Niger", 0.8), ("N", 0.1), ("Nor", 0.05), ("Peru", 0.05)]),
        token("ia", &[("ia", 0.75), ("\"", 0.2), ("x", 0.05)]),
        token("\"}", &[("\"}", 0.88), ("\"\n}", 0.02), ("\"", 0.05), ("ns", 0.05)]),
    ]
}

async fn scores_of(text: &str, tokens: Vec<Value>) -> Option<Scores> {
    let mut body = completion(text);
    body["choices"][0]["logprobs"] = json!({ "content": tokens });
    let model = model_of(&answering(ok(&body)).await).await;
    let mut reply = model.ask(&probing("Where?", &["Niger", "Nigeria", "Norway"])).await.expect("a reply");
    assert_eq!(reply.scores.len(), 1);
    reply.scores.remove(0)
}

const NIGERIA: &str = "{\"country\": \"Nigeria\"}";

fn close(scores: &Scores, expected: [f64; 4]) {
    let p = |option| scores.p(option).expect("an option");
    let found = [p("Niger"), p("Nigeria"), p("Norway"), scores.other];
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }
}

/// `N` may begin all three, and is shared among them. `Niger` (0.8) is followed by the end (0.2), by `ia` (0.75) or by
/// something else (0.05); `Nigeria` by its end (0.95), with white space or other JSON behind it, or by `ns` (0.05).
const WORKED_OUT: [f64; 4] =
    [0.1 / 3.0 + 0.8 * 0.2, 0.1 / 3.0 + 0.8 * 0.75 * 0.95, 0.1 / 3.0 + 0.05, 0.05 + 0.8 * 0.05 + 0.8 * 0.75 * 0.05];

#[tokio::test]
async fn options_get_what_their_tokens_have() {
    let scores = scores_of(NIGERIA, nigeria()).await.expect("the server tells");
    close(&scores, WORKED_OUT);
    assert!((scores.shared - 0.1).abs() < 1e-9);
}

#[tokio::test]
async fn tokens_are_named_by_their_text_when_there_are_no_bytes() {
    let mut tokens = nigeria();
    for token in &mut tokens {
        token["bytes"] = Value::Null;
        let others = token["top_logprobs"].as_array_mut().expect("a list");
        others.iter_mut().for_each(|o| o["bytes"] = Value::Null);
    }
    // Behind the reply some servers return the token that ended it.
    tokens.push(json!({ "token": "<|im_end|>", "logprob": -0.1, "top_logprobs": [] }));
    close(&scores_of(NIGERIA, tokens).await.expect("the server tells"), WORKED_OUT);
}

#[tokio::test]
async fn what_is_beyond_the_list_is_something_else() {
    let mut tokens = nigeria();
    tokens[4] = token("Niger", &[("Niger", 0.6), ("Nor", 0.1)]);
    // A drawn token may be beyond it too; its own probability is told.
    tokens[5] = token("ia", &[("\"", 0.5)]);
    tokens[5]["logprob"] = json!(0.25f64.ln());
    tokens[6] = token("\"}", &[("\"}", 1.0)]);
    let scores = scores_of(NIGERIA, tokens).await.expect("the server tells");
    close(&scores, [0.6 * 0.5, 0.6 * 0.25, 0.1, 0.3 + 0.6 * 0.25]);
}

#[tokio::test]
async fn characters_in_parts_do_not_disturb() {
    // `é` in two tokens, told as bytes by one server and as replacements by another.
    let halves = [[0xc3], [0xa9]]
        .map(|bytes| json!({ "token": "\u{fffd}", "logprob": 0.0, "bytes": bytes, "top_logprobs": [] }));
    let lost = [1, 2].map(|_| json!({ "token": "\u{fffd}", "logprob": 0.0, "top_logprobs": [] }));
    for halves in [halves, lost] {
        let mut tokens = vec![token("{\"why\":\"caf", &[("{\"why\":\"caf", 1.0)])];
        tokens.extend(halves);
        tokens.push(token("\",\"", &[("\",\"", 1.0)]));
        tokens.extend(nigeria().split_off(1));
        let scores = scores_of("{\"why\":\"café\",\"country\": \"Nigeria\"}", tokens).await;
        close(&scores.expect("the server tells"), WORKED_OUT);
    }
}

#[tokio::test]
async fn doubtful_numbers_are_no_numbers() {
    // Decimal logarithms, as one server writes them.
    let mut decimal = nigeria();
    for token in &mut decimal {
        let scale =
            |v: &mut Value| v["logprob"] = json!(v["logprob"].as_f64().expect("a number") / std::f64::consts::LN_10);
        token["top_logprobs"].as_array_mut().expect("a list").iter_mut().for_each(scale);
        scale(token);
    }
    assert_eq!(scores_of(NIGERIA, decimal).await, None);
    // Tokens of another text, tokens without alternatives, part of a character inside the value, and no tokens.
    assert_eq!(scores_of("{\"country\": \"Norway\"}", nigeria()).await, None);
    let mut alone = nigeria();
    alone[4]["top_logprobs"] = json!([]);
    assert_eq!(scores_of(NIGERIA, alone).await, None);
    let mut part = nigeria();
    part[5] = json!({ "token": "\u{fffd}", "logprob": 0.0, "top_logprobs": [{ "token": "\u{fffd}", "logprob": 0.0 }] });
    assert_eq!(scores_of("{\"country\": \"Nigeré\"}", part).await, None);
    assert_eq!(scores_of(NIGERIA, Vec::new()).await, None);
    let mut untold = nigeria();
    untold[5]["logprob"] = json!(-9999.0);
    untold[5]["top_logprobs"] = json!([{ "token": "\"", "logprob": 0.0 }]);
    assert_eq!(scores_of(NIGERIA, untold).await, None);
}
