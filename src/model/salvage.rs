//! What is whole of a JSON text that was cut off.

use serde_json::Value;

/// The text up to its last whole element of an array, closed; `None` when nothing was whole. Only what stands inside an
/// array is taken: half an object is not an object.
#[must_use]
pub fn salvage(text: &str) -> Option<Value> {
    let mut open: Vec<char> = Vec::new();
    let mut whole: Option<(usize, Vec<char>)> = None;
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' | '[' => open.push(c),
            '}' | ']' => {
                open.pop()?;
                if open.last() == Some(&'[') && c == '}' {
                    whole = Some((at + 1, open.clone()));
                }
            }
            _ => {}
        }
    }
    let (end, open) = whole?;
    let mut closed = text[..end].to_owned();
    closed.extend(open.iter().rev().map(|c| if *c == '{' { '}' } else { ']' }));
    serde_json::from_str(&closed).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn whole_elements_are_kept_and_half_ones_are_not() {
        let cut = r#"{"clues":[{"seen":"a } ] \" b"},{"seen":"c","box":[1,2"#;
        assert_eq!(salvage(cut), Some(json!({ "clues": [{ "seen": "a } ] \" b" }] })));
        assert_eq!(salvage(r#"{"clues":[{"seen":"a"#), None);
        assert_eq!(salvage("no json ]"), None);
        assert_eq!(salvage(""), None);
    }

    proptest! {
        #[test]
        fn every_cut_gives_a_beginning(at in 0usize..80) {
            let whole = r#"{"clues":[{"k":"é\\","b":[1,2]},{"k":"{","b":[]},{"k":"z","b":[3]}]}"#;
            let cut: String = whole.chars().take(at).collect();
            let all = serde_json::from_str::<Value>(whole).expect("is JSON");
            if let Some(part) = salvage(&cut) {
                let n = part["clues"].as_array().expect("a list").len();
                prop_assert_eq!(&part["clues"].as_array().expect("a list")[..], &all["clues"].as_array().expect("a list")[..n]);
            }
        }
    }
}
