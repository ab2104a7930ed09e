//! The name index: what is indexed, in which forms, and how it is written.

use super::super::format::{LIST, NameKind, Posting, TargetKind};
use super::{BuildError, Tables, Units};
use crate::geo::fold::{fold, transliterate};
use std::collections::BTreeMap;

/// Folded names with what they stand for, in order, each pair once.
pub(super) fn collect_names(
    tables: &Tables,
    order: &[(usize, u8)],
    countries: &BTreeMap<&str, u16>,
    admin1: &Units,
    admin2: &Units,
) -> Vec<(String, Posting)> {
    let mut names = NameList::default();
    for country in &tables.countries {
        if let Some(&number) = countries.get(country.code.as_str()) {
            names.add(TargetKind::Country, number.into(), NameKind::Main, &country.name);
        }
    }
    for (kind, units) in [(TargetKind::Admin1, admin1), (TargetKind::Admin2, admin2)] {
        for unit in units.by_code.values() {
            names.add(kind, unit.number.into(), NameKind::Main, &unit.name);
            if let Some(short) = without_type_word(&fold(&unit.name)) {
                names.add(kind, unit.number.into(), NameKind::Alternate, &short);
            }
        }
    }
    for (written, &(row, _)) in order.iter().enumerate() {
        let place = &tables.places[row];
        names.add(TargetKind::Place, written as u32, NameKind::Main, &place.name);
        for name in &place.alternates {
            names.add(TargetKind::Place, written as u32, NameKind::Alternate, name);
        }
    }
    names.finish()
}

/// `jefferson` for `jefferson county`; none when no type word stands at an end.
fn without_type_word(folded: &str) -> Option<String> {
    const BEHIND: [&str; 22] = [
        "county",
        "parish",
        "borough",
        "municipality",
        "district",
        "province",
        "region",
        "oblast",
        "raion",
        "rayon",
        "department",
        "prefecture",
        "governorate",
        "state",
        "territory",
        "canton",
        "krai",
        "voivodeship",
        "city",
        "shi",
        "gun",
        "wilaya",
    ];
    const BEFORE: [&str; 19] = [
        "landkreis ",
        "kreis ",
        "departement de la ",
        "departement du ",
        "departement des ",
        "departement de ",
        "departement d ",
        "provincia di ",
        "provincia de ",
        "province of ",
        "provincia ",
        "politischer bezirk ",
        "bezirk ",
        "powiat ",
        "okres ",
        "district de ",
        "region of ",
        "municipio de ",
        "city of ",
    ];
    let behind = BEHIND.iter().find_map(|word| folded.strip_suffix(word)?.strip_suffix(' '));
    let before = || BEFORE.iter().find_map(|word| folded.strip_prefix(word));
    behind.or_else(before).filter(|short| short.chars().count() >= 3).map(str::to_owned)
}

#[derive(Default)]
struct NameList {
    names: Vec<(String, Posting)>,
}

impl NameList {
    fn add(&mut self, kind: TargetKind, index: u32, name: NameKind, text: &str) {
        let folded = fold(text);
        // One letter is a name only as a main name (Å, Y): else it is noise.
        if folded.is_empty() || (name != NameKind::Main && folded.chars().count() < 2) {
            return;
        }
        self.names.push((folded, Posting { kind, name, index }));
        if let Some(latin) = transliterate(text).filter(|latin| latin.chars().count() >= 3) {
            self.names.push((latin, Posting { kind, name: NameKind::Transliterated, index }));
        }
    }

    /// In the order of names, then of targets; the best kind of name wins where one name came twice.
    fn finish(mut self) -> Vec<(String, Posting)> {
        self.names.sort_unstable_by(|(a, p), (b, q)| (a, p.kind, p.index, p.name).cmp(&(b, q.kind, q.index, q.name)));
        self.names.dedup_by(|(a, p), (b, q)| a == b && p.kind == q.kind && p.index == q.index);
        self.names
    }
}

/// The three sections of the name index.
pub(super) struct NameIndex {
    /// Folded name to rank.
    pub(super) fst: Vec<u8>,
    /// For each rank its posting, or where its list begins.
    pub(super) ranks: Vec<u8>,
    /// Lists of the names with several postings, each behind its length.
    pub(super) lists: Vec<u8>,
}

impl NameIndex {
    pub(super) fn write(names: Vec<(String, Posting)>) -> Result<Self, BuildError> {
        let (mut fst, mut ranks, mut lists) = (fst::MapBuilder::memory(), Vec::new(), Vec::new());
        for (rank, same) in names.chunk_by(|(a, _), (b, _)| a == b).enumerate() {
            let entry = match same {
                [(_, only)] => only.pack(),
                several => {
                    let offset = (lists.len() / 4) as u32;
                    lists.extend_from_slice(&(several.len() as u32).to_le_bytes());
                    several.iter().for_each(|(_, posting)| lists.extend_from_slice(&posting.pack().to_le_bytes()));
                    offset | LIST
                }
            };
            ranks.extend_from_slice(&entry.to_le_bytes());
            fst.insert(&same[0].0, rank as u64)?;
        }
        Ok(Self { fst: fst.into_inner()?, ranks, lists })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_words_are_cut_only_where_a_name_is_left() {
        for (folded, short) in [
            ("jefferson county", Some("jefferson")),
            ("landkreis celle", Some("celle")),
            ("departement de la marne", Some("marne")),
            ("county", None),
            ("al county", None),
            ("countyjefferson", None),
            ("jefferson", None),
        ] {
            assert_eq!(without_type_word(folded).as_deref(), short, "{folded}");
        }
    }
}
