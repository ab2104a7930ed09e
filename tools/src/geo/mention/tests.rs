use super::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// Codes of what a text names, surely enough to count.
fn codes(text: &str) -> Vec<String> {
    let found = mentions(text).into_iter().filter(|m| m.sure >= 0.3 && !m.group);
    found.flat_map(|m| m.regions.into_iter().map(|r| r.code)).collect()
}

fn groups(text: &str) -> Vec<String> {
    mentions(text).into_iter().filter(|m| m.group).map(|m| m.name).collect()
}

#[test]
fn names_of_countries_are_found_in_many_languages() {
    for (text, code) in [
        ("The plates of Botswana are white.", "BW"),
        ("Côte d’Ivoire has red soil.", "CI"),
        ("Roads in the U.S. are wide.", "US"),
        ("the U.A.E has white kerbs", "AE"),
        ("St. Lucia drives on the left.", "LC"),
        ("In Deutschland sind Ortsschilder gelb.", "DE"),
        ("Las carreteras de México son anchas.", "MX"),
        ("日本の道路標識は青い。", "JP"),
        ("В Германия", "DE"),
        ("Senegal’s coast", "SN"),
        ("Bosnia and Herzegovina", "BA"),
        ("Trinidad & Tobago", "TT"),
        ("roads in brazil are red", "BR"),
        ("The UK uses yellow plates.", "GB"),
        ("Guinea-Bissau is small.", "GW"),
    ] {
        assert_eq!(codes(text), [code], "{text}");
    }
}

#[test]
fn words_typed_small_are_names_as_they_stand_apart() {
    for (text, code) in [
        ("houses in south sudan", "SS"),
        ("a road in bosnia and herzegovina", "BA"),
        ("looks like new zealand", "NZ"),
        ("czech republic road signs", "CZ"),
        ("the ivory coast", "CI"),
        ("seen in the united states", "US"),
    ] {
        assert_eq!(codes(text), [code], "{text}");
    }
    for text in ["flat green land with canals", "an ice land", "a hung ary"] {
        assert!(codes(text).is_empty(), "{text}: {:?}", codes(text));
    }
}

#[test]
fn the_longest_name_wins() {
    assert_eq!(codes("Papua New Guinea and Equatorial Guinea"), ["PG", "GQ"]);
    assert_eq!(codes("New Mexico is dry."), ["US.NM"]);
    assert_eq!(codes("Nigeria, not Niger, is meant."), ["NG", "NE"]);
    assert_eq!(codes("South Africa"), ["ZA"]);
    assert_eq!(groups("Southern Africa"), ["Southern Africa"]);
    assert!(codes("Southern Africa").is_empty());
}

#[test]
fn groups_list_their_members() {
    let found = mentions("It is found all over Scandinavia.");
    let members: Vec<&str> = found[0].regions.iter().map(|r| r.code.as_str()).collect();
    assert_eq!(members, ["DK", "NO", "SE"]);
    assert_eq!(mentions("Europe")[0].regions[0].level, Level::Continent);
    for text in
        ["Latin America", "the Caribbean", "the Balkans", "the Middle East", "Eastern Europe", "the Mediterranean"]
    {
        assert_eq!(groups(&format!("This is common in {text}.")).len(), 1, "{text}");
    }
}

#[test]
fn a_language_is_no_region() {
    for text in [
        "The signs are in Portuguese.",
        "Portuguese is the official language.",
        "Look for the Greek alphabet.",
        "They speak French and Dutch.",
        "Signs in both English and Spanish, with Portuguese words.",
        "French-speaking people live here.",
    ] {
        assert!(codes(text).is_empty(), "{text} {:?}", mentions(text));
    }
    assert_eq!(codes("a Portuguese number plate"), ["PT"]);
    assert_eq!(codes("Brazilian roads"), ["BR"]);
    assert_eq!(codes("Spanish and Portuguese bollards look alike."), ["ES", "PT"]);
}

#[test]
fn words_that_are_no_places_are_left_alone() {
    for text in [
        "Reading signs helps.",
        "Nice roads and mobile homes.",
        "We ate turkey on fine china.",
        "The player Michael Jordan was here.",
        "It lies on the Indian Ocean.",
        "Mobile coverage is good.",
        "Most houses are white.",
        "Police cars are blue.",
        "Central Park",
        "let us go",
        "Norway spruce and Brazil nuts grow well.",
        "The North Province is green.",
        "Polish the shoes",
    ] {
        assert!(codes(text).is_empty(), "{text} {:?}", mentions(text));
    }
}

#[test]
fn words_beside_an_ambiguous_name_make_it_a_place() {
    for (text, code) in [
        ("Turkey has blue signs.", "TR"),
        ("Trams in Nice are white.", "FR.93"),
        ("Turkey", "TR"),
        ("You find it in Chad.", "TD"),
        ("It also exists in Israel, Jordan, and Oman.", "IL JO OM"),
        ("Georgia has a unique alphabet.", "GE"),
        ("Georgia, Alabama and Florida have red soil in the US.", "US.GA US.AL US.FL US"),
    ] {
        assert_eq!(codes(text).join(" "), code, "{text} {:?}", mentions(text));
    }
}

#[test]
fn admin_units_and_large_towns_are_found() {
    assert_eq!(codes("The soil is red in Paraná."), ["BR.18"]);
    assert!(codes("Bavaria has maypoles.").contains(&"DE.02".to_owned()));
    assert_eq!(codes("Signs in Kigali are white."), ["RW.12"]);
    let victoria = mentions_within("In Victoria the grass is dry.", &["AU"]);
    assert_eq!(victoria[0].regions, [RegionCode { level: Level::Admin1, code: "AU.07".to_owned() }]);
    // A town that only a page about its country would name.
    assert!(codes("Trams in Görlitz are yellow.").is_empty());
    assert_eq!(mentions_within("Trams in Görlitz are yellow.", &["DE"])[0].regions[0].code, "DE.13");
}

#[test]
fn a_sentence_takes_less_than_a_millisecond() {
    let text = "Like the other countries in Southern Africa, Botswana and Paraná have yellow lines near Santiago in Portuguese.";
    let _ = mentions(text);
    let start = Instant::now();
    (0..100).for_each(|_| drop(mentions(text)));
    assert!(start.elapsed() < Duration::from_millis(100), "{:?} for 100", start.elapsed());
}

proptest! {
    #[test]
    fn any_text_gives_mentions_that_stand_in_it(text in "(\\PC|[A-Z a-z.,'’-]|日本|Brazil|Georgia| in ){0,60}") {
        let mut end = 0;
        for mention in mentions_within(&text, &["BR"]) {
            prop_assert_eq!(&text[mention.at.clone()], mention.name.as_str());
            prop_assert!(mention.at.start >= end && !mention.regions.is_empty());
            prop_assert!(mention.sure > 0.0 && mention.sure < 1.0);
            end = mention.at.end;
        }
    }
}
