//! Text and JSON of a query say the same, and what is no query is refused with a place and an example.

use super::*;
use crate::geo::{BoundingBox, LatLon};
use crate::osm::features::Class;
use crate::osm::object::{OsmId, OsmKind};
use proptest::prelude::*;

/// Keys that mean no more than a tag.
const KEYS: &str = "[a-z][a-z_]{1,8}(:[a-z]{1,5})?";

fn amount() -> impl Strategy<Value = String> {
    "-?[0-9]{1,4}(\\.[0-9]{1,2})?(mph|km/h|m|t)?"
}

fn range() -> impl Strategy<Value = AmountRange> {
    prop_oneof![
        amount().prop_map(|amount| AmountRange::AtLeast { amount }),
        amount().prop_map(|amount| AmountRange::AtMost { amount }),
        amount().prop_map(|amount| AmountRange::Above { amount }),
        amount().prop_map(|amount| AmountRange::Below { amount }),
        (amount(), amount()).prop_map(|(from, to)| AmountRange::Between { from, to }),
    ]
}

fn how() -> impl Strategy<Value = NameMatch> {
    prop::sample::select(vec![NameMatch::Exact, NameMatch::Read, NameMatch::Prefix, NameMatch::Part])
}

fn test() -> impl Strategy<Value = Test> {
    let key = KEYS.prop_filter("a key of its own", |key| key != "osm" && key != "name");
    prop_oneof![
        (how(), "\\PC{0,9}[a-zа-я0-9]\\PC{0,9}").prop_map(|(how, text)| Test::Name { how, text }),
        (key.clone(), "[ -~äß酒店]{1,9}").prop_map(|(key, value)| Test::Tag { key, value }),
        KEYS.prop_filter("not osm", |key| key != "osm").prop_map(|key| Test::Key { key }),
        (key, range()).prop_map(|(key, range)| Test::Amount { key, range }),
        prop::sample::select(Class::all().iter().map(|c| c.id().to_owned()).collect::<Vec<_>>())
            .prop_map(|class| Test::Class { class }),
        any::<i32>().prop_map(|n| Test::Element { id: OsmId { kind: OsmKind::Way, number: i64::from(n) << 20 } }),
    ]
}

fn relation() -> impl Strategy<Value = Relation> {
    let direction = prop::sample::select(Compass::ALL.to_vec());
    prop_oneof![
        (0.0..100.0f64, 100.0..50_000.0f64, any::<bool>()).prop_map(|(from_m, to_m, together)| Relation::Within {
            from_m,
            to_m,
            together
        }),
        (1u32..50_000).prop_map(|to| Relation::Within { from_m: 0.0, to_m: f64::from(to), together: false }),
        Just(Relation::SameStreet),
        Just(Relation::Crossing),
        direction.clone().prop_map(|direction| Relation::Towards { direction }),
        direction.prop_map(|direction| Relation::TowardsFirst { direction }),
        (0.0..360.0f64, 0.0..360.0f64).prop_map(|(from_deg, to_deg)| Relation::Bearing { from_deg, to_deg }),
        (0.0..45.0f64, 45.0..=90.0f64).prop_map(|(from_deg, to_deg)| Relation::Angle { from_deg, to_deg }),
    ]
}

fn inside() -> impl Strategy<Value = Inside> {
    prop_oneof![
        "\\PC{0,9}[a-z]".prop_map(|name| Inside::Area { name }),
        "[A-Z]{2}".prop_map(|code| Inside::Country { code }),
        (-90.0..0.0f64, -180.0..180.0f64, 0.0..90.0f64, -180.0..180.0f64)
            .prop_map(|(s, w, n, e)| Inside::Box { bounds: BoundingBox::new(s, w, n, e).expect("in range") }),
        (-90.0..90.0f64, -180.0..180.0f64, 1.0..1e6f64)
            .prop_map(|(lat, lon, radius_m)| Inside::Near { at: LatLon::new(lat, lon).expect("in range"), radius_m }),
    ]
}

fn clause() -> impl Strategy<Value = Clause> {
    prop::collection::vec(test(), 1..4).prop_map(|tests| Clause { tests })
}

fn group() -> impl Strategy<Value = Group> {
    let relations = prop::collection::vec(relation(), 1..4).prop_map(|relations: Vec<Relation>| {
        let mut each: Vec<Relation> = Vec::new();
        for relation in relations {
            if each.iter().all(|r| r.kind() != relation.kind()) {
                each.push(relation);
            }
        }
        each
    });
    (relations, prop::collection::vec(clause(), 1..4)).prop_map(|(relations, clauses)| Group { relations, clauses })
}

prop_compose! {
    fn query()(
        find in clause(),
        groups in prop::collection::vec(group(), 0..4),
        inside in prop::collection::vec(inside(), 0..3),
        at_least in prop::option::of(Just(1usize)),
        limit in 1usize..=MAX_LIMIT,
    ) -> Query {
        Query { groups, inside, at_least, limit, ..Query::of(find) }
    }
}

proptest! {
    #[test]
    fn text_and_json_say_the_same(query in query()) {
        let text = query.to_string();
        let read = Query::parse(&text);
        prop_assert_eq!(read.as_ref(), Ok(&query), "{}", text);
        let json = serde_json::to_string(&query).expect("plain data");
        prop_assert_eq!(Query::from_json(&json), Ok(query));
    }

    #[test]
    fn any_text_is_a_query_or_an_error_with_a_column_inside_it(text in "\\PC{0,80}") {
        if let Err(error) = Query::parse(&text) {
            let columns = text.chars().count() + 1;
            prop_assert!(error.column().is_none_or(|c| (1..=columns).contains(&c)), "{}", error);
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn words_of_the_language_in_any_order_do_not_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "name", "~", "=", "\"", "\"a\"", "&", ",", ":", "within", "400m", "200..1000m", "together", "same", "street",
            "crossing", "north", "of", "bearing", "60..70", "in", "near", "48,16", "at", "least", "2", "limit", "*", ">",
            "shop", "\\", "..", "5km",
        ]), 0..20), gap in "[ ]?"
    ) {
        let text = words.join(&gap);
        if let Ok(query) = Query::parse(&text) {
            prop_assert_eq!(Query::parse(&query.to_string()), Ok(query));
        }
    }
}

#[test]
fn every_form_of_the_language_is_read() {
    for (text, canonical) in [
        (r#"name="Messe Wien""#, None),
        (r#"name ~ "x""#, Some(r#""name" ~ "#)),
        (r#"name~"Mese Wlen""#, None),
        (r#"name^"Mes""#, None),
        (r#"name*"enkirch""#, None),
        ("railway=station", None),
        ("shop=*", None),
        ("name=*", None),
        ("maxspeed>=30mph", None),
        ("building:levels=5..9", None),
        ("osm=w4518137", None),
        (r#"name~"Messe Wien" & within 400m: railway=station, name~"Prater""#, None),
        (r#"within 400m together: shop=*, railway=station"#, Some(r#"shop=* & within 400m together: railway=station"#)),
        ("bridge=yes & within 200..1000m angle 60..70: bridge=yes", None),
        ("shop=a & within 0.5km: shop=b", Some("shop=a & within 500m: shop=b")),
        ("shop=a & within 0.2..1km: shop=b", Some("shop=a & within 200..1000m: shop=b")),
        ("shop=a & same street: shop=b", None),
        (r#"name~"A" & crossing:name~"B""#, Some(r#"name~"A" & crossing: name~"B""#)),
        (r#"crossing: name~"A", name~"B""#, Some(r#"name~"A" & crossing: name~"B""#)),
        ("shop=a & north: shop=b", None),
        ("shop=a & northeast within 2km: shop=b", Some("shop=a & northeast within 2000m: shop=b")),
        ("shop=a & east of: shop=b", None),
        ("shop=a & bearing 350..10: shop=b", None),
        (r#"shop=a & in "Wien" & in AT & in -21,176,-12,-178 & near 48.2,16.37 5000m"#, None),
        ("shop=a & within 50m: shop=b, shop=c & at least 2 & limit 20", None),
        (r#"name~"Müller" shop=bakery"#, None),
        (r#"opening_hours="Mo-Fr 08:00-12:00""#, None),
        ("north=yes & within 10m: crossing=zebra", None),
    ] {
        let parsed = Query::parse(text);
        match canonical {
            Some(c) if c.starts_with('"') => assert!(parsed.is_err(), "{text}"),
            _ => assert_eq!(parsed.map(|q| q.to_string()), Ok(canonical.unwrap_or(text).to_owned())),
        }
    }
}

#[test]
fn errors_name_the_column_what_was_expected_and_an_example() {
    for (text, column, expected) in [
        ("", 1, "a name, a tag or a class"),
        ("shop=", 6, "a value"),
        ("shop=a & shop=b", 10, "a relation"),
        ("shop=a & within 400: shop=b", 17, "a distance"),
        ("shop=a & within 400m shop=b", 22, "':'"),
        ("shop=a & same: shop=b", 14, "'street'"),
        ("shop=a & at most 3", 13, "'least'"),
        ("shop=a & limit many", 16, "a whole number"),
        ("shop=a & in Wien", 13, "a name in quotation marks"),
        ("shop=a & near 91,0 5km", 15, "LAT,LON"),
        (r#"name~Wien"#, 6, "quotation marks"),
        (r#"name~"Wien"#, 6, "a closing quotation mark"),
        (r#"shop~"Wien""#, 5, "only name takes"),
        ("osm=x1", 5, "n, w or r"),
        ("shop=a)", 7, "a name, a tag or a class"),
        ("shop=a & bearing 60: shop=b", 18, "degrees"),
        ("within 5m: shop=a", 18, "a second clause"),
    ] {
        let error = Query::parse(text).expect_err(text);
        assert_eq!(error.column(), Some(column), "{text}: {error}");
        let QueryError::Syntax { expected: e, example, .. } = &error else {
            unreachable!("{text}: {error}");
        };
        assert!(e.contains(expected), "{text}: {error}");
        assert!(Query::parse(example).is_ok(), "{example}");
    }
}

#[test]
fn numbers_and_lengths_out_of_their_limits_are_refused() {
    let many = format!("shop=a & within 5m: {}", vec!["shop=b"; MAX_CLAUSES].join(", "));
    let long = format!("name=\"{}\"", "x".repeat(MAX_BYTES));
    for (text, message) in [
        ("shop=a & within 51km: shop=b", "between 1m and 50000m"),
        ("shop=a & within 9..5m: shop=b", "the least distance is 9m"),
        ("shop=a & within 0m: shop=b", "the distance is 0m"),
        ("shop=a & bearing 0..361: shop=b", "the bearing is 361°"),
        ("shop=a & angle 0..91: shop=b", "the angle is 91°"),
        ("shop=a & at least 2", "'at least' is 2, and must be between 1 and 1"),
        ("shop=a & limit 0", "'limit' is 0"),
        ("shop=a & limit 1001", "'limit' is 1001"),
        ("shop=a & within 5m within 6m: shop=b", "two relations of one kind"),
        ("shop=a & near 48,16 2000km", "the radius"),
        ("maxspeed>=fast", "an amount"),
        (r#"name~"...""#, "a name"),
        (&many, "the number of clauses is 17"),
        (&long, "4096 bytes"),
    ] {
        let error = Query::parse(text).expect_err(text).to_string();
        assert!(error.contains(message), "{text}: {error}");
    }
}

#[test]
fn an_unknown_class_is_refused_with_a_hint() {
    for (text, column) in [("shop=a & within 5m: gruffalo", 21), (r#""power pilon""#, 1), (r#"Prater"#, 1)] {
        let error = Query::parse(text).expect_err(text);
        assert_eq!(error.column(), Some(column), "{error}");
        assert!(error.to_string().contains("a name is written name~"), "{error}");
    }
    assert!(Query::parse(r#""power pilon""#).expect_err("misspelt").to_string().contains("'power pylon'"));
}

#[test]
fn json_is_strict() {
    for json in [
        "",
        "{}",
        r#"{"find":[]}"#,
        r#"{"find":[{"type":"key","key":"shop"}],"more":1}"#,
        r#"{"find":[{"type":"key","key":"a b"}]}"#,
        r#"{"schema":"navig.search-query/2","find":[{"type":"key","key":"shop"}]}"#,
        r#"{"find":[{"type":"tag","key":"name","value":"x"}]}"#,
        r#"{"find":[{"type":"key","key":"shop"}],"in":[{"type":"box","bounds":{"south":9,"west":0,"north":1,"east":1}}]}"#,
    ] {
        assert!(Query::from_json(json).is_err(), "{json}");
    }
    let least = Query::from_json(r#"{"find":[{"type":"key","key":"shop"}]}"#).expect("a query");
    assert_eq!(least, Query::parse("shop=*").expect("a query"));
}
