//! Everything that a server can do wrong.

use super::{KEY, answering, at, bodies, completion, limits, model_of, ok, questions, raw, told};
use crate::asks::ask;
use navig::model::{Limits, ModelError, VisionModel};
use serde_json::json;
use std::net::TcpListener;
use std::time::{Duration, Instant};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

const CHILE: &str = "{\"country\":\"Chile\"}";

/// The error of one question to a server that always answers so, and how often it was asked.
async fn error_of(response: ResponseTemplate) -> (ModelError, usize) {
    let server = answering(response).await;
    let error = model_of(&server).await.ask(&ask("Where?")).await.expect_err("no reply");
    told(&error);
    (error, bodies(&server).await.len())
}

#[tokio::test]
async fn nobody_is_there() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    drop(listener);
    let error = told(&at(&url, limits()).await.ask(&ask("Where?")).await.expect_err("nobody is there"));
    assert!(error.starts_with(&format!("{url}/v1: no connection: Connection refused")), "{error}");
}

#[tokio::test]
async fn a_refusal_is_told_in_the_words_of_the_server_and_not_tried_again() {
    for (status, line) in
        [(400, "400 Bad Request"), (401, "401 Unauthorized"), (404, "404 Not Found"), (501, "501 Not Implemented")]
    {
        let said = json!({ "error": { "message": format!("Incorrect key {KEY}\u{1b}[31m\nred\u{202e}") } });
        let (error, tries) = error_of(ResponseTemplate::new(status).set_body_json(said)).await;
        let expected = format!("{line}: Incorrect key [key]\u{241b}[31m red\\u{{202e}}");
        assert!(error.to_string().ends_with(&expected), "{error}");
        assert_eq!(tries, 1);
    }
}

#[tokio::test]
async fn long_words_are_cut_and_leave_no_part_of_the_key() {
    let said = json!({ "error": { "message": format!("{}{KEY}", "x".repeat(190)) } });
    let (error, _) = error_of(ResponseTemplate::new(403).set_body_json(said)).await;
    let error = error.to_string();
    assert!(error.ends_with(&format!("403 Forbidden: {}[key]", "x".repeat(190))), "{error}");
    let (error, _) = error_of(ResponseTemplate::new(403).set_body_string("é".repeat(100_000))).await;
    assert!(error.to_string().ends_with(&format!("403 Forbidden: {}…", "é".repeat(200))));
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again() {
    for status in [429, 500, 502, 503, 504] {
        let server = MockServer::start().await;
        let failing = ResponseTemplate::new(status).insert_header("retry-after", "0");
        questions().respond_with(failing).up_to_n_times(1).mount(&server).await;
        questions().respond_with(ok(&completion(CHILE))).mount(&server).await;
        let reply = model_of(&server).await.ask(&ask("Where?")).await.expect("the second try");
        assert_eq!(reply.json, json!({ "country": "Chile" }));
        assert_eq!(bodies(&server).await.len(), 2);
    }
}

#[tokio::test]
async fn a_failure_that_stays_is_told_after_the_last_try() {
    let began = Instant::now();
    let (error, tries) = error_of(ResponseTemplate::new(503).set_body_json(json!({ "error": "loading" }))).await;
    assert!(error.to_string().ends_with("503 Service Unavailable: loading (2 tries)"), "{error}");
    assert_eq!(tries, 2);
    assert!(began.elapsed() >= Duration::from_millis(500), "it paused");
}

#[tokio::test]
async fn a_pause_that_the_server_asks_for_is_kept_up_to_a_limit() {
    let began = Instant::now();
    let (_, tries) = error_of(ResponseTemplate::new(429).insert_header("retry-after", "2")).await;
    assert!(tries == 2 && began.elapsed() >= Duration::from_secs(2));

    let began = Instant::now();
    let (error, tries) = error_of(ResponseTemplate::new(429).insert_header("retry-after", "86400")).await;
    assert!(error.to_string().ends_with("429 Too Many Requests (it asks for a pause of 86400 s)"), "{error}");
    assert!(tries == 1 && began.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn no_answer_ends_with_the_time() {
    let mut silent = Vec::new();
    let url = raw::server(1, move |_, stream| silent.push(stream));
    let model = at(&url, Limits { timeout: Duration::from_millis(300), ..limits() }).await;
    let error = model.ask(&ask("Where?")).await.expect_err("silence");
    assert!(matches!(error, ModelError::TimeOut { seconds: 1 }), "{error}");
    assert_eq!(told(&error), "no reply within 1 s");
}

#[tokio::test]
async fn a_body_that_never_ends_ends_with_the_time() {
    let mut silent = Vec::new();
    let url = raw::server(1, move |_, mut stream| {
        raw::write(&mut stream, b"{\"choices\":", 1000);
        silent.push(stream);
    });
    let model = at(&url, Limits { timeout: Duration::from_millis(300), ..limits() }).await;
    let error = model.ask(&ask("Where?")).await.expect_err("half a body");
    assert!(matches!(error, ModelError::TimeOut { .. }), "{error}");
}

#[tokio::test]
async fn a_body_that_is_cut_is_asked_for_again() {
    let body = completion(CHILE).to_string();
    let url = raw::server(2, move |number, mut stream| {
        let sent = if number == 0 { &body.as_bytes()[..40] } else { body.as_bytes() };
        raw::write(&mut stream, sent, body.len());
    });
    let reply = at(&url, limits()).await.ask(&ask("Where?")).await.expect("the second try");
    assert_eq!(reply.text, CHILE);

    let url = raw::server(2, |_, mut stream| raw::write(&mut stream, b"{\"choices\":", 1000));
    let error = told(&at(&url, limits()).await.ask(&ask("Where?")).await.expect_err("cut twice"));
    assert!(error.contains("the connection broke: ") && error.ends_with(" (2 tries)"), "{error}");
}

#[tokio::test]
async fn a_body_above_its_limit_is_not_read_to_its_end() {
    // It promises a gigabyte; who reads all of it never comes to the end.
    let url = raw::server(1, |_, mut stream| raw::write(&mut stream, &vec![b' '; 9 << 20], 1 << 30));
    let error = told(&at(&url, limits()).await.ask(&ask("Where?")).await.expect_err("too large"));
    assert!(error.ends_with("the reply is larger than 8 MB"), "{error}");
}

#[tokio::test]
async fn what_is_no_completion_is_an_error_with_its_beginning() {
    for (body, why) in [
        (
            "<html>It works!</html>".to_owned(),
            "not a chat completion (expected value at line 1 column 1): <html>It works!</html>",
        ),
        (json!({ "choices": [] }).to_string(), "the answer holds no reply: {\"choices\":[]}"),
        (
            json!({ "error": { "message": "CUDA out of memory" } }).to_string(),
            "the answer holds no reply: CUDA out of memory",
        ),
        (json!({ "choices": [{ "index": 0 }] }).to_string(), "missing field `message`"),
        (String::new(), "not a chat completion (EOF while parsing a value at line 1 column 0): "),
    ] {
        let (error, tries) = error_of(ResponseTemplate::new(200).set_body_string(body)).await;
        assert!(matches!(error, ModelError::Server { .. }) && error.to_string().contains(why), "{error}");
        assert_eq!(tries, 1);
    }
}

#[tokio::test]
async fn pictures_do_not_follow_a_redirect() {
    for status in [301, 302, 307, 308] {
        let elsewhere = MockServer::start().await;
        Mock::given(any()).respond_with(ok(&completion(CHILE))).expect(0).mount(&elsewhere).await;
        let to = format!("{}/v1/chat/completions", elsewhere.uri());
        let (error, _) = error_of(ResponseTemplate::new(status).insert_header("location", to.as_str())).await;
        let expected = format!("it points to '{to}', and photos go only where you said");
        assert!(error.to_string().ends_with(&expected), "{error}");
    }
}
