//! The fitted numbers in the text of a table, with its comments and where they come from.

use super::{Calibrated, SetJudged};
use crate::eval::run::Run;
use crate::guesser::{Changes, Weights, WeightsError};
use std::fmt::Write;
use toml_edit::{DocumentMut, Item, Table, value};

/// What the block of provenance begins with; a block of an earlier fit is replaced.
const BEGINS: &str = "# Fitted by `navig eval calibrate`";

/// Why a table cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The text is no TOML.
    #[error("the table of weights does not read: {0}")]
    Syntax(#[from] toml_edit::TomlError),
    /// What comes out is no table of weights.
    #[error("the fitted table cannot be used: {0}")]
    Weights(#[from] WeightsError),
}

/// The text of a table with the fitted numbers in it; comments stay, and the runs, the folds and the gain are said at its top.
///
/// # Errors
/// [`WriteError`] when the text is no table of weights.
pub fn written(text: &str, calibrated: &Calibrated, runs: &[Run], on: &str) -> Result<String, WriteError> {
    let mut document: DocumentMut = text.parse()?;
    let Changes { lambda, background, crowd, levels, exponent, described, echo, radius } = &calibrated.changes;
    let mut put = |path: &[&str], number: f64| {
        let (key, tables) = path.split_last().expect("a path has a key");
        let mut table = document.as_table_mut();
        for name in tables {
            let entry = table.entry(name).or_insert_with(|| {
                let mut inner = Table::new();
                inner.set_implicit(true);
                if *name == "background" {
                    inner.decor_mut().set_prefix("\n# Factors on the odds of a finding's background, by kind.\n");
                }
                Item::Table(inner)
            });
            let Some(inner) = entry.as_table_mut() else { return };
            table = inner;
        }
        let number = value((number * 1000.0).round() / 1000.0);
        match table.get_mut(key) {
            // The decoration of a value is its comment.
            Some(Item::Value(old)) => {
                let decor = old.decor().clone();
                if let Item::Value(mut new) = number {
                    *new.decor_mut() = decor;
                    *old = new;
                }
            }
            _ => drop(table.insert(key, number)),
        }
    };
    lambda.iter().for_each(|(kind, number)| put(&["lambda", kind], *number));
    background.iter().for_each(|(kind, number)| put(&["background", kind], *number));
    for (kind, others) in crowd {
        others.iter().for_each(|(of, number)| put(&["crowd", kind, of], *number));
    }
    levels.iter().for_each(|(level, number)| put(&["levels", level.name()], *number));
    exponent.iter().for_each(|number| put(&["prior", "exponent"], *number));
    described.iter().for_each(|number| put(&["prior", "described"], *number));
    echo.iter().for_each(|number| put(&["group", "echo"], *number));
    if let Some(radius) = radius {
        put(&["radius", "p50"], radius.p50);
        put(&["radius", "p90"], radius.p90);
    }
    if let Some(version) = document.get_mut("version").and_then(Item::as_value_mut) {
        let decor = version.decor().clone();
        *version = on.into();
        *version.decor_mut() = decor;
    }
    put_provenance(&mut document, &provenance(calibrated, runs, on));
    let text = document.to_string();
    Weights::parse(&text)?;
    Ok(text)
}

/// Puts the block before the first key, in place of an earlier one.
fn put_provenance(document: &mut DocumentMut, block: &str) {
    let Some(mut key) = document.as_table_mut().key_mut("version") else { return };
    let decor = key.leaf_decor_mut();
    let prefix = decor.prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned();
    let before = prefix.split(BEGINS).next().unwrap_or_default().trim_end().to_owned();
    decor.set_prefix(format!("{before}\n#\n{block}\n"));
}

fn provenance(calibrated: &Calibrated, runs: &[Run], on: &str) -> String {
    let judged = &calibrated.judged;
    let mut out = format!("{BEGINS} on {on}, {} folds, on:\n", judged.folds);
    for (((run, before), after), saves) in runs.iter().zip(&judged.before).zip(&judged.after).zip(&judged.saves) {
        let task = &run.facts.task;
        let SetJudged { n, nats, p90_holds, .. } = after;
        let _ = writeln!(
            out,
            "#   {} {} (list {}), {n} samples: held out {:.3} nats a sample, {:.3} before; saves {:.3} ({:.3} to {:.3}); the 90 % radius holds {:.0} %",
            task.name,
            task.version,
            task.list_sha256.get(..8).unwrap_or_default(),
            nats,
            before.nats,
            saves.value,
            saves.low,
            saves.high,
            100.0 * p90_holds,
        );
    }
    let changed = calibrated.changes.lambda.keys().chain(calibrated.changes.background.keys());
    let mut kinds: Vec<String> =
        changed.map(|kind| format!("{kind} {}", calibrated.counts.get(kind).copied().unwrap_or(0))).collect();
    kinds.sort();
    kinds.dedup();
    if !kinds.is_empty() {
        let _ = writeln!(out, "# Kinds that moved, and how many findings they had: {}.", kinds.join(", "));
    }
    out
}
