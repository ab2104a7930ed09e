//! One self-contained page: no script, nothing fetched, and a policy in its head that forbids both.
//!
//! Templates print; what they print is made in [`view`]. The environment escapes every value, after
//! [`visible`] has made it harmless, so that a template cannot forget to.

mod charts;
mod map;
mod picture;
mod run;
mod view;

pub use run::run;

use super::untrusted::visible;
use super::words;
use crate::ledger::LocateResult;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use image::RgbImage;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, HtmlEscape, UndefinedBehavior, Value, context, escape_formatter};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const STYLE: &str = include_str!("report.css");
const TEMPLATES: [(&str, &str); 6] = [
    ("report.html", include_str!("report.html.jinja")),
    ("run.html", include_str!("run.html.jinja")),
    ("search.html", include_str!("search.html.jinja")),
    ("index-head.html", include_str!("index-head.html.jinja")),
    ("index-row.html", include_str!("index-row.html.jinja")),
    ("index-foot.html", include_str!("index-foot.html.jinja")),
];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_syntax(
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().expect("the usual delimiters"),
    );
    env.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => Ok(write!(out, "{}", HtmlEscape(&visible(text)))?),
        _ => escape_formatter(out, state, value),
    });
    // The one style sheet is allowed by its hash, so that no injected style is.
    let hash = BASE64.encode(Sha256::digest(STYLE));
    let policy =
        format!("default-src 'none'; img-src data:; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'");
    env.add_global("policy", Value::from_safe_string(policy));
    env.add_global("attribution", words::ATTRIBUTION);
    env.add_global("style", Value::from_safe_string(STYLE.to_owned()));
    for (name, source) in TEMPLATES {
        env.add_template(name, source).expect("the embedded templates parse");
    }
    env
});

/// The report on one photo: verdict, chain, photo with boxes, crops, evidence, map, hashes and versions.
///
/// `photo` is the upright photo at any size; without it the page has no pictures. It is embedded at up to 1600 px.
#[must_use]
pub fn html(result: &LocateResult, photo: Option<&RgbImage>) -> String {
    render("report.html", &Value::from(Serde(view::page(result, photo))))
}

/// Curves of a training as one SVG file: a chart for each value by name, over the steps.
#[must_use]
pub fn training(charts: &[(&str, Vec<(f64, f64)>)]) -> String {
    charts::over_steps(charts)
}

/// The head of a page that lists many photos.
pub(super) fn index_head() -> String {
    render("index-head.html", &context! {})
}

/// The row of one photo in such a list.
pub(super) fn index_row(result: &LocateResult) -> String {
    render("index-row.html", &Value::from(Serde(view::row(result))))
}

/// What closes such a list.
pub(super) fn index_foot() -> String {
    render("index-foot.html", &context! {})
}

pub(super) fn render(name: &str, value: &Value) -> String {
    let template = ENVIRONMENT.get_template(name).expect("the embedded templates have these names");
    template.render(value.clone()).expect("the embedded templates use fields that are there")
}
