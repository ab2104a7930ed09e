//! From an extract to an index.

use super::{ATTRIBUTION, MapError, Meta, Summary, Writer, WriterOptions};
use crate::osm::extract::{self, ExtractDate, ExtractError, Report};
use serde::Serialize;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// How an index is built.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// About how much memory reading and writing may take for data, bytes; what is more goes to temporary files.
    pub memory_bytes: usize,
    /// The folder of temporary files; beside the index when none is named.
    pub temp_dir: Option<PathBuf>,
    /// Threads that unpack and decode the extract.
    pub threads: NonZeroUsize,
}

impl Default for BuildOptions {
    fn default() -> Self {
        Self { memory_bytes: 768 << 20, temp_dir: None, threads: extract::Options::default().threads }
    }
}

/// How far a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildProgress {
    /// The extract is read.
    Reading(extract::Progress),
    /// All is read, and the index is written.
    Writing,
}

/// What was built, and from what.
#[derive(Debug)]
pub struct Built {
    /// The index.
    pub index: Summary,
    /// The extract.
    pub extract: Report,
}

/// Why no index was built. No file bears its name then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The extract cannot be read.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The index cannot be written.
    #[error(transparent)]
    Map(#[from] MapError),
}

/// Reads an extract and writes an index of it. The same extract gives the same bytes.
///
/// # Errors
/// [`BuildError`] for an extract that cannot be read, a full disk, and a folder that cannot be written.
pub fn build(
    extract: &Path,
    dest: &Path,
    options: &BuildOptions,
    progress: &mut dyn FnMut(BuildProgress),
) -> Result<Built, BuildError> {
    let folder = super::sections::folder_of(dest);
    let reading = extract::Options {
        memory_bytes: options.memory_bytes / 3,
        temporary: options.temp_dir.clone().unwrap_or_else(|| folder.to_owned()),
        threads: options.threads,
    };
    let writing =
        WriterOptions { memory_bytes: options.memory_bytes / 3 * 2, temp_dir: Some(reading.temporary.clone()) };
    let mut writer = Writer::create(dest, &writing)?;
    let mut reads = |read| progress(BuildProgress::Reading(read));
    let report = extract::read(extract, &reading, &mut reads, &mut |object| writer.push(&object));
    let report = report.map_err(|error| match error {
        ExtractError::Sink(error) => match error.downcast::<MapError>() {
            Ok(error) => BuildError::Map(*error),
            Err(error) => ExtractError::Sink(error).into(),
        },
        error => error.into(),
    })?;
    progress(BuildProgress::Writing);
    let index = writer.finish(meta(extract, &report))?;
    Ok(Built { index, extract: report })
}

fn meta(extract: &Path, report: &Report) -> Meta {
    let kinds = |what: &str, counts: extract::Counts| {
        let kinds = [("nodes", counts.nodes), ("ways", counts.ways), ("relations", counts.relations)];
        kinds.map(|(kind, count)| (format!("{kind}-{what}"), count))
    };
    let (outlined, administrative) = report.administrative;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    counts.extend(kinds("read", report.seen));
    counts.extend(kinds("kept", report.kept));
    counts.insert("administrative-kept".to_owned(), administrative);
    counts.insert("administrative-with-outline".to_owned(), outlined);
    Meta {
        source: extract.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        source_sha256: report.sha256.clone(),
        source_bytes: report.bytes,
        extract_date: report.date.map(|ExtractDate { unix_s, .. }| rfc3339(unix_s)),
        writing_program: report.writer.clone(),
        counts,
        skipped: report.tallies.iter().map(|tally| (kebab(tally.reason), tally.count)).collect(),
        attribution: ATTRIBUTION.to_owned(),
        ..Meta::default()
    }
}

/// The name by which JSON knows an enum's variant.
fn kebab(variant: impl Serialize) -> String {
    let name = serde_json::to_value(variant).ok();
    name.as_ref().and_then(|name| name.as_str()).unwrap_or_default().to_owned()
}

/// Seconds since 1970 as a date and time in UTC; the calendar by Hinnant, "chrono-compatible low-level date algorithms"
/// (2014).
fn rfc3339(unix_s: i64) -> String {
    let (days, second) = (unix_s.div_euclid(86_400) + 719_468, unix_s.rem_euclid(86_400));
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let (day, month) = (day_of_year - (153 * from_march + 2) / 5 + 1, (from_march + 2) % 12 + 1);
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(rfc3339(1_709_251_199), "2024-02-29T23:59:59Z");
        assert_eq!(rfc3339(-1), "1969-12-31T23:59:59Z");
    }
}
