//! Fetches single files over HTTPS, going on where an earlier try stopped.

use super::{Asset, AssetError, AssetFile, Event, sum};
use crate::cause::innermost;
use reqwest::{Client, StatusCode, header};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(20);
/// Longest silence within a transfer.
const SILENCE: Duration = Duration::from_secs(60);

/// Puts the pinned files into `stage`, by way of partial files in `downloads` that outlive a broken transfer.
pub(super) fn download(
    asset: &Asset,
    downloads: &Path,
    stage: &Path,
    progress: &mut dyn FnMut(Event<'_>),
) -> Result<(), AssetError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| AssetError::Way(format!("no runtime for the transfer: {e}")))?;
    let client = Client::builder()
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .user_agent(concat!("navig/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|e| AssetError::Way(innermost(&e)))?;
    let mut before = 0;
    for pinned in &asset.files {
        let part = downloads.join(format!("{}-{}.part", &pinned.sha256[..16], pinned.name));
        let mut done = |bytes| progress(Event::Bytes { done: before + bytes, total: asset.bytes() });
        runtime.block_on(fetch(&client, pinned, &part, &mut done))?;
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

/// Fetches one file into `part`, from where `part` ends if the server can do that.
async fn fetch(client: &Client, pinned: &AssetFile, part: &Path, done: &mut dyn FnMut(u64)) -> Result<(), AssetError> {
    let way = |e: reqwest::Error| AssetError::Way(format!("{}: {}", pinned.url, innermost(&e)));
    let have = fs::metadata(part).map_or(0, |m| m.len());
    if have == pinned.bytes {
        return Ok(());
    }
    let resume = (1..pinned.bytes).contains(&have);
    let mut request = client.get(&pinned.url);
    if resume {
        request = request.header(header::RANGE, format!("bytes={have}-"));
    }
    let mut response = request.send().await.and_then(reqwest::Response::error_for_status).map_err(way)?;
    let resumed = resume && response.status() == StatusCode::PARTIAL_CONTENT;
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .append(resumed)
        .truncate(!resumed)
        .open(part)
        .map_err(AssetError::io("write", part))?;
    let mut bytes = if resumed { have } else { 0 };
    while let Some(chunk) = response.chunk().await.map_err(way)? {
        bytes += chunk.len() as u64;
        if bytes > pinned.bytes {
            // Kept, it would look like a resumable part of something.
            fs::remove_file(part).map_err(AssetError::io("write", part))?;
            return Err(AssetError::Way(format!("{}: more than {} bytes came", pinned.url, pinned.bytes)));
        }
        file.write_all(&chunk).map_err(AssetError::io("write", part))?;
        done(bytes);
    }
    match bytes == pinned.bytes {
        true => Ok(()),
        false => Err(AssetError::Way(format!("{}: ended after {bytes} of {} bytes", pinned.url, pinned.bytes))),
    }
}
