//! Visual classes: what a person would call a thing that stands in a picture, and which tags it has on the map.

use super::table::{Fast, Table};
use super::units::{Bounds, Measure, Quantity};
use crate::geo::fold::fold;
use serde::Deserialize;
use std::sync::LazyLock;

/// A kind of thing as it looks: "power pylon", "building of 5 to 9 levels".
#[derive(Debug)]
pub struct Class {
    id: String,
    name: String,
    also: Vec<String>,
    ways: Vec<Vec<TagTest>>,
}

/// A condition on one tag.
#[derive(Debug, Clone, PartialEq)]
pub struct TagTest {
    /// The key.
    pub key: String,
    /// What its value must be.
    pub check: Check,
}

/// What the value of a key must be.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// Anything but `no`.
    Present,
    /// The key must be absent, or `no`.
    Absent,
    /// One of these; a value with semicolons counts when one of its parts does.
    OneOf(Vec<String>),
    /// None of these, and the key may be absent.
    NoneOf(Vec<String>),
    /// An amount within bounds.
    Within(Bounds),
}

impl TagTest {
    /// Reads `key`, `!key`, `key=a|b`, `key!=a|b`, `key=5..9` or `key>=50 m`.
    fn read(text: &str) -> Result<Self, String> {
        let test = |key: &str, check| Ok(Self { key: key.trim().to_owned(), check });
        let list = |values: &str| values.split('|').map(|v| v.trim().to_owned()).collect();
        if let Some(key) = text.strip_prefix('!') {
            return test(key, Check::Absent);
        }
        let amount = |key: &str, value: &str| {
            let quantity = Quantity::parse(value, Measure::of_key(key.trim()));
            quantity.map(|q| (q, true)).ok_or_else(|| format!("'{value}' is no amount of '{key}'"))
        };
        if let Some((key, value)) = text.split_once(">=") {
            return test(key, Check::Within(Bounds { from: Some(amount(key, value)?), to: None }));
        }
        if let Some((key, value)) = text.split_once("<=") {
            return test(key, Check::Within(Bounds { from: None, to: Some(amount(key, value)?) }));
        }
        if let Some((key, values)) = text.split_once("!=") {
            return test(key, Check::NoneOf(list(values)));
        }
        match text.split_once('=') {
            None => test(text, Check::Present),
            Some((key, values)) => match values.split_once("..") {
                None => test(key, Check::OneOf(list(values))),
                Some((from, to)) => {
                    let bounds = Bounds { from: Some(amount(key, from)?), to: Some(amount(key, to)?) };
                    test(key, Check::Within(bounds))
                }
            },
        }
    }

    /// Whether a value passes; `None` stands for a key that is absent.
    #[must_use]
    pub fn passes(&self, value: Option<&str>) -> bool {
        let is_there = value.is_some_and(|v| v != "no");
        match (&self.check, value) {
            (Check::Present, _) => is_there,
            (Check::Absent, _) => !is_there,
            (Check::NoneOf(values), Some(value)) => !listed(values, value),
            (Check::NoneOf(_), None) => true,
            (Check::OneOf(values), Some(value)) => listed(values, value),
            (Check::Within(bounds), Some(value)) => bounds.fit(&self.key, value),
            (Check::OneOf(_) | Check::Within(_), None) => false,
        }
    }

    /// Whether only objects that carry the key can pass.
    #[must_use]
    pub fn needs_key(&self) -> bool {
        !matches!(self.check, Check::Absent | Check::NoneOf(_))
    }
}

fn listed(values: &[String], value: &str) -> bool {
    values.iter().any(|v| v == value)
        || (value.contains(';') && value.split(';').any(|part| values.iter().any(|v| v == part.trim())))
}

impl Class {
    /// All classes, in the order of `data/osm/features.toml`.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &Classes::embedded().all
    }

    /// The class of an id, a name or an alias; letter case, hyphens and a plural s do not matter.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        let classes = Classes::embedded();
        let folded = fold(name);
        let place = |folded: &str| classes.by_name.get(folded).map(|&i| &classes.all[usize::from(i)]);
        place(&folded)
            .or_else(|| folded.strip_suffix("es").and_then(place))
            .or_else(|| folded.strip_suffix('s').and_then(place))
    }

    /// Its id, such as `power-pylon`; it never changes.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its English name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Other English names.
    pub fn aliases(&self) -> impl Iterator<Item = &str> {
        self.also.iter().map(String::as_str)
    }

    /// The ways to be one: an object belongs to the class if it passes all tests of at least one of these lists. Each
    /// list holds a test that [needs its key](TagTest::needs_key).
    #[must_use]
    pub fn tests(&self) -> &[Vec<TagTest>] {
        &self.ways
    }

    /// Whether an object with these tags belongs to the class.
    #[must_use]
    pub fn matches<'t>(&self, tags: impl Iterator<Item = (&'t str, &'t str)> + Clone) -> bool {
        self.ways.iter().any(|tests| pass(tests, &tags))
    }
}

fn pass<'t>(tests: &[TagTest], tags: &(impl Iterator<Item = (&'t str, &'t str)> + Clone)) -> bool {
    tests.iter().all(|test| test.passes(tags.clone().find(|(key, _)| *key == test.key).map(|(_, value)| value)))
}

/// The classes that an object with these tags belongs to, each once, in no particular order.
pub fn classes_of<'t>(tags: impl Iterator<Item = (&'t str, &'t str)> + Clone) -> impl Iterator<Item = &'static Class> {
    let classes = Classes::embedded();
    let all_tags = tags.clone();
    tags.flat_map(move |(key, _)| classes.by_key.get(key).map_or(&[][..], Vec::as_slice)).filter_map(move |way| {
        let class = &classes.all[usize::from(way.class)];
        // An object that is of the class in two ways is of it once.
        let (before, rest) = class.ways.split_at(usize::from(way.way));
        let first = rest.first().is_some_and(|tests| pass(tests, &all_tags));
        (first && !before.iter().any(|tests| pass(tests, &all_tags))).then_some(class)
    })
}

/// One of the ways to be of a class.
#[derive(Debug, Clone, Copy)]
struct Way {
    class: u16,
    way: u16,
}

#[derive(Debug)]
struct Classes {
    all: Vec<Class>,
    by_name: Fast<String, u16>,
    /// Each way under the key of its first test that needs its key.
    by_key: Fast<String, Vec<Way>>,
}

/// A class as it stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenClass {
    id: String,
    name: String,
    #[serde(default)]
    also: Vec<String>,
    when: Vec<String>,
}

static CLASSES: LazyLock<Classes> =
    LazyLock::new(|| Classes::read(Table::embedded_classes()).expect("a test reads the classes of the file"));

impl Classes {
    fn embedded() -> &'static Self {
        &CLASSES
    }

    fn read(written: &[WrittenClass]) -> Result<Self, String> {
        let mut classes = Self { all: Vec::new(), by_name: Fast::default(), by_key: Fast::default() };
        for one in written {
            classes.add(one).map_err(|why| format!("class '{}': {why}", one.id))?;
        }
        Ok(classes)
    }

    fn add(&mut self, written: &WrittenClass) -> Result<(), String> {
        let class = u16::try_from(self.all.len()).map_err(|_| "too many classes")?;
        for name in written.also.iter().chain([&written.id, &written.name]) {
            if self.by_name.insert(fold(name), class).is_some_and(|other| other != class) {
                return Err(format!("'{name}' is another class too"));
            }
        }
        let read = |way: &String| way.split(" & ").map(TagTest::read).collect::<Result<Vec<_>, _>>();
        let ways = written.when.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        for (way, tests) in (0..).zip(&ways) {
            let lead = tests.iter().find(|test| test.needs_key()).ok_or("a way to be one needs no key")?;
            self.by_key.entry(lead.key.clone()).or_default().push(Way { class, way });
        }
        let (id, name, also) = (written.id.clone(), written.name.clone(), written.also.clone());
        self.all.push(Class { id, name, also, ways });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osm::features::{keep, keep_tag};
    use crate::osm::object::OsmKind;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn of(tags: &[(&'static str, &'static str)]) -> BTreeSet<&'static str> {
        classes_of(tags.iter().copied()).map(Class::id).collect()
    }

    #[test]
    fn the_embedded_classes_read_and_are_many() {
        let classes = Classes::read(Table::embedded_classes()).expect("they read");
        assert!(classes.all.len() >= 120, "{}", classes.all.len());
        for class in Class::all() {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(class.id().chars().all(plain), "{}", class.id());
            for name in class.aliases().chain([class.id(), class.name()]) {
                assert_eq!(Class::by_name(name).map(Class::id), Some(class.id()), "{name}");
            }
        }
    }

    #[test]
    fn names_are_found_as_people_write_them() {
        for (name, id) in [
            ("Power Pylons", "power-pylon"),
            ("power_pylon", "power-pylon"),
            ("churches", "church"),
            ("bus stop", "bus-stop"),
            ("wind turbine", "wind-turbine"),
        ] {
            assert_eq!(Class::by_name(name).map(Class::id), Some(id), "{name}");
        }
        assert!(Class::by_name("flying saucer").is_none() && Class::by_name("").is_none());
    }

    #[test]
    fn tags_tell_classes() {
        for (tags, id) in [
            (&[("power", "tower")][..], "power-pylon"),
            (&[("power", "pole"), ("material", "wood")], "wooden-power-pole"),
            (&[("junction", "roundabout"), ("highway", "residential")], "roundabout"),
            (&[("highway", "crossing;traffic_signals")], "traffic-light"),
            (&[("building", "yes"), ("building:levels", "4;7")], "building-5-9-levels"),
            (&[("amenity", "place_of_worship"), ("religion", "muslim")], "mosque"),
            (&[("building", "mosque")], "mosque"),
            (&[("man_made", "water_tower")], "water-tower"),
            (&[("power", "generator"), ("generator:source", "wind")], "wind-turbine"),
            (&[("amenity", "fuel")], "petrol-station"),
            (&[("railway", "level_crossing")], "level-crossing"),
            (&[("highway", "primary"), ("bridge", "yes"), ("bridge:structure", "suspension")], "suspension-bridge"),
            (&[("landuse", "vineyard")], "vineyard"),
            (&[("barrier", "bollard")], "bollard"),
            (&[("amenity", "post_box")], "post-box"),
            (&[("advertising", "billboard")], "billboard"),
            (&[("building", "yes"), ("height", "250 ft")], "building-over-70-m"),
        ] {
            assert!(of(tags).contains(id), "{tags:?}: {:?}", of(tags));
        }
        assert!(!of(&[("power", "pole"), ("material", "steel")]).contains("wooden-power-pole"));
        assert!(!of(&[("bridge", "no")]).contains("bridge"));
    }

    /// An object that passes the tests of a way, with the values that they ask for.
    fn example(tests: &[TagTest]) -> Vec<(&str, String)> {
        let wanted = tests.iter().filter(|test| test.needs_key());
        wanted
            .map(|test| {
                let value = match &test.check {
                    Check::OneOf(values) => values[0].clone(),
                    Check::Within(Bounds { from: Some((q, _)), .. } | Bounds { to: Some((q, _)), .. }) => {
                        q.base().to_string()
                    }
                    _ => "yes".to_owned(),
                };
                (test.key.as_str(), value)
            })
            .collect()
    }

    #[test]
    fn what_is_of_a_class_is_kept() {
        for class in Class::all() {
            for tests in class.tests() {
                for test in tests {
                    assert!(keep_tag(&test.key), "{}: {} is dropped", class.id(), test.key);
                }
                let tags = example(tests);
                let tags = || tags.iter().map(|(k, v)| (*k, v.as_str()));
                assert!(class.matches(tags()), "{}: {:?}", class.id(), tests);
                let kept = [OsmKind::Node, OsmKind::Way].into_iter().any(|kind| keep(kind, tags()));
                assert!(kept, "{}: {:?}", class.id(), tests);
            }
        }
    }

    proptest! {
        #[test]
        fn the_short_way_agrees_with_asking_every_class(
            chosen in prop::collection::vec((0usize..1000, 0usize..10), 1..4)
        ) {
            let mut tags: Vec<(&str, String)> = Vec::new();
            for (class, way) in chosen {
                let class = &Class::all()[class % Class::all().len()];
                for tag in example(&class.tests()[way % class.tests().len()]) {
                    if tags.iter().all(|(key, _)| *key != tag.0) {
                        tags.push(tag);
                    }
                }
            }
            let tags = || tags.iter().map(|(k, v)| (*k, v.as_str()));
            let mut short: Vec<_> = classes_of(tags()).map(Class::id).collect();
            let mut long: Vec<_> = Class::all().iter().filter(|c| c.matches(tags())).map(Class::id).collect();
            short.sort_unstable();
            long.sort_unstable();
            prop_assert_eq!(short, long);
        }
    }
}
