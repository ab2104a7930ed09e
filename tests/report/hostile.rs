use crate::fixtures::saying;
use crate::formats::written;
use navig::report::{Format, TextStyle, html, text};
use proptest::prelude::*;

const ESCAPE: char = '\u{1b}';

/// Characters that act on a terminal, but for the line feed that reports are made of.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The tags of a page, in order: words must not add to them.
fn tags(page: &str) -> Vec<String> {
    let name = |tag: &str| tag.chars().take_while(|c| !c.is_whitespace() && *c != '>').collect();
    page.split('<').skip(1).map(name).collect()
}

/// Words as a sign may have them, with a liking for what could act.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[<>&\"'/=+@\\-\u{1b}\u{7}\u{9b}\u{202e}\u{2066}\r\n\t a-z{}%#]{0,40}",
        Just("\u{1b}[2J".to_owned()),
        Just("{{ 7 * 7 }}{% raw %}".to_owned()),
        Just("</style></svg><script>alert(1)</script>".to_owned()),
        Just("\" onload=\"alert(1)".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_reaches_the_terminal(words in words(), verbose: bool) {
        let out = text(&saying(&words), TextStyle { verbose, ..TextStyle::default() });
        prop_assert!(!out.chars().any(acts), "{out:?}");
    }

    #[test]
    fn nothing_becomes_markup(words in words()) {
        // Words that are not empty and act in no way give the page its tags.
        let (said, plain) = (saying(&words), saying("x"));
        if !words.is_empty() {
            prop_assert_eq!(tags(&html(&said, None)), tags(&html(&plain, None)));
        }
        for format in [Format::Kml, Format::Html] {
            let out = written(format, std::slice::from_ref(&said));
            prop_assert_eq!(tags(&out), tags(&written(format, std::slice::from_ref(&plain))));
            prop_assert!(!out.chars().any(acts));
        }
    }

    #[test]
    fn csv_and_json_stay_well_formed(words in words()) {
        let said = saying(&words);
        let csv = written(Format::Csv, std::slice::from_ref(&said));
        prop_assert!(!csv.replace("\r\n", "\n").chars().any(acts));
        prop_assert_eq!(csv::Reader::from_reader(csv.as_bytes()).records().filter_map(Result::ok).count(), 1);
        for format in [Format::Json, Format::Jsonl, Format::Geojson] {
            let out = written(format, std::slice::from_ref(&said));
            prop_assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok());
            prop_assert!(!out.contains(ESCAPE));
        }
    }
}
