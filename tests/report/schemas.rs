use navig::eval::ablate::{ABLATION_SCHEMA, Ablation};
use navig::eval::compare::{COMPARISON_SCHEMA, Comparison};
use navig::eval::leak::{LEAKS_SCHEMA, Leaks};
use navig::eval::scores::{SCORES_SCHEMA, Scores};
use navig::ledger::{LocateResult, RESULT_SCHEMA};
use navig::locate::{ASK_SCHEMA, AskResult};
use navig_tools::evidence::Evidence;
use navig_tools::osm::search::{QUERY_SCHEMA, Query, RESULTS_SCHEMA, Results};
use schemars::{JsonSchema, schema_for};
use serde_json::{Value, json};
use std::path::Path;

fn schema<T: JsonSchema>(id: &str) -> Value {
    let mut schema = schema_for!(T).to_value();
    schema["$id"] = json!(id);
    schema
}

/// Compares with the committed file, or with `NAVIG_BLESS=1` writes it.
fn check(name: &str, schema: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/schemas").join(name);
    let text = serde_json::to_string_pretty(schema).expect("JSON") + "\n";
    if std::env::var_os("NAVIG_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &text).expect("the folder is there");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, text, "{name} is stale: run this test with NAVIG_BLESS=1 and commit the file");
}

#[test]
fn the_schema_of_results_is_fresh() {
    let mut schema = schema::<LocateResult>(RESULT_SCHEMA);
    schema["properties"]["schema"]["const"] = json!(RESULT_SCHEMA);
    check("result-1.json", &schema);
}

#[test]
fn the_schema_of_answers_to_descriptions_is_fresh() {
    let mut schema = schema::<AskResult>(ASK_SCHEMA);
    schema["properties"]["schema"]["const"] = json!(ASK_SCHEMA);
    check("ask-1.json", &schema);
}

#[test]
fn the_schema_of_scores_is_fresh() {
    let mut schema = schema::<Scores>(SCORES_SCHEMA);
    schema["properties"]["schema"]["const"] = json!(SCORES_SCHEMA);
    check("scores-1.json", &schema);
}

#[test]
fn the_schemas_of_evaluations_are_fresh() {
    for (id, file, mut schema) in [
        (ABLATION_SCHEMA, "ablation-1.json", schema::<Ablation>(ABLATION_SCHEMA)),
        (COMPARISON_SCHEMA, "comparison-1.json", schema::<Comparison>(COMPARISON_SCHEMA)),
        (LEAKS_SCHEMA, "leaks-1.json", schema::<Leaks>(LEAKS_SCHEMA)),
    ] {
        schema["properties"]["schema"]["const"] = json!(id);
        check(file, &schema);
    }
}

#[test]
fn the_schema_of_evidence_is_fresh() {
    check("evidence-1.json", &schema::<Evidence>("navig.evidence/1"));
}

#[test]
fn the_schemas_of_searches_are_fresh() {
    check("search-query-1.json", &schema::<Query>(QUERY_SCHEMA));
    let mut results = schema::<Results>(RESULTS_SCHEMA);
    results["properties"]["schema"]["const"] = json!(RESULTS_SCHEMA);
    check("search-1.json", &results);
}
