//! The chat template: whether a picture that is shown to the model reaches it.

use super::{FROM_WHERE, read};
use crate::model::ModelError;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, ErrorKind, context};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Work that a template may do for one message; a real one does some hundred steps.
const FUEL: u64 = 200_000;

/// A chat template and the file that it stands in.
pub(super) struct Template {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// Finds the template where the engine does, in its order: a file of its own, the tokenizer's configuration, a JSON file.
pub(super) fn find(folder: &Path) -> Result<Template, ModelError> {
    let there = |file: &str| folder.join(file).is_file();
    if there("chat_template.jinja") {
        let path = folder.join("chat_template.jinja");
        let bytes = read(folder, "chat_template.jinja", FROM_WHERE)?;
        let text =
            String::from_utf8(bytes).map_err(|e| ModelError::File { path: path.clone(), reason: e.to_string() })?;
        return Ok(Template { path, text });
    }
    for file in ["tokenizer_config.json", "chat_template.json"].into_iter().filter(|file| there(file)) {
        let path = folder.join(file);
        let bytes = read(folder, file, FROM_WHERE)?;
        let value: Value = serde_json::from_slice(&bytes)
            .map_err(|e| ModelError::File { path: path.clone(), reason: format!("not JSON: {e}") })?;
        if let Some(text) = in_json(&value["chat_template"]) {
            return Ok(Template { path, text });
        }
    }
    Err(ModelError::FileMissing {
        folder: folder.to_owned(),
        file: "a chat template (chat_template.jinja, or 'chat_template' in tokenizer_config.json)".to_owned(),
        mend: FROM_WHERE,
    })
}

/// A template stands alone, or in a list of named ones of which `default` is meant.
fn in_json(value: &Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    let default = value.as_array()?.iter().find(|entry| entry["name"] == "default")?;
    default["template"].as_str().map(str::to_owned)
}

/// Renders one message without its picture and with it: the picture must leave something behind.
pub(super) fn shows_pictures(template: &Template) -> Result<(), ModelError> {
    let blind = || ModelError::BlindTemplate { path: template.path.clone() };
    let render = |content: Value| render(&template.text, content);
    let text = serde_json::json!({ "type": "text", "text": "Where?" });
    let picture = serde_json::json!({ "type": "image" });
    match (render(serde_json::json!([picture, text])), render(serde_json::json!([text]))) {
        (Ok(with), Ok(without)) if with != without && with.contains("Where?") => Ok(()),
        (Ok(_), Ok(_)) => Err(blind()),
        (Err(e), _) | (_, Err(e)) if e.kind() == ErrorKind::SyntaxError => {
            Err(ModelError::File { path: template.path.clone(), reason: format!("not a template: {e}") })
        }
        // The engine knows methods of Python strings and functions that this renderer lacks, so a template that does not
        // render here may render there. What it says about pictures is then all there is to go by.
        _ => match ["image", "vision"].iter().any(|word| template.text.contains(word)) {
            true => Ok(()),
            false => Err(blind()),
        },
    }
}

fn render(text: &str, content: Value) -> Result<String, minijinja::Error> {
    let mut env = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?;
    env.set_syntax(syntax);
    env.set_fuel(Some(FUEL));
    env.add_template("chat", text)?;
    env.get_template("chat")?.render(context! {
        messages => [context! { role => "user", content => minijinja::Value::from(Serde(content)) }],
        add_generation_prompt => true,
    })
}
