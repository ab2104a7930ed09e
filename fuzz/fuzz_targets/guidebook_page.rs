//! Any bytes are a page of passages that are clean text with shares above 0.
//!
//! The first byte chooses the form; the rest is the page.

#![no_main]

use libfuzzer_sys::fuzz_target;
use navig_tools::guidebook::{Media, read_page};

const MEDIA: [Option<Media>; 6] =
    [None, Some(Media::Html), Some(Media::Markdown), Some(Media::Text), Some(Media::Jsonl), Some(Media::Json)];

fuzz_target!(|bytes: &[u8]| {
    let [choice, rest @ ..] = bytes else { return };
    let page = read_page("page", rest, MEDIA[usize::from(*choice) % MEDIA.len()]);
    for passage in page.passages {
        assert!(passage.text.chars().any(char::is_alphabetic), "{passage:?}");
        assert!(!passage.text.contains("  ") && !passage.text.chars().any(char::is_control), "{passage:?}");
        assert!(passage.regions.iter().all(|r| r.share > 0.0 && r.share <= 1.0), "{passage:?}");
    }
});
