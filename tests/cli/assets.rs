use crate::dir::{Dir, Ended};
use std::fs;
use std::io::Write;

const DETECTION: &str = "ch_PP-OCRv4_det_infer.onnx";

/// Files of the right names and sizes whose content is wrong.
fn hollow_reader(dir: &Dir, folder: &str) {
    for (name, bytes) in [
        (DETECTION, 4_745_517),
        ("ch_PP-OCRv4_rec_infer.onnx", 10_857_958),
        ("ch_ppocr_mobile_v2.0_cls_infer.onnx", 585_532),
    ] {
        dir.create(&format!("{folder}/{name}"), "");
        let file = fs::OpenOptions::new().write(true).open(dir.at(&format!("{folder}/{name}"))).expect("opens");
        file.set_len(bytes).expect("grows");
    }
}

#[test]
fn what_is_missing_is_listed_with_source_and_licence() {
    let dir = Dir::new();
    let text = dir.run(&["assets", "list"]);
    for word in ["reader", "missing", "16.2 MB", "Apache-2.0", "rapidocr-onnxruntime 1.4.4"] {
        assert!(text.answers().contains(word), "{word}: {}", text.stdout);
    }
    let json = dir.run(&["assets", "list", "--format", "json"]).json();
    let reader = json.as_array().and_then(|all| all.iter().find(|asset| asset["name"] == "reader")).expect("is listed");
    assert_eq!((&reader["state"], &reader["bytes"]), (&"missing".into(), &16_189_007.into()));
    dir.run(&["assets", "path", "reader"]).fails(4, &["navig assets pull reader"]);
    dir.run(&["assets", "verify", "reader"]).fails(4, &["navig assets pull reader"]);
    assert_eq!(dir.run(&["assets", "verify"]).answers(), "", "what was never fetched is passed over");
    dir.run(&["assets", "path", "raeder"]).fails(2, &["'raeder'", "there are: embedder, reader"]);
}

#[test]
fn a_damaged_asset_has_the_right_size_and_the_wrong_sum() {
    let dir = Dir::new();
    hollow_reader(&dir, "home/data/navig/assets/reader");
    assert!(dir.run(&["assets", "list"]).answers().contains("installed"), "the list looks at sizes only");
    dir.run(&["assets", "verify"]).fails(4, &[DETECTION, "SHA-256", "navig assets pull reader"]);
    dir.create(&format!("home/data/navig/assets/reader/{DETECTION}"), "short");
    assert!(dir.run(&["assets", "list"]).answers().contains("corrupt"));
    dir.run(&["assets", "path", "reader"]).fails(4, &["5 bytes instead of 4745517"]);
}

#[test]
fn a_folder_or_a_wheel_with_wrong_content_is_refused_and_leaves_nothing() {
    let dir = Dir::new();
    hollow_reader(&dir, "stick");
    dir.run(&["assets", "pull", "reader", "--from", "stick"]).fails(4, &[DETECTION, "must have d2a7720d"]);
    dir.create("empty/notes.txt", "nothing");
    dir.run(&["assets", "pull", "reader", "--from", "empty"]).fails(4, &["holds no", DETECTION]);
    dir.create("junk.whl", "no archive");
    dir.run(&["assets", "pull", "reader", "--from", "junk.whl"]).fails(4, &["junk.whl", "not a wheel"]);
    dir.run(&["assets", "pull", "reader", "--from", "absent"]).fails(4, &["absent", "cannot read"]);
    assert_eq!(dir.names("home/data/navig/assets"), [".lock"]);
}

#[test]
fn offline_says_what_to_copy() {
    let dir = Dir::new();
    let ended = dir.run(&["assets", "pull", "reader"]);
    ended.fails(4, &["'offline' is set", "rapidocr-onnxruntime==1.4.4", "--from"]);
    assert!(!dir.at("home/data").exists(), "nothing was touched");
}

#[cfg(unix)]
#[test]
fn pip_is_asked_first_and_what_it_brings_is_checked() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Dir::new();
    let mut wheel = zip::ZipWriter::new(fs::File::create(dir.at("brought.whl")).expect("creates"));
    wheel
        .start_file(format!("rapidocr_onnxruntime/models/{DETECTION}"), zip::write::SimpleFileOptions::default())
        .and_then(|()| Ok(wheel.write_all(b"not the model")?))
        .expect("writes");
    wheel.finish().expect("finishes");
    let log = dir.at("asked");
    let script = format!(
        "#!/bin/sh\necho \"$@\" > '{}'\nwhile [ \"$1\" != -d ]; do shift; done\ncp '{}' \"$2\"\n",
        log.display(),
        dir.at("brought.whl").display()
    );
    let python = dir.create("bin/python3", script);
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).expect("allows");
    let path = format!("{}:/usr/bin:/bin", dir.at("bin").display());
    let ended =
        Ended::of(dir.navig().args(["assets", "pull", "reader"]).env("PATH", path).env("NAVIG_OFFLINE", "false"));
    ended.fails(4, &["pip download rapidocr-onnxruntime==1.4.4", DETECTION, "direct download", "--from FILE"]);
    let asked = dir.read("asked");
    assert!(asked.contains("--no-deps") && asked.contains("--only-binary=:all:"), "{asked}");
    assert_eq!(dir.names("home/data/navig/assets"), [".lock"], "no stage is left");
    assert_eq!(dir.names("home/cache/navig/downloads"), Vec::<String>::new());
}
