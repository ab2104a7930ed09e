//! Models behind a server: what is sent, and what is made of the answers.

mod endpoint;
mod errors;
mod probes;
mod raw;
mod replies;
mod requests;

use navig::model::{Endpoint, Http, Limits, ModelError};
use serde_json::{Value, json};
use std::time::Duration;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

const KEY: &str = "sk-very-secret-0123456789";

fn limits() -> Limits {
    Limits { timeout: Duration::from_secs(30), tries: 2, ..Limits::default() }
}

/// A model at an address that needs no question for its name.
async fn at(url: &str, limits: Limits) -> Http {
    let endpoint = Endpoint::new(url, Some("tiny".to_owned()), Some(KEY.to_owned()), limits).expect("a good address");
    Http::connect(endpoint).await.expect("nothing is asked yet")
}

async fn model_of(server: &MockServer) -> Http {
    at(&server.uri(), limits()).await
}

/// Questions to the model.
fn questions() -> MockBuilder {
    Mock::given(method("POST")).and(path("/v1/chat/completions"))
}

/// A server that always answers so.
async fn answering(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    questions().respond_with(response).mount(&server).await;
    server
}

fn completion(text: &str) -> Value {
    json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 120, "completion_tokens": 9, "total_tokens": 129 },
    })
}

fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// The bodies that came, in their order.
async fn bodies(server: &MockServer) -> Vec<Value> {
    let requests = server.received_requests().await.expect("requests are kept");
    requests.iter().map(|r| serde_json::from_slice(&r.body).expect("JSON was sent")).collect()
}

/// What an error says to the user and to whoever debugs, the key in neither.
fn told(error: &ModelError) -> String {
    assert!(!format!("{error:?} {error:#?} {error}").contains(KEY), "the key leaked: {error:?}");
    error.to_string()
}
