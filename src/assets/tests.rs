use super::*;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

/// Two tiny files whose sums were taken with `sha256sum`.
const CONTENTS: [(&str, &[u8], &str); 2] = [
    ("a.onnx", b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ("b.onnx", b"hello\n", "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"),
];

struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary folder") }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A store of one asset `demo`, whose files are at `base`, and whose package no pip can find.
    fn store(&self, base: &str) -> Store {
        let mut text = String::from(
            "[demo]\nabout = 'a'\nlicence = 'MIT'\nsource = 's'\n\
             package = { name = '-', version = '0', python = '3.12' }\n",
        );
        for (name, bytes, sha256) in CONTENTS {
            let n = bytes.len();
            text += &format!(
                "[[demo.files]]\nname = '{name}'\nbytes = {n}\nsha256 = '{sha256}'\n\
                 member = 'pkg/models/{name}'\nurl = '{base}/{name}'\n"
            );
        }
        Store {
            manifest: Manifest::parse(&text).expect("valid"),
            root: self.at("data/assets"),
            downloads: self.at("cache/downloads"),
            offline: true,
        }
    }

    fn wheel(&self, entries: &[(&str, &[u8])]) -> PathBuf {
        let path = self.at("demo.whl");
        let mut zip = zip::ZipWriter::new(fs::File::create(&path).expect("creates"));
        for (name, bytes) in entries {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("starts");
            zip.write_all(bytes).expect("writes");
        }
        zip.finish().expect("finishes");
        path
    }
}

fn quiet(_: Event<'_>) {}

fn entries(folder: &Path) -> Vec<String> {
    let Ok(read) = fs::read_dir(folder) else { return vec![] };
    let mut names: Vec<_> = read.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_wheel_is_installed_and_damage_is_seen() {
    let home = Home::new();
    let store = home.store("http://127.0.0.1:1");
    assert_eq!(store.state("demo").expect("known"), State::Missing);
    assert!(matches!(store.folder("demo"), Err(AssetError::Missing { .. })));

    let wheel = home.wheel(&[
        ("pkg/models/a.onnx", b"abc"),
        ("pkg/models/b.onnx", b"hello\n"),
        ("../../evil", b"never written"),
    ]);
    let mut last = 0;
    let folder = store
        .pull_from("demo", &wheel, &mut |event| {
            if let Event::Bytes { done, total } = event {
                assert!(done > last && total == 9);
                last = done;
            }
        })
        .expect("installs");
    assert_eq!((last, entries(&folder)), (9, vec!["a.onnx".to_owned(), "b.onnx".to_owned()]));
    assert_eq!(store.verify("demo").expect("sound"), folder);
    assert_eq!(entries(&home.at("data/assets")), [".lock", "demo"], "no stage is left");

    fs::write(folder.join("a.onnx"), "abd").expect("writes");
    assert!(store.folder("demo").is_ok(), "the size is right");
    let error = store.verify("demo").expect_err("the content is not").to_string();
    assert!(error.contains("a.onnx") && error.contains("navig assets pull demo"), "{error}");
    fs::remove_file(folder.join("b.onnx")).expect("removes");
    assert!(matches!(store.folder("demo"), Err(AssetError::Corrupt { .. })));
}

#[test]
fn a_wrong_or_oversize_entry_leaves_what_was_there() {
    let home = Home::new();
    let store = home.store("http://127.0.0.1:1");
    let good = home.wheel(&[("pkg/models/a.onnx", b"abc"), ("pkg/models/b.onnx", b"hello\n")]);
    let folder = store.pull_from("demo", &good, &mut quiet).expect("installs");
    let bomb = vec![0; 1 << 20];
    for second in [&b"hellO\n"[..], &bomb] {
        let bad = home.wheel(&[("pkg/models/a.onnx", b"abc"), ("pkg/models/b.onnx", second)]);
        assert!(matches!(store.pull_from("demo", &bad, &mut quiet), Err(AssetError::Sum { .. })));
        assert_eq!(fs::read(folder.join("b.onnx")).expect("reads"), b"hello\n");
        assert_eq!(entries(&home.at("data/assets")), [".lock", "demo"]);
    }
    let short = home.wheel(&[("pkg/models/a.onnx", b"abc")]);
    assert!(matches!(store.pull_from("demo", &short, &mut quiet), Err(AssetError::NotThere { .. })));
    fs::write(home.at("junk.whl"), "not a zip").expect("writes");
    assert!(matches!(store.pull_from("demo", &home.at("junk.whl"), &mut quiet), Err(AssetError::Archive { .. })));
    assert!(matches!(store.pull_from("demo", &home.at("nowhere"), &mut quiet), Err(AssetError::Io { .. })));
}

#[test]
fn a_folder_may_hold_the_files_side_by_side_or_as_the_package_does() {
    for layout in ["", "pkg/models"] {
        let home = Home::new();
        let source = home.at("stick").join(layout);
        fs::create_dir_all(&source).expect("creates");
        for (name, bytes, _) in CONTENTS {
            fs::write(source.join(name), bytes).expect("writes");
        }
        let store = home.store("http://127.0.0.1:1");
        store.pull_from("demo", &home.at("stick"), &mut quiet).expect("installs");
        store.verify("demo").expect("sound");
    }
}

#[test]
fn offline_says_what_to_copy() {
    let home = Home::new();
    let error = home.store("http://127.0.0.1:1").pull("demo", &mut quiet).expect_err("offline").to_string();
    assert!(error.contains("a.onnx, b.onnx") && error.contains("--from"), "{error}");
    assert!(!home.at("data").exists() && !home.at("cache").exists(), "nothing was touched");
}

/// Serves `CONTENTS` on a port of this machine; `cut` ends the first answer after so many bytes.
fn serve(cut: usize) -> (String, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let server = thread::spawn(move || {
        let mut requests = Vec::new();
        while requests.len() < 3 {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut request = [0; 4096];
            let n = stream.read(&mut request).expect("a request");
            let text = String::from_utf8_lossy(&request[..n]).to_ascii_lowercase();
            let (_, bytes, _) = CONTENTS.into_iter().find(|(name, ..)| text.contains(name)).expect("one of ours");
            let from = text.split_once("range: bytes=").and_then(|(_, r)| r.split_once('-')?.0.parse().ok());
            let status = if from.is_some() { "206 Partial Content" } else { "200 OK" };
            let body = &bytes[from.unwrap_or(0)..];
            let sent = if requests.is_empty() { &body[..cut] } else { body };
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(sent)).expect("sends");
            requests.push(text);
        }
        requests
    });
    (base, server)
}

#[test]
fn a_broken_transfer_goes_on_where_it_stopped() {
    let home = Home::new();
    let (base, server) = serve(2);
    let store = Store { offline: false, ..home.store(&base) };
    let error = store.pull("demo", &mut quiet).expect_err("the first transfer breaks off").to_string();
    assert!(error.contains("pip download -==0") && error.contains("a.onnx"), "{error}");
    let folder = store.pull("demo", &mut quiet).expect("the second goes on");
    assert_eq!(fs::read(folder.join("a.onnx")).expect("reads"), b"abc");
    let requests = server.join().expect("the server ends");
    assert!(!requests[0].contains("range:") && requests[1].contains("range: bytes=2-"), "{requests:?}");
    assert_eq!(entries(&home.at("cache/downloads")), Vec::<String>::new(), "no part is left");
    store.pull("demo", &mut quiet).expect("a sound asset is not fetched again");
}

#[test]
fn two_pulls_at_once_wait_for_each_other() {
    let home = Home::new();
    let store = home.store("http://127.0.0.1:1");
    let wheel = home.wheel(&[("pkg/models/a.onnx", b"abc"), ("pkg/models/b.onnx", b"hello\n")]);
    fs::create_dir_all(home.at("data/assets")).expect("creates");
    let held = fs::File::create(home.at("data/assets/.lock")).expect("creates");
    held.lock().expect("locks");
    let held = std::cell::Cell::new(Some(held));
    let mut waited = false;
    let pulled = store.pull_from("demo", &wheel, &mut |event| {
        if event == Event::Waiting {
            waited = true;
            held.take();
        }
    });
    pulled.expect("goes on when the lock is free");
    assert!(waited);
}
