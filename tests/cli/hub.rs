//! A hub of models on a port of this machine, which fails as it is told.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// How the hub misbehaves.
#[derive(Clone, Default)]
pub(crate) struct Fault {
    /// Status of every answer, instead of the answer.
    pub(crate) status: Option<u16>,
    /// The first so many transfers of weights end after so many bytes each.
    pub(crate) cuts: Vec<usize>,
    /// Whatever it lists as the sum of the weights, they have another.
    pub(crate) wrong_sum: bool,
}

/// The hub, as long as the test runs.
pub(crate) struct Hub {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Hub {
    /// Publishes the files of a folder as `OWNER/made`, with weights among the large files.
    pub(crate) fn publish(folder: &Path, fault: Fault) -> Self {
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(folder).expect("reads") {
            let entry = entry.expect("an entry");
            files.insert(entry.file_name().into_string().expect("UTF-8"), std::fs::read(entry.path()).expect("reads"));
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        thread::spawn(move || {
            let mut fault = fault;
            for stream in listener.incoming().map_while(Result::ok) {
                serve(stream, &files, &mut fault, &log);
            }
        });
        Self { address, asked }
    }

    /// What was asked so far: head lines and headers, in lower case.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }

    /// Of that, the questions for a file.
    pub(crate) fn asked_for(&self, file: &str) -> Vec<String> {
        self.asked().into_iter().filter(|head| head.lines().next().is_some_and(|line| line.contains(file))).collect()
    }
}

fn serve(mut stream: TcpStream, files: &BTreeMap<String, Vec<u8>>, fault: &mut Fault, log: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            return;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).expect("a path").to_owned();
    log.lock().expect("no panic").push(head.to_ascii_lowercase());
    let from: Option<usize> = head
        .to_ascii_lowercase()
        .split_once("range: bytes=")
        .and_then(|(_, rest)| rest.split_once('-')?.0.parse().ok());
    let (mut status, body) = answer(&path, files, fault.wrong_sum);
    if let Some(refusal) = fault.status {
        status = refusal;
    }
    let rest = &body[from.unwrap_or(0).min(body.len())..];
    let weights = path.ends_with(".safetensors") && !fault.cuts.is_empty();
    let sent = if weights { &rest[..fault.cuts.remove(0).min(rest.len())] } else { rest };
    if from.is_some() && status == 200 {
        status = 206;
    }
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", rest.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(sent));
}

fn answer(path: &str, files: &BTreeMap<String, Vec<u8>>, wrong_sum: bool) -> (u16, Vec<u8>) {
    if path == "/api/models/OWNER/made/revision/main" {
        return (200, json!({ "sha": COMMIT }).to_string().into_bytes());
    }
    if path == format!("/api/models/OWNER/made/tree/{COMMIT}?recursive=1") {
        let entry = |(name, bytes): (&String, &Vec<u8>)| entry(name, bytes, wrong_sum);
        let mut entries: Vec<Value> = files.iter().map(entry).collect();
        entries.push(json!({ "type": "directory", "path": "folder", "oid": "", "size": 0 }));
        entries.push(json!({ "type": "file", "path": "../escape.json", "oid": "0".repeat(40), "size": 1 }));
        return (200, Value::Array(entries).to_string().into_bytes());
    }
    match path.strip_prefix(&format!("/OWNER/made/resolve/{COMMIT}/")).and_then(|name| files.get(name)) {
        Some(bytes) => (200, bytes.clone()),
        None => (404, b"no such thing".to_vec()),
    }
}

/// Weights are kept as large files with a SHA-256, others as git keeps them.
fn entry(name: &str, bytes: &[u8], wrong_sum: bool) -> Value {
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    if name.ends_with(".safetensors") {
        let sum = if wrong_sum { "f".repeat(64) } else { hex(&Sha256::digest(bytes)) };
        let lfs = json!({ "oid": sum, "size": bytes.len() });
        return json!({ "type": "file", "path": name, "oid": "a".repeat(40), "size": bytes.len(), "lfs": lfs });
    }
    let blob = [format!("blob {}\0", bytes.len()).as_bytes(), bytes].concat();
    let id = hex(&<sha1::Sha1 as sha1::Digest>::digest(&blob));
    json!({ "type": "file", "path": name, "oid": id, "size": bytes.len() })
}
