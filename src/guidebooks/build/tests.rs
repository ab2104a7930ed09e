use super::*;
use navig_tools::guidebook::book::{Book, EmbedError};
use std::cell::Cell;
use std::fs;

/// Vectors by the first letters of a text, and how many were asked for.
struct Letters(std::sync::atomic::AtomicUsize);

impl Embed for Letters {
    fn id(&self) -> &str {
        "letters"
    }

    fn dimensions(&self) -> usize {
        4
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        self.0.fetch_add(texts.len(), std::sync::atomic::Ordering::Relaxed);
        Ok(texts
            .iter()
            .map(|t| (0..4).map(|i| 1.0 + f32::from(t.as_bytes().get(i).copied().unwrap_or(0))).collect())
            .collect())
    }
}

struct Desk {
    folder: tempfile::TempDir,
    embedder: Letters,
    stop: Cell<bool>,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("botswana.md"), "# Botswana\n\nRear number plates are yellow there.\n")
            .expect("writes");
        fs::write(
            folder.path().join("notes.jsonl"),
            "{\"text\":\"Red soil beside every road.\",\"regions\":[\"KE\"]}\nnot json\n",
        )
        .expect("writes");
        Self { folder, embedder: Letters(0.into()), stop: Cell::new(false) }
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn build(&self, sources: &[&str]) -> Result<Built, GuidebooksError> {
        self.change(sources, &[], false)
    }

    fn change(&self, sources: &[&str], remove: &[String], force: bool) -> Result<Built, GuidebooksError> {
        let sources: Vec<String> =
            sources.iter().map(|s| if s.contains("://") { (*s).to_owned() } else { self.at(s) }).collect();
        let dest = self.folder.path().join("g.navguide");
        let stop = || self.stop.get();
        let building = Building {
            dest: &dest,
            sources: &sources,
            remove,
            online: false,
            cache: self.folder.path().join("cache"),
            force,
            embedder: Some(&self.embedder),
            stop: &stop,
        };
        build_guidebook(&building, &mut |_| {})
    }

    fn book(&self) -> Book {
        Book::open(&self.folder.path().join("g.navguide")).expect("opens")
    }

    fn embedded(&self) -> usize {
        self.embedder.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

#[test]
fn sources_are_added_updated_and_taken_out_and_only_new_texts_are_embedded() {
    let desk = Desk::new();
    assert_eq!(desk.build(&["botswana.md"]).expect("builds").read, 1);
    assert_eq!(desk.build(&["notes.jsonl"]).expect("builds").read, 1);
    let book = desk.book();
    assert_eq!((book.len(), desk.embedded()), (2, 2));
    assert_eq!(book.meta().mass["country:BW"] + book.meta().mass["country:KE"], 2.0);
    assert_eq!(book.meta().sources[1].dropped["broken lines"], 1, "the bad line is counted");

    let again = desk.build(&["botswana.md", "notes.jsonl"]).expect("builds");
    assert_eq!((again.unchanged, again.written), (2, false));

    fs::write(
        desk.at("botswana.md"),
        "# Botswana\n\nRear number plates are yellow there.\n\nThe land is dry and flat.\n",
    )
    .expect("writes");
    desk.build(&["botswana.md"]).expect("builds");
    assert_eq!((desk.book().len(), desk.embedded()), (3, 3), "one text is new");

    let remove = [desk.at("notes.jsonl")];
    assert_eq!(desk.change(&[], &remove, false).expect("builds").removed, 1);
    assert_eq!(desk.book().len(), 2);
    let error = desk.change(&[], &remove, false).expect_err("is gone").to_string();
    assert!(error.contains("has no source") && error.contains("botswana.md"), "{error}");
}

#[test]
fn an_address_needs_to_be_asked_for() {
    let desk = Desk::new();
    let error = desk.build(&["https://example.org/guide/"]).expect_err("is refused").to_string();
    assert!(error.contains("--online"), "{error}");
}

#[test]
fn guidebooks_and_traces_do_not_mix_and_what_does_not_open_stays() {
    let desk = Desk::new();
    desk.build(&["botswana.md"]).expect("builds");
    let dest = desk.folder.path().join("g.navguide");
    let sources = [desk.at("notes.jsonl")];
    let building = Building {
        dest: &dest,
        sources: &sources,
        remove: &[],
        online: false,
        cache: desk.folder.path().join("cache"),
        force: false,
        embedder: None,
        stop: &|| false,
    };
    assert!(matches!(build_traces(&building, &mut |_| {}), Err(GuidebooksError::Kind { .. })));

    fs::write(&dest, b"something else").expect("writes");
    assert!(matches!(desk.build(&["botswana.md"]), Err(GuidebooksError::Book(_))));
    assert_eq!(fs::read(&dest).expect("is there"), b"something else");
    desk.change(&["botswana.md"], &[], true).expect("is made anew");
    assert_eq!(desk.book().len(), 1);
}

#[test]
fn nothing_to_index_is_an_error_that_says_what_was_left_out() {
    let desk = Desk::new();
    fs::write(desk.at("empty.html"), "<html><body></body></html>").expect("writes");
    let error = desk.build(&["empty.html"]).expect_err("has no passage").to_string();
    assert!(error.contains("no passage") && error.contains("empty.html"), "{error}");
    assert!(desk.build(&["absent.md"]).expect_err("is absent").to_string().contains("absent.md"));
}

#[test]
fn a_stopped_build_changes_nothing() {
    let desk = Desk::new();
    desk.build(&["botswana.md"]).expect("builds");
    desk.stop.set(true);
    assert!(matches!(desk.build(&["notes.jsonl"]), Err(GuidebooksError::Stopped)));
    assert_eq!(desk.book().len(), 1);
}
