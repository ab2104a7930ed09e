//! The tool that runs all rules over the lines of one photo.

use super::{
    Reading, agency, coordinates, country_name, currency, domain, english, language, look_alike, phone, place_name,
    plate, postal, road, script,
};
use super::{street, units};
use crate::clue::{ClueKind, Crop};
use crate::evidence::{Finding, Likelihood};
use crate::tool::{Answer, Spec, Tool, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// One line of text that was seen in the photo.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SignLine {
    /// Id of the clue, such as `t3`; findings refer to it.
    pub id: String,
    /// The words.
    pub text: String,
    /// How sure the reader is of them, 0 to 1.
    #[serde(default = "sure")]
    pub confidence: f64,
    /// Where they stand in the photo: lines beside each other on a label are told from signs by it.
    #[serde(default)]
    pub crop: Option<Crop>,
    /// Whether a reader saw the line or the user typed it.
    #[serde(default)]
    pub kind: Option<ClueKind>,
}

fn sure() -> f64 {
    1.0
}

/// Arguments of `signs.read`: all lines of one photo, since the language is judged over all of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SignLines {
    /// The lines, in reading order.
    pub lines: Vec<SignLine>,
}

impl From<Vec<SignLine>> for Reading {
    fn from(lines: Vec<SignLine>) -> Self {
        let lines = lines.into_iter();
        Self::new(lines.map(|l| (l.id, l.text, l.confidence, l.crop, l.kind.unwrap_or(ClueKind::Text))))
    }
}

/// `signs.read`: what scripts, languages, names and numbers on signs say about the place.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadSigns;

/// A rule: all lines in, findings out.
type Rule = fn(&Reading) -> Vec<Finding>;

const RULES: &[Rule] = &[
    coordinates::find,
    phone::find,
    country_name::find,
    place_name::find,
    domain::find,
    agency::find,
    currency::find,
    postal::find,
    road::find,
    street::find,
    plate::find,
    units::find,
    language::find,
    english::find,
    script::find,
    look_alike::find,
];

impl ReadSigns {
    /// Runs all rules; what the tool answers, without the wrapping.
    #[must_use]
    pub fn read(reading: &Reading) -> Vec<Finding> {
        let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(reading)).collect();
        let language = findings.iter().find(|f| f.kind == "language").and_then(background);
        // A language implies its script, but the forms of Chinese characters say more than that they are Chinese.
        let chinese = |f: &Finding| f.claim.contains("Chinese");
        let characters = findings.iter().any(|f| f.kind == "script" && chinese(f));
        findings.retain(|f| match f.kind.as_str() {
            "language" => !(characters && chinese(f)),
            "script" => chinese(f) || language.is_none_or(|l| background(f).is_some_and(|b| b < l)),
            _ => true,
        });
        // Digits of a telephone number are no postal code and no plate.
        let dialled: Vec<String> =
            findings.iter().filter(|f| f.kind == "phone-number").map(|f| f.group.clone()).collect();
        findings.retain(|f| !(matches!(f.kind.as_str(), "postal-code" | "plate") && dialled.contains(&f.group)));
        share_groups(&mut findings);
        findings
    }
}

/// Two lines that say the same thing (a sign with two faces, a name on shop and awning) are one observation.
fn share_groups(findings: &mut [Finding]) {
    let mut groups: HashMap<String, String> = HashMap::new();
    for finding in findings {
        let said = match &finding.likelihood {
            Likelihood::Regions { shares, .. } => format!("{} {shares:?}", finding.kind),
            Likelihood::Points { points, .. } => format!("{} {points:?}", finding.kind),
            Likelihood::Area { .. } | Likelihood::Note => continue,
        };
        finding.group = groups.entry(said).or_insert_with(|| finding.group.clone()).clone();
    }
}

fn background(finding: &Finding) -> Option<f64> {
    match finding.likelihood {
        Likelihood::Regions { background, .. } | Likelihood::Points { background, .. } => Some(background),
        Likelihood::Area { .. } | Likelihood::Note => None,
    }
}

impl Tool for ReadSigns {
    type Args = SignLines;

    fn spec(&self) -> Spec {
        Spec {
            name: "signs.read",
            version: "1",
            about: "Says what scripts, languages, names and numbers on signs tell about the place.",
            kinds: &[
                "coordinates",
                "country-name",
                "currency",
                "language",
                "spelling",
                "letters",
                "look-alike",
                "phone-area",
                "phone-number",
                "place-name",
                "plate",
                "postal-code",
                "public-body",
                "region-name",
                "road-number",
                "script",
                "street-type",
                "units",
                "web-domain",
            ],
        }
    }

    async fn call(&self, args: SignLines) -> Result<Answer, ToolError> {
        let reading = Reading::from(args.lines);
        let findings = Self::read(&reading);
        let mut text: Vec<&str> = findings.iter().map(|f| f.claim.as_str()).collect();
        let cut = format!("{} of the lines were left out, the least legible ones.", reading.left_out);
        if reading.left_out > 0 {
            text.push(&cut);
        }
        let text = if text.is_empty() { "Nothing on the signs tells the place.".to_owned() } else { text.join("\n") };
        Ok(Answer { text, findings, data: serde_json::Value::Null })
    }
}
