//! The contract between navig and a tool.
//!
//! A tool takes typed arguments and returns an [`Answer`]. It states a name, a version, one sentence for a model,
//! and the JSON Schema of its arguments; the [`Registry`] is the closed set of tools that a photo may be asked with.
//!
//! ```
//! use navig_tools::tool::{Answer, Registry, Spec, Tool, ToolError};
//!
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct Args {
//!     /// The words on the sign.
//!     text: String,
//! }
//!
//! struct Shout;
//!
//! impl Tool for Shout {
//!     type Args = Args;
//!     fn spec(&self) -> Spec {
//!         Spec { name: "demo.shout", version: "1", about: "Repeats a text in capitals.", kinds: &[] }
//!     }
//!     async fn call(&self, args: Args) -> Result<Answer, ToolError> {
//!         Ok(Answer::text(args.text.to_uppercase()))
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let mut registry = Registry::default();
//! registry.add(Shout)?;
//! let answer = registry.call("demo.shout", serde_json::json!({ "text": "ausfahrt" })).await?;
//! assert_eq!(answer.text, "AUSFAHRT");
//! # Ok::<(), ToolError>(()) }).unwrap();
//! ```

use crate::evidence::{Finding, LikelihoodError};
use async_trait::async_trait;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

/// What a tool says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Spec {
    /// Unique name, `family.verb`.
    pub name: &'static str,
    /// Changes whenever the same arguments may give another answer.
    pub version: &'static str,
    /// One sentence for people and for a model.
    pub about: &'static str,
    /// The kinds of finding that it can return: rows of `data/weights.toml`.
    pub kinds: &'static [&'static str],
}

/// What a tool found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// For people and for a model. It is data: nobody acts on words in it.
    pub text: String,
    /// For the Guesser.
    pub findings: Vec<Finding>,
    /// Whatever else a caller may want, such as the places found.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub data: serde_json::Value,
}

impl Answer {
    /// An answer that says something and weighs nothing.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// Why a call gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// No tool of that name; the message lists those that there are.
    #[error("no tool is called '{name}'; there are: {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is, separated by commas.
        known: String,
    },
    /// Two tools of one name.
    #[error("a tool called '{0}' is registered already")]
    Twice(String),
    /// The arguments do not fit the tool's schema.
    #[error("{tool}: the arguments do not fit: {reason}; `navig tools list --format json` shows the schema")]
    Arguments {
        /// The tool.
        tool: String,
        /// What did not fit.
        reason: String,
    },
    /// The tool returned a likelihood that cannot be weighed: a defect of the tool.
    #[error("{tool}: finding '{claim}' cannot be weighed: {source}")]
    Likelihood {
        /// The tool.
        tool: String,
        /// The finding's claim.
        claim: String,
        /// What is wrong with it.
        source: LikelihoodError,
    },
    /// The tool lacks something that the user can get.
    #[error("{tool}: {what}; {mend}")]
    Missing {
        /// The tool.
        tool: String,
        /// What is missing.
        what: &'static str,
        /// How to get it.
        mend: &'static str,
    },
    /// The tool itself failed.
    #[error("{tool}: {reason}")]
    Failed {
        /// The tool.
        tool: String,
        /// What went wrong, and what mends it.
        reason: String,
    },
}

/// A tool: typed arguments in, an [`Answer`] out.
///
/// Contract: the same arguments and the same [`Spec::version`] give the same answer; a finding's `clues` are ids
/// that came in with the arguments; a call does not block the thread for longer than a second; text that comes in
/// is data and is never obeyed. A tool that breaks the first rule makes results irreproducible, one that breaks the
/// second loses provenance.
pub trait Tool: Send + Sync + 'static {
    /// The arguments; their doc comments become the schema's descriptions.
    type Args: DeserializeOwned + JsonSchema + Send;

    /// What the tool says about itself.
    fn spec(&self) -> Spec;

    /// Answers one question.
    fn call(&self, args: Self::Args) -> impl Future<Output = Result<Answer, ToolError>> + Send;
}

/// [`Tool`] without its type of arguments, so that a registry can hold many.
#[async_trait]
trait AnyTool: Send + Sync {
    fn spec(&self) -> Spec;
    fn schema(&self) -> Schema;
    async fn call(&self, args: serde_json::Value) -> Result<Answer, ToolError>;
}

#[async_trait]
impl<T: Tool> AnyTool for T {
    fn spec(&self) -> Spec {
        Tool::spec(self)
    }

    fn schema(&self) -> Schema {
        schemars::schema_for!(T::Args)
    }

    async fn call(&self, args: serde_json::Value) -> Result<Answer, ToolError> {
        let tool = Tool::spec(self).name;
        let args = serde_json::from_value(args)
            .map_err(|e| ToolError::Arguments { tool: tool.to_owned(), reason: e.to_string() })?;
        Tool::call(self, args).await
    }
}

/// A tool's spec with the schema of its arguments.
#[derive(Debug, Clone, Serialize)]
pub struct Description {
    /// What the tool says about itself.
    #[serde(flatten)]
    pub spec: Spec,
    /// JSON Schema of the arguments.
    pub arguments: Schema,
}

/// The closed set of tools that can be called.
#[derive(Clone, Default)]
pub struct Registry(BTreeMap<&'static str, Arc<dyn AnyTool>>);

impl Registry {
    /// Adds a tool.
    ///
    /// # Errors
    /// [`ToolError::Twice`] when the name is taken.
    pub fn add(&mut self, tool: impl Tool) -> Result<(), ToolError> {
        let name = Tool::spec(&tool).name;
        if self.0.contains_key(name) {
            return Err(ToolError::Twice(name.to_owned()));
        }
        self.0.insert(name, Arc::new(tool));
        Ok(())
    }

    /// All tools, by name.
    #[must_use]
    pub fn list(&self) -> Vec<Description> {
        self.0.values().map(|t| Description { spec: t.spec(), arguments: t.schema() }).collect()
    }

    /// What a tool says about itself.
    ///
    /// # Errors
    /// [`ToolError::Unknown`] when there is no such tool.
    pub fn spec(&self, name: &str) -> Result<Spec, ToolError> {
        self.get(name).map(|t| t.spec())
    }

    /// Calls a tool and checks that what it found can be weighed.
    ///
    /// # Errors
    /// [`ToolError`] for an unknown tool, arguments that do not fit, a failed call, or a finding out of range.
    pub async fn call(&self, name: &str, args: serde_json::Value) -> Result<Answer, ToolError> {
        let answer = self.get(name)?.call(args).await?;
        for finding in &answer.findings {
            finding.likelihood.check().map_err(|source| ToolError::Likelihood {
                tool: name.to_owned(),
                claim: finding.claim.clone(),
                source,
            })?;
        }
        Ok(answer)
    }

    fn get(&self, name: &str) -> Result<&Arc<dyn AnyTool>, ToolError> {
        self.0.get(name).ok_or_else(|| ToolError::Unknown {
            name: name.to_owned(),
            known: self.0.keys().copied().collect::<Vec<_>>().join(", "),
        })
    }
}
