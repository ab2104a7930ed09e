use crate::fixtures::{HOSTILE, abstained, at, located, saying};
use crate::formats::written;
use image::{Rgb, RgbImage};
use navig::ledger::LocateResult;
use navig::report::{Format, html};
use navig_tools::clue::{Clue, ClueKind, Crop};
use proptest::prelude::*;

fn photo() -> RgbImage {
    RgbImage::from_fn(2000, 1500, |x, y| Rgb([(x / 8) as u8, (y / 6) as u8, 90]))
}

/// Values of an attribute, in order.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    page.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn nothing_is_fetched_and_nothing_runs() {
    let pages = [html(&located(), Some(&photo())), html(&saying(HOSTILE), None), written(Format::Html, &[located()])];
    for page in pages {
        assert!(page.contains("default-src 'none'"));
        for src in attributes(&page, "src") {
            assert!(src.starts_with("data:image/jpeg;base64,"), "{src}");
        }
        for href in attributes(&page, "href") {
            assert!(href.starts_with('#') || href.starts_with("geo:"), "{href}");
        }
        for what in ["<script", "<link", "<iframe", "<object", "@import", "url(", " style=", " onload", "javascript:"] {
            let found = page.find(what);
            assert!(found.is_none(), "{what}: {:?}", found.map(|at| page[at..].chars().take(80).collect::<String>()));
        }
    }
}

#[test]
fn the_style_sheet_is_the_one_that_the_policy_allows() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let page = html(&located(), None);
    let style = page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).expect("a style sheet");
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(style));
    assert!(page.contains(&format!("style-src 'sha256-{hash}'")));
}

#[test]
fn every_link_leads_somewhere() {
    for page in [html(&located(), Some(&photo())), html(&located(), None)] {
        let ids = attributes(&page, "id");
        let targets = attributes(&page, "href").into_iter().filter_map(|href| href.strip_prefix('#'));
        let targets: Vec<&str> = targets.collect();
        assert!(targets.len() > 10);
        assert!(targets.iter().all(|target| ids.contains(target)), "{targets:?} {ids:?}");
        let unique: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{ids:?}");
    }
}

#[test]
fn the_photo_is_shown_with_its_boxes_and_each_crop_beside_its_words() {
    let page = html(&located(), Some(&photo()));
    assert_eq!(attributes(&page, "src").len(), 1 + 4);
    assert!(page.contains(r#"<rect x="620" y="410" width="1480" height="260"/>"#));
    assert!(page.contains("PANADERÍA SAN JOSÉ"));
    assert_eq!(attributes(&html(&located(), None), "src").len(), 0);
}

#[test]
fn what_the_desk_checks_is_there() {
    let result = located();
    let page = html(&result, None);
    for words in [
        &result.photo.sha256,
        "4000 × 3000",
        "signs.read 1",
        "navig 0.1.0",
        "GeoNames",
        "OpenStreetMap contributors",
        "+2.6",
        "−1.6",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let page = html(&abstained(), None);
    assert!(page.contains("Abstained: the best guess would be India"));
}

/// A picture with 10,000 text boxes makes a page that a browser can still open.
#[test]
fn a_crowded_photo_makes_no_endless_page() {
    let box_of = |i: u32| Clue {
        id: format!("t{i}"),
        kind: ClueKind::Text,
        text: "x".repeat(20),
        crop: Some(Crop { id: format!("c{i}"), x: i % 1000, y: i / 10, width: 30, height: 12 }),
        confidence: 0.5,
    };
    let result = LocateResult { clues: (0..10_000).map(box_of).collect(), evidence: vec![], ..located() };
    let page = html(&result, Some(&photo()));
    assert!(page.len() < 4_000_000, "{}", page.len());
    assert!(page.contains("9880 more clues"));
}

/// How deep the elements of the body nest; `None` when one is not closed where it was opened.
fn nesting(page: &str) -> Option<usize> {
    let (mut open, mut deepest) = (Vec::new(), 0);
    for tag in page[page.find("<body")?..].split('<').skip(1).take_while(|tag| !tag.starts_with("/html")) {
        let (tag, _) = tag.split_once('>')?;
        let name: &str = tag.trim_start_matches('/').split([' ', '/']).next()?;
        if let Some(closed) = tag.strip_prefix('/') {
            (open.pop()? == closed).then_some(())?;
        } else if !tag.ends_with('/') && !["img", "br"].contains(&name) {
            open.push(name);
        }
        deepest = deepest.max(open.len());
    }
    open.is_empty().then_some(deepest)
}

#[test]
fn the_map_shows_the_world_the_best_country_and_the_candidates() {
    let page = html(&located(), None);
    assert!(page.matches(r#"<path class="land"#).count() > 200);
    assert_eq!(page.matches(r#"<path class="land best""#).count(), 2, "on the world and on the surroundings");
    assert_eq!(page.matches("<title>2. North America &gt; United States").count(), 1, "too far for the surroundings");
    assert!(page.len() < 300_000, "{}", page.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_place_and_radius_can_be_drawn(lat in -90.0..=90.0f64, lon in -180.0..180.0f64, p50 in 0.0..5_000.0f64, more in 0.0..16_000.0f64) {
        let mut result = located();
        (result.point, result.radius_km.p50, result.radius_km.p90) = (at(lat, lon), p50, p50 + more);
        let page = html(&result, None);
        prop_assert!(!page.contains("NaN") && !page.contains("inf "));
        prop_assert!(nesting(&page).is_some());
    }
}
