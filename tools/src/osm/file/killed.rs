//! A build that is killed leaves nothing that opens, and one that finds no room leaves nothing at all.

use super::tests::node;
use super::*;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const DEST: &str = "NAVIG_TEST_KILLED_DEST";
const ROUNDS: u64 = 10;

/// The file by which a writer tells that it has begun.
fn begun(dest: &Path) -> PathBuf {
    dest.with_extension("begun")
}

/// Writes one index again and again, for [`no_half_index_is_ever_opened`] to kill it.
#[test]
#[ignore = "runs until it is killed"]
fn writes_until_it_is_killed() {
    let Some(dest) = std::env::var_os(DEST) else { return };
    loop {
        let mut writer = Writer::create(dest.as_ref(), &WriterOptions::default()).expect("a folder");
        std::fs::write(begun(dest.as_ref()), "").expect("a folder");
        (0..20_000).for_each(|number| writer.push(&node(number)).expect("room"));
        writer.finish(Meta::default()).expect("room");
    }
}

#[test]
fn no_half_index_is_ever_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let dest = folder.path().join("a.navosm");
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "osm::file::killed::writes_until_it_is_killed", "--ignored"])
            .env(DEST, &dest)
            .stdout(Stdio::null())
            .spawn()
            .expect("this program starts");
        // It has begun; from then on it dies at some moment of a write, which takes about a tenth of a second.
        while !begun(&dest).exists() {
            assert_eq!(child.try_wait().expect("known"), None, "round {round}");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(round * 37 % 150));
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        std::fs::remove_file(begun(&dest)).expect("it is there");
        match Map::open(&dest) {
            Ok(map) => {
                assert_eq!(map.len(), 20_000);
                map.verify().expect("whole");
            }
            Err(error) => assert!(!dest.exists(), "round {round}: {error}"),
        }
        // What was being written is whole only in the moment between its last byte and its name.
        if let Ok(map) = Map::open(&folder.path().join("a.navosm.part")) {
            map.verify().expect("whole");
        }
    }
    let mut writer = Writer::create(&dest, &WriterOptions::default()).expect("no lock is left");
    writer.push(&node(1)).expect("room");
    writer.finish(Meta::default()).expect("room");
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 1);
}

/// Tries to write an index where no file may grow large, for [`without_room_nothing_is_left_behind`].
#[test]
#[ignore = "needs a limit on the size of files"]
fn writes_without_room() {
    let Some(dest) = std::env::var_os(DEST) else { return };
    let mut writer = Writer::create(dest.as_ref(), &WriterOptions::default()).expect("a folder");
    (0..20_000).for_each(|number| writer.push(&node(number)).expect("all of it fits into memory"));
    let error = writer.finish(Meta::default()).expect_err("files may not grow so large");
    std::fs::write(begun(dest.as_ref()), error.to_string()).expect("a small file");
}

#[cfg(unix)]
#[test]
fn without_room_nothing_is_left_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let dest = folder.path().join("a.navosm");
    // The signal for files that grow too large is ignored, so that writing fails, as it does on a full disk.
    let status = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", "osm::file::killed::writes_without_room", "--ignored"])
        .env(DEST, &dest)
        .stdout(Stdio::null())
        .status()
        .expect("a shell");
    assert!(status.success());
    let message = std::fs::read_to_string(begun(&dest)).expect("it failed");
    assert!(message.starts_with(&*folder.path().to_string_lossy()), "{message}");
    std::fs::remove_file(begun(&dest)).expect("it is there");
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 0);
}
