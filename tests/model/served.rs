//! A photo's conversation with a server comes to the same as with a model of this process that says the same.

use crate::script::Case;
use navig::model::{Endpoint, Http, Limits, Stage};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// Says the lines in their order; of a blank picture nothing, and no to every check.
struct Lines(Mutex<std::vec::IntoIter<String>>);

impl Respond for Lines {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        let schema = &body["response_format"]["json_schema"]["schema"]["properties"];
        let blank = body["messages"].to_string().matches("data:image").count() == 1
            && schema.get("country").is_some()
            && !body["messages"].to_string().contains("Candidates, as data");
        let text = match (blank, schema.get("1")) {
            (true, _) => {
                return ResponseTemplate::new(400).set_body_string("the script says nothing of blank pictures");
            }
            (false, Some(_)) => "{\"1\":\"no\"}".to_owned(),
            (false, None) => self.0.lock().expect("whole").next().expect("a line"),
        };
        ResponseTemplate::new(200).set_body_json(json!({
            "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }],
            "usage": { "prompt_tokens": 10, "completion_tokens": 5 }
        }))
    }
}

#[test]
fn a_server_and_a_script_come_to_the_same() {
    let lines = [
        (
            Stage::Reasoner,
            json!({ "clues": [{
            "kind": "sign", "seen": "a blue sign", "box": [0, 0, 500, 500],
            "regions": [{ "name": "Italy", "share": 7 }], "against": ""
        }] }),
        ),
        (
            Stage::Searcher,
            json!({ "action": { "tool": "photo.crop", "arguments": { "box": [0, 0, 300, 300] }, "why": "" } }),
        ),
        (Stage::Searcher, json!({ "action": { "tool": "done", "arguments": {}, "why": "" } })),
        (
            Stage::Guesser,
            json!({
                "continent": "Europe", "country": "Italy", "admin1": "Lazio", "city": "Rome", "lat": 41.89, "lon": 12.49
            }),
        ),
    ]
    .map(|(stage, line)| (stage, line.to_string()));
    let case = Case::new(lines.clone().map(|(stage, line)| (stage, Ok(line)))).with_text("Roma");
    let (here, _) = case.run();

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    let server = runtime.block_on(MockServer::start());
    let lines = Lines(Mutex::new(lines.map(|(_, line)| line).to_vec().into_iter()));
    let mock = Mock::given(method("POST")).and(path("/v1/chat/completions")).respond_with(lines);
    runtime.block_on(server.register(mock));
    let limits = Limits { picture_px: 320 * 320, ..Limits::default() };
    let endpoint = Endpoint::new(&server.uri(), Some("m".to_owned()), None, limits).expect("an address");
    let model = runtime.block_on(Http::connect(endpoint)).expect("connects");
    let (there, _) = case.locate_with(Arc::new(model), Arc::new(runtime));
    assert_eq!((&there.chain, there.point, &there.evidence), (&here.chain, here.point, &here.evidence));
    assert_eq!(there.clues, here.clues);
}
