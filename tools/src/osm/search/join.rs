//! Spots on which the clauses of a query come together.
//!
//! Clauses with few candidates anchor the search: with `at least m` of k clauses a spot must have one of the k - m + 1
//! rarest. Around each candidate of these the first clause is looked up, and around each object of the first clause all
//! the others, the rarest first, so that most places are left after one look. The work is counted in candidates.
//!
//! Where clauses may be missing, the commoner anchors are only there for spots without the rarer ones. When the best of
//! these could not come within [`MARGIN_BANS`] of a spot that was found already, they are not looked for.

use super::geometry::Plane;
use super::pool::Pool;
use super::region::Region;
use super::score::{MISSING_BANS, quality_bans, rarity_bans};
use super::sheets::{Candidate, Sheets, Thing};
use super::tie::{Meeting, Streets, Tie};
use crate::osm::object::{BoxE7, OsmId, PointE7};
use std::cell::Cell;
use std::collections::HashSet;
use std::ops::ControlFlow;

/// Candidates of one clause at one spot among which the best combination is looked for.
const MAX_AT_SPOT: usize = 12;
/// Combinations at one spot that are looked through.
const MAX_COMBINATIONS: usize = 4000;

/// Spots that are so much worse than the best are not looked for, bans: a hundred times more likely by accident.
const MARGIN_BANS: f64 = 2.0;

/// What a search works on.
pub(super) struct Join<'s, 'm> {
    pub(super) sheets: &'s Sheets<'m>,
    pub(super) pools: Vec<Pool<'m>>,
    /// The tie of each clause to the first, and the group that it stands in; the first of them stands for nothing.
    pub(super) ties: Vec<(usize, Tie)>,
    pub(super) regions: Vec<Region>,
    pub(super) required: usize,
    pub(super) budget: u64,
}

/// A clause that a spot has.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) candidate: Candidate,
    /// `log10 q`, bans.
    pub(super) quality: f64,
    /// What rarity and nearness add, bans.
    pub(super) rarity: f64,
    /// Objects that match at least as well.
    pub(super) as_good: f64,
    /// Objects of those that one expects by accident where this one is; nothing for the first.
    pub(super) expected: Option<f64>,
    pub(super) meeting: Option<Meeting>,
    /// Perimeter, metres: what tells a point from a long street.
    pub(super) perimeter_m: f64,
}

/// A spot.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) score: f64,
    /// For each clause what it found.
    pub(super) parts: Vec<Option<Part>>,
    /// The origin of the plane on which the meetings lie: the first object's point.
    pub(super) origin: PointE7,
}

impl Spot {
    /// Clauses that it has.
    pub(super) fn matched(&self) -> usize {
        self.parts.iter().flatten().count()
    }

    /// Order among spots: better ones first, then those of earlier maps and rows, so that answers do not change.
    pub(super) fn order(&self, other: &Self) -> std::cmp::Ordering {
        let keys = |s: &Self| s.parts.iter().map(|p| p.as_ref().map(|p| p.candidate.key())).collect::<Vec<_>>();
        other.score.total_cmp(&self.score).then_with(|| keys(self).cmp(&keys(other)))
    }
}

/// The work that was done, by clause.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) examined: Vec<u64>,
    pub(super) cut_off: bool,
}

impl Work {
    pub(super) fn total(&self) -> u64 {
        self.examined.iter().sum()
    }
}

/// A candidate of a clause near the first object.
struct Match {
    part: Part,
    thing: Thing,
    id: OsmId,
}

impl Match {
    fn bans(&self) -> f64 {
        self.part.quality + self.part.rarity
    }
}

impl<'m> Join<'_, 'm> {
    /// The clauses that anchor the search, the rarest first.
    pub(super) fn anchors(&self) -> Vec<usize> {
        let mut clauses: Vec<usize> = (0..self.pools.len()).collect();
        clauses.sort_by_key(|&clause| (self.pools[clause].count, clause));
        clauses.truncate(self.pools.len() - self.required + 1);
        clauses
    }

    /// Gives each spot as it is found.
    pub(super) fn run(&self, found: &mut dyn FnMut(Spot)) -> Work {
        let mut work = Work { examined: vec![0; self.pools.len()], cut_off: false };
        let streets = Streets::new(self.sheets);
        // An object of the first clause is the middle of one spot, from whichever anchor it was reached.
        let mut seen = HashSet::new();
        let others = self.pools.len() - 1;
        let best = Cell::new(f64::NEG_INFINITY);
        let found = &mut |spot: Spot| {
            best.set(best.get().max(spot.score));
            found(spot);
        };
        let anchors = self.anchors();
        for (rank, &anchor) in anchors.iter().enumerate() {
            if rank > 0 && best.get() - self.most_without(&anchors[..rank], anchor) > MARGIN_BANS {
                break;
            }
            for candidate in self.pools[anchor].all(self.sheets) {
                work.examined[anchor] += 1;
                if work.total() > self.budget {
                    work.cut_off = true;
                    return work;
                }
                let look_ups = usize::try_from(self.pools[anchor].count).unwrap_or(usize::MAX);
                if anchor == 0 {
                    self.spot_of(0, candidate, &streets, look_ups, &mut work, found);
                    continue;
                }
                let reach = self.ties[anchor].1.to_m;
                let bounds = self.sheets.bounds(candidate);
                let firsts = self.pools[0].around(self.sheets, bounds, reach, look_ups, &mut work.examined[0]);
                for first in firsts {
                    if seen.insert(first.key()) && work.total() <= self.budget {
                        self.spot_of(0, first, &streets, look_ups, &mut work, found);
                    }
                }
                if self.required <= others {
                    self.spot_of(anchor, candidate, &streets, look_ups, &mut work, found);
                }
            }
        }
        work
    }

    /// The highest score of a spot without some clauses.
    fn most_without(&self, missing: &[usize], anchor: usize) -> f64 {
        let middle = if missing.contains(&0) { anchor } else { 0 };
        let most = |clause: usize| {
            if missing.contains(&clause) {
                return MISSING_BANS;
            }
            let (_, tie) = &self.ties[clause];
            let expected = self.pools[clause].as_good_as_the_best() * tie.least_area_m2() / self.sheets.spread_m2;
            rarity_bans(expected)
        };
        let others: f64 = (0..self.pools.len()).filter(|&clause| clause != middle).map(most).sum();
        others - self.pools[middle].as_good_as_the_best().log10()
    }

    /// The best combination around an object of the first clause, or of another when the first is missing.
    fn spot_of(
        &self,
        middle: usize,
        candidate: Candidate,
        streets: &Streets<'_, '_>,
        look_ups: usize,
        work: &mut Work,
        found: &mut dyn FnMut(Spot),
    ) {
        let origin = self.sheets.at(candidate);
        if !self.regions.iter().all(|region| region.holds(origin, self.sheets)) {
            return;
        }
        let count = self.pools.len();
        let as_good = self.pools[middle].as_good_as(candidate.likeness);
        let mut part = Part {
            candidate,
            quality: quality_bans(f64::from(candidate.likeness)),
            rarity: -as_good.log10(),
            as_good,
            expected: None,
            meeting: None,
            perimeter_m: 0.0,
        };
        if count == 1 {
            return found(Spot { score: part.quality + part.rarity, parts: vec![Some(part)], origin });
        }
        let plane = Plane::at(origin);
        let first = self.sheets.thing(candidate, &plane);
        part.perimeter_m = first.extent.perimeter_m;
        let near = Near { middle, first: &first, plane, bounds: self.sheets.bounds(candidate), streets, look_ups };
        let Some(lists) = self.matches(&near, work) else { return };
        let Some((bans, chosen)) = Choice::best(self, &lists, self.sheets.id(candidate), middle) else { return };
        let mut parts: Vec<Option<Part>> = chosen.iter().map(|m| m.map(|m| m.part.clone())).collect();
        let missing = if middle == 0 { 0.0 } else { MISSING_BANS };
        let score = part.quality + part.rarity + bans + missing;
        parts[middle] = Some(part);
        found(Spot { score, parts, origin });
    }

    /// For each clause its candidates near the middle, the best first; nothing when too few clauses have any.
    fn matches(&self, near: &Near<'_, '_, '_>, work: &mut Work) -> Option<Vec<Vec<Match>>> {
        let count = self.pools.len();
        let mut order: Vec<usize> = (0..count).filter(|&c| c != near.middle && (c != 0 || near.middle == 0)).collect();
        order.sort_by_key(|&clause| (self.pools[clause].count, clause));
        let mut lists: Vec<Vec<Match>> = (0..count).map(|_| Vec::new()).collect();
        let mut still_possible = order.len() + 1;
        for clause in order {
            if self.pools[clause].count > 0 {
                lists[clause] = self.matches_of(clause, near, work);
            }
            if lists[clause].is_empty() {
                still_possible -= 1;
                if still_possible < self.required {
                    return None;
                }
            }
        }
        Some(lists)
    }

    fn matches_of(&self, clause: usize, near: &Near<'_, '_, '_>, work: &mut Work) -> Vec<Match> {
        let through;
        let tie = match near.middle {
            0 => &self.ties[clause].1,
            middle => {
                through = self.ties[clause].1.through_the_missing(&self.ties[middle].1);
                &through
            }
        };
        let pool = &self.pools[clause];
        let examined = &mut work.examined[clause];
        let candidates = pool.around(self.sheets, near.bounds, tie.to_m, near.look_ups, examined);
        let middle_id = self.sheets.id(near.first.candidate);
        let mut matches: Vec<(Part, Thing)> = Vec::new();
        for candidate in candidates {
            if candidate.key() == near.first.candidate.key() {
                continue;
            }
            let thing = self.sheets.thing(candidate, &near.plane);
            // Comparing long outlines is work, too.
            *examined += (thing.figure.points() + near.first.figure.points()) as u64 / 256;
            let Some(meeting) = tie.holds(near.first, &thing, near.streets) else { continue };
            let as_good = pool.as_good_as(candidate.likeness);
            let expected = as_good * tie.area_m2(near.first, &thing, meeting.metres) / self.sheets.spread_m2;
            let part = Part {
                candidate,
                quality: quality_bans(f64::from(candidate.likeness)),
                rarity: rarity_bans(expected),
                as_good,
                expected: Some(expected),
                meeting: Some(meeting),
                perimeter_m: thing.extent.perimeter_m,
            };
            matches.push((part, thing));
        }
        let bans = |part: &Part| part.quality + part.rarity;
        let order =
            |a: &Part, b: &Part| bans(b).total_cmp(&bans(a)).then_with(|| a.candidate.key().cmp(&b.candidate.key()));
        matches.sort_by(|(a, _), (b, _)| order(a, b));
        let known = matches.into_iter().map(|(part, thing)| Match { id: self.sheets.id(part.candidate), part, thing });
        // The object in the middle may stand in another map, too.
        known.filter(|found| found.id != middle_id).take(MAX_AT_SPOT).collect()
    }
}

/// The most that a clause can add, bans.
fn most_of(list: &[Match]) -> f64 {
    list.first().map_or(MISSING_BANS, |found| found.bans().max(MISSING_BANS))
}

/// Where candidates are looked for.
struct Near<'n, 's, 'm> {
    /// The clause in the middle.
    middle: usize,
    first: &'n Thing,
    plane: Plane,
    bounds: BoxE7,
    streets: &'n Streets<'s, 'm>,
    look_ups: usize,
}

/// The search for the best combination at one spot: no object twice, pairs of a group that goes together near each other.
struct Choice<'c, 'j, 's, 'm> {
    join: &'j Join<'s, 'm>,
    /// The clauses that have matches, and these.
    lists: Vec<(usize, &'c [Match])>,
    allowed_missing: usize,
    clauses: usize,
    left: usize,
    best: Option<(f64, Vec<Option<&'c Match>>)>,
}

impl<'c, 'j, 's, 'm> Choice<'c, 'j, 's, 'm> {
    /// The best combination with its bans, penalties of missing clauses included.
    fn best(
        join: &'j Join<'s, 'm>,
        lists: &'c [Vec<Match>],
        middle_id: OsmId,
        middle: usize,
    ) -> Option<(f64, Vec<Option<&'c Match>>)> {
        let clauses = lists.len();
        // Besides the middle; that of a missing first clause is paid for by the caller.
        let others = (0..clauses).filter(|&c| c != middle && (c != 0 || middle == 0)).collect::<Vec<_>>();
        let allowed = (others.len() + 1).saturating_sub(join.required);
        let mut choice = Self {
            join,
            lists: others.iter().map(|&clause| (clause, lists[clause].as_slice())).collect(),
            allowed_missing: allowed,
            clauses,
            left: MAX_COMBINATIONS,
            best: None,
        };
        choice.lists.sort_by_key(|(clause, list)| (list.len(), *clause));
        let mut chosen = vec![None; clauses];
        let mut ids = vec![middle_id];
        let _ = choice.descend(0, 0.0, 0, &mut chosen, &mut ids);
        choice.best
    }

    fn descend(
        &mut self,
        depth: usize,
        bans: f64,
        missing: usize,
        chosen: &mut Vec<Option<&'c Match>>,
        ids: &mut Vec<OsmId>,
    ) -> ControlFlow<()> {
        if self.left == 0 {
            return ControlFlow::Break(());
        }
        self.left -= 1;
        // No clause adds more than its best match: what cannot win is left.
        let rest: f64 = self.lists[depth..].iter().map(|(_, list)| most_of(list)).sum();
        if self.best.as_ref().is_some_and(|(best, _)| bans + rest <= *best) {
            return ControlFlow::Continue(());
        }
        let Some(&(clause, list)) = self.lists.get(depth) else {
            self.best = Some((bans, chosen.clone()));
            return ControlFlow::Continue(());
        };
        for found in list {
            if ids.contains(&found.id) || !self.goes_together(clause, found, chosen) {
                continue;
            }
            chosen[clause] = Some(found);
            ids.push(found.id);
            let flow = self.descend(depth + 1, bans + found.bans(), missing, chosen, ids);
            ids.pop();
            chosen[clause] = None;
            flow?;
        }
        if missing < self.allowed_missing {
            self.descend(depth + 1, bans + MISSING_BANS, missing + 1, chosen, ids)?;
        }
        ControlFlow::Continue(())
    }

    /// Whether a match lies in the range of its group from those that were chosen before.
    fn goes_together(&self, clause: usize, found: &Match, chosen: &[Option<&'c Match>]) -> bool {
        let (group, tie) = &self.join.ties[clause];
        if !tie.together {
            return true;
        }
        let mates = (0..self.clauses).filter(|&c| c != clause && self.join.ties[c].0 == *group);
        mates.filter_map(|c| chosen[c]).all(|mate| {
            mate.thing.figure.nearest(&found.thing.figure, tie.to_m).is_some_and(|n| n.metres >= tie.from_m)
        })
    }
}
