//! What each tool, and each kind of evidence, is worth: the stored evidence is weighed again without it, and with it alone. No tool and no
//! model is asked.

use super::reweigh::{Weigher, nats};
use super::run::{Line, Run, clusters};
use super::score::{Draws, Estimate, THRESHOLDS_KM, means, score};
use super::scores::truth::{Truth, truths};
use crate::guesser::Brief;
use navig_tools::evidence::Evidence;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The value of [`Ablation::schema`].
pub const ABLATION_SCHEMA: &str = "navig.ablation/1";

/// What each part of the evidence is worth (`navig.ablation/1`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ablation {
    /// Always `navig.ablation/1`.
    pub schema: String,
    /// Name and version of the benchmark.
    pub task: String,
    /// Who answered.
    pub answerer: String,
    /// Samples that navig answered.
    pub n: usize,
    /// Those of them with any evidence.
    pub with_evidence: usize,
    /// With all evidence.
    pub all: Worth,
    /// With none: the prior.
    pub nothing: Worth,
    /// By tool.
    pub tools: Vec<Part>,
    /// By kind of evidence.
    pub kinds: Vec<Part>,
}

/// What answers are worth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Worth {
    /// Mean score, 0 to 5,000.
    pub score: f64,
    /// Share within each of the thresholds.
    pub within: [f64; THRESHOLDS_KM.len()],
    /// Share whose most probable country is the right one.
    pub country: f64,
    /// Mean surprise at the true country, nats.
    pub nats: f64,
}

/// A tool, or a kind of evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Samples on which it found something.
    pub found: usize,
    /// Of these, how many times it made the true country more probable.
    pub raised: usize,
    /// And how many times less.
    pub lowered: usize,
    /// Without it.
    pub without: Worth,
    /// With it alone.
    pub alone: Worth,
    /// What it adds to the mean score: with all evidence less without it.
    pub adds_score: Estimate,
    /// What it takes from the mean surprise at the true country, nats.
    pub saves_nats: Estimate,
}

/// What one answer is worth.
#[derive(Debug, Clone, Copy)]
struct One {
    km: f64,
    country: bool,
    nats: f64,
}

/// A sample with all answers to it.
struct Sample {
    cluster: usize,
    all: One,
    nothing: One,
    /// Without each part that it has, and with it alone, by whether the part is a kind, and its name.
    parts: BTreeMap<(bool, String), [One; 2]>,
}

/// Weighs the evidence of a run without each of its parts. `progress` hears of every sample.
#[must_use]
pub fn ablate(run: &Run, weigher: &Weigher, draws: Draws, progress: &(dyn Fn() + Sync)) -> Ablation {
    let truths = truths(&run.lines);
    let answered = run.lines.iter().zip(truths).filter(|(line, _)| line.given().is_some());
    let (lines, truths): (Vec<&Line>, Vec<Truth>) = answered.unzip();
    let clusters = clusters(lines.iter().copied());
    let samples: Vec<Sample> = (lines, truths, clusters)
        .into_par_iter()
        .filter_map(|(line, truth, cluster)| {
            let sample = sample(line, truth, cluster, weigher);
            progress();
            sample
        })
        .collect();
    let names: BTreeSet<(bool, String)> = samples.iter().flat_map(|s| s.parts.keys().cloned()).collect();
    let mut parts: [Vec<Part>; 2] = Default::default();
    for name in names {
        parts[usize::from(name.0)].push(part(&name, &samples, draws));
    }
    let [mut tools, mut kinds] = parts;
    for list in [&mut tools, &mut kinds] {
        list.sort_by(|a, b| b.saves_nats.value.total_cmp(&a.saves_nats.value).then_with(|| a.name.cmp(&b.name)));
    }
    Ablation {
        schema: ABLATION_SCHEMA.to_owned(),
        task: format!("{} {}", run.facts.task.name, run.facts.task.version),
        answerer: run.facts.answerer.name(),
        n: samples.len(),
        with_evidence: samples.iter().filter(|s| !s.parts.is_empty()).count(),
        all: worth(samples.iter().map(|s| s.all)),
        nothing: worth(samples.iter().map(|s| s.nothing)),
        tools,
        kinds,
    }
}

fn sample(line: &Line, truth: Truth, cluster: usize, weigher: &Weigher) -> Option<Sample> {
    let given = line.given()?;
    let country = truth.country().unwrap_or_default();
    let one = |answer: &Brief| One {
        km: answer.point.distance_km(line.at),
        country: answer.countries.first().is_some_and(|link| link.code == country),
        nats: nats(answer, country),
    };
    let part_of = |evidence: &Evidence, kinds: bool| {
        if kinds { evidence.finding.kind.clone() } else { evidence.source.tool.clone() }
    };
    let all = one(&weigher.brief(&given, &|_| true));
    let nothing = one(&weigher.brief(&given, &|_| false));
    let mut parts: BTreeMap<(bool, String), [One; 2]> = BTreeMap::new();
    for kinds in [false, true] {
        let names: BTreeSet<String> = given.evidence.iter().map(|e| part_of(e, kinds)).collect();
        for name in &names {
            let weigh = |keep: bool| one(&weigher.brief(&given, &|e| (part_of(e, kinds) == *name) == keep));
            // The only part: without it nothing is left, and alone it is all. Of two, each is what the other is without.
            let answers = match names.len() {
                1 => [nothing, all],
                2 => match parts.iter().find(|((of, _), _)| *of == kinds) {
                    Some((_, [without, alone])) => [*alone, *without],
                    None => [weigh(false), weigh(true)],
                },
                _ => [weigh(false), weigh(true)],
            };
            parts.insert((kinds, name.clone()), answers);
        }
    }
    Some(Sample { cluster, all, nothing, parts })
}

fn part(name: &(bool, String), samples: &[Sample], draws: Draws) -> Part {
    let of =
        |sample: &Sample, place: usize, absent: One| sample.parts.get(name).map_or(absent, |answers| answers[place]);
    let without: Vec<One> = samples.iter().map(|s| of(s, 0, s.all)).collect();
    let having: Vec<(&Sample, One)> =
        samples.iter().zip(without.iter().copied()).filter(|(s, _)| s.parts.contains_key(name)).collect();
    let pairs = || samples.iter().zip(&without);
    let columns = [
        pairs().map(|(s, without)| score(s.all.km) - score(without.km)).collect(),
        pairs().map(|(s, without)| without.nats - s.all.nats).collect(),
    ];
    let clusters: Vec<usize> = samples.iter().map(|s| s.cluster).collect();
    let estimates = means(&columns, &clusters, draws);
    Part {
        name: name.1.clone(),
        found: having.len(),
        raised: having.iter().filter(|(s, without)| s.all.nats < without.nats - 1e-9).count(),
        lowered: having.iter().filter(|(s, without)| s.all.nats > without.nats + 1e-9).count(),
        without: worth(without.iter().copied()),
        alone: worth(samples.iter().map(|s| of(s, 1, s.nothing))),
        adds_score: estimates[0],
        saves_nats: estimates[1],
    }
}

fn worth(ones: impl Iterator<Item = One>) -> Worth {
    let ones: Vec<One> = ones.collect();
    let mean = |of: &dyn Fn(&One) -> f64| ones.iter().map(of).sum::<f64>() / ones.len().max(1) as f64;
    Worth {
        score: mean(&|one| score(one.km)),
        within: THRESHOLDS_KM.map(|(_, limit)| mean(&|one| f64::from(u8::from(one.km <= limit)))),
        country: mean(&|one| f64::from(u8::from(one.country))),
        nats: mean(&|one| one.nats),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::made::{Found, line, run};
    use crate::guesser::Weights;

    #[test]
    fn each_part_is_worth_what_is_lost_without_it() {
        let right = |country| Found("signs.read", "language", country, 0.02);
        let wrong = |country| Found("osm.find", "map-name", country, 0.02);
        let lines = vec![
            line(0, "AT", &[right("AT")]),
            line(1, "KE", &[right("KE"), wrong("JP")]),
            line(2, "JP", &[right("JP"), Found("signs.read", "plate", "JP", 0.5)]),
            line(3, "BR", &[]),
        ];
        let weigher = Weigher::new(Weights::embedded());
        let seen = std::sync::atomic::AtomicUsize::new(0);
        let progress = || {
            seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        };
        let found = ablate(&run(lines), &weigher, Draws { count: 50, seed: 0 }, &progress);
        assert_eq!((found.n, found.with_evidence, seen.into_inner()), (4, 3, 4));
        let part = |parts: &[Part], name: &str| parts.iter().find(|p| p.name == name).cloned().expect("a part");
        let signs = part(&found.tools, "signs.read");
        assert_eq!((signs.found, signs.raised, signs.lowered), (3, 3, 0));
        assert!(signs.saves_nats.value > 1.0 && signs.adds_score.value > 1000.0, "{signs:?}");
        let maps = part(&found.tools, "osm.find");
        assert_eq!((maps.found, maps.raised, maps.lowered), (1, 0, 1));
        assert!(maps.saves_nats.value < 0.0);
        assert_eq!(found.tools[0].name, "signs.read", "the best first");
        // Alone, signs are better than with the map's error.
        assert!(signs.alone.nats < found.all.nats && found.all.nats < found.nothing.nats);
        assert_eq!(part(&found.kinds, "plate").found, 1);
    }
}
