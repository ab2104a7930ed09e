//! What the embedded gazetteer knows, and what damaged ones do.

use super::build::{ContinentRow, CountryRow, PlaceRow, Tables, build};
use super::*;
use crate::geo::{Level, RegionCode};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn at(lat: f64, lon: f64) -> LatLon {
    LatLon::new(lat, lon).expect("valid")
}

fn codes(lat: f64, lon: f64) -> Vec<String> {
    let chain = Gazetteer::embedded().chain(at(lat, lon));
    chain.0.into_iter().take_while(|r| r.level <= Level::Admin1).map(|r| r.code).collect()
}

fn places_named(name: &str, how: NameMatch) -> Vec<Place<'static>> {
    let place = |hit: &NameHit| match hit.target {
        Named::Place(id) => Some(Gazetteer::embedded().place(id)),
        _ => None,
    };
    Gazetteer::embedded().find(name, how, 50).iter().filter_map(place).collect()
}

#[test]
fn the_embedded_file_is_whole_and_in_order() {
    let g = Gazetteer::embedded();
    g.verify().expect("the digest fits");
    assert_eq!(g.len(), 234_908);
    assert!(g.countries().map(|(_, c)| c.code).is_sorted());
    assert!(g.admin1_units().map(|(_, unit)| unit.code).is_sorted());
    assert_eq!(g.countries().map(|(index, _)| g.places_of(index).len()).sum::<usize>(), g.len());
    for place in g.places() {
        assert!(!place.name.is_empty() && g.places_of(place.country).contains(&place.id.0));
        assert!(place.admin1.is_none_or(|unit| g.admin1(unit).country == place.country), "{}", place.name);
        assert!(place.admin2.is_none_or(|unit| Some(g.admin2(unit).admin1) == place.admin1), "{}", place.name);
        assert!(g.time_zone(place.id).contains('/'), "{}", place.name);
    }
}

#[test]
fn the_chain_of_vienna() {
    let g = Gazetteer::embedded();
    let chain = g.chain(at(48.2082, 16.3738));
    assert_eq!(chain.to_string(), "Europe > Austria > Vienna > Wien Stadt > Vienna");
    let codes: Vec<_> = chain.0.iter().map(|r| r.code.as_str()).collect();
    assert_eq!(codes, ["EU", "AT", "AT.09", "AT.09.wien-stadt", "2761369"]);
    for region in &chain.0 {
        assert_eq!(g.region(&region.region_code()).as_ref(), Some(region));
    }
}

#[test]
fn chains_near_edges_of_countries_and_of_the_map() {
    for (lat, lon, chain) in [
        (47.6973, 8.6910, &["EU", "DE", "DE.01"][..]), // Büsingen, an exclave in Switzerland
        (36.14, -5.353, &["EU", "GI"]),
        (43.7384, 7.4246, &["EU", "MC"]),
        (-16.8, 179.95, &["OC", "FJ", "FJ.03"]),
        (-16.8, -179.95, &["OC", "FJ", "FJ.03"]),
        (42.66, 21.16, &["EU", "XK"]),
        (18.47, -66.1, &["NA", "PR"]),
        (33.0, -97.0, &["NA", "US", "US.TX"]),
        (-90.0, 0.0, &["AN", "AQ"]),
        (90.0, 0.0, &[]),
        (40.0, -40.0, &[]),
        (0.0, -30.0, &[]), // Brazil's waters, 400 km from Brazil
    ] {
        let found = codes(lat, lon);
        assert!(found.len() >= chain.len() && found.iter().zip(chain).all(|(a, b)| a == b), "{lat},{lon}: {found:?}");
        assert!(!chain.is_empty() || found.is_empty(), "{lat},{lon}: {found:?}");
    }
}

#[test]
fn far_from_any_town_the_city_is_left_out() {
    let chain = Gazetteer::embedded().chain(at(69.0, 100.0));
    assert_eq!(chain.at(Level::Country).map(|r| r.code.as_str()), Some("RU"));
    assert!(chain.at(Level::City).is_none() && chain.at(Level::Admin2).is_none());
}

#[test]
fn london_has_namesakes_and_the_largest_comes_first() {
    let londons = places_named("LONDON", NameMatch::Exact);
    let countries: BTreeSet<_> = londons.iter().map(|p| Gazetteer::embedded().country(p.country).code).collect();
    assert!(countries.is_superset(&["CA", "GB", "US"].into()), "{countries:?}");
    assert_eq!(londons[0].geoname_id, 2_643_743);
    assert_eq!(Gazetteer::embedded().namesakes("London"), londons.len());
}

#[test]
fn names_are_found_in_other_scripts_and_spellings() {
    for (name, id) in [
        ("Пловдив", 728_193),
        ("ΑΘΗΝΑ", 264_371),
        ("北京", 1_816_670),
        ("부산", 1_838_524),
        ("القاهرة", 360_630),
        ("Wien", 2_761_369),
        ("lodz", 3_093_133),
        ("MÜNCHEN", 2_867_714),
        ("Munchen", 2_867_714),
    ] {
        let found = places_named(name, NameMatch::Exact);
        assert_eq!(found.first().map(|p| p.geoname_id), Some(id), "{name}");
    }
}

#[test]
fn a_misread_letter_or_two_is_forgiven_when_asked() {
    let names = |text, edits| -> Vec<_> {
        places_named(text, NameMatch::Edits(edits)).into_iter().map(|place| place.name).collect()
    };
    assert!(names("Barcelna", 1).contains(&"Barcelona") && names("Barcelna", 0).is_empty());
    assert!(names("8arcelna", 2).contains(&"Barcelona") && !names("8arcelna", 1).contains(&"Barcelona"));
    let hits = Gazetteer::embedded().find("Graz", NameMatch::Edits(1), 50);
    assert!(hits[0].edits == 0 && hits.is_sorted_by_key(|hit| hit.edits), "{hits:?}");
    assert!(hits.iter().any(|hit| hit.edits == 1));
}

#[test]
fn prefixes_find_the_largest_first() {
    assert!(places_named("Ljublj", NameMatch::Prefix).iter().any(|place| place.geoname_id == 3_196_359));
}

#[test]
fn texts_that_are_no_names_find_nothing_and_take_no_time() {
    let g = Gazetteer::embedded();
    let huge = "x".repeat(1_000_000);
    for how in [NameMatch::Exact, NameMatch::Prefix, NameMatch::Edits(2), NameMatch::Edits(u8::MAX)] {
        for text in ["", " ", "...", "\u{301}", huge.as_str()] {
            assert!(g.find(text, how, 10).is_empty());
        }
        assert!(g.find("a", how, 10).len() <= 10 && g.find("san", how, 3).len() <= 3);
        assert!(g.find("London", how, 0).is_empty());
    }
}

#[test]
fn admin_units_and_countries_are_found_by_name_too() {
    let g = Gazetteer::embedded();
    let codes = |name| -> BTreeSet<String> {
        let code = |hit: NameHit| match hit.target {
            Named::Country(index) => Some(g.country(index).code.to_owned()),
            Named::Admin1(index) => Some(g.admin1(index).code.to_owned()),
            Named::Admin2(index) => Some(g.admin2(index).code.to_owned()),
            Named::Place(_) => None,
        };
        g.find(name, NameMatch::Exact, 1000).into_iter().filter_map(code).collect()
    };
    assert!(codes("Georgia").is_superset(&["GE".to_owned(), "US.GA".to_owned()].into()));
    assert!(codes("Jefferson County").contains("US.KY.jefferson-county"));
    assert!(codes("Jefferson").contains("US.KY.jefferson-county"));
    assert!(!codes("Niger").contains("NG"), "names are compared whole");
}

#[test]
fn what_a_user_writes_for_a_region() {
    let g = Gazetteer::embedded();
    for (text, level, code) in [
        ("at", Level::Country, "AT"),
        ("AUT", Level::Country, "AT"),
        (" austria ", Level::Country, "AT"),
        ("UK", Level::Country, "GB"),
        ("Georgia", Level::Country, "GE"),
        ("Europe", Level::Continent, "EU"),
        ("Texas", Level::Admin1, "US.TX"),
        ("us-tx", Level::Admin1, "US.TX"),
        ("US.TX", Level::Admin1, "US.TX"),
        ("AU-NSW", Level::Admin1, "AU.02"),
        ("Punjab, PK", Level::Admin1, "PK.04"),
        ("Georgia, USA", Level::Admin1, "US.GA"),
    ] {
        let code = RegionCode { level, code: code.to_owned() };
        assert_eq!(g.resolve_region(text), Ok(code), "{text}");
    }
    assert!(matches!(g.resolve_region("Punjab"), Err(ResolveError::Ambiguous { choices, .. }) if choices.len() == 2));
    for text in ["", " ", "nowhere at all", ",", "Texas, DE"] {
        assert!(matches!(g.resolve_region(text), Err(ResolveError::Unknown { .. })), "{text:?}");
    }
}

#[test]
fn countries_by_the_names_that_others_give_them() {
    let g = Gazetteer::embedded();
    for (text, code) in [
        ("Netherlands", "NL"),
        ("The Netherlands", "NL"),
        ("Kingdom of the Netherlands", "NL"),
        ("The Gambia", "GM"),
        ("Bahamas, The", "BS"),
        ("Vatican City", "VA"),
        ("Côte d'Ivoire", "CI"),
        ("Republic of Côte d’Ivoire", "CI"),
        ("Congo, The Democratic Republic of the", "CD"),
        ("Republic of the Congo", "CG"),
        ("Korea, Republic of", "KR"),
        ("Korea, Democratic People's Republic of", "KP"),
        ("Republic of Ireland", "IE"),
        ("People's Republic of China", "CN"),
        ("Iran, Islamic Republic of", "IR"),
        ("Federated States of Micronesia", "FM"),
        ("Micronesia, Federated States of", "FM"),
        ("Plurinational State of Bolivia", "BO"),
        ("Tanzania, United Republic of", "TZ"),
        ("Grand Duchy of Luxembourg", "LU"),
        ("St. Lucia", "LC"),
        ("St. Vincent & Grenadines", "VC"),
        ("Türkiye", "TR"),
        ("Palestinian Territories", "PS"),
        ("United Kingdom of Great Britain and Northern Ireland", "GB"),
        ("Viet Nam", "VN"),
        ("UAE", "AE"),
        ("Democratic People's Republic of Algeria", "DZ"),
        ("Virgin Islands, U.S.", "VI"),
    ] {
        assert_eq!(g.resolve_region(text), Ok(RegionCode::country(code)), "{text}");
    }
    // A form of state belongs to states, and these are units of one; two countries go by one name; an island is not the group.
    for text in ["State of Georgia", "Republic of Texas", "Congo", "Bonaire"] {
        assert!(!g.resolve_region(text).is_ok_and(|region| region.level == Level::Country), "{text}");
    }
}

/// Two countries, three places on both sides of 180° and one at a pole.
fn small() -> Vec<u8> {
    let place = |id: u32, name: &str, lat, lon, country: &str| PlaceRow {
        geoname_id: id,
        name: name.to_owned(),
        at: at(lat, lon),
        country: country.to_owned(),
        admin1_code: "01".to_owned(),
        admin1_name: "First".to_owned(),
        admin2_name: String::new(),
        population: id,
        time_zone: "Etc/UTC".to_owned(),
        alternates: vec!["Other name".to_owned()],
    };
    let country = |code: &str, alpha3: &str| CountryRow {
        code: code.to_owned(),
        alpha3: alpha3.to_owned(),
        name: format!("Land of {code}"),
        continent: "EU".to_owned(),
        population: 1,
        area_km2: 1,
    };
    build(&Tables {
        continents: vec![ContinentRow { code: "EU".to_owned(), name: "Europe".to_owned() }],
        countries: vec![country("BB", "BBB"), country("AA", "AAA")],
        places: vec![
            place(3, "West", 0.0, -179.9, "AA"),
            place(2, "East", 0.0, 179.8, "AA"),
            place(1, "Pole", 90.0, 0.0, "BB"),
        ],
    })
    .expect("the tables fit")
}

#[test]
fn the_same_tables_give_the_same_bytes_and_the_places_come_back() {
    assert_eq!(small(), small());
    let g = Gazetteer::from_bytes(small()).expect("whole");
    let names: BTreeSet<_> = g.places().map(|place| place.name).collect();
    assert_eq!(names, ["East", "Pole", "West"].into());
    assert_eq!(g.namesakes("other name"), 3);
    assert_eq!(g.nearest(at(0.0, 179.96)).map(|(id, _)| g.place(id).name), Some("West"));
    assert_eq!(g.nearest(at(80.0, 179.0)).map(|(id, _)| g.place(id).name), Some("Pole"));
}

#[test]
fn damaged_files_give_typed_errors() {
    let whole = small();
    let open = |bytes: &[u8]| Gazetteer::from_bytes(bytes.to_vec()).map(|_| ());
    assert_eq!(open(&whole), Ok(()));
    assert_eq!(open(b""), Err(GazetteerError::NotAGazetteer));
    assert_eq!(open(b"PK\x03\x04 is a zip file"), Err(GazetteerError::NotAGazetteer));
    let damaged = |byte: usize, value: u8| {
        let mut bytes = whole.clone();
        bytes[byte] = value;
        open(&bytes)
    };
    assert_eq!(damaged(8, 9), Err(GazetteerError::Version { found: 9 }));
    assert!(matches!(damaged(12, 3), Err(GazetteerError::Layout { .. })));
    assert!(matches!(damaged(51, 0xff), Err(GazetteerError::Truncated { .. })));
    assert_eq!(damaged(whole.len() - 1, 0xff), Err(GazetteerError::Checksum));
    for length in 0..whole.len() {
        assert!(open(&whole[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn ids_of_another_gazetteer_do_not_panic() {
    let g = Gazetteer::from_bytes(small()).expect("whole");
    assert_eq!(g.place(PlaceId(u32::MAX)).name, "");
    assert_eq!(g.country(CountryIndex(u16::MAX)).code, "");
    assert!(g.places_of(CountryIndex(u16::MAX)).is_empty());
    assert_eq!(g.admin1(Admin1Index(u16::MAX)).name, "");
    assert_eq!(g.admin2(Admin2Index(0)).name, "");
    assert_eq!(g.time_zone(PlaceId(u32::MAX)), "");
}

/// Points all over the globe, points near places and so near shores and borders, and points on the lines of the tables
/// that batches use.
fn points_of_all_kinds() -> Vec<LatLon> {
    // Multiples of an irrational number are spread evenly over 0 to 1.
    let spread = |i: u32, step: f64| (f64::from(i) * step).fract();
    let anywhere =
        |i| at((2.0 * spread(i, 0.618_033_988_7) - 1.0).asin().to_degrees(), 360.0 * spread(i, 0.414_213_562_4));
    let near_a_place = |i: u32| {
        let g = Gazetteer::embedded();
        let place = g.position(PlaceId(i * 11 % g.len() as u32));
        place.towards(360.0 * spread(i, 0.618_033_988_7), 60.0 * spread(i, 0.732_050_807_6))
    };
    let on_lines = (0..=720).flat_map(|row| {
        let lat = 90.0 - 0.25 * f64::from(row);
        [-180.0, -0.25, 0.0, 8.0, 8.123, 100.25, 179.999_999].map(|lon| at(lat, lon))
    });
    (0..30_000).map(anywhere).chain((0..20_000).map(near_a_place)).chain(on_lines).collect()
}

#[test]
fn a_batch_says_what_single_questions_say() {
    // This one has prepared nothing for batches.
    let single = Gazetteer::trusting(FILE.into()).expect("whole");
    let points = points_of_all_kinds();
    for (at, chain) in points.iter().zip(Gazetteer::embedded().chains(&points)) {
        assert_eq!(chain, single.chain_ids(*at), "{at}");
    }
    assert!(single.batch.get().is_none());
}

/// Every distance, and no tree.
fn nearest_by_scan(g: &Gazetteer, from: LatLon) -> f64 {
    g.places().map(|place| from.distance_km(place.at)).fold(f64::INFINITY, f64::min)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_tree_finds_what_a_scan_finds(lat in -90.0..=90.0f64, lon in -180.0..180.0f64) {
        let g = Gazetteer::embedded();
        let (id, km) = g.nearest(at(lat, lon)).expect("there are places");
        prop_assert!((km - nearest_by_scan(g, at(lat, lon))).abs() < 1e-3);
        prop_assert!((g.position(id).distance_km(at(lat, lon)) - km).abs() < 1e-9);
    }

    #[test]
    fn within_finds_all_and_only_the_places_inside(i in 0u32..234_908, radius in 0.1..300.0f64) {
        let g = Gazetteer::embedded();
        let centre = g.position(PlaceId(i));
        let found = g.within(centre, radius);
        let inside = g.places().filter(|place| centre.distance_km(place.at) <= radius).count();
        prop_assert_eq!(found.len(), inside);
        prop_assert!(found.is_sorted_by(|a, b| a.1 <= b.1) && found.iter().all(|(_, km)| *km <= radius));
    }

    #[test]
    fn a_place_is_found_by_its_name(i in 0u32..234_908) {
        let g = Gazetteer::embedded();
        let place = g.place(PlaceId(i));
        prop_assert!(g.find(place.name, NameMatch::Exact, usize::MAX).iter().any(|hit| hit.target == Named::Place(place.id) && hit.main_name));
    }

    #[test]
    fn no_flipped_bit_goes_unseen(byte in 0usize..2_000, bit in 0u8..8) {
        let mut bytes = small();
        let byte = byte % bytes.len();
        bytes[byte] ^= 1 << bit;
        prop_assert!(Gazetteer::from_bytes(bytes).is_err());
    }

    #[test]
    fn no_content_makes_reading_panic(noise in prop::collection::vec(any::<u8>(), 0..600), start in 136usize..1_500) {
        let mut bytes = small();
        for (slot, byte) in bytes.iter_mut().skip(start).zip(noise) {
            *slot = byte;
        }
        // Around the digest, as the embedded file is opened; the index of names is checked by it alone.
        if let Ok(g) = Gazetteer::trusting(bytes.into()) {
            for id in 0..g.len() as u32 + 1 {
                let ids = g.chain_ids_of(PlaceId(id));
                let _ = g.describe(ids);
                let _ = g.time_zone(PlaceId(id));
            }
            let _ = g.nearest(at(1.0, 2.0));
            let _ = g.within(at(1.0, 2.0), 20_000.0);
            let _ = g.chain(at(48.0, 16.0));
        }
    }
}
