//! Any words on signs give findings that can be weighed, name their clues and are of a kind that the tool announces.
//!
//! The input is text: a line of a sign for each line. `signs.read` runs every rule over it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use navig_tools::tool::Registry;
use serde_json::json;
use std::sync::LazyLock;
use tokio::runtime::{Builder, Runtime};

static TOOLS: LazyLock<(Runtime, Registry)> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    (runtime, navig_tools::builtin(Default::default(), Default::default()).expect("tools of different names"))
});

fuzz_target!(|text: &str| {
    let (runtime, tools) = &*TOOLS;
    let lines: Vec<_> = text
        .lines()
        .enumerate()
        // The reader's confidence is a number from outside, too.
        .map(|(i, line)| json!({ "id": format!("t{i}"), "text": line, "confidence": (i % 5) as f64 / 4.0 }))
        .collect();
    let known = lines.len();
    let answer = runtime.block_on(tools.call("signs.read", json!({ "lines": lines }))).expect("an answer to any words");
    let kinds = tools.spec("signs.read").expect("a built-in tool").kinds;
    for finding in answer.findings {
        assert!(kinds.contains(&finding.kind.as_str()), "kind {}", finding.kind);
        assert!(!finding.clues.is_empty(), "{}", finding.claim);
        for clue in &finding.clues {
            let number = clue.strip_prefix('t').and_then(|number| number.parse::<usize>().ok());
            assert!(number.is_some_and(|number| number < known), "clue {clue}");
        }
    }
});
