use crate::dir::Dir;

/// Transcripts of `--help`; `TRYCMD=overwrite` writes them anew.
#[test]
fn the_help_is_as_it_was() {
    trycmd::TestCases::new()
        .default_bin_name("navig")
        .env("COLUMNS", "100")
        .case(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cmd/*.trycmd"));
}

#[test]
fn completions_know_every_verb() {
    let dir = Dir::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = dir.run(&["completions", shell]);
        let script = ended.answers();
        for verb in ["locate", "region", "assets", "--ignore-metadata"] {
            assert!(script.contains(verb.trim_start_matches("--")), "{shell}: {verb}");
        }
    }
}

#[test]
fn manual_pages_are_written_for_every_verb() {
    let dir = Dir::new();
    assert!(dir.run(&["man"]).answers().contains(".TH navig 1"));
    dir.run(&["man", "share/man1"]).answers();
    let pages = dir.names("share/man1");
    for page in ["navig.1", "navig-locate.1", "navig-assets-pull.1", "navig-audit-verify.1"] {
        assert!(pages.iter().any(|p| p == page), "{page}: {pages:?}");
    }
    assert!(dir.read("share/man1/navig-locate.1").contains("holiday"), "examples are in the page");
    let file = dir.create("file", "in the way");
    dir.run(&["man", file.to_str().expect("UTF-8")]).fails(3, &["cannot be written"]);
}
