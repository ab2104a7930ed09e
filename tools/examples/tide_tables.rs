//! A tool in forty lines: what the tidal range that a sign names says about the coast.
//!
//! Run it with `cargo run -p navig-tools --example tide_tables`.

use navig_tools::evidence::{Finding, Likelihood, RegionShare};
use navig_tools::geo::RegionCode;
use navig_tools::tool::{Answer, Registry, Spec, Tool, ToolError};

/// The arguments. Their doc comments become the JSON Schema that a model and `navig tools list` see.
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Tide {
    /// Id of the clue that the range was read from.
    clue: String,
    /// Height between low and high water, metres.
    range_m: f64,
}

/// Countries with coasts where the spring tide rises at least so many metres: our data, small enough to be code.
const HIGH_TIDES: &[(&str, f64)] =
    &[("CA", 16.0), ("GB", 14.0), ("FR", 13.0), ("AR", 12.0), ("AU", 11.0), ("US", 10.0)];

struct TideTables;

impl Tool for TideTables {
    type Args = Tide;

    // `kinds` are rows of data/weights.toml; a kind of your own starts with the weight of that file's default row.
    fn spec(&self) -> Spec {
        Spec { name: "tides.range", version: "1", about: "Says where the tide rises so high.", kinds: &["tidal-range"] }
    }

    async fn call(&self, tide: Tide) -> Result<Answer, ToolError> {
        let fits = HIGH_TIDES.iter().filter(|(_, most)| *most >= tide.range_m);
        // Shares are P(clue | region) up to a constant. Populations are the prior's business, not the tool's.
        let shares: Vec<_> =
            fits.map(|(code, _)| RegionShare { region: RegionCode::country(code), share: 1.0 }).collect();
        // Below eight metres it could be anywhere. To say nothing is an answer; a weak guess is none.
        if tide.range_m < 8.0 || shares.is_empty() {
            return Ok(Answer::text("Many coasts have such tides, or none has."));
        }
        let claim = format!("A tidal range of {} m is reached on few coasts.", tide.range_m);
        Ok(Answer {
            text: claim.clone(),
            findings: vec![Finding {
                group: format!("text:{}", tide.clue), // evidence from one text counts once
                kind: "tidal-range".to_owned(),
                clues: vec![tide.clue],
                claim,
                // The number may be misread, or be no tidal range: be honest about it, it is never 0.
                likelihood: Likelihood::Regions { shares, background: 0.3 },
            }],
            data: serde_json::Value::Null,
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ToolError> {
    let mut registry = Registry::default();
    registry.add(TideTables)?;
    // The registry checks the arguments against the type, and that the findings can be weighed.
    let answer = registry.call("tides.range", serde_json::json!({ "clue": "t1", "range_m": 12.5 })).await?;
    assert_eq!(answer.findings.len(), 1);
    #[expect(clippy::print_stdout, reason = "an example talks to its reader")]
    {
        println!("{}\n{:#?}", answer.text, answer.findings);
    }
    Ok(())
}
