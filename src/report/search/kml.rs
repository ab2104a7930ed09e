//! KML 2.2 (OGC 07-147r2) of a search: one folder for each spot, with its objects.

use super::things;
use crate::report::kml::{self, placemark, point};
use crate::report::untrusted::xml;
use navig_tools::osm::file::ATTRIBUTION;
use navig_tools::osm::search::Results;
use std::fmt::Write as _;

/// The spots and their objects as a document.
#[must_use]
pub fn kml(results: &Results) -> String {
    let mut out = kml::header(&format!("{}. {ATTRIBUTION}", results.text));
    for (rank, hit) in (1..).zip(&results.hits) {
        let title = format!("{rank}. {}", things::title(hit));
        let _ = write!(out, "<Folder>\n<name>{}</name>\n", xml(&title));
        let about =
            format!("{} bans, {} of {} clauses. {}", things::bans(hit.score), hit.matched, hit.of, things::areas(hit));
        placemark(&mut out, "answer", &title, &about, &point(hit.at));
        for found in &hit.objects {
            let kind = things::kind(found).unwrap_or_default();
            let about = format!("{kind} {} {}", found.osm.url(), found.map);
            placemark(&mut out, "candidate", &things::name(found), about.trim(), &point(found.at));
        }
        out.push_str("</Folder>\n");
    }
    out.push_str(kml::FOOTER);
    out
}
