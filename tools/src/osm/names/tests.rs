//! Rules of the whole search, and its figures on the names of real extracts.

use super::noise::{Draws, misread};
use super::*;
use crate::osm::file::Row;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// An index in memory.
pub(super) struct Held(BTreeMap<NamePart, Vec<u8>>);

impl Held {
    pub(super) fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut builder = NameBuilder::new(&std::env::temp_dir(), 1 << 30);
        for (row, name) in names.into_iter().enumerate() {
            builder.push(Row(row as u32), NameKind::Main, name).expect("memory");
        }
        let mut parts = BTreeMap::new();
        let mut sink = |part: NamePart, bytes: &[u8]| {
            parts.entry(part).or_insert_with(Vec::new).extend_from_slice(bytes);
            Ok(())
        };
        builder.write(&mut sink).expect("memory");
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

/// Names with noise out of real extracts: `NAVIG_NAMES` is a file of rows `script TAB name`.
#[test]
#[ignore = "needs a list of names; prints figures"]
fn figures_on_real_names() {
    let Ok(path) = std::env::var("NAVIG_NAMES") else { return };
    let text = std::fs::read_to_string(path).expect("readable");
    let rows: Vec<(&str, &str)> = text.lines().filter_map(|l| l.split_once('\t')).collect();
    let begin = std::time::Instant::now();
    let held = Held::of(rows.iter().map(|(_, name)| *name));
    let index = held.index();
    println!("built in {:?}: {} names of {} objects", begin.elapsed(), index.len(), rows.len());
    for (part, bytes) in &held.0 {
        println!("{part:?} {} bytes, {:.1} a name", bytes.len(), bytes.len() as f64 / index.len() as f64);
    }
    let mut by_script: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    rows.iter().for_each(|(script, name)| by_script.entry(script).or_default().push(name));
    for (script, names) in by_script {
        let mut draws = Draws::new(42);
        let mut times = Vec::new();
        let mut ranks = Vec::new();
        let mut misses = Vec::new();
        for _ in 0..2000 {
            let name = names[draws.below(names.len())];
            let read = misread(name, &mut draws);
            let begin = std::time::Instant::now();
            let hits = index.find(&read, NameHow::Read, 10);
            times.push(begin.elapsed());
            let wanted = spelling::folded(name);
            let rank = hits.iter().position(|h| spelling::folded(&h.text) == wanted);
            if rank.is_none() && misses.len() < 12 {
                let top = hits.first().map(|h| format!("{} {:.2}", h.text, h.likeness)).unwrap_or_default();
                misses.push(format!("{name} | {read} | {:.2} | {top}", likeness(&read, name)));
            }
            ranks.push(rank);
        }
        times.sort();
        let at = |k: usize| ranks.iter().filter(|r| r.is_some_and(|r| r < k)).count() as f64 / ranks.len() as f64;
        println!(
            "{script:12} {:6} names  recall @1 {:.3} @5 {:.3} @10 {:.3}   median {:?} p99 {:?}",
            names.len(),
            at(1),
            at(5),
            at(10),
            times[times.len() / 2],
            times[times.len() * 99 / 100]
        );
        if std::env::var_os("NAVIG_MISSES").is_some() {
            misses.iter().for_each(|m| println!("    {m}"));
        }
    }
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
