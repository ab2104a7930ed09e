use super::*;
use crate::evidence::RegionShare;
use crate::geo::RegionCode;
use crate::guidebook::{Library, Passage};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Vectors by words: one direction per word of a short list, so that texts that share words are near.
struct Words(AtomicUsize);

const DIRECTIONS: [&str; 6] = ["bollard", "plate", "palm", "soil", "red", "yellow"];

impl Embed for Words {
    fn id(&self) -> &str {
        "words:1"
    }

    fn dimensions(&self) -> usize {
        DIRECTIONS.len()
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        self.0.fetch_add(texts.len(), Ordering::Relaxed);
        let vector = |text: &&str| {
            let mut v: Vec<f32> = DIRECTIONS.iter().map(|d| 0.01 + text.matches(d).count() as f32).collect();
            let length = v.iter().map(|x| x * x).sum::<f32>().sqrt();
            v.iter_mut().for_each(|x| *x /= length);
            v
        };
        Ok(texts.iter().map(vector).collect())
    }
}

fn entry(text: &str, country: &str) -> Entry {
    let regions = vec![RegionShare { region: RegionCode::country(country), share: 1.0 }];
    let passage = Passage {
        text: text.to_owned(),
        headings: vec![country.to_owned()],
        regions,
        image: None,
        page: format!("{country}.html"),
    };
    Entry { source: 0, passage, at: None, whole: false, sure: 1.0, vector: None }
}

fn source(name: &str) -> SourceMeta {
    SourceMeta { name: name.to_owned(), sha256: name.to_owned(), ..SourceMeta::default() }
}

fn draft() -> Draft {
    let mut draft = Draft::new(Kind::Guidebook);
    draft.put(source("a"), vec![entry("a red bollard", "PL"), entry("a yellow plate", "NL")]);
    draft.put(source("b"), vec![entry("palm trees", "BR"), entry("palm trees", "TH"), entry("red soil", "BW")]);
    draft
}

fn book(draft: &Draft) -> Book {
    Book::of_bytes("test", &draft.bytes(Path::new("test")).expect("is small")).expect("opens")
}

#[test]
fn what_is_written_is_read_again() {
    let draft = draft();
    let book = book(&draft);
    book.verify().expect("is sound");
    assert_eq!(book.len(), 4, "one text of two regions is one passage");
    let palm = book.record(2).expect("is there");
    assert_eq!(palm.regions().map(|s| s.region.code).collect::<Vec<_>>(), ["BR", "TH"]);
    assert_eq!(Draft::of(&book).expect("reads").entries(), draft.entries());
    assert_eq!(book.meta().mass["country:PL"], 1.0);
}

#[test]
fn a_source_that_is_put_again_takes_the_place_of_the_old_one_and_keeps_known_vectors() {
    let embedder = Words(AtomicUsize::new(0));
    let mut draft = draft();
    draft.embed(&embedder, &mut |_, _| true).expect("embeds");
    let first = embedder.0.load(Ordering::Relaxed);
    let mut again = Draft::of(&book(&draft)).expect("reads");
    again.put(source("a"), vec![entry("a red bollard", "PL"), entry("a new text", "NL")]);
    assert_eq!(again.lacks_vectors(Some(&embedder)), 1);
    again.embed(&embedder, &mut |_, _| true).expect("embeds");
    assert_eq!(embedder.0.load(Ordering::Relaxed), first + 1);
    assert_eq!(again.sources().iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    assert!(again.remove("b") && !again.remove("b"));
    assert_eq!(again.entries().len(), 2);
}

#[test]
fn passages_are_found_by_meaning_and_by_words() {
    let mut draft = draft();
    let by_words = Library::new(vec![book(&draft)], None);
    let found = &by_words.find(Kind::Guidebook, false, &["red bollards"]).expect("finds")[0];
    assert_eq!(found.hits[0].record.text, "a red bollard");
    assert_eq!(found.votes.shares[0].region.code, "PL");

    draft.embed(&Words(AtomicUsize::new(0)), &mut |_, _| true).expect("embeds");
    let library = Library::new(vec![book(&draft)], Some(Arc::new(Words(AtomicUsize::new(0)))));
    let found = library.find(Kind::Guidebook, false, &["a bollard, red", "nothing known"]).expect("finds");
    assert!(found[0].hits[0].cosine.is_some_and(|c| c > 0.95));
    assert_eq!(found[0].votes.shares[0].region.code, "PL");
}

#[test]
fn a_clue_that_nothing_is_near_to_has_no_hits() {
    let library = Library::new(vec![book(&draft())], None);
    let found = &library.find(Kind::Guidebook, false, &["snowy mountain railway"]).expect("finds")[0];
    assert!(found.hits.is_empty() && found.votes.shares.is_empty());
}

#[test]
fn a_picture_never_finds_itself() {
    let mut draft = Draft::new(Kind::Traces);
    let trace = |text: &str, page: &str| {
        let mut entry = entry(text, "PL");
        entry.at = crate::geo::LatLon::new(52.0, 21.0).ok();
        entry.passage.page = page.to_owned();
        entry
    };
    let own = "A red bollard stands beside the road near the village";
    draft
        .put(source("t"), vec![trace(own, "own.jpg"), trace("a palm", "own.jpg"), trace("a red bollard", "other.jpg")]);
    let library = Library::new(vec![book(&draft)], None);
    let found = library.find(Kind::Traces, false, &[own, "a palm and red soil"]).expect("finds");
    assert!(found.iter().flat_map(|f| &f.hits).all(|h| h.record.page == "other.jpg"), "{found:?}");
}

#[test]
fn other_files_other_formats_and_cut_files_are_told_apart() {
    let bytes = draft().bytes(Path::new("x")).expect("is small");
    let open = |bytes: &[u8]| Book::of_bytes("x", bytes).map(|_| ());
    assert!(matches!(open(b""), Err(BookError::Foreign { .. })));
    assert!(matches!(open(b"PK\x03\x04 something else"), Err(BookError::Foreign { .. })));
    let mut other = bytes.clone();
    other[8] = 9;
    let error = open(&other).expect_err("is of another format");
    assert!(error.to_string().contains("format 9") && error.to_string().contains("navig index guidebook"), "{error}");
    assert!(matches!(open(&bytes[..bytes.len() / 2]), Err(BookError::Damaged { .. })));
    let mut flipped = bytes.clone();
    flipped[40] ^= 1;
    assert!(matches!(open(&flipped), Err(BookError::Damaged { .. })));
}

#[test]
fn a_damaged_body_is_found_by_the_check_and_panics_nobody() {
    let bytes = draft().bytes(Path::new("x")).expect("is small");
    for at in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        let Ok(book) = Book::of_bytes("x", &damaged) else { continue };
        let library = Library::new(vec![Book::of_bytes("x", &damaged).expect("opened before")], None);
        let _ = library.find(Kind::Guidebook, false, &["red bollard palm"]);
        for row in 0..book.len() {
            let _ = (book.record(row), book.vector(row), book.words_in(row));
        }
    }
}

#[test]
fn a_failed_write_leaves_what_was_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.navguide");
    draft().write(&path).expect("writes");
    assert!(draft().write(&folder.path().join("absent/x.navguide")).is_err());
    Book::open(&path).expect("opens").verify().expect("is sound");
    assert_eq!(std::fs::read_dir(folder.path()).expect("reads").count(), 1, "nothing is left over");
}
