//! Where a question parts from the recorded ones.

use crate::report::visible;
use serde_json::Value;

/// Longest quotation of a value, characters.
const MAX_QUOTE: usize = 60;
/// What is quoted of a text before the place where it differs, characters.
const LEAD: usize = 15;
/// Fields of a question in the order that they are told apart: what a reader looks for first.
const FIELDS: [&str; 7] = ["stage", "prompt", "system", "turns", "schema", "sampling", "probes"];

/// The first field that differs from the nearest of the `recorded` questions; [`None`] when there is none. Nearest is the
/// one of the same stage with the fewest fields that differ.
pub(super) fn from_nearest<'r>(recorded: impl Iterator<Item = &'r Value>, asked: &Value) -> Option<String> {
    let nearest = recorded.min_by_key(|r| (r["stage"] != asked["stage"], partings(r, asked).len()))?;
    partings(nearest, asked).first().map(Parting::to_string)
}

struct Parting<'v> {
    path: String,
    recorded: Option<&'v Value>,
    asked: Option<&'v Value>,
}

fn partings<'v>(recorded: &'v Value, asked: &'v Value) -> Vec<Parting<'v>> {
    let mut found = Vec::new();
    walk(String::new(), Some(recorded), Some(asked), &mut found);
    found
}

fn walk<'v>(path: String, recorded: Option<&'v Value>, asked: Option<&'v Value>, found: &mut Vec<Parting<'v>>) {
    if recorded == asked {
        return;
    }
    match (recorded, asked) {
        (Some(Value::Object(r)), Some(Value::Object(a))) => {
            let mut keys: Vec<&String> = r.keys().chain(a.keys().filter(|k| !r.contains_key(*k))).collect();
            keys.sort_by_key(|k| (FIELDS.iter().position(|f| f == k).unwrap_or(FIELDS.len()), *k));
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(path, r.get(key), a.get(key), found);
            }
        }
        (Some(Value::Array(r)), Some(Value::Array(a))) => {
            for i in 0..r.len().max(a.len()) {
                walk(format!("{path}[{i}]"), r.get(i), a.get(i), found);
            }
        }
        _ => found.push(Parting { path, recorded, asked }),
    }
}

impl std::fmt::Display for Parting<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (recorded, asked) = (shown(self.recorded), shown(self.asked));
        let same = recorded.chars().zip(asked.chars()).take_while(|(r, a)| r == a).count();
        let longest = recorded.chars().count().max(asked.chars().count());
        let from = if longest > MAX_QUOTE { same.saturating_sub(LEAD) } else { 0 };
        let path: String = self.path.chars().take(2 * MAX_QUOTE).collect();
        write!(f, "{path}: recorded {}, asked {}", part(&recorded, from), part(&asked, from))
    }
}

/// A value on one line; text in quotes, with whatever could act on a terminal escaped.
fn shown(value: Option<&Value>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(Value::String(text)) => format!("{text:?}"),
        Some(value) => visible(&value.to_string()).into_owned(),
    }
}

fn part(text: &str, from: usize) -> String {
    let mut rest = text.chars().skip(from);
    let mut part: String = rest.by_ref().take(MAX_QUOTE).collect();
    if from > 0 {
        part.insert(0, '…');
    }
    if rest.next().is_some() {
        part.push('…');
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(recorded: &[Value], asked: &Value) -> String {
        from_nearest(recorded.iter(), asked).expect("there are recorded ones")
    }

    #[test]
    fn the_first_field_in_the_order_of_a_question_is_told() {
        let recorded = json!({"stage": "reasoner", "sampling": {"max_tokens": 8}, "turns": [{"text": "one"}]});
        let asked = json!({"stage": "reasoner", "sampling": {"max_tokens": 9}, "turns": [{"text": "two"}]});
        assert_eq!(told(&[recorded], &asked), r#"turns[0].text: recorded "one", asked "two""#);
    }

    #[test]
    fn the_nearest_is_of_the_same_stage_and_differs_least() {
        let ask = |stage: &str, a: i32, b: i32| json!({"stage": stage, "turns": [a, b]});
        let recorded = [ask("guesser", 1, 2), ask("reasoner", 8, 9), ask("reasoner", 1, 9)];
        assert_eq!(told(&recorded, &ask("reasoner", 1, 2)), "turns[1]: recorded 9, asked 2");
    }

    #[test]
    fn what_is_missing_and_what_is_new_are_told() {
        let (short, long) = (json!({"turns": [1]}), json!({"turns": [1, {"text": "x"}]}));
        assert_eq!(told(std::slice::from_ref(&short), &long), r#"turns[1]: recorded nothing, asked {"text":"x"}"#);
        assert_eq!(told(&[long], &short), r#"turns[1]: recorded {"text":"x"}, asked nothing"#);
    }

    #[test]
    fn long_texts_are_shown_from_where_they_differ() {
        let text = |end: &str| json!({"system": format!("{}{end}", "é".repeat(5000))});
        let told = told(&[text("Niger\u{202e}")], &text("Nigeria"));
        assert!(told.starts_with("system: recorded …éééé"), "{told}");
        assert!(told.contains("Niger\\u{202e}\"") && told.ends_with("Nigeria\""), "{told}");
        assert!(told.chars().count() < 200, "{told}");
    }
}
