//! Spots as hits: merged, ranked, with their reasons.

use super::geometry::{Plane, Xy};
use super::join::{Join, Part, Spot};
use super::namesakes::NameBook;
use super::results::{AreaName, Found, Hit, Reason};
use super::score::MISSING_BANS;
use super::sheets::{Candidate, Sheets, lat_lon};
use crate::geo::LatLon;
use crate::geo::fold::fold;
use crate::osm::features::{classes_of, names_of};
use crate::osm::names::likeness;
use crate::osm::object::{OsmId, PointE7};
use std::collections::{BTreeMap, HashSet};

/// Least and greatest distance within which two spots of a query with relations are one, metres.
const MERGED_M: std::ops::RangeInclusive<f64> = 50.0..=2000.0;
/// Objects of one name that lie this near to each other are one answer to a query for a name, metres.
const SAME_NAME_M: f64 = 100.0;

/// What makes hits of spots.
pub(super) struct Answers<'a, 'm> {
    join: &'a Join<'a, 'm>,
    /// The clauses as text.
    texts: &'a [String],
    /// The name that was read, of each clause that has one.
    read: &'a [Option<String>],
    book: NameBook<'a, 'm>,
}

/// A hit with what tells whether another spot is the same.
struct Accepted {
    hit: Hit,
    things: HashSet<(u32, u32)>,
    ids: HashSet<OsmId>,
    name: Option<String>,
}

impl<'a, 'm> Answers<'a, 'm> {
    pub(super) fn new(join: &'a Join<'a, 'm>, texts: &'a [String], read: &'a [Option<String>]) -> Self {
        Self { join, texts, read, book: NameBook::new(join.sheets) }
    }

    /// The best hits; spots of one place are merged into the best of them.
    pub(super) fn best(mut self, mut spots: Vec<Spot>, limit: usize) -> Vec<Hit> {
        spots.sort_by(Spot::order);
        // The first clause has no relation of its own: its tie would merge everything within kilometres.
        let ties = self.join.ties.iter().skip(1);
        let farthest = ties.map(|(_, tie)| tie.to_m).filter(|m| m.is_finite()).fold(0.0, f64::max);
        let radius_km = farthest.clamp(*MERGED_M.start(), *MERGED_M.end()) / 1000.0;
        let mut accepted: Vec<Accepted> = Vec::new();
        for spot in &spots {
            let at = self.place(spot);
            match accepted.iter().position(|a| self.is_same(a, spot, at, radius_km)) {
                Some(same) => accepted[same].hit.merged += 1,
                None if accepted.len() < limit => accepted.push(self.accept(spot)),
                None => {}
            }
        }
        accepted.into_iter().map(|a| a.hit).collect()
    }

    fn is_same(&self, accepted: &Accepted, spot: &Spot, at: LatLon, radius_km: f64) -> bool {
        let far = accepted.hit.at.distance_km(at);
        if self.texts.len() > 1 {
            return far <= radius_km;
        }
        let Some(part) = spot.parts.iter().flatten().next() else { return false };
        if accepted.things.contains(&part.candidate.key()) {
            return true;
        }
        let name = || self.join.sheets.name(part.candidate).map(fold);
        // The same element may stand in two maps, as long as it has not been moved since.
        far * 1000.0 <= SAME_NAME_M
            && (accepted.ids.contains(&self.join.sheets.id(part.candidate))
                || (accepted.name.is_some() && accepted.name == name()))
    }

    fn accept(&mut self, spot: &Spot) -> Accepted {
        let mut hit = self.hit(spot);
        let (mut things, mut ids) = (HashSet::new(), HashSet::new());
        let parts: Vec<Candidate> = spot.parts.iter().flatten().map(|p| p.candidate).collect();
        for (found, &candidate) in hit.objects.iter_mut().zip(&parts) {
            let street = self.book.street(candidate);
            found.more = street.iter().map(|&way| self.join.sheets.id(way)).collect();
            found.namesakes = found.name.as_deref().map(|name| self.book.namesakes(candidate, name, found.at));
            things.extend(street.iter().map(|way| way.key()).chain([candidate.key()]));
            ids.insert(found.osm);
        }
        let name = hit.objects.first().and_then(|found| found.name.as_deref()).map(fold);
        Accepted { hit, things, ids, name }
    }

    /// A spot as a hit, without namesakes and without the other ways of its streets.
    pub(super) fn hit(&self, spot: &Spot) -> Hit {
        let plane = Plane::at(spot.origin);
        let at = self.place(spot);
        let here = plane.project(PointE7::of(at));
        let ends = spot.parts.iter().flatten().filter_map(|p| p.meeting).flat_map(|m| [m.from, m.to]);
        let extent = ends.map(|p| p.distance(here)).fold(0.0, f64::max);
        let found = spot.parts.iter().enumerate().filter_map(|(i, part)| Some((i, part.as_ref()?)));
        let objects: Vec<Found> = found.map(|(i, part)| self.found(i, part, &plane)).collect();
        Hit {
            at,
            extent_m: extent.round(),
            score: spot.score,
            matched: spot.matched(),
            of: spot.parts.len(),
            areas: areas_at(self.join.sheets, PointE7::of(at)),
            reason: self.reason(spot, extent),
            objects,
            merged: 0,
        }
    }

    /// Where the camera may have stood: at the smallest object of the spot, on its side of the first; for streets that
    /// cross, at the crossing.
    fn place(&self, spot: &Spot) -> LatLon {
        let size = |p: &&Part| (p.perimeter_m, p.as_good);
        let order = |a: &&Part, b: &&Part| size(a).0.total_cmp(&size(b).0).then(size(a).1.total_cmp(&size(b).1));
        let Some(smallest) = spot.parts.iter().flatten().min_by(order) else { return lat_lon(spot.origin) };
        if smallest.perimeter_m == 0.0 {
            return lat_lon(self.join.sheets.at(smallest.candidate));
        }
        let nearest = |a: &super::tie::Meeting, b: &super::tie::Meeting| a.metres.total_cmp(&b.metres);
        let on_it: Option<Xy> = match smallest.meeting {
            Some(meeting) => Some(meeting.to),
            None => spot.parts.iter().flatten().filter_map(|p| p.meeting).min_by(nearest).map(|m| m.from),
        };
        on_it.and_then(|p| Plane::at(spot.origin).unproject(p)).unwrap_or_else(|| lat_lon(spot.origin))
    }

    fn found(&self, clause: usize, part: &Part, plane: &Plane) -> Found {
        let sheets = self.join.sheets;
        let (map, row) = (sheets.map(part.candidate), part.candidate.row);
        let tags: BTreeMap<String, String> = map.tags(row).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        let name = map.tag(row, "name").or_else(|| names_of(map.tags(row)).next().map(|(_, name)| name));
        let matched_name = self.read[clause].as_deref().and_then(|read| {
            let names = names_of(map.tags(row)).map(|(_, text)| (likeness(read, text), text));
            let best = names.fold(None, |best: Option<(f64, &str)>, n| best.filter(|b| b.0 >= n.0).or(Some(n)));
            best.map(|(_, text)| text).filter(|&text| Some(text) != name)
        });
        let at = part.meeting.and_then(|m| plane.unproject(m.to));
        Found {
            clause,
            map: sheets.sheet(part.candidate).name.clone(),
            osm: map.id(row),
            more: Vec::new(),
            at: at.unwrap_or_else(|| lat_lon(map.at(row))),
            name: name.map(str::to_owned),
            matched_name: matched_name.map(str::to_owned),
            likeness: f64::from(part.candidate.likeness),
            classes: classes_of(map.tags(row)).map(|class| class.name().to_owned()).collect(),
            tags,
            namesakes: None,
        }
    }

    fn reason(&self, spot: &Spot, extent: f64) -> Reason {
        let parts = spot.parts.iter().enumerate().map(|(i, part)| match part {
            Some(part) => self.reason_of(i, part),
            None => Reason::of(format!("{}: not found here", self.texts[i]), MISSING_BANS),
        });
        let what = match spot.parts.len() {
            1 => "one clause".to_owned(),
            all => format!("{} of {all} clauses within {extent:.0} m", spot.matched()),
        };
        Reason { parts: parts.collect(), ..Reason::of(what, spot.score) }
    }

    fn reason_of(&self, clause: usize, part: &Part) -> Reason {
        let sheets = self.join.sheets;
        let id = sheets.id(part.candidate);
        let name = sheets.name(part.candidate).map(|name| format!(" '{name}'")).unwrap_or_default();
        let away = part.meeting.map(|m| format!(", {:.0} m away", m.metres)).unwrap_or_default();
        let likeness = f64::from(part.candidate.likeness);
        let mut figures = BTreeMap::from([
            ("candidates".to_owned(), self.join.pools[clause].count as f64),
            ("as_good".to_owned(), part.as_good),
            ("likeness".to_owned(), likeness),
        ]);
        if let (Some(meeting), Some(expected)) = (part.meeting, part.expected) {
            figures.insert("distance_m".to_owned(), meeting.metres);
            figures.insert("bearing_deg".to_owned(), meeting.bearing);
            figures.insert("expected".to_owned(), expected);
            figures.extend(meeting.angle.map(|angle| ("angle_deg".to_owned(), angle)));
        }
        let mut parts = Vec::new();
        if self.read[clause].is_some() {
            parts.push(Reason::of(format!("the name fits what was read with likeness {likeness:.2}"), part.quality));
        }
        parts.push(match part.expected {
            Some(expected) => {
                let what = format!("{} such objects; this near one expects {expected:.3} by accident", part.as_good);
                Reason::of(what, part.rarity)
            }
            None => Reason::of(format!("{} such objects: as many spots are tried", part.as_good), part.rarity),
        });
        let what = format!("{}:{name} ({id}){away}", self.texts[clause]);
        Reason { what, bans: part.quality + part.rarity, figures, parts }
    }
}

impl Reason {
    fn of(what: String, bans: f64) -> Self {
        Self { what, bans, figures: BTreeMap::new(), parts: Vec::new() }
    }
}

/// The administrative areas that hold a point, the widest first, from the map that has most of them.
pub(super) fn areas_at(sheets: &Sheets<'_>, at: PointE7) -> Vec<AreaName> {
    let mut best: Vec<AreaName> = Vec::new();
    for sheet in &sheets.maps {
        let areas = sheet.map.areas_at(at).into_iter().filter_map(|(level, row)| {
            let name = sheet.map.tag(row, "name")?.to_owned();
            Some(AreaName { level, name, osm: sheet.map.id(row) })
        });
        let areas: Vec<_> = areas.collect();
        if areas.len() > best.len() {
            best = areas;
        }
    }
    best
}
