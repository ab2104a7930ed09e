//! Rules of the whole search.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// An index in memory.
pub(super) struct Held(BTreeMap<NamePart, Vec<u8>>);

impl Held {
    pub(super) fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut builder = NameBuilder::new(&std::env::temp_dir(), 1 << 30);
        for (row, name) in names.into_iter().enumerate() {
            builder.push(row as u32, NameKind::Main.code(), name).expect("memory");
        }
        let mut parts = BTreeMap::new();
        let mut sink = |part: NamePart, bytes: &[u8]| {
            parts.entry(part).or_insert_with(Vec::new).extend_from_slice(bytes);
            Ok(())
        };
        builder.finish(&mut sink).expect("memory");
        Self(parts)
    }

    pub(super) fn index(&self) -> NameIndex<'_> {
        NameIndex::new(|part| self.0.get(&part).map_or(&[][..], Vec::as_slice))
    }
}

fn first(held: &Held, text: &str, how: NameHow) -> Option<String> {
    held.index().find(text, how, 3).into_iter().next().map(|hit| hit.text)
}

const DECOYS: &[&str] = &[
    "Frauenkirche",
    "Hauptstraße",
    "Hauptweg",
    "Carrer Major",
    "Calle Mayor",
    "Triq il-Kbira",
    "Avenue Foch",
    "Marienplatz",
    "Theatinerkirche",
    "Sendlinger Tor",
    "Rua Augusta",
    "Rua das Flores",
    "Горно Ябълково",
    "Долно Ябълково",
    "улица Ленина",
    "улица Пушкина",
    "проспект Мира",
    "Ερμού",
    "Οδός Αθηνάς",
    "Πλατεία Συντάγματος",
    "شارع الملك فيصل",
    "شارع الجمهورية",
    "مسجد الكبير",
    "רחוב הרצל",
    "שדרות רוטשילד",
    "בית ספר",
    "काठमाडौं",
    "रानी पोखरी",
    "दरबार मार्ग",
    "ถนนสุขุมวิท",
    "ซอยทองหล่อ",
    "วัดโพธิ์",
    "上海南站",
    "人民路",
    "中山北路",
    "清華大學",
    "渋谷センター街",
    "ハチ公前広場",
    "マクドナルド",
    "스타벅스",
    "서울역",
    "홍대입구역",
    "강남대로",
    "Aleksanterinkatu",
    "Esplanadi",
    "McDonald's",
    "Café Central",
    "Rossmann",
    "Modern Art Museum",
    "Bookshop 500",
    "St. John Street",
];

#[test]
fn a_noisy_reading_finds_its_name_among_others() {
    let held = Held::of(DECOYS.iter().copied());
    for (read, name) in [
        ("FRAUENK1RCHE", "Frauenkirche"),
        ("ENKIRCHE", "Frauenkirche"),
        ("Hauptstr.", "Hauptstraße"),
        ("HAUPTSTRASSE", "Hauptstraße"),
        ("Haupt straBe", "Hauptstraße"),
        ("Carrer Majcr", "Carrer Major"),
        ("C. MAJOR", "Carrer Major"),
        ("AVENUEFOCH", "Avenue Foch"),
        ("M0dem Art Musevm", "Modern Art Museum"),
        ("B00K5H0P 500", "Bookshop 500"),
        ("R0SSMANN", "Rossmann"),
        ("Saint John St", "St. John Street"),
        ("FOpHO A6bAKOBO", "Горно Ябълково"),
        ("Gorno Yabalkovo", "Горно Ябълково"),
        ("ул. Ленина", "улица Ленина"),
        ("YЛ ПYWКИHA", "улица Пушкина"),
        ("EPMOY", "Ερμού"),
        ("ΠΛΑΤΕΙΑ ΣΥΝΤΑΓΜΑΤ0Σ", "Πλατεία Συντάγματος"),
        ("شارع الملك قيصل", "شارع الملك فيصل"),
        ("شارع الجمهوريه", "شارع الجمهورية"),
        ("רחוכ הדצל", "רחוב הרצל"),
        ("רוטשילר", "שדרות רוטשילד"),
        ("रानि पोखरि", "रानी पोखरी"),
        ("दरबार", "दरबार मार्ग"),
        ("สุขุมวท", "ถนนสุขุมวิท"),
        ("วัดโพธ", "วัดโพธิ์"),
        ("上诲南站", "上海南站"),
        ("清华大学", "清華大學"),
        ("渋谷センタ一街", "渋谷センター街"),
        ("マワドナルト", "マクドナルド"),
        ("스티벅스", "스타벅스"),
        ("흥대입구역", "홍대입구역"),
    ] {
        assert_eq!(first(&held, read, NameHow::Read).as_deref(), Some(name), "{read}");
    }
}

#[test]
fn parts_and_beginnings_are_found_letter_by_letter() {
    let held = Held::of(DECOYS.iter().copied());
    let index = held.index();
    let found = |text: &str, how| {
        let mut found: Vec<String> = index.find(text, how, 50).into_iter().map(|hit| hit.text).collect();
        found.sort();
        found
    };
    assert_eq!(found("kirche", NameHow::Part), ["Frauenkirche", "Theatinerkirche"]);
    assert_eq!(found("NKIRCH", NameHow::Part), ["Frauenkirche"]);
    assert_eq!(found("lentral", NameHow::Part), [""; 0]);
    assert_eq!(found("Haupt", NameHow::Prefix), ["Hauptstraße", "Hauptweg"]);
    assert_eq!(found("ябълк", NameHow::Part), ["Горно Ябълково", "Долно Ябълково"]);
    assert_eq!(found("iablk", NameHow::Part), ["Горно Ябълково", "Долно Ябълково"]);
    assert_eq!(found("华大", NameHow::Part), ["清華大學"]);
    assert_eq!(found("강남", NameHow::Prefix), ["강남대로"]);
}

#[test]
fn exact_is_but_for_spelling() {
    let held = Held::of(DECOYS.iter().copied());
    let index = held.index();
    let found = |text: &str| {
        let hits = index.find(text, NameHow::Exact, 5);
        hits.into_iter().map(|hit| (hit.text, hit.matched)).next()
    };
    assert_eq!(found("frauenkirche"), Some(("Frauenkirche".to_owned(), Matched::Same)));
    assert_eq!(found("C/ Major"), Some(("Carrer Major".to_owned(), Matched::ShortForm)));
    assert_eq!(found("gorno iablkovo"), Some(("Горно Ябълково".to_owned(), Matched::Transliterated)));
    assert_eq!(found("Frauenkirch"), None);
    assert_eq!(found(""), None);
}

#[test]
fn objects_of_one_name_are_counted_and_found() {
    let names = ["Aldi", "ALDI", "aldi", "ALDI", "Lidl"];
    let held = Held::of(names);
    let index = held.index();
    let hit = &index.find("Aldi", NameHow::Read, 1)[0];
    assert_eq!((hit.text.as_str(), hit.rows), ("ALDI", 4));
    assert_eq!(index.rows(hit.name).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert!(hit.kinds.has(NameKind::Main) && !hit.kinds.has(NameKind::Brand));
    assert_eq!(index.rows(NameId(99)).count(), 0);
}

#[test]
fn little_memory_makes_the_same_index() {
    let parts = |budget_bytes| {
        let folder = tempfile::tempdir().expect("a folder");
        let mut builder = NameBuilder::new(folder.path(), budget_bytes);
        for (row, name) in (0..).zip(DECOYS.iter().cycle().take(300)) {
            builder.push(row, 0, name).expect("room");
        }
        let mut bytes = Vec::new();
        builder
            .finish(&mut |part, more| {
                bytes.push((part, more.to_vec()));
                Ok(())
            })
            .expect("room");
        bytes
    };
    assert_eq!(parts(0), parts(1 << 26));
}

proptest! {
    #[test]
    fn a_name_is_found_exactly(names in prop::collection::vec("\\PC{1,20}", 1..12), which in any::<prop::sample::Index>()) {
        let held = Held::of(names.iter().map(String::as_str));
        let name = which.get(&names);
        if spelling::folded(name).is_empty() {
            return Ok(());
        }
        for how in [NameHow::Exact, NameHow::Prefix, NameHow::Part, NameHow::Read] {
            let hits = held.index().find(name, how, 5);
            prop_assert!(hits.iter().any(|h| h.likeness == 1.0 && spelling::folded(&h.text) == spelling::folded(name)), "{:?}", hits);
        }
    }

    #[test]
    fn damage_does_not_panic(
        damage in prop::collection::vec((0usize..7, any::<prop::sample::Index>(), any::<u8>()), 0..12),
        text in "\\PC{0,12}",
    ) {
        let mut held = Held::of(DECOYS.iter().copied());
        for (part, at, byte) in damage {
            if let Some(bytes) = held.0.get_mut(&NamePart::ALL[part]).filter(|b| !b.is_empty()) {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        for how in [NameHow::Exact, NameHow::Prefix, NameHow::Part, NameHow::Read] {
            for text in [text.as_str(), "Frauenkirche", "人民路"] {
                let index = held.index();
                for hit in index.find(text, how, 5) {
                    prop_assert!(index.rows(hit.name).count() < 1 << 20);
                }
            }
        }
    }

    #[test]
    fn likeness_is_a_share(a in "\\PC{0,20}", b in "\\PC{0,20}") {
        let likeness = likeness(&a, &b);
        prop_assert!((0.0..=1.0).contains(&likeness));
    }
}
