//! A build that is killed leaves nothing that opens.

use super::tests::node;
use super::*;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

const DEST: &str = "NAVIG_TEST_KILLED_DEST";
const ROUNDS: u64 = 10;

/// Writes one index again and again, for [`no_half_index_is_ever_opened`] to kill it.
#[test]
#[ignore = "runs until it is killed"]
fn writes_until_it_is_killed() {
    let Some(dest) = std::env::var_os(DEST) else { return };
    loop {
        let mut writer = Writer::create(dest.as_ref(), &WriterOptions::default()).expect("a folder");
        println!("written once more");
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
            .args(["--exact", "osm::file::killed::writes_until_it_is_killed", "--ignored", "--nocapture"])
            .env(DEST, &dest)
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts");
        // It has begun; from then on it dies at some moment of a write, which takes about a tenth of a second.
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let begun = lines.map_while(Result::ok).find(|line| line.contains("written once more"));
        std::thread::sleep(Duration::from_millis(round * 37 % 150));
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        assert!(begun.is_some(), "round {round}");
        match Map::open(&dest) {
            Ok(map) => {
                assert_eq!(map.len(), 20_000);
                map.verify().expect("whole");
            }
            Err(error) => assert!(!dest.exists(), "round {round}: {error}"),
        }
        assert!(Map::open(&folder.path().join("a.navosm.part")).is_err(), "round {round}");
    }
    let mut writer = Writer::create(&dest, &WriterOptions::default()).expect("no lock is left");
    writer.push(&node(1)).expect("room");
    writer.finish(Meta::default()).expect("room");
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 1);
}
