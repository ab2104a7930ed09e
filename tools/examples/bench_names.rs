//! Recall and speed of the search for half-read names, against the similarity of trigrams that `pg_trgm` computes.
//!
//! ```text
//! cargo run --release -p navig-tools --example bench_names -- NAMES [--misses]
//! ```
//!
//! `NAMES` has a row `script TAB name` for each name of each object. From each script 2,000 names are drawn and misread
//! (`navig_tools::osm::names::noise`); a name is found when a text that folds to the same is among the answers. Prints a row
//! for each script, the distribution of the likeness of answers to readings of names that the index does not hold, and with
//! `--misses` what was not found.

use navig_tools::geo::fold::fold;
use navig_tools::osm::names::noise::{Draws, misread};
use navig_tools::osm::names::{NameBuilder, NameHow, NameIndex, NamePart, likeness};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant};

const DRAWN: usize = 2_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (path, misses) = match arguments.as_slice() {
        [path] => (path, false),
        [path, flag] if flag == "--misses" => (path, true),
        _ => return Err("usage: bench_names NAMES [--misses]".into()),
    };
    let text = std::fs::read_to_string(path)?;
    let rows: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once('\t')).collect();
    // Every tenth distinct name is kept out, to be asked for in vain.
    let distinct: std::collections::BTreeSet<String> = rows.iter().map(|(_, name)| fold(name)).collect();
    let left_out: HashSet<&str> = distinct.iter().step_by(10).map(String::as_str).collect();
    let (absent, rows): (Vec<_>, Vec<_>) = rows.iter().partition(|(_, name)| left_out.contains(fold(name).as_str()));
    let begin = Instant::now();
    let parts = build(&rows)?;
    let built = begin.elapsed();
    let index = NameIndex::new(|part| parts.get(&part).map_or(&[][..], Vec::as_slice));
    let bytes: usize = parts.values().map(Vec::len).sum();
    writeln!(
        out,
        "{} names of {} objects in {built:.1?}, {:.1} bytes a name",
        index.len(),
        rows.len(),
        bytes as f64 / index.len() as f64
    )?;
    for (part, bytes) in &parts {
        writeln!(out, "  {part:?} {:.1} bytes a name", bytes.len() as f64 / index.len() as f64)?;
    }
    let trigrams = Trigrams::of(rows.iter().map(|(_, name)| *name));
    let mut by_script: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    rows.iter().for_each(|(script, name)| by_script.entry(script).or_default().push(name));
    writeln!(
        out,
        "{:12} {:>7}  navig @1    @5   @10  median    p99   trigrams @1    @5   @10  median",
        "script", "names"
    )?;
    for (script, names) in by_script {
        let mut draws = Draws::new(42);
        let (mut ours, mut peer) = (Ranks::default(), Ranks::default());
        let mut missed = Vec::new();
        for _ in 0..DRAWN {
            let name = names[draws.below(names.len())];
            let read = misread(name, &mut draws);
            let begin = Instant::now();
            let hits = index.find(&read, NameHow::Read, 10);
            ours.add(begin, name, hits.iter().map(|hit| hit.text.as_str()));
            let begin = Instant::now();
            let similar = trigrams.find(&read, 10);
            peer.add(begin, name, similar.into_iter());
            if ours.ranks.last() == Some(&None) {
                let least = hits.last().map_or(0.0, |hit| hit.likeness);
                let own = likeness(&read, name);
                let first = hits.first().map(|hit| format!("{} {:.2}", hit.text, hit.likeness)).unwrap_or_default();
                missed.push((own > least, format!("{name} | {read} {own:.2} | {first} .. {least:.2}")));
            }
        }
        let unweighed = missed.iter().filter(|(better, _)| *better).count();
        writeln!(
            out,
            "{script:12} {:7} {ours} {:5.1?}  {peer}   not weighed {unweighed}",
            names.len(),
            ours.quantile(0.99)
        )?;
        if misses {
            for (better, row) in missed.iter().take(60) {
                writeln!(out, "    {} {row}", if *better { "!" } else { " " })?;
            }
        }
    }
    let mut draws = Draws::new(7);
    let mut best: Vec<f64> = Vec::new();
    let mut random: Vec<f64> = Vec::new();
    for _ in 0..DRAWN {
        let (_, name) = absent[draws.below(absent.len())];
        let read = misread(name, &mut draws);
        let hits = index.find(&read, NameHow::Read, 1);
        best.push(hits.first().map_or(0.0, |hit| hit.likeness));
        random.push(likeness(&read, rows[draws.below(rows.len())].1));
    }
    for (what, mut values) in [("best answer to a name not in the index", best), ("a random name", random)] {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[((values.len() - 1) as f64 * share) as usize];
        writeln!(
            out,
            "likeness of {what}: median {:.3}, 90 % below {:.3}, 99 % below {:.3}",
            at(0.5),
            at(0.9),
            at(0.99)
        )?;
    }
    exact(&index, &rows, &mut out)?;
    Ok(())
}

fn exact(index: &NameIndex<'_>, rows: &[&(&str, &str)], out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut draws = Draws::new(3);
    for how in [NameHow::Exact, NameHow::Prefix, NameHow::Part] {
        let mut times: Vec<Duration> = Vec::new();
        for _ in 0..DRAWN {
            let (_, name) = rows[draws.below(rows.len())];
            let begin = Instant::now();
            std::hint::black_box(index.find(name, how, 10));
            times.push(begin.elapsed());
        }
        times.sort();
        writeln!(out, "{how:?}: median {:.1?}, p99 {:.1?}", times[DRAWN / 2], times[DRAWN * 99 / 100])?;
    }
    Ok(())
}

fn build(rows: &[&(&str, &str)]) -> Result<BTreeMap<NamePart, Vec<u8>>, Box<dyn Error>> {
    let mut builder = NameBuilder::new(&std::env::temp_dir(), 256 << 20);
    for (row, (_, name)) in (0..).zip(rows) {
        builder.push(row, 0, name)?;
    }
    let mut parts: BTreeMap<NamePart, Vec<u8>> = BTreeMap::new();
    builder.finish(&mut |part, bytes| {
        parts.entry(part).or_default().extend_from_slice(bytes);
        Ok(())
    })?;
    Ok(parts)
}

/// Ranks of the right answers, and the times that they took.
#[derive(Default)]
struct Ranks {
    ranks: Vec<Option<usize>>,
    times: Vec<Duration>,
}

impl Ranks {
    fn add<'t>(&mut self, begin: Instant, name: &str, mut found: impl Iterator<Item = &'t str>) {
        self.times.push(begin.elapsed());
        let wanted = fold(name);
        self.ranks.push(found.position(|text| fold(text) == wanted));
    }

    fn quantile(&self, share: f64) -> Duration {
        let mut times = self.times.clone();
        times.sort();
        times[((times.len() - 1) as f64 * share) as usize]
    }
}

impl std::fmt::Display for Ranks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let within = |k: usize| self.ranks.iter().filter(|rank| rank.is_some_and(|rank| rank < k)).count();
        let at = |k: usize| within(k) as f64 / self.ranks.len() as f64;
        write!(f, "{:.3} {:.3} {:.3} {:7.1?}", at(1), at(5), at(10), self.quantile(0.5))
    }
}

/// Names by their trigrams, as `pg_trgm` takes them: of each word in small letters, with two spaces before it and one behind.
struct Trigrams<'n> {
    names: Vec<&'n str>,
    counts: Vec<usize>,
    postings: HashMap<[char; 3], Vec<u32>>,
}

impl<'n> Trigrams<'n> {
    fn of(names: impl Iterator<Item = &'n str>) -> Self {
        let mut seen = HashSet::new();
        let names: Vec<&str> = names.filter(|name| seen.insert(*name)).collect();
        let mut postings: HashMap<[char; 3], Vec<u32>> = HashMap::new();
        let mut counts = Vec::new();
        for (i, name) in (0..).zip(&names) {
            let trigrams = Self::trigrams(name);
            counts.push(trigrams.len());
            trigrams.into_iter().for_each(|t| postings.entry(t).or_default().push(i));
        }
        Self { names, counts, postings }
    }

    fn trigrams(text: &str) -> HashSet<[char; 3]> {
        let lower = text.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
        let padded = words.map(|w| format!("  {w} ").chars().collect::<Vec<_>>());
        padded.flat_map(|w| w.windows(3).map(|t| [t[0], t[1], t[2]]).collect::<Vec<_>>()).collect()
    }

    /// The names with the highest similarity: shared trigrams by all trigrams of both.
    fn find(&self, text: &str, limit: usize) -> Vec<&'n str> {
        let own = Self::trigrams(text);
        let mut shared: HashMap<u32, usize> = HashMap::new();
        for names in own.iter().filter_map(|t| self.postings.get(t)) {
            names.iter().for_each(|name| *shared.entry(*name).or_default() += 1);
        }
        let similarity = |(name, both): (&u32, &usize)| {
            let all = own.len() + self.counts[*name as usize] - both;
            (*both as f64 / all as f64, *name)
        };
        let mut found: Vec<(f64, u32)> = shared.iter().map(similarity).collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        // Spellings that differ in letter case only are one answer.
        let mut seen = HashSet::new();
        let names = found.into_iter().map(|(_, name)| self.names[name as usize]);
        names.filter(|name| seen.insert(fold(name))).take(limit).collect()
    }
}
