//! What is sent.

use super::{KEY, answering, at, bodies, completion, limits, model_of, ok, questions, raw, told};
use crate::asks::{ask, picture, probing};
use base64::Engine as _;
use navig::model::{Ask, Endpoint, Http, Limits, ModelError, Sampling, VisionModel};
use serde_json::{Value, json};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

#[tokio::test]
async fn a_question_is_sent_as_the_protocol_has_it() {
    let server = answering(ok(&completion("{\"country\":\"Chile\"}"))).await;
    model_of(&server).await.ask(&ask("Where?")).await.expect("a reply");
    let requests = server.received_requests().await.expect("kept");
    let header = |name: &str| requests[0].headers.get(name).map(|v| v.to_str().expect("text").to_owned());
    assert_eq!(header("authorization"), Some(format!("Bearer {KEY}")));
    assert_eq!(header("content-type").as_deref(), Some("application/json"));

    let mut body = bodies(&server).await.remove(0);
    let url = body["messages"][1]["content"][0]["image_url"]["url"].take();
    let png = url.as_str().and_then(|u| u.strip_prefix("data:image/png;base64,")).expect("a data URL");
    let png = base64::engine::general_purpose::STANDARD.decode(png).expect("base64");
    let sent = image::load_from_memory(&png).expect("a picture").to_rgb8();
    assert!(sent == *picture("photo").pixels, "the pixels are those that were hashed");
    assert_eq!(
        body,
        json!({
            "model": "tiny",
            "messages": [
                { "role": "system", "content": "You look at photos." },
                { "role": "user", "content": [
                    { "type": "image_url", "image_url": { "url": null } },
                    { "type": "text", "text": "The photo." },
                ] },
                { "role": "assistant", "content": "{\"seen\":true}" },
                { "role": "user", "content": "Where?" },
            ],
            "max_tokens": 64,
            "temperature": 0.0,
            "seed": 1,
            "stream": false,
            "response_format": { "type": "json_schema", "json_schema": { "name": "reply", "strict": true, "schema": {
                "type": "object",
                "properties": { "country": { "type": "string", "maxLength": 40 } },
                "required": ["country"],
                "additionalProperties": false,
            } } },
        })
    );
}

#[tokio::test]
async fn probabilities_are_asked_for_when_there_are_probes() {
    let server = answering(ok(&completion("{\"country\":\"Chile\"}"))).await;
    let reply = model_of(&server).await.ask(&probing("Where?", &["Chile", "Peru"])).await.expect("a reply");
    assert_eq!(reply.scores, [None], "the server told none");
    let body = bodies(&server).await.remove(0);
    assert_eq!((&body["logprobs"], &body["top_logprobs"]), (&json!(true), &json!(20)));
}

#[tokio::test]
async fn equal_draws_get_seeds_in_turn_and_everything_else_the_same() {
    let server = answering(ok(&completion("{\"country\":\"Chile\"}"))).await;
    let model = model_of(&server).await;
    let warm = |text: &str| Ask { sampling: Sampling { max_tokens: 64, temperature: 0.7 }, ..ask(text) };
    for question in [warm("a"), warm("a"), warm("b"), ask("a"), ask("a"), warm("a")] {
        model.ask(&question).await.expect("a reply");
    }
    let seeds: Vec<Value> = bodies(&server).await.into_iter().map(|mut b| b["seed"].take()).collect();
    assert_eq!(seeds, [1, 2, 1, 1, 1, 3].map(Value::from));
}

/// A server that refuses a request with any of these parts, in the way of `refusal`.
async fn without(parts: &'static [&'static str], status: u16, refusal: fn(&str) -> Value) -> MockServer {
    let server = MockServer::start().await;
    let respond = move |request: &Request| {
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        match parts.iter().find(|part| body.get(**part).is_some()) {
            Some(part) => ResponseTemplate::new(status).set_body_json(refusal(part)),
            None => ok(&completion("{\"country\":\"Chile\"}")),
        }
    };
    questions().respond_with(respond).mount(&server).await;
    server
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_a_server_does_not_know_is_left_out_and_told_once() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());

    let openai = |part: &str| json!({ "error": { "message": "Unsupported parameter.", "param": part } });
    let server = without(&["response_format", "logprobs"], 400, openai).await;
    let model = model_of(&server).await;
    for _ in 0..3 {
        let reply = model.ask(&probing("Where?", &["Chile"])).await.expect("a reply");
        assert_eq!((&reply.json, reply.scores), (&json!({ "country": "Chile" }), vec![None]));
    }
    let sent: Vec<(bool, bool)> = bodies(&server)
        .await
        .iter()
        .map(|b| (b.get("response_format").is_some(), b.get("top_logprobs").is_some()))
        .collect();
    assert_eq!(sent, [(true, true), (false, true), (false, false), (false, false), (false, false)]);

    let log = String::from_utf8(log.0.lock().expect("not poisoned").clone()).expect("text");
    assert_eq!(log.matches("(response_format)").count(), 1, "{log}");
    assert_eq!(log.matches("(logprobs)").count(), 1, "{log}");
    assert!(!log.contains(KEY));
}

#[tokio::test]
async fn a_refusal_that_another_try_does_not_mend_is_not_remembered() {
    let fastapi =
        |_: &str| json!({ "detail": [{ "loc": ["body", "response_format"], "msg": "Field is bad", "input": "x" }] });
    let server = without(&["seed", "response_format"], 422, fastapi).await;
    let model = model_of(&server).await;
    for _ in 0..2 {
        let error = model.ask(&ask("Where?")).await.expect_err("a refusal");
        assert!(told(&error).ends_with("422 Unprocessable Entity: body.response_format: Field is bad"), "{error}");
    }
    let sent: Vec<bool> = bodies(&server).await.iter().map(|b| b.get("response_format").is_some()).collect();
    assert_eq!(sent, [true, false, true, false]);
}

async fn named_by(list: Value) -> Result<Http, ModelError> {
    let server = MockServer::start().await;
    Mock::given(method("GET")).and(path("/v1/models")).respond_with(ok(&list)).mount(&server).await;
    Http::connect(Endpoint::new(&server.uri(), None, Some(KEY.to_owned()), limits()).expect("good")).await
}

#[tokio::test]
async fn a_server_with_one_model_names_it() {
    for list in [
        json!({ "object": "list", "data": [{ "id": "Qwen/Qwen3-VL-8B-Instruct" }] }),
        json!({ "data": [{ "id": "default" }, { "id": "Qwen/Qwen3-VL-8B-Instruct" }] }),
    ] {
        assert_eq!(named_by(list).await.expect("one").card().name, "Qwen/Qwen3-VL-8B-Instruct");
    }
    assert_eq!(named_by(json!({ "data": [{ "id": "default" }] })).await.expect("one").card().name, "default");
}

#[tokio::test]
async fn a_server_with_several_models_or_none_is_an_error() {
    let error = named_by(json!({ "data": [{ "id": "a" }, { "id": "b\u{1b}[2J" }] })).await.expect_err("two");
    assert!(told(&error).ends_with("it has several models; name one of: a, b\u{241b}[2J"), "{error}");
    let many: Vec<Value> = (0..1000).map(|i| json!({ "id": format!("{i}-{}", "m".repeat(1000)) })).collect();
    let error = told(&named_by(json!({ "data": many })).await.expect_err("many"));
    assert!(error.ends_with("and 980 more") && error.chars().count() < 5000, "{error}");
    assert!(
        told(&named_by(json!({ "data": [] })).await.expect_err("none")).ends_with("it lists no model; name the model")
    );
    let error = named_by(json!({ "models": [] })).await.expect_err("another list");
    assert!(told(&error).contains("its list of models does not read"), "{error}");
}

#[tokio::test]
async fn no_more_questions_at_one_time_than_were_allowed() {
    let slow = ok(&completion("{\"country\":\"Chile\"}")).set_delay(Duration::from_millis(150));
    let server = answering(slow).await;
    let model = at(&server.uri(), Limits { concurrency: 1, ..limits() }).await;
    let began = Instant::now();
    let (a, b, c) = (ask("a"), ask("b"), ask("c"));
    let replies = tokio::join!(model.ask(&a), model.ask(&b), model.ask(&c));
    assert!(replies.0.is_ok() && replies.1.is_ok() && replies.2.is_ok());
    assert!(began.elapsed() >= Duration::from_millis(450), "{:?}", began.elapsed());
}

#[tokio::test]
async fn as_many_questions_at_one_time_as_were_allowed() {
    // The first reply is written when the second question has come.
    let mut waiting = Vec::new();
    let url = raw::server(2, move |number, stream| {
        waiting.push(stream);
        if number == 1 {
            let body = completion("{\"country\":\"Chile\"}").to_string();
            waiting.iter_mut().for_each(|stream| raw::write(stream, body.as_bytes(), body.len()));
        }
    });
    let model = at(&url, Limits { concurrency: 2, ..limits() }).await;
    let (a, b) = (ask("a"), ask("b"));
    let replies = tokio::join!(model.ask(&a), model.ask(&b));
    assert!(replies.0.is_ok() && replies.1.is_ok());
}
