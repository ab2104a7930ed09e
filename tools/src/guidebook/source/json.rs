//! JSON of any shape: strings that hold HTML or a sentence, under the keys on the way to them.

use super::{Block, Document, Headings, html, is_picture};
use crate::guidebook::Reason;
use serde_json::{Map, Value};

/// Keys of an object whose value may be the address of its picture.
const PICTURE_KEYS: [&str; 6] = ["image", "img", "picture", "photo", "url", "src"];

/// The blocks of a file. serde_json refuses values nested more than 128 deep, so the walk may call itself.
pub(super) fn read(name: &str, text: &str) -> Document {
    let mut document = Document::default();
    match serde_json::from_str::<Value>(text) {
        Ok(value) => walk(&value, &mut Vec::new(), None, &mut document),
        Err(error) => document.dropped.add(Reason::BadLine, &format!("{name}: {error}")),
    }
    document
}

fn walk(value: &Value, path: &mut Vec<String>, image: Option<&str>, document: &mut Document) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, path, image, document)),
        Value::Object(fields) => {
            let image = picture(fields);
            for (key, value) in fields {
                // Names of fields are no headings: those have capitals or spaces.
                let heading = key.contains(|c: char| c.is_uppercase() || c == ' ' || !c.is_ascii());
                if heading {
                    path.push(key.clone());
                }
                walk(value, path, image, document);
                if heading {
                    path.pop();
                }
            }
        }
        Value::String(text) => string(text, path, image, document),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn picture(fields: &Map<String, Value>) -> Option<&str> {
    PICTURE_KEYS.iter().filter_map(|key| fields.get(*key)?.as_str()).find(|address| is_picture(address))
}

fn string(text: &str, path: &[String], image: Option<&str>, document: &mut Document) {
    if text.contains("</") || text.contains("<br") {
        let mut headings = Headings::under(path.to_vec());
        let mut part = html::read_fragment(text, &mut headings);
        for block in &mut part.blocks {
            block.image = block.image.take().or_else(|| image.map(str::to_owned));
        }
        document.blocks.append(&mut part.blocks);
        document.dropped.merge(part.dropped);
    } else if text.trim().contains(' ') {
        let mut block = Block::new(path.to_vec(), text.to_owned());
        block.image = image.map(str::to_owned);
        document.push(block, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_head_what_is_below_them_and_a_sibling_is_the_picture() {
        let text = r#"{"Africa":{"Botswana":{"url":"/botswana","header":{"Step 1":[
            {"url":"https://x.example/p.png?w=1","html":"<p>Plates are <b>white</b>.</p><p>Poles are made of wood.</p>"}]}}}}"#;
        let page = read("a.json", text);
        assert_eq!(page.blocks.len(), 2);
        assert_eq!(page.blocks[0].text, "Plates are white.");
        assert_eq!(page.blocks[0].headings, ["Africa", "Botswana", "Step 1"]);
        assert_eq!(page.blocks[1].image.as_deref(), Some("https://x.example/p.png?w=1"));
    }

    #[test]
    fn broken_and_deep_files_are_counted() {
        for text in ["{\"a\":", &"[".repeat(100_000)] {
            assert_eq!(read("a.json", text).dropped.of(Reason::BadLine).count, 1);
        }
    }
}
