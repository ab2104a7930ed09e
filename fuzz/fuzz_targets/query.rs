//! Any text is a query or an error with a column inside it, and a query says the same as text and as JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;
use navig_tools::osm::search::Query;

fuzz_target!(|text: &str| {
    match Query::parse(text) {
        Ok(query) => {
            assert_eq!(Query::parse(&query.to_string()).as_ref(), Ok(&query), "as text");
            let json = serde_json::to_string(&query).expect("plain data");
            assert_eq!(Query::from_json(&json).as_ref(), Ok(&query), "as JSON");
        }
        Err(error) => {
            let columns = text.chars().count() + 1;
            assert!(error.column().is_none_or(|column| (1..=columns).contains(&column)), "{error}");
        }
    }
    // The same bytes as JSON.
    if let Ok(query) = Query::from_json(text) {
        assert_eq!(Query::parse(&query.to_string()), Ok(query), "from JSON");
    }
});
