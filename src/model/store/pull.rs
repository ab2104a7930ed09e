//! Getting a model: from the hub, file by file, or from a folder.

use super::hub::{Hub, Published, Sum, endpoint};
use super::record::{self, FileSum, Record, git_blob_of, sha256_of};
use super::{HubId, Store, StoreError, is_plain};
use crate::fetch::{self, Event, FetchError};
use crate::model::ModelFolder;
use crate::model::folder::{self, SMALL_FILES, is_weights};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What to copy by hand.
const FILES: &str = "*.safetensors, *.json and, if there is one, chat_template.jinja";

/// A model to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Where it is published.
    id: HubId,
    /// A branch, a tag or a commit.
    revision: String,
    /// What it is called here.
    name: String,
}

impl Wanted {
    /// What is meant by a name of the catalogue or by `OWNER/NAME`, and how it shall be called here.
    ///
    /// # Errors
    /// [`StoreError::Name`] and [`StoreError::Revision`].
    pub fn new(given: &str, revision: Option<&str>, name: Option<&str>) -> Result<Self, StoreError> {
        let id = match super::named(given) {
            Some(known) => known.hub.clone(),
            None => given.parse()?,
        };
        let revision = revision.unwrap_or("main");
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        let sound = !revision.is_empty() && revision.chars().all(allowed) && !revision.contains("..");
        if !sound || revision.starts_with(['-', '/']) {
            return Err(StoreError::Revision { revision: revision.to_owned() });
        }
        Ok(Self { name: plain(name.unwrap_or(id.name()))?, revision: revision.to_owned(), id })
    }

    /// What it is called here.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn page(&self) -> String {
        format!("{}/{}", endpoint(), self.id)
    }
}

pub(super) fn plain(name: &str) -> Result<String, StoreError> {
    match is_plain(name) {
        true => Ok(name.to_owned()),
        false => Err(StoreError::Name { name: name.to_owned() }),
    }
}

/// Fetches a model unless it is there, from the commit that its revision is now.
pub(super) fn from_hub(
    store: &Store,
    wanted: &Wanted,
    progress: &mut dyn FnMut(Event<'_>),
) -> Result<ModelFolder, StoreError> {
    let place = store.place(&wanted.name);
    if store.offline {
        let (id, name) = (wanted.id.to_string(), wanted.name.clone());
        let there = Record::read(&place).is_ok_and(|record| record.hub.as_ref() == Some(&wanted.id));
        return match there.then(|| store.installed(&wanted.name)) {
            Some(Ok(model)) => Ok(model),
            _ => Err(StoreError::Offline { id, name, files: FILES, page: wanted.page() }),
        };
    }
    let _lock = fetch::lock(&store.root, progress)?;
    not_taken(store, &wanted.name, Some(&wanted.id))?;
    let hub = Hub::open()?;
    let commit = hub.commit(&wanted.id, &wanted.revision).map_err(|e| unreachable_hub(e, wanted))?;
    if let Ok(record) = Record::read(&place)
        && record.commit.as_ref() == Some(&commit)
        && let Ok(model) = store.installed(&wanted.name)
    {
        return Ok(model);
    }
    let files = hub.files(&wanted.id, &commit).map_err(|e| unreachable_hub(e, wanted))?;
    let files = of_a_model(files, &wanted.id)?;
    // Named by the commit, so that what is half done is gone on with only if it is of the same files.
    let stage = store.root.join(format!("{PULLING}{}-{}", wanted.name, &commit[..12]));
    fs::create_dir_all(&stage).map_err(StoreError::io("write", &stage))?;
    let total = files.iter().map(|file| file.bytes).sum();
    let mut before = 0;
    let mut sums = BTreeMap::new();
    for (i, file) in files.iter().enumerate() {
        // Small files come first: a model that navig cannot load is refused before its weights are fetched.
        if is_weights(&file.name) && (i == 0 || !is_weights(&files[i - 1].name)) {
            folder::small_files_are_sound(&stage)?;
        }
        progress(Event::Trying(&file.name));
        let done = |bytes: u64| Event::Bytes { done: before + bytes, total };
        let target = stage.join(&file.name);
        if !fs::metadata(&target).is_ok_and(|m| m.len() == file.bytes) {
            let part = stage.join(format!("{}.part", file.name));
            whole(&part, progress, |progress| {
                hub.fetch(&wanted.id, &commit, file, &part, &mut |bytes| progress(done(bytes)))
            })
            .map_err(|e| failed(e, wanted))?;
            take(file, &part, &target)?;
        }
        progress(done(file.bytes));
        sums.insert(file.name.clone(), FileSum { bytes: file.bytes, sha256: sha256_of(&target, &mut |_| ())? });
        before += file.bytes;
    }
    Record::of_hub(wanted.id.clone(), wanted.revision.clone(), commit, sums).write(&stage)?;
    install(store, &wanted.name, &stage)
}

/// Folders of half-done pulls begin so.
pub(super) const PULLING: &str = ".pull-";
/// A model that is being replaced has this before its name.
const OLD: &str = ".old-";

/// Fetches again as long as each try brings something.
fn whole(
    part: &Path,
    progress: &mut dyn FnMut(Event<'_>),
    mut fetch: impl FnMut(&mut dyn FnMut(Event<'_>)) -> Result<(), FetchError>,
) -> Result<(), FetchError> {
    let have = || fs::metadata(part).map_or(0, |m| m.len());
    loop {
        let before = have();
        match fetch(progress) {
            Err(e @ FetchError::Way { status: None, .. }) if have() > before => progress(Event::Failed(&e.to_string())),
            ended => return ended,
        }
    }
}

/// Moves a whole file into its place. A wrong one is deleted: no resume could mend it.
fn take(file: &Published, part: &Path, target: &Path) -> Result<(), StoreError> {
    let (found, expected) = match &file.sum {
        Sum::Sha256(sum) => (sha256_of(part, &mut |_| ())?, sum),
        Sum::GitBlob(id) => (git_blob_of(part)?, id),
    };
    if found != *expected {
        fs::remove_file(part).map_err(StoreError::io("write", part))?;
        return Err(StoreError::Sum { path: target.to_owned(), found, expected: expected.clone() });
    }
    fs::rename(part, target).map_err(StoreError::io("write", target))
}

/// Of the published files those that make a model, the small ones first.
fn of_a_model(files: Vec<Published>, id: &HubId) -> Result<Vec<Published>, StoreError> {
    let in_parts = files.iter().any(|file| is_weights(&file.name) && file.name != "model.safetensors");
    let belongs = |file: &Published| match is_weights(&file.name) {
        true => !(in_parts && file.name == "model.safetensors"),
        false => SMALL_FILES.contains(&file.name.as_str()),
    };
    let mut files: Vec<Published> = files.into_iter().filter(belongs).collect();
    files.sort_by(|a, b| (is_weights(&a.name), &a.name).cmp(&(is_weights(&b.name), &b.name)));
    let lacks = |file| !files.iter().any(|f| f.name == file);
    let needed = ["config.json", "tokenizer.json", "preprocessor_config.json"];
    if let Some(file) = needed.into_iter().find(|&file| lacks(file)) {
        return Err(StoreError::Incomplete { id: id.to_string(), file });
    }
    match files.iter().any(|file| is_weights(&file.name)) {
        true => Ok(files),
        false => Err(StoreError::Incomplete { id: id.to_string(), file: "weights in safetensors files" }),
    }
}

/// Brings a model from a folder into the store: files are linked where the file system can, and copied where it cannot.
pub(super) fn from_folder(
    store: &Store,
    name: &str,
    source: &Path,
    progress: &mut dyn FnMut(Event<'_>),
) -> Result<ModelFolder, StoreError> {
    let model = ModelFolder::open(source)?;
    // A folder of another store says what its files must be.
    let known = match source.join(record::FILE).exists() {
        true => Some(Record::read(source)?),
        false => None,
    };
    let _lock = fetch::lock(&store.root, progress)?;
    not_taken(store, name, known.as_ref().and_then(|record| record.hub.as_ref()))?;
    let stage = tempfile::Builder::new()
        .prefix(".stage-")
        .tempdir_in(&store.root)
        .map_err(StoreError::io("write", &store.root))?;
    let files = model.files();
    let sizes = files.iter().filter_map(|file| fs::metadata(source.join(file)).ok());
    let total = sizes.map(|m| m.len()).sum();
    let mut done = 0;
    let mut sums = BTreeMap::new();
    for file in files {
        progress(Event::Trying(&file));
        let target = stage.path().join(&file);
        link(&source.join(&file), &target)?;
        let bytes = fs::metadata(&target).map_err(StoreError::io("read", &target))?.len();
        let sha256 = sha256_of(&target, &mut |n| {
            done += n;
            progress(Event::Bytes { done, total });
        })?;
        if let Some(must) = known.as_ref().and_then(|record| record.files.get(&file)).filter(|m| m.sha256 != sha256) {
            let expected = must.sha256.clone();
            return Err(StoreError::Sum { path: source.join(file), found: sha256, expected });
        }
        sums.insert(file, FileSum { bytes, sha256 });
    }
    let record = match known {
        Some(record) => record.with_files(sums),
        None => Record::of_folder(sums),
    };
    record.write(stage.path())?;
    install(store, name, &stage.keep())
}

/// A second name for a file, or a copy of it on another file system.
fn link(from: &Path, to: &Path) -> Result<(), StoreError> {
    // A link to a link would lead nowhere when the first one is removed.
    let from = fs::canonicalize(from).map_err(StoreError::io("read", from))?;
    if fs::hard_link(&from, to).is_err() {
        fs::copy(&from, to).map_err(StoreError::io("write", to))?;
    }
    Ok(())
}

/// A name that a model from elsewhere has is not taken over.
fn not_taken(store: &Store, name: &str, by: Option<&HubId>) -> Result<(), StoreError> {
    let place = store.place(name);
    if !place.exists() {
        return Ok(());
    }
    match Record::read(&place) {
        Ok(record) if record.hub.as_ref() == by => Ok(()),
        Ok(record) => Err(StoreError::Taken { name: name.to_owned(), taken_by: record.origin() }),
        Err(_) => {
            Err(StoreError::Taken { name: name.to_owned(), taken_by: "somewhere that is not recorded".to_owned() })
        }
    }
}

/// Moves a whole model into its place, once it opens. What was there before is gone only when the new one is there.
fn install(store: &Store, name: &str, stage: &Path) -> Result<ModelFolder, StoreError> {
    let model = ModelFolder::open(stage).map_err(|e| {
        // It would only fail again.
        let _ = fs::remove_dir_all(stage);
        StoreError::from(e)
    });
    model?;
    let place = store.place(name);
    let old = store.root.join(format!("{OLD}{name}"));
    let written = StoreError::io("write", &place);
    let moved = || -> std::io::Result<()> {
        if old.exists() {
            fs::remove_dir_all(&old)?;
        }
        if place.exists() {
            fs::rename(&place, &old)?;
        }
        fs::rename(stage, &place)?;
        if old.exists() {
            fs::remove_dir_all(&old)?;
        }
        half_done(store, name).iter().try_for_each(fs::remove_dir_all)
    };
    moved().map_err(written)?;
    store.installed(name)
}

/// The folders of half-done pulls of a model.
pub(super) fn half_done(store: &Store, name: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(&store.root) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| pulled_name(path).is_some_and(|of| of == name)).collect()
}

/// Whose half-done pull a folder is: `.pull-NAME-COMMIT`.
pub(super) fn pulled_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.strip_prefix(PULLING)?;
    Some(name.rsplit_once('-')?.0.to_owned())
}

/// Only the way to the hub is at fault, so another way may help.
fn unreachable_hub(error: StoreError, wanted: &Wanted) -> StoreError {
    match error {
        StoreError::Answer { url, reason } => transfer(format!("{url}: {reason}"), wanted),
        other => other,
    }
}

fn failed(error: FetchError, wanted: &Wanted) -> StoreError {
    match error {
        way @ FetchError::Way { status: None | Some(404 | 408 | 429 | 500..), .. } => transfer(way.to_string(), wanted),
        other => other.into(),
    }
}

fn transfer(reason: String, wanted: &Wanted) -> StoreError {
    StoreError::Transfer { reason, name: wanted.name.clone(), files: FILES, page: wanted.page() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_has_a_sound_place_and_revision() {
        let wanted = Wanted::new("qwen3-vl-4b-instruct", None, None).expect("is known");
        assert_eq!((wanted.name(), wanted.revision.as_str()), ("Qwen3-VL-4B-Instruct", "main"));
        assert_eq!(Wanted::new("a/b", Some("refs/pr/1"), Some("c")).expect("is one").name(), "c");
        for revision in ["", "../x", "a b", "a?b", "-x", "/x", "a%2e"] {
            assert!(matches!(Wanted::new("a/b", Some(revision), None), Err(StoreError::Revision { .. })), "{revision}");
        }
        for name in ["..", "a/b", ""] {
            assert!(matches!(Wanted::new("a/b", None, Some(name)), Err(StoreError::Name { .. })), "{name}");
        }
        assert!(matches!(Wanted::new("unheard-of", None, None), Err(StoreError::Name { .. })));
    }

    #[test]
    fn of_the_published_files_only_those_of_the_model_are_taken() {
        let id: HubId = "a/b".parse().expect("is one");
        let file = |name: &str| Published { name: name.to_owned(), bytes: 1, sum: Sum::GitBlob(String::new()) };
        let names = |names: &[&str]| {
            let files = of_a_model(names.iter().map(|name| file(name)).collect(), &id)?;
            Ok::<_, StoreError>(files.into_iter().map(|f| f.name).collect::<Vec<_>>())
        };
        let small = ["config.json", "preprocessor_config.json", "tokenizer.json"];
        let with = |more: &[&str]| names(&[&small[..], more].concat());
        assert_eq!(
            with(&["model-00001-of-00001.safetensors", "model.safetensors", "run.py", "pytorch_model.bin"])
                .expect("whole"),
            [&small[..], &["model-00001-of-00001.safetensors"]].concat()
        );
        assert!(matches!(with(&["pytorch_model.bin"]), Err(StoreError::Incomplete { .. })));
        let error = names(&["config.json", "tokenizer.json", "model.safetensors"]).expect_err("lacks one").to_string();
        assert!(error.contains("preprocessor_config.json"), "{error}");
    }

    #[test]
    fn a_half_done_pull_bears_its_name_and_commit() {
        let path = Path::new("models/.pull-Qwen3-VL-2B-Instruct-0123456789ab");
        assert_eq!(pulled_name(path).as_deref(), Some("Qwen3-VL-2B-Instruct"));
        assert_eq!(pulled_name(Path::new("models/Qwen3-VL-2B-Instruct")), None);
    }
}
