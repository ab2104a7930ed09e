//! KML 2.2 (OGC 07-147r2): one folder a photo with the answer, the candidates and the circles.

use super::reasons::Citations;
use super::ring::{self, Vertex};
use super::untrusted::xml;
use super::words;
use crate::ledger::LocateResult;
use navig_tools::geo::LatLon;
use std::fmt::Write as _;

const STYLES: &str = r##"<Style id="answer"><IconStyle><color>ff2b2bd0</color><scale>1.2</scale></IconStyle></Style>
<Style id="candidate"><IconStyle><color>ffb06a1f</color><scale>0.8</scale></IconStyle></Style>
<Style id="radius"><LineStyle><color>ff2b2bd0</color><width>1.5</width></LineStyle><PolyStyle><color>262b2bd0</color></PolyStyle></Style>
"##;

pub(super) const FOOTER: &str = "</Document>\n</kml>\n";

/// What opens a document; `about` says what it is and whose data it shows.
pub(super) fn header(about: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\">\n<Document>\n\
         <name>navig</name>\n<description>{}</description>\n{STYLES}",
        xml(about)
    )
}

/// The folder of one photo.
pub(super) fn folder(result: &LocateResult) -> String {
    let mut out = format!("<Folder>\n<name>{}</name>\n", xml(words::path(result)));
    let about = format!("{}. {}. SHA-256 {}", words::headline(result), words::radius(result), result.photo.sha256);
    let name = words::place(result).unwrap_or_else(|| "best guess".to_owned());
    placemark(&mut out, "answer", &name, &about, &point(result.point));
    let citations = Citations::new(result);
    for candidate in &result.candidates {
        let name = format!("{}. {} ({})", candidate.rank, candidate.chain, words::percent(candidate.probability));
        let reasons: Vec<String> = candidate.evidence_for.iter().map(|r| citations.cite(r).claim).collect();
        placemark(&mut out, "candidate", &name, &reasons.join(" | "), &point(candidate.point));
    }
    for (name, km) in [("90 % radius", result.radius_km.p90), ("50 % radius", result.radius_km.p50)] {
        let rings = ring::disc(result.point, km);
        if !rings.is_empty() {
            placemark(&mut out, "radius", name, &words::distance(km), &polygons(&rings));
        }
    }
    out.push_str("</Folder>\n");
    out
}

/// `description` is HTML to a viewer, so that words are escaped once as HTML and once as XML.
pub(super) fn placemark(out: &mut String, style: &str, name: &str, description: &str, geometry: &str) {
    let html = description.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let (name, description) = (xml(name), xml(&html));
    let _ = writeln!(
        out,
        "<Placemark><name>{name}</name><description>{description}</description>\
         <styleUrl>#{style}</styleUrl>{geometry}</Placemark>"
    );
}

pub(super) fn point(p: LatLon) -> String {
    format!("<Point><coordinates>{}</coordinates></Point>", coordinates(&[p.into()]))
}

fn polygons(rings: &[Vec<Vertex>]) -> String {
    let polygon = |ring: &Vec<Vertex>| {
        let edge = coordinates(ring);
        format!(
            "<Polygon><tessellate>1</tessellate><outerBoundaryIs><LinearRing><coordinates>{edge}</coordinates>\
             </LinearRing></outerBoundaryIs></Polygon>"
        )
    };
    format!("<MultiGeometry>{}</MultiGeometry>", rings.iter().map(polygon).collect::<String>())
}

/// Longitude and latitude to a tenth of a metre.
fn coordinates(vertices: &[Vertex]) -> String {
    vertices.iter().map(|v| format!("{:.6},{:.6}", v.lon, v.lat)).collect::<Vec<_>>().join(" ")
}
