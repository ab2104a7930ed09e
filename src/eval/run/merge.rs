//! Parts of a run, put together.

use super::lines::{Entry, Lines, facts};
use super::{DONE, FACTS, LEDGERS, RunError, Shard, lock, write_whole};
use std::fs;
use std::path::{Path, PathBuf};

/// Puts the finished parts in the folder of a run together, with their ledgers. The parts stay; doing it again gives the same.
///
/// # Errors
/// [`RunError::Parts`] when a part is missing, not finished, or was made under other settings.
pub fn merge(run: &Path) -> Result<usize, RunError> {
    let wrong = |reason: String| RunError::Parts { path: run.to_owned(), reason };
    let parts = parts(run)?;
    let Some((first, _)) = parts.first() else {
        return Err(wrong("it has no parts; 'navig eval run … --shard I/N --out' this folder makes them".to_owned()));
    };
    let of = first.of;
    if let Some((other, _)) = parts.iter().find(|(shard, _)| shard.of != of) {
        return Err(wrong(format!("it has parts of {of} and of {}; remove those that are not meant", other.of)));
    }
    let missing: Vec<String> =
        (1..=of).filter(|i| parts.iter().all(|(s, _)| s.index != *i)).map(|i| i.to_string()).collect();
    if !missing.is_empty() {
        return Err(wrong(format!("of {of} parts, these are missing: {}", missing.join(", "))));
    }
    let whole = facts(&parts[0].1)?;
    for (shard, path) in &parts {
        if !path.join(DONE).exists() {
            return Err(wrong(format!("part {shard} is not finished; the command that began it goes on with it")));
        }
        let differences = whole.differences(&facts(path)?);
        if !differences.is_empty() {
            return Err(wrong(format!(
                "parts {} and {shard} were made under other settings: {}",
                parts[0].0,
                differences.join("; ")
            )));
        }
    }
    let _lock = lock(run)?;
    let lines: Vec<Lines> = parts.iter().map(|(_, path)| Lines::of(path)).collect::<Result<_, _>>()?;
    let mut entries: Vec<(&Lines, &Entry)> =
        lines.iter().flat_map(|lines| lines.entries.values().map(move |entry| (lines, entry))).collect();
    entries.sort_by_key(|(_, entry)| entry.index);
    if let Some(twice) = entries.windows(2).find(|pair| pair[0].1.index == pair[1].1.index) {
        return Err(wrong(format!("sample {} is in two parts", twice[0].1.index)));
    }
    parts.iter().try_for_each(|(_, path)| gather(&path.join(LEDGERS), &run.join(LEDGERS)))?;
    let mut whole = whole;
    whole.shard = None;
    let text = serde_json::to_string_pretty(&whole).expect("plain fields") + "\n";
    write_whole(&run.join(FACTS), |out| out.write_all(text.as_bytes()))?;
    write_whole(&run.join(DONE), |out| {
        entries.iter().try_for_each(|(lines, entry)| out.write_all(&lines.bytes(entry)?))
    })?;
    Ok(entries.len())
}

/// The parts in a folder, by number.
fn parts(run: &Path) -> Result<Vec<(Shard, PathBuf)>, RunError> {
    let wrong = || RunError::io(run, "cannot be read");
    let mut parts = Vec::new();
    for entry in fs::read_dir(run).map_err(wrong())? {
        let path = entry.map_err(wrong())?.path();
        let shard = path.join(FACTS).exists().then(|| facts(&path)).transpose()?.and_then(|facts| facts.shard);
        parts.extend(shard.map(|shard| (shard, path)));
    }
    parts.sort_by_key(|(shard, _)| (shard.of, shard.index));
    Ok(parts)
}

/// Files of one folder also in another, without a second copy where the system can.
fn gather(from: &Path, to: &Path) -> Result<(), RunError> {
    if !from.exists() {
        return Ok(());
    }
    fs::create_dir_all(to).map_err(RunError::io(to, "cannot be made"))?;
    for entry in fs::read_dir(from).map_err(RunError::io(from, "cannot be read"))? {
        let entry = entry.map_err(RunError::io(from, "cannot be read"))?;
        let target = to.join(entry.file_name());
        if target.exists() {
            continue;
        }
        if fs::hard_link(entry.path(), &target).is_err() {
            fs::copy(entry.path(), &target).map_err(RunError::io(&target, "cannot be written"))?;
        }
    }
    Ok(())
}
