//! Fetches the single files of an asset from their own addresses.

use super::{Asset, AssetError, AssetFile, Event, sum};
use crate::fetch::Client;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Puts the pinned files into `stage`, by way of partial files in `downloads` that outlive a broken transfer.
pub(super) fn download(
    asset: &Asset,
    downloads: &Path,
    stage: &Path,
    progress: &mut dyn FnMut(Event<'_>),
) -> Result<(), AssetError> {
    let client = Client::new(None)?;
    let mut before = 0;
    for pinned in &asset.files {
        let part = downloads.join(format!("{}-{}.part", &pinned.sha256[..16], pinned.name));
        let mut done = |bytes| progress(Event::Bytes { done: before + bytes, total: asset.bytes() });
        client.file(&pinned.url, pinned.bytes, &part, &mut done)?;
        take(pinned, &part, stage)?;
        before += pinned.bytes;
    }
    Ok(())
}

/// Moves a whole download to the stage. A wrong one is deleted: no resume could mend it.
fn take(pinned: &AssetFile, part: &Path, stage: &Path) -> Result<(), AssetError> {
    let file = File::open(part).map_err(AssetError::io("read", part))?;
    let checked = sum::copy_pinned(file, &PathBuf::from(&pinned.url), &stage.join(&pinned.name), pinned, |_| ());
    fs::remove_file(part).map_err(AssetError::io("write", part))?;
    checked
}
