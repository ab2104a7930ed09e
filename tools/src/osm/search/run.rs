//! A search from query to results.

use super::answer::Answers;
use super::join::{Join, Spot, Work};
use super::pool::Pool;
use super::probe::Probes;
use super::region::Region;
use super::results::{ClauseReport, Hit, RESULTS_SCHEMA, Results, SearchedMap, TooCommon, Verdict};
use super::sheets::Sheets;
use super::tie::Tie;
use super::{Clause, Query, QueryError, Test};
use crate::osm::file::Map;
use crate::osm::object::BoxE7;
use rayon::prelude::*;

/// Candidates that a search examines before it says that a clause is too common: about a second's work.
pub const DEFAULT_BUDGET: u64 = 1_000_000;
/// Spots that are kept while a search runs.
const MAX_SPOTS: usize = 50_000;

/// How a search is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SearchOptions {
    /// Candidates to examine at most; see [`DEFAULT_BUDGET`].
    pub budget: u64,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self { budget: DEFAULT_BUDGET }
    }
}

impl SearchOptions {
    /// With another budget, candidates.
    #[must_use]
    pub fn with_budget(budget: u64) -> Self {
        Self { budget }
    }
}

/// Answers a query over one or several maps. The same maps in the same order give the same answer.
///
/// # Errors
/// [`QueryError`] for a query that is out of its limits, an unknown visual class, or an amount in no unit of its key.
pub fn search(maps: &[&Map], query: &Query, options: SearchOptions) -> Result<Results, QueryError> {
    run(maps, query, options, None)
}

/// As [`search`], and gives each hit that is among the best so far while it runs; such hits have no namesakes yet, and
/// may be merged or pushed out by better ones.
///
/// # Errors
/// As for [`search`].
pub fn search_streaming(
    maps: &[&Map],
    query: &Query,
    options: SearchOptions,
    on_hit: &mut dyn FnMut(&Hit),
) -> Result<Results, QueryError> {
    run(maps, query, options, Some(on_hit))
}

fn run(
    maps: &[&Map],
    query: &Query,
    options: SearchOptions,
    on_hit: Option<&mut dyn FnMut(&Hit)>,
) -> Result<Results, QueryError> {
    query.check()?;
    let sheets = Sheets::new(maps);
    let join = plan(&sheets, query, options)?;
    let texts: Vec<String> = query.clauses().map(ToString::to_string).collect();
    let read: Vec<Option<String>> = query.clauses().map(|clause| clause.tests.iter().find_map(read_name)).collect();
    let mut spots = Spots { kept: Vec::new(), best: Vec::new(), found: 0, limit: query.limit };
    let answers = Answers::new(&join, &texts, &read);
    let work = match on_hit {
        None => join.run(&mut |spot| {
            spots.take(spot);
        }),
        Some(on_hit) => join.run(&mut |spot| {
            if let Some(spot) = spots.take(spot) {
                on_hit(&answers.hit(spot));
            }
        }),
    };
    let anchors = join.anchors();
    let report = |(i, text): (usize, &String)| ClauseReport {
        text: text.clone(),
        candidates: join.pools[i].count,
        anchor: anchors.contains(&i),
    };
    let found = spots.found;
    let hits = answers.best(spots.kept, query.limit);
    Ok(Results {
        schema: RESULTS_SCHEMA.to_owned(),
        query: query.clone(),
        text: query.to_string(),
        maps: sheets.maps.iter().map(searched).collect(),
        clauses: texts.iter().enumerate().map(report).collect(),
        verdict: verdict(&join, query, &work, &texts, found),
        hits,
        found,
        examined: work.total(),
    })
}

fn read_name(test: &Test) -> Option<String> {
    match test {
        Test::Name { text, .. } => Some(text.clone()),
        _ => None,
    }
}

fn searched(sheet: &super::sheets::Sheet<'_>) -> SearchedMap {
    SearchedMap {
        name: sheet.name.clone(),
        objects: u64::from(sheet.map.len()),
        covered_km2: (sheet.spread_m2 / 1e4).round() / 100.0,
    }
}

fn plan<'s, 'm>(sheets: &'s Sheets<'m>, query: &Query, options: SearchOptions) -> Result<Join<'s, 'm>, QueryError> {
    let regions: Vec<Region> = query.inside.iter().map(|inside| Region::new(inside, sheets)).collect();
    let groups = query.groups.iter().enumerate();
    let tied = groups.flat_map(|(i, group)| std::iter::repeat_n((i + 1, Tie::new(group)), group.clauses.len()));
    // The first clause goes with every group: its number is that of none, and its tie is not looked at.
    let first = (0, Tie::new(&super::Group { relations: Vec::new(), clauses: Vec::new() }));
    let ties: Vec<_> = std::iter::once(first).chain(tied).collect();
    let reach = |clause: usize| match clause {
        0 => ties.iter().skip(1).map(|(_, tie)| tie.to_m).fold(0.0, f64::max),
        _ => ties[clause].1.to_m,
    };
    // The names of each clause are looked up at once: that is most of the work of most queries.
    let clauses: Vec<&Clause> = query.clauses().collect();
    let pools = clauses.into_par_iter().enumerate().map(|(i, clause)| {
        // The narrowest region is the one with the smallest boxes.
        let windows = regions.iter().filter_map(|region| region.boxes(reach(i)));
        let window = windows.min_by_key(|boxes| boxes.iter().map(|&b| size(b)).sum::<u128>());
        Ok(Pool::new(Probes::new(clause, sheets)?, sheets, window.as_deref()))
    });
    let pools = pools.collect::<Result<Vec<_>, QueryError>>()?;
    Ok(Join { sheets, pools, ties, regions, required: query.required(), budget: options.budget })
}

fn size(b: BoxE7) -> u128 {
    let side = |low: i32, high: i32| (i64::from(high) - i64::from(low)).unsigned_abs() as u128;
    side(b.south, b.north) * side(b.west, b.east)
}

/// The spots of a search while it runs.
struct Spots {
    kept: Vec<Spot>,
    /// Scores of the best ones, falling.
    best: Vec<f64>,
    found: usize,
    limit: usize,
}

impl Spots {
    /// Takes in a spot, and gives it back when it is among the best so far.
    fn take(&mut self, spot: Spot) -> Option<&Spot> {
        self.found += 1;
        let place = self.best.partition_point(|&score| score >= spot.score);
        let among_best = place < self.limit;
        if among_best {
            self.best.insert(place, spot.score);
            self.best.truncate(self.limit);
        }
        self.kept.push(spot);
        if self.kept.len() > MAX_SPOTS {
            self.kept.sort_by(Spot::order);
            self.kept.truncate(MAX_SPOTS / 2);
            return self.kept.first().filter(|_| among_best && place == 0);
        }
        self.kept.last().filter(|_| among_best)
    }
}

fn verdict(join: &Join<'_, '_>, query: &Query, work: &Work, texts: &[String], found: usize) -> Verdict {
    if work.cut_off {
        let most = (0..texts.len()).max_by_key(|&clause| (work.examined[clause], join.pools[clause].count));
        let clause = most.unwrap_or(0);
        let regions = if query.inside.is_empty() { ", or a region: in \"Wien\", near 48.2,16.4 5km" } else { "" };
        let closer = if texts.len() > 1 { ", a smaller distance" } else { "" };
        let advice =
            format!("add a clue that is rarer than {}: a name that stands nearby{closer}{regions}", texts[clause]);
        return Verdict::TooCommon(TooCommon {
            clause,
            text: texts[clause].clone(),
            count: join.pools[clause].count,
            advice,
        });
    }
    if found > 0 {
        return Verdict::Complete;
    }
    Verdict::Nothing { why: why_nothing(join, query, texts) }
}

fn why_nothing(join: &Join<'_, '_>, query: &Query, texts: &[String]) -> String {
    if join.sheets.maps.is_empty() {
        return "no map was searched".to_owned();
    }
    let unknown = join.regions.iter().zip(&query.inside).find(|(region, _)| region.is_unknown());
    if let Some((_, inside)) = unknown {
        return format!("no administrative area of the maps has the name of '{inside}'");
    }
    let without: Vec<&str> =
        texts.iter().zip(&join.pools).filter(|(_, p)| p.count == 0).map(|(t, _)| t.as_str()).collect();
    if texts.len() - without.len() < join.required {
        return format!("nothing on the maps matches {}", without.join(" or "));
    }
    let regions = if query.inside.is_empty() { "" } else { " in the region" };
    match texts.len() {
        1 => format!("what matches {} lies outside the region", texts[0]),
        _ => format!(
            "all clauses have objects, but nowhere{regions} do {} of them stand as asked: allow a greater distance, or clauses to be missing with 'at least'",
            join.required
        ),
    }
}
