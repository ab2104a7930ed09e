use crate::dir::{Dir, Ended};
use crate::hub::{COMMIT, Fault, Hub};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};

#[path = "../../src/model/folder/fixture.rs"]
#[allow(dead_code, unreachable_pub)]
mod fixture;

/// A folder `stick/made` with a whole model.
fn stick(dir: &Dir) {
    fixture::write_model(&dir.at("stick/made"));
    dir.create("stick/made/run.py", "never fetched");
}

/// `navig model ...` with a network that reaches this machine only.
fn online(dir: &Dir, hub: &Hub, arguments: &[&str]) -> Ended {
    let mut command = dir.navig();
    command.arg("model").args(arguments).env("NAVIG_OFFLINE", "false").env("HF_ENDPOINT", &hub.address);
    Ended::of(command.env("NO_PROXY", "127.0.0.1").env("HF_TOKEN", "hf_secret"))
}

fn row(dir: &Dir, name: &str) -> Value {
    let rows = dir.run(&["model", "list", "--format", "json"]).json();
    rows.as_array().expect("a list").iter().find(|row| row["name"] == name).cloned().unwrap_or(Value::Null)
}

const PLACE: &str = "home/data/navig/models/made";

#[test]
fn the_models_that_navig_is_made_for_are_listed_before_any_is_there() {
    let dir = Dir::new();
    let text = dir.run(&["model", "list"]);
    for name in ["Qwen3-VL-2B-Instruct", "Qwen3-VL-4B-Instruct", "Qwen3-VL-8B-Instruct"] {
        assert!(text.answers().contains(name), "{}", text.stdout);
        assert_eq!((&row(&dir, name)["state"], &row(&dir, name)["licence"]), (&json!("missing"), &json!("Apache-2.0")));
    }
    assert!(!dir.at("home/data").exists(), "nothing was touched");
    dir.run(&["model", "info", "qwen3-vl-2b-instruct"]).fails(4, &["navig model pull Qwen3-VL-2B-Instruct"]);
    dir.run(&["model", "info", "unheard-of"]).fails(2, &["no model 'unheard-of'"]);
}

#[test]
fn a_model_is_pulled_whole_checked_and_recorded() {
    let dir = Dir::new();
    stick(&dir);
    let hub = Hub::publish(&dir.at("stick/made"), Fault::default());
    let pulled = online(&dir, &hub, &["pull", "OWNER/made"]);
    assert!(pulled.answers().trim_end().ends_with("models/made"), "{pulled:?}");
    let files = ["config.json", "model.safetensors", "navig-model.json", "preprocessor_config.json", "tokenizer.json"];
    assert_eq!(dir.names(PLACE), [&files[..], &["tokenizer_config.json"]].concat());
    assert_eq!(dir.names("home/data/navig/models"), [".lock", "made"], "no half is left");
    let record: Value = serde_json::from_str(&dir.read(&format!("{PLACE}/navig-model.json"))).expect("is JSON");
    assert_eq!((&record["hub"], &record["commit"]), (&json!("OWNER/made"), &json!(COMMIT)));
    assert!(record["files"]["model.safetensors"]["sha256"].as_str().is_some_and(|sum| sum.len() == 64));
    assert_eq!(hub.asked_for("run.py").len() + hub.asked_for("escape").len(), 0);
    assert!(hub.asked().iter().all(|head| head.contains("authorization: bearer hf_secret")));

    let count = hub.asked().len();
    online(&dir, &hub, &["pull", "OWNER/made"]).answers();
    assert_eq!(hub.asked().len(), count + 1, "the commit is asked for, and nothing is fetched again");
    assert_eq!(row(&dir, "made")["state"], "installed");
    let info = dir.run(&["model", "info", "made", "--format", "json"]).json();
    assert_eq!((&info["tested"], &info["parameters"]), (&json!(true), &json!(576 * 256 + 512 * 256 + 64 * 64)));
    assert!(dir.run(&["model", "info", "made"]).answers().contains("OWNER/made at 0123456789ab"));
    assert!(dir.run(&["model", "verify"]).answers().starts_with("made ok"));
    // What is there is there, with a network or without.
    dir.run(&["model", "pull", "OWNER/made"]).answers();
}

#[test]
fn a_broken_transfer_goes_on_where_it_stopped() {
    let dir = Dir::new();
    stick(&dir);
    let fault = Fault { cuts: vec![1000, 500, 0], ..Fault::default() };
    let hub = Hub::publish(&dir.at("stick/made"), fault);
    let broken = online(&dir, &hub, &["pull", "OWNER/made"]);
    broken.fails(
        4,
        &["model.safetensors", "the same command goes on from there", "--from FOLDER", "going on from there"],
    );
    assert!(!broken.stderr.contains("hf_secret"));
    assert!(!dir.at(PLACE).exists());
    let half = row(&dir, "made");
    assert!(half["state"] == "partial" && half["bytes"].as_u64() >= Some(1500), "{half}");
    online(&dir, &hub, &["pull", "OWNER/made"]).answers();
    let asked = hub.asked_for("model.safetensors");
    let ranges = ["bytes=1000-", "bytes=1500-", "bytes=1500-"];
    assert!(!asked[0].contains("range:") && asked.len() == 4, "{asked:?}");
    for (head, range) in asked[1..].iter().zip(ranges) {
        assert!(head.contains(range), "{range}: {head}");
    }
    assert_eq!(hub.asked_for("tokenizer.json").len(), 1, "what was whole is not fetched again");
    dir.run(&["model", "verify", "made"]).answers();
}

#[test]
fn what_has_another_sum_is_not_installed() {
    let dir = Dir::new();
    stick(&dir);
    let hub = Hub::publish(&dir.at("stick/made"), Fault { wrong_sum: true, ..Fault::default() });
    online(&dir, &hub, &["pull", "OWNER/made"]).fails(4, &["model.safetensors", "must be ffff"]);
    assert!(!dir.at(PLACE).exists());
    let stage = format!("home/data/navig/models/.pull-made-{}", &COMMIT[..12]);
    assert!(!dir.names(&stage).iter().any(|name| name.starts_with("model")), "the wrong file is gone");
}

#[test]
fn the_hub_can_refuse_and_not_know() {
    let dir = Dir::new();
    stick(&dir);
    for (status, words) in
        [(401, "HF_TOKEN"), (403, "terms must be accepted"), (404, "no model OWNER/made"), (500, "--from")]
    {
        let hub = Hub::publish(&dir.at("stick/made"), Fault { status: Some(status), ..Fault::default() });
        let ended = online(&dir, &hub, &["pull", "OWNER/made"]);
        ended.fails(4, &[words]);
        assert!(!ended.stderr.contains("hf_secret"), "{}", ended.stderr);
    }
    let hub = Hub::publish(&dir.at("stick/made"), Fault::default());
    online(&dir, &hub, &["pull", "OWNER/made", "--revision", "other"]).fails(4, &["a revision 'other'"]);
    for bad in ["../made", "OWNER/../made", "OWNER/made/x", "https://OWNER/made"] {
        online(&dir, &hub, &["pull", bad]).fails(2, &["no name for a model"]);
    }
    online(&dir, &hub, &["pull", "OWNER/made", "--name", "../x"]).fails(2, &["no name for a model"]);
    online(&dir, &hub, &["pull", "OWNER/made", "--revision", "a/../b"]).fails(2, &["no revision"]);
    assert_eq!(hub.asked_for("revision/a").len(), 0);
}

#[test]
fn a_model_that_cannot_be_loaded_is_refused_before_its_weights_come() {
    for (file, text, words) in [
        ("config.json", json!({ "architectures": ["BertModel"] }).to_string(), "the architecture is BertModel"),
        (
            "tokenizer_config.json",
            json!({ "chat_template": "{{ messages[0].role }}" }).to_string(),
            "renders no picture",
        ),
    ] {
        let dir = Dir::new();
        stick(&dir);
        dir.create(&format!("stick/made/{file}"), text);
        let hub = Hub::publish(&dir.at("stick/made"), Fault::default());
        online(&dir, &hub, &["pull", "OWNER/made"]).fails(4, &[words]);
        assert_eq!(hub.asked_for("safetensors").len(), 0);
    }
    let dir = Dir::new();
    stick(&dir);
    fs::remove_file(dir.at("stick/made/preprocessor_config.json")).expect("removes");
    let hub = Hub::publish(&dir.at("stick/made"), Fault::default());
    online(&dir, &hub, &["pull", "OWNER/made"]).fails(4, &["OWNER/made has no preprocessor_config.json"]);
}

#[test]
fn offline_says_what_to_copy_and_where() {
    let dir = Dir::new();
    let ended = dir.run(&["model", "pull", "Qwen3-VL-2B-Instruct"]);
    ended.fails(4, &["'offline' is set", "*.safetensors", "/Qwen/Qwen3-VL-2B-Instruct", "--from FOLDER"]);
    assert!(!dir.at("home/data").exists(), "nothing was touched");
}

#[test]
fn a_folder_is_brought_without_a_network() {
    let dir = Dir::new();
    stick(&dir);
    dir.run(&["model", "pull", "made", "--from", "stick/made"]).answers();
    assert!(!dir.names(PLACE).contains(&"run.py".to_owned()));
    assert!(dir.run(&["model", "verify", "made"]).answers().starts_with("made ok"));
    // Another machine's store says what its files must be.
    fs::rename(dir.at(PLACE), dir.at("stick/theirs")).expect("renames");
    fs::remove_dir_all(dir.at("stick/made")).expect("removes");
    let weights = dir.at("stick/theirs/model.safetensors");
    let mut bytes = fs::read(&weights).expect("reads");
    let last = bytes.len() - 1;
    bytes[last] = 1;
    fs::write(&weights, &bytes).expect("writes");
    dir.run(&["model", "pull", "made", "--from", "stick/theirs"]).fails(4, &["model.safetensors", "must be"]);
    fs::write(&weights, &bytes[..last]).expect("writes");
    dir.run(&["model", "pull", "made", "--from", "stick/theirs"]).fails(4, &["cut off"]);
    dir.run(&["model", "pull", "made", "--from", "nowhere"]).fails(4, &["config.json is missing"]);
    assert_eq!(dir.names("home/data/navig/models"), [".lock"], "no stage is left");
}

#[test]
fn a_name_is_not_taken_over_and_a_changed_byte_is_found() {
    let dir = Dir::new();
    stick(&dir);
    dir.run(&["model", "pull", "made", "--from", "stick/made"]).answers();
    let hub = Hub::publish(&dir.at("stick/made"), Fault::default());
    online(&dir, &hub, &["pull", "OWNER/made"]).fails(2, &["taken by a model from a folder", "--name"]);
    online(&dir, &hub, &["pull", "OWNER/made", "--name", "theirs"]).answers();
    let path = dir.at("home/data/navig/models/theirs/model.safetensors");
    let mut bytes = fs::read(&path).expect("reads");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, &bytes).expect("writes");
    assert_eq!(row(&dir, "theirs")["state"], "installed", "the list looks at sizes only");
    dir.run(&["model", "verify", "theirs"]).fails(4, &["damaged", "model.safetensors", "navig model pull OWNER/made"]);
    fs::write(&path, &bytes[..last]).expect("writes");
    let damaged = row(&dir, "theirs");
    assert!(damaged["state"] == "damaged" && damaged["reason"].as_str().is_some_and(|r| r.contains("instead of")));
}

#[test]
fn removing_asks_first_and_takes_everything() {
    let dir = Dir::new();
    stick(&dir);
    dir.run(&["model", "pull", "made", "--from", "stick/made"]).answers();
    dir.create(&format!("{PLACE}/uqff-q4k/q4k-0.uqff"), "x");
    dir.run(&["model", "remove", "made"]).fails(2, &["--yes"]);
    assert!(dir.at(PLACE).exists());
    dir.run(&["model", "remove", "../models", "--yes"]).fails(2, &["no name for a model"]);
    assert!(dir.run(&["model", "remove", "made", "--yes"]).answers().starts_with("removed made, "));
    assert_eq!(dir.names("home/data/navig/models"), [".lock"]);
    assert!(dir.at("stick/made/model.safetensors").exists(), "where it came from nothing is touched");
    dir.run(&["model", "remove", "made", "--yes"]).fails(2, &["no model 'made'"]);
}

#[test]
fn a_folder_is_described_where_it_lies() {
    let dir = Dir::new();
    stick(&dir);
    let text = dir.run(&["model", "info", "stick/made"]);
    for word in ["Qwen3VLForConditionalGeneration", "2 layers of width 256", "BF16", "q4k", "about"] {
        assert!(text.answers().contains(word), "{word}: {}", text.stdout);
    }
    dir.run(&["model", "quantize", "stick/made", "--quant", "none"]).fails(2, &["nothing is to be written"]);
    dir.run(&["model", "quantize", "stick/made", "--quant", "q3"]).fails(2, &["q4k, q5k"]);
    fs::write(dir.at("stick/made/model.safetensors"), "short").expect("writes");
    dir.run(&["model", "info", "stick/made"]).fails(4, &["model.safetensors: cut off: 5 bytes"]);
    dir.run(&["model", "verify", "stick/made"]).fails(4, &["cut off"]);
}

#[test]
fn without_a_model_a_check_says_what_would_help() {
    let dir = Dir::new();
    dir.run(&["model", "check"]).fails(4, &["no vision model"]);
    let off = Ended::of(dir.navig().args(["model", "check"]).env("NAVIG_MODEL", "off"));
    off.fails(4, &["switched off by the settings"]);
    let named = Ended::of(dir.navig().args(["doctor"]).env("NAVIG_MODEL", "mine").env("NAVIG_READER", "false"));
    assert_eq!(named.code, 4, "{named:?}");
    assert!(named.stdout.contains("no model 'mine'"), "{}", named.stdout);
}

/// A server that gives every question the same reply.
fn server(reply: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = Vec::new();
            let mut chunk = [0; 4096];
            let length = |request: &[u8]| {
                let text = String::from_utf8_lossy(request).to_ascii_lowercase();
                let (head, body) = text.split_once("\r\n\r\n")?;
                let bytes: usize = head.split_once("content-length: ")?.1.lines().next()?.parse().ok()?;
                (body.len() >= bytes).then_some(())
            };
            while length(&request).is_none() {
                match stream.read(&mut chunk) {
                    Ok(n) if n > 0 => request.extend_from_slice(&chunk[..n]),
                    _ => break,
                }
            }
            let body = json!({
                "choices": [{ "message": { "content": reply }, "finish_reason": "stop" }],
                "usage": { "prompt_tokens": 90, "completion_tokens": 8, "total_tokens": 98 }
            })
            .to_string();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
        }
    });
    address
}

#[test]
fn a_server_is_checked_with_one_question() {
    let dir = Dir::new();
    let check = |reply: &'static str, format: &str| {
        let mut command = dir.navig();
        command.args(["model", "check", "--format", format, "--url", &server(reply)]);
        Ended::of(command.env("NAVIG_MODEL_NAME", "theirs").env("NO_PROXY", "127.0.0.1"))
    };
    let ended = check(r#"{"colour":"green"}"#, "json");
    ended.answers();
    let found = ended.json();
    assert_eq!((&found["shown"], &found["said"]), (&json!("red"), &json!("green")));
    assert_eq!((&found["cost"]["prompt_tokens"], &found["cost"]["completion_tokens"]), (&json!(90), &json!(8)));
    assert!(found["reply_tokens_per_s"].as_f64() > Some(0.0) && found["model"] == "theirs", "{found}");
    let text = check(r#"{"colour":"red"}"#, "text");
    for word in ["theirs", "runs on", "90 tokens", "said     red to a picture that is red"] {
        assert!(text.answers().contains(word), "{word}: {}", text.stdout);
    }
    check(r#"{"colour":"mauve"}"#, "text").fails(3, &["no colour of those"]);
    dir.run(&["model", "check", "--url", "ftp://x"]).fails(3, &["ftp://x"]);
    dir.run(&["model", "check", "made", "--url", "http://127.0.0.1:1"]).fails(2, &["cannot be used with"]);
}
