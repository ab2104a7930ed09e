//! What the vision model may do: a closed set of actions, each with a schema of its own.
//!
//! Two actions are of the photo (`photo.crop`, `photo.read`); the others are tools of the registry, with their schemas made
//! finite: texts have a longest length, numbers a range, and where a tool takes lines of text the model names the ids of
//! clues, so that it can neither forge a line nor send anything else. An action that is not in the set does not parse.

use crate::prompt::outside;
use crate::vision::box_schema;
use navig_tools::clue::Clue;
use navig_tools::tool::Description;
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(super) const CROP: &str = "photo.crop";
pub(super) const READ: &str = "photo.read";
const DONE: &str = "done";

/// Longest texts in arguments, and of the reason, characters.
const ARGUMENT_CHARS: usize = 48;
const WHY_CHARS: usize = 60;
/// Longest list in arguments.
const MOST_ITEMS: usize = 8;
/// Tokens of a whole action, at one a character.
pub(super) const ACTION_TOKENS: usize = 700;

/// One action, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Action {
    /// Look at a part of the photo.
    Crop { thousandths: Vec<f64> },
    /// Read what stands in a part of the photo.
    Read { thousandths: Vec<f64>, text: String },
    /// Ask a tool of the registry.
    Tool { name: String, arguments: Value },
    /// Nothing more would help.
    Done,
}

/// The actions that can be chosen from now: the tools whose arguments the model can fill with what is known.
pub(super) struct Menu {
    tools: Vec<(Description, Form)>,
    clues: Vec<Clue>,
}

/// How the arguments of a tool are written by the model.
struct Form {
    schema: Value,
    /// The tool takes whole lines where the model writes ids.
    lines: bool,
}

impl Menu {
    /// The menu over tools and over the clues that are lines of text.
    pub(super) fn new(tools: Vec<Description>, lines: Vec<Clue>) -> Self {
        let ids: Vec<&str> = lines.iter().map(|c| c.id.as_str()).collect();
        let offered = tools.into_iter().filter_map(|tool| {
            let form = form(tool.arguments.as_value(), &ids)?;
            Some((tool, form))
        });
        Self { tools: offered.collect(), clues: lines }
    }

    /// The form of a reply.
    pub(super) fn schema(&self) -> Value {
        let why = json!({ "type": "string", "maxLength": WHY_CHARS });
        let variant = |tool: &str, arguments: Value| {
            json!({
                "type": "object", "additionalProperties": false, "required": ["tool", "arguments", "why"],
                "properties": { "tool": { "const": tool }, "arguments": arguments, "why": why }
            })
        };
        let text = json!({ "type": "string", "maxLength": ARGUMENT_CHARS });
        let object = |properties: Value| {
            let required: Vec<String> = properties.as_object().into_iter().flat_map(Map::keys).cloned().collect();
            json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
        };
        let mut variants = vec![
            variant(CROP, object(json!({ "box": box_schema() }))),
            variant(READ, object(json!({ "box": box_schema(), "text": text }))),
        ];
        variants.extend(self.tools.iter().map(|(tool, form)| variant(tool.spec.name, form.schema.clone())));
        variants.push(variant(DONE, object(json!({}))));
        json!({
            "type": "object", "additionalProperties": false, "required": ["action"],
            "properties": { "action": { "anyOf": variants } }
        })
    }

    /// The actions in words, a line each.
    pub(super) fn in_words(&self) -> String {
        let mut lines = vec![
            format!("- {CROP} {{box}}: shows a part of the photo enlarged; the box is in thousandths of the picture"),
            format!("- {READ} {{box, text}}: reads a part of the photo; text is what you read there yourself"),
        ];
        for (tool, form) in &self.tools {
            let names = form.schema["properties"].as_object().into_iter().flat_map(Map::keys);
            let names: Vec<&str> = names.map(String::as_str).collect();
            lines.push(format!("- {} {{{}}}: {}", tool.spec.name, names.join(", "), tool.spec.about));
        }
        lines.push(format!("- {DONE} {{}}"));
        lines.join("\n")
    }

    /// The action of a reply.
    ///
    /// # Errors
    /// Why it is none: another form, a tool or a clue that is not on the menu.
    pub(super) fn parse(&self, reply: &Value) -> Result<Action, String> {
        #[derive(Deserialize)]
        struct Written {
            tool: String,
            arguments: Value,
        }
        #[derive(Deserialize)]
        struct Box {
            #[serde(rename = "box")]
            thousandths: Vec<f64>,
            #[serde(default)]
            text: String,
        }
        let written = reply.get("action").cloned().ok_or("it has no action")?;
        let Written { tool, arguments } = serde_json::from_value(written).map_err(|e| e.to_string())?;
        let in_box = |arguments: Value| serde_json::from_value::<Box>(arguments).map_err(|e| e.to_string());
        match tool.as_str() {
            DONE => Ok(Action::Done),
            CROP => Ok(Action::Crop { thousandths: in_box(arguments)?.thousandths }),
            READ => {
                let Box { thousandths, text } = in_box(arguments)?;
                Ok(Action::Read { thousandths, text: text.chars().take(ARGUMENT_CHARS).collect() })
            }
            _ => {
                let found = self.tools.iter().find(|(known, _)| known.spec.name == tool);
                let (_, form) = found.ok_or_else(|| format!("there is no action '{}'", outside(&tool)))?;
                Ok(Action::Tool { name: tool, arguments: self.filled(arguments, form)? })
            }
        }
    }

    /// The arguments as the tool takes them: ids of clues are checked, and become lines where it wants lines.
    fn filled(&self, arguments: Value, form: &Form) -> Result<Value, String> {
        let Value::Object(mut arguments) = arguments else { return Err("its arguments are no object".to_owned()) };
        let known = form.schema["properties"].as_object();
        arguments.retain(|key, _| known.is_some_and(|known| known.contains_key(key)));
        if let Some(id) = arguments.get("clue") {
            self.clue(id)?;
        }
        if let Some(ids) = arguments.get("clues").cloned() {
            let ids: Vec<Value> = serde_json::from_value(ids).map_err(|e| e.to_string())?;
            let lines = ids.iter().map(|id| self.clue(id)).collect::<Result<Vec<_>, _>>()?;
            if form.lines {
                arguments.remove("clues");
                arguments.insert("lines".to_owned(), json!(lines));
            }
        }
        Ok(Value::Object(arguments))
    }

    fn clue(&self, id: &Value) -> Result<&Clue, String> {
        let found = self.clues.iter().find(|clue| Some(clue.id.as_str()) == id.as_str());
        found.ok_or_else(|| format!("there is no clue {}", outside(&id.to_string())))
    }
}

/// The finite form of a tool's arguments; `None` when it needs something that the model cannot say.
fn form(schema: &Value, ids: &[&str]) -> Option<Form> {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut properties = Map::new();
    let mut lines = false;
    for (name, property) in schema["properties"].as_object()? {
        let needed = required.contains(&name.as_str());
        let (key, value) = match name.as_str() {
            "lines" | "clues" if ids.is_empty() => (name.as_str(), None),
            "lines" | "clues" => {
                lines |= name == "lines";
                let least = usize::from(needed);
                let items = json!({ "enum": ids });
                let list = json!({ "type": "array", "minItems": least, "maxItems": MOST_ITEMS, "items": items });
                ("clues", Some(list))
            }
            "clue" if ids.is_empty() => (name.as_str(), None),
            "clue" => (name.as_str(), Some(json!({ "enum": ids }))),
            _ if !needed => continue,
            _ => (name.as_str(), finite(name, property, schema)),
        };
        match value {
            Some(value) => drop(properties.insert(key.to_owned(), value)),
            None if needed => return None,
            None => {}
        }
    }
    let required: Vec<&String> = properties.keys().collect();
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": required, "properties": properties
    });
    Some(Form { schema, lines })
}

/// A schema that allows finitely many values; `None` for one that has no such form.
fn finite(name: &str, schema: &Value, root: &Value) -> Option<Value> {
    if let Some(reference) = schema["$ref"].as_str() {
        return finite(name, root.pointer(reference.strip_prefix('#')?)?, root);
    }
    if schema.get("enum").is_some() || schema.get("const").is_some() {
        return Some(schema.clone());
    }
    let range = match name {
        "lat" => (-90.0, 90.0),
        "lon" => (-180.0, 180.0),
        _ => (0.0, 10_000.0),
    };
    match schema["type"].as_str()? {
        "string" => Some(json!({ "type": "string", "minLength": 1, "maxLength": ARGUMENT_CHARS })),
        "boolean" => Some(json!({ "type": "boolean" })),
        "integer" => Some(json!({ "type": "integer", "minimum": range.0 as i64, "maximum": range.1 as i64 })),
        // A number without a step may be written with digits without end.
        "number" => Some(json!({ "type": "number", "minimum": range.0, "maximum": range.1, "multipleOf": 0.001 })),
        "array" => {
            let items = finite(name, &schema["items"], root)?;
            Some(json!({ "type": "array", "minItems": 1, "maxItems": MOST_ITEMS, "items": items }))
        }
        "object" => {
            let properties = schema["properties"].as_object()?;
            let finite: Option<Map<String, Value>> =
                properties.iter().map(|(name, value)| Some((name.clone(), finite(name, value, root)?))).collect();
            let finite = finite?;
            let required: Vec<&String> = finite.keys().collect();
            Some(json!({
                "type": "object", "additionalProperties": false, "required": required, "properties": finite
            }))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::look_up::SEEN;
    use super::*;
    use navig_tools::clue::ClueKind;

    fn menu(lines: &[&str]) -> Menu {
        let tools = navig_tools::builtin(Default::default(), Default::default()).expect("registers").list();
        let tools = tools.into_iter().filter(|tool| !SEEN.contains(&tool.spec.name));
        let line = |id: &&str| Clue {
            id: (*id).to_owned(),
            kind: ClueKind::Text,
            text: format!("words of {id}"),
            crop: None,
            confidence: 0.9,
        };
        Menu::new(tools.collect(), lines.iter().map(line).collect())
    }

    fn names(menu: &Menu) -> Vec<&'static str> {
        menu.tools.iter().map(|(tool, _)| tool.spec.name).collect()
    }

    #[test]
    fn tools_that_need_lines_are_offered_when_there_are_lines() {
        assert_eq!(names(&menu(&[])), ["gazetteer.find", "osm.around", "osm.crossing", "osm.region"]);
        assert_eq!(names(&menu(&["t1"])).len(), 7);
    }

    #[test]
    fn every_value_of_the_schema_is_finite() {
        fn check(value: &Value, path: &str) {
            match value.get("type").and_then(Value::as_str) {
                Some("string") => assert!(value.get("maxLength").is_some() || value.get("enum").is_some(), "{path}"),
                Some("array") => assert!(value.get("maxItems").is_some(), "{path}"),
                Some("number") => assert!(value.get("multipleOf").is_some(), "{path}"),
                _ => {}
            }
            match value {
                Value::Object(map) => map.iter().for_each(|(k, v)| check(v, &format!("{path}/{k}"))),
                Value::Array(list) => list.iter().enumerate().for_each(|(i, v)| check(v, &format!("{path}/{i}"))),
                _ => {}
            }
        }
        let schema = menu(&["t1", "t2"]).schema();
        check(&schema, "");
        assert!(!schema.to_string().contains("$ref"), "{schema}");
    }

    #[test]
    fn ids_become_lines_and_strangers_are_refused() {
        let menu = menu(&["t1", "t2"]);
        let action = |tool: &str, arguments: Value| {
            menu.parse(&json!({ "action": { "tool": tool, "arguments": arguments, "why": "" } }))
        };
        let Ok(Action::Tool { name, arguments }) = action("osm.find", json!({ "clues": ["t2"], "extra": 1 })) else {
            unreachable!("parses")
        };
        assert_eq!((name.as_str(), arguments["lines"][0]["text"].as_str()), ("osm.find", Some("words of t2")));
        assert_eq!(arguments.as_object().map(Map::len), Some(1), "{arguments}");
        for (tool, arguments) in [
            ("fetch", json!({ "url": "https://example.org" })),
            ("osm.find", json!({ "clues": ["t9"] })),
            ("osm.find", json!({ "clues": "t1" })),
            ("osm.find", json!([])),
            ("gazetteer.find", json!({ "name": "Bern", "clue": "e1" })),
            ("photo.crop", json!({ "box": "all" })),
        ] {
            assert!(action(tool, arguments.clone()).is_err(), "{tool} {arguments}");
        }
        assert_eq!(action("done", json!({})), Ok(Action::Done));
        assert!(menu.parse(&json!({ "tool": "done" })).is_err());
    }
}
