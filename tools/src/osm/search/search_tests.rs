//! Every relation, on an invented town.

use super::town::{Builder, MIDDLE, islands, town};
use super::*;
use crate::osm::file::Map;
use crate::osm::search::sheets::lat_lon;

fn ask_all(maps: &[&Map], text: &str) -> Results {
    let query = Query::parse(text).expect(text);
    search(maps, &query, SearchOptions::default()).expect(text)
}

fn ask(text: &str) -> Results {
    ask_all(&[&town().map("wien")], text)
}

/// The names of the objects of the best hit, by clause; `-` for one without a name.
fn best(results: &Results) -> Vec<&str> {
    let hit = results.hits.first();
    hit.iter().flat_map(|hit| &hit.objects).map(|found| found.name.as_deref().unwrap_or("-")).collect()
}

#[test]
fn the_examples_of_the_documentation_find_something() {
    let map = town().map("wien");
    let mut rows = include_str!("mod.rs").lines().skip_while(|line| !line.starts_with("//! | example |")).skip(2);
    let examples: Vec<&str> = rows
        .by_ref()
        .map_while(|line| line.strip_prefix("//! | `"))
        .filter_map(|line| line.split_once("` |").map(|(example, _)| example))
        .collect();
    assert_eq!(examples.len(), 10);
    for example in examples {
        let results = ask_all(&[&map], example);
        assert!(!results.hits.is_empty(), "{example}: {:?}", results.verdict);
        assert!(matches!(results.verdict, Verdict::Complete), "{example}: {:?}", results.verdict);
    }
}

#[test]
fn a_name_with_two_things_near_it() {
    let results = ask(r#"name~"Messe Wien" & within 400m: railway=station, name~"Prater""#);
    assert_eq!(best(&results), ["Messe Wien", "Praterstern", "Prater"]);
    let hit = &results.hits[0];
    assert_eq!((hit.matched, hit.of), (3, 3));
    assert!(hit.areas.iter().any(|area| area.name == "Wien" && area.level == 8));
    let station = &hit.reason.parts[1].figures;
    assert!((station["distance_m"] - 150.0).abs() < 2.0, "from the wall of the hall: {station:?}");
    assert!((station["bearing_deg"] - 90.0).abs() < 1.0, "{station:?}");
}

#[test]
fn the_reasons_add_up() {
    for text in [
        r#"name~"Mese Wlen" & within 400m: railway=station, name~"Prater""#,
        r#"name~"Gruber" & within 150m: name~"Spar", name~"Zoo" & at least 2"#,
        "bridge=yes",
    ] {
        for hit in ask(text).hits {
            assert!((hit.reason.bans - hit.score).abs() < 1e-9);
            assert!((hit.reason.parts.iter().map(|r| r.bans).sum::<f64>() - hit.score).abs() < 1e-9, "{text}");
            for part in hit.reason.parts.iter().filter(|part| !part.parts.is_empty()) {
                assert!((part.parts.iter().map(|r| r.bans).sum::<f64>() - part.bans).abs() < 1e-9, "{text}: {part:?}");
            }
        }
    }
}

#[test]
fn nearer_is_better_and_too_far_is_nothing() {
    let results = ask("railway=station & within 2km: leisure=park");
    assert_eq!(best(&results), ["Praterstern", "Prater"]);
    assert!(ask("railway=station & within 100m: leisure=park").hits.is_empty());
    let mut b = Builder::default();
    for (i, d) in [(0.0, 300.0), (1.0, 100.0), (2.0, 200.0)] {
        b.east(i * 20_000.0);
        b.node((0.0, 0.0), "railway=station");
        b.node((0.0, d), "leisure=park");
    }
    let results = ask_all(&[&b.map("parks")], "railway=station & within 400m: leisure=park");
    let metres: Vec<f64> = results.hits.iter().map(|h| h.reason.parts[1].figures["distance_m"].round()).collect();
    assert_eq!(metres, [100.0, 200.0, 300.0]);
}

#[test]
fn a_ring_leaves_out_what_is_too_near() {
    let results = ask("bridge=yes & within 200..1000m angle 60..70: bridge=yes");
    assert_eq!(results.hits.len(), 1, "either bridge may be the first of the two");
    let mut names = best(&results);
    names.sort_unstable();
    assert_eq!(names, ["Alte Brücke", "Neue Brücke"]);
    let angle = results.hits[0].reason.parts[1].figures["angle_deg"];
    assert!((angle - 65.0).abs() < 0.5, "{angle}");
    assert!(ask("railway=station & within 200..400m: leisure=park").hits.is_empty(), "the park is 141 m away");
    assert!(ask("bridge=yes & within 200..1000m angle 20..30: bridge=yes").hits.is_empty());
}

#[test]
fn directions_hold_one_way() {
    assert_eq!(best(&ask("leisure=park & southeast within 1km: railway=station")), ["Prater", "Praterstern"]);
    assert!(ask("leisure=park & north within 1km: railway=station").hits.is_empty());
    assert_eq!(best(&ask("leisure=park & northwest of within 1km: railway=station")), ["Prater", "Praterstern"]);
    assert!(ask("leisure=park & south of within 1km: railway=station").hits.is_empty());
    assert_eq!(best(&ask("amenity=place_of_worship & bearing 60..70: man_made=tower")), ["St. Leopold", "Donauturm"]);
    assert!(ask("amenity=place_of_worship & bearing 70..60: man_made=tower").hits.is_empty());
}

#[test]
fn streets_that_meet_are_found_at_their_corner() {
    let results = ask(r#"name~"Lassallestr" & crossing: name~"Vorgartenstr""#);
    assert_eq!(best(&results), ["Lassallestraße", "Vorgartenstraße"]);
    let corner = results.hits[0].at.distance_km(lat_lon(MIDDLE));
    assert!(corner < 0.01, "{corner} km");
    assert_eq!(results.hits[0].objects[0].more.len(), 1, "the other way of the street");
    assert_eq!(results.hits.len(), 1, "both ways meet the other street, at one corner");
    assert!(ask(r#"name="Lassallestraße" & crossing: name="Lindenallee""#).hits.is_empty(), "a kilometre apart");
}

#[test]
fn a_street_of_many_ways_is_one_answer() {
    let results = ask(r#"name="Lassallestraße""#);
    let more: Vec<usize> = results.hits.iter().map(|hit| hit.objects[0].more.len()).collect();
    assert_eq!(results.hits.len(), 2, "that of Wien and that of Neudorf");
    assert_eq!(more.iter().sum::<usize>(), 1);
    assert_eq!(results.hits[0].objects[0].namesakes.as_ref().map(|n| n.places), Some(2));
}

#[test]
fn houses_of_one_street() {
    let results = ask("shop=bakery & same street: brand=Spar");
    assert_eq!(best(&results), ["Bäckerei Gruber", "Spar"]);
    assert_eq!(results.hits.len(), 1, "the bakery of Neudorf stands in no street");
    assert!(ask("shop=bakery & same street: leisure=park").hits.is_empty());
}

#[test]
fn together_means_pairwise() {
    // The bakery is 34 m from the shop and 73 m from the pharmacy; these two are 60 m apart.
    assert_eq!(best(&ask("shop=bakery & within 75m together: shop=supermarket, amenity=pharmacy")).len(), 3);
    let mut b = Builder::default();
    b.node((0.0, 0.0), "shop=bakery");
    b.node((-70.0, 0.0), "shop=supermarket");
    b.node((70.0, 0.0), "amenity=pharmacy");
    let map = b.map("row");
    assert_eq!(ask_all(&[&map], "shop=bakery & within 75m: shop=supermarket, amenity=pharmacy").hits.len(), 1);
    let apart = ask_all(&[&map], "shop=bakery & within 75m together: shop=supermarket, amenity=pharmacy");
    assert!(apart.hits.is_empty(), "the outer ones are 140 m apart");
    let Verdict::Nothing { why } = apart.verdict else { unreachable!("no hits") };
    assert!(why.contains("allow a greater distance"), "{why}");
}

#[test]
fn a_clause_may_be_missing_and_costs() {
    let text = r#"name~"Gruber" & within 150m: name~"Spar", name~"Xylophonwerk""#;
    assert!(ask(text).hits.is_empty());
    let results = ask(&format!("{text} & at least 2"));
    assert_eq!(best(&results), ["Bäckerei Gruber", "Spar"]);
    let missing = &results.hits[0].reason.parts[2];
    assert!(missing.what.ends_with("not found here") && (missing.bans + 1.0).abs() < 1e-9);
    // The first clause may be the misread one, too: then the others stand within both distances of each other.
    let first = ask(r#"name~"Xylophonwerk" & within 50m: name~"Gruber", name~"Löwen" & at least 2"#);
    assert_eq!(best(&first), ["Bäckerei Gruber", "Apotheke zum Löwen"]);
    assert!(ask(r#"name="Xylophonwerk" & within 20m: shop=bakery, amenity=pharmacy & at least 2"#).hits.is_empty());
}

#[test]
fn common_clauses_do_not_anchor_what_cannot_win() {
    let mut b = town();
    for i in 0..3000 {
        b.node((f64::from(i % 60) * 50.0, f64::from(i / 60) * 50.0), "natural=tree");
        b.node((f64::from(i % 60) * 50.0 + 20.0, f64::from(i / 60) * 50.0), "highway=street_lamp");
    }
    let map = b.map("trees");
    let text = r#"name="Messe Wien" & within 60m: natural=tree, highway=street_lamp & at least 2"#;
    let results = ask_all(&[&map], text);
    assert_eq!(best(&results)[0], "Messe Wien");
    assert!(results.examined < 3000, "{}", results.examined);
    let elsewhere = ask_all(&[&map], &text.replace("Messe Wien", "Xylophonwerk"));
    assert!(elsewhere.hits.iter().all(|hit| hit.matched == 2) && !elsewhere.hits.is_empty(), "without it they are");
}

#[test]
fn no_object_serves_twice() {
    assert!(ask("leisure=park & within 100m: leisure=park").hits.is_empty());
    assert!(ask("tourism=attraction & within 100m: building=exhibition").hits.is_empty());
}

#[test]
fn regions_hold_the_object_in_the_middle() {
    let places = |text: &str| ask(text).hits.len();
    assert_eq!(places("shop=bakery"), 2);
    assert_eq!(places(r#"shop=bakery & in "Wien""#), 1);
    assert_eq!(places(r#"shop=bakery & in "vienna""#), 1);
    assert_eq!(places("shop=bakery & in AT"), 2);
    assert_eq!(places("shop=bakery & in DE"), 0);
    assert_eq!(places("shop=bakery & in 48.2,16.3,48.3,16.5"), 1);
    assert_eq!(places("shop=bakery & near 48.2082,16.4 1km"), 1);
    let Verdict::Nothing { why } = ask(r#"shop=bakery & in "Atlantis""#).verdict else { unreachable!("no such area") };
    assert!(why.contains("no administrative area"), "{why}");
}

#[test]
fn nothing_breaks_at_the_180th_meridian() {
    let map = islands().map("islands");
    let results = ask_all(&[&map], "tourism=hotel & within 300m: amenity=bar");
    assert_eq!(best(&results), ["Hotel Fidschi", "Bula Bar"]);
    assert!((results.hits[0].reason.parts[1].figures["distance_m"] - 200.0).abs() < 2.0);
    assert_eq!(ask_all(&[&map], "tourism=hotel & east within 300m: amenity=bar").hits.len(), 1);
    assert_eq!(ask_all(&[&map], "tourism=hotel & in -18,179,-16,-179").hits.len(), 1);
    assert_eq!(ask_all(&[&map], "amenity=bar & in -18,179,-16,-179").hits.len(), 1);
    assert_eq!(ask_all(&[&map], "tourism=hotel & near -17,-179.999 1km").hits.len(), 1);
}

#[test]
fn several_maps_are_one_world() {
    let (wien, islands) = (town().map("wien"), islands().map("islands"));
    let mut beside = Builder::default();
    beside.node((350.0, 270.0), "amenity=bar, name=Bar am Rand");
    let beside = beside.map("beside");
    let maps = [&wien, &islands, &beside];
    assert_eq!(best(&ask_all(&maps, r#"name~"Bula Bar""#))[0], "Bula Bar");
    let across = ask_all(&maps, "leisure=park & within 50m: amenity=bar");
    assert_eq!(best(&across), ["Prater", "Bar am Rand"], "the two lie in different maps");
    assert_eq!(across.hits[0].objects[1].map, "beside");
    assert_eq!(across.maps.len(), 3);
    let twice = ask_all(&[&wien, &wien], r#"name="Messe Wien""#);
    assert_eq!((twice.hits.len(), twice.hits[0].merged), (1, 1), "overlapping maps give one answer");
}

#[test]
fn namesakes_and_chains_are_told() {
    let of = |text: &str| ask(text).hits[0].objects[0].namesakes.clone().expect("it has a name");
    let bakery = of(r#"name~"Bäckerei Gruber""#);
    assert_eq!((bakery.places, bakery.objects, bakery.chain, bakery.alternatives.len()), (2, 2, false, 1));
    assert!((bakery.alternatives[0].km - 40.0).abs() < 1.0, "{bakery:?}");
    assert!(of("name=\"Spar\"").chain, "it has a brand");
    let kiosk = of("name=\"Trafik Huber\"");
    assert!(kiosk.chain && kiosk.places == 6, "{kiosk:?}");
    assert!(!of("name=\"Messe Wien\"").chain);
}

#[test]
fn too_much_work_is_told_with_advice_and_what_was_found() {
    let mut b = town();
    for i in 0..4000 {
        b.node((f64::from(i % 80) * 10.0, f64::from(i / 80) * 10.0), "natural=tree");
    }
    let map = b.map("trees");
    let query = Query::parse("natural=tree & within 400m: natural=tree").expect("a query");
    let results = search(&[&map], &query, SearchOptions::with_budget(20_000)).expect("an answer");
    let Verdict::TooCommon(common) = &results.verdict else { unreachable!("{:?}", results.verdict) };
    assert_eq!((common.text.as_str(), common.count), ("natural=tree", 4000));
    assert!(common.advice.contains("rarer than natural=tree") && !results.hits.is_empty());
    assert!(results.examined < 40_000, "{}", results.examined);
    let rare = Query::parse(r#"natural=tree & within 400m: name~"Praterstern""#).expect("a query");
    let results = search(&[&map], &rare, SearchOptions::with_budget(20_000)).expect("an answer");
    assert!(matches!(results.verdict, Verdict::Complete), "a rare clause makes a common one cheap");
    assert_eq!(best(&results), ["-", "Praterstern"]);
}

#[test]
fn empty_maps_and_no_maps_answer_nothing() {
    let empty = Builder::default().map("empty");
    for maps in [&[&empty][..], &[]] {
        let results = ask_all(maps, r#"name~"Messe" & within 400m: shop=*"#);
        assert!(results.hits.is_empty() && matches!(results.verdict, Verdict::Nothing { .. }));
        assert!(around(maps, lat_lon(MIDDLE), 100.0).expect("a radius").classes.is_empty());
        assert_eq!(name_places(maps, "Messe", NameMatch::Read, 10).expect("a name").found, 0);
    }
    let Verdict::Nothing { why } = ask("shop=submarine").verdict else { unreachable!("no such shop") };
    assert_eq!(why, "nothing on the maps matches shop=submarine");
}

#[test]
fn the_same_question_has_the_same_answer_and_streams_it() {
    let map = town().map("wien");
    let query = Query::parse("shop=* & within 10km: highway=*").expect("a query");
    let mut streamed = Vec::new();
    let options = SearchOptions::default();
    let results = search_streaming(&[&map], &query, options, &mut |hit| streamed.push(hit.score)).expect("an answer");
    assert_eq!(search(&[&map], &query, options), Ok(results.clone()));
    let top = results.hits[0].score;
    assert!(streamed.contains(&top) && streamed.iter().all(|&score| score <= top));
    let json = serde_json::to_string(&results).expect("plain data");
    assert_eq!(serde_json::from_str::<Results>(&json).ok(), Some(results));
}

#[test]
fn what_stands_around_a_point() {
    let map = town().map("wien");
    let here = around(&[&map], lat_lon(MIDDLE), 100.0).expect("a radius");
    let streets: Vec<_> = here.streets.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(streets, ["Lassallestraße", "Vorgartenstraße"]);
    let named: Vec<_> = here.named.iter().map(|s| (s.name.as_str(), s.chain)).collect();
    assert!(named.contains(&("Bäckerei Gruber", false)) && named.contains(&("Spar", true)), "{named:?}");
    assert!(here.classes.iter().any(|class| class.class.contains("bakery") && (class.nearest_m - 32.3).abs() < 1.0));
    assert_eq!(here.areas.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["Wien"]);
    assert!(around(&[&map], lat_lon(MIDDLE), 9000.0).is_err() && around(&[&map], lat_lon(MIDDLE), f64::NAN).is_err());
}

#[test]
fn one_name_is_grouped_into_places() {
    let map = town().map("wien");
    let found = name_places(&[&map], "Backerei Gruber", NameMatch::Read, 10).expect("a name");
    let places: Vec<_> = found.places.iter().filter(|p| p.name == "Bäckerei Gruber").collect();
    assert_eq!(places.len(), 2);
    assert!(places.iter().all(|p| p.namesakes.places == 2 && p.likeness > 0.9));
    let street = name_places(&[&map], "Lassallestraße", NameMatch::Exact, 10).expect("a name");
    assert_eq!(street.places.iter().map(|p| p.objects).collect::<Vec<_>>(), [2, 1]);
    assert!(name_places(&[&map], "...", NameMatch::Read, 10).is_err());
}

#[test]
fn one_element_can_be_the_first() {
    let results = ask("osm=n6 & within 100m: amenity=pharmacy");
    assert_eq!(best(&results), ["Bäckerei Gruber", "Apotheke zum Löwen"]);
    assert!(ask("osm=w999").hits.is_empty());
}
