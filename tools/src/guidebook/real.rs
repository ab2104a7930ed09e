//! Real guidebooks, where they are there: every page of a country is about that country.

use super::*;
use crate::geo::Gazetteer;
use crate::geo::mention::country_of;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The folder of real guidebooks; nothing, and a remark, where there is none.
fn guidebooks() -> Option<PathBuf> {
    let data = std::env::var_os("NAVIG_TEST_DATA").map(PathBuf::from);
    let data = data.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"));
    let folder = data.join("guidebook");
    if folder.is_dir() {
        return Some(folder);
    }
    let _ = std::io::Write::write_all(&mut std::io::stderr(), b"skipped: no folder of real guidebooks\n");
    None
}

fn read(path: &Path) -> Read {
    read_source(path, &Limits::default(), &mut |_| {}).expect("a source that can be read")
}

/// The country with most of the shares of some passages.
fn main_country<'a>(passages: impl IntoIterator<Item = &'a Passage>) -> String {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for share in passages.into_iter().flat_map(|p| &p.regions) {
        *sums.entry(country_of(&share.region)).or_default() += share.share;
    }
    sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(code, _)| code.to_owned()).unwrap_or_default()
}

fn by_page(read: &Read) -> BTreeMap<&str, Vec<&Passage>> {
    let mut pages: BTreeMap<&str, Vec<&Passage>> = BTreeMap::new();
    read.passages.iter().for_each(|p| pages.entry(&p.page).or_default().push(p));
    pages
}

#[test]
fn every_page_of_a_country_is_about_it() {
    let Some(folder) = guidebooks() else { return };
    let gazetteer = Gazetteer::embedded();
    for (site, least) in [("pages/plonkit", 19), ("pages/guessr-meta", 225)] {
        let read = read(&folder.join(site));
        let (mut right, mut wrong) = (0, Vec::new());
        for (page, passages) in by_page(&read) {
            // "Botswana (.bw)" names the domain of the country, which is its code but for some islands.
            let title = passages[0].headings[0].as_str();
            let domain = title.rsplit_once("(.").map(|(_, end)| end.trim_end_matches(')').replace("uk", "gb"));
            let stem = page.trim_end_matches("/index.html").trim_end_matches(".html").replace('-', " ");
            let named = gazetteer.resolve_region(&stem).ok();
            let named = named.or_else(|| gazetteer.resolve_region(domain.as_deref()?).ok());
            let Some(wanted) = named.filter(|region| region.level == crate::geo::Level::Country) else { continue };
            let main = main_country(passages.iter().copied());
            if main == wanted.code {
                right += 1;
            } else {
                wrong.push(format!("{page}: {main} and not {}", wanted.code));
            }
        }
        assert!(wrong.is_empty() && right >= least, "{site}: {right} right, {wrong:?}");
    }
}

#[test]
fn keys_of_json_name_the_country() {
    let Some(folder) = guidebooks() else { return };
    let read = read(&folder.join("plonkit_fragments.json"));
    let mut countries: BTreeMap<&str, Vec<&Passage>> = BTreeMap::new();
    read.passages.iter().for_each(|p| countries.entry(&p.headings[1]).or_default().push(p));
    assert!(countries.len() >= 125, "{}", countries.len());
    let gazetteer = Gazetteer::embedded();
    for (name, passages) in &countries {
        if let Ok(wanted) = gazetteer.resolve_region(name) {
            assert_eq!(main_country(passages.iter().copied()), country_of(&wanted), "{name}");
        }
    }
    assert!(read.passages.iter().filter(|p| p.image.is_some()).count() * 10 > read.passages.len() * 9);
}

#[test]
fn a_page_of_drawings_gives_nothing_and_lines_are_read_fast() {
    let Some(folder) = guidebooks() else { return };
    assert!(read(&folder.join("pages/geodexy.html")).passages.is_empty());
    let start = Instant::now();
    let lines = read(&folder.join("text_descriptions.txt"));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}, and the aim is half a second", start.elapsed());
    assert!(lines.passages.len() > 5_000 && lines.passages.iter().all(|p| p.image.is_some()));
    let tagged = lines.passages.iter().filter(|p| !p.regions.is_empty()).count();
    assert!(tagged * 100 > lines.passages.len() * 97, "{tagged} of {}", lines.passages.len());
    assert!(lines.dropped.of(Reason::CameraRemark).count > 1_000);
    assert!(!lines.passages.iter().any(|p| p.text.contains("Street View") || p.text.contains("Google car")));
}
