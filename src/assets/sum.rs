//! SHA-256 of files, and copies that are checked as they are written.

use super::{AssetError, AssetFile};
use crate::digest::hex;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

const CHUNK_BYTES: usize = 1 << 16;

/// SHA-256 of a file, lower-case hex.
pub(super) fn of_file(path: &Path) -> Result<String, AssetError> {
    crate::digest::sha256_of(path).map_err(AssetError::io("read", path))
}

/// Copies `from` into a new file at `to`, and fails unless it is byte for byte the pinned file. No more than the pinned
/// size is written, whatever the source delivers.
pub(super) fn copy_pinned(
    mut from: impl Read,
    named: &Path,
    to: &Path,
    pinned: &AssetFile,
    mut written: impl FnMut(u64),
) -> Result<(), AssetError> {
    let mut out = File::create_new(to).map_err(AssetError::io("write", to))?;
    let mut digest = Sha256::new();
    let mut bytes = 0u64;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let n = from.read(&mut chunk).map_err(AssetError::io("read", named))?;
        bytes += n as u64;
        digest.update(&chunk[..n]);
        if n == 0 || bytes > pinned.bytes {
            break;
        }
        out.write_all(&chunk[..n]).map_err(AssetError::io("write", to))?;
        written(n as u64);
    }
    out.sync_all().map_err(AssetError::io("write", to))?;
    let found = hex(&digest.finalize());
    if bytes == pinned.bytes && found == pinned.sha256 {
        return Ok(());
    }
    Err(AssetError::Sum {
        from: named.to_owned(),
        file: pinned.name.clone(),
        found,
        found_bytes: bytes,
        expected: pinned.sha256.clone(),
        expected_bytes: pinned.bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    fn pinned(bytes: u64) -> AssetFile {
        AssetFile {
            name: "a".to_owned(),
            bytes,
            sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned(),
            member: "p/a".to_owned(),
            url: "https://example.org/a".to_owned(),
        }
    }

    #[test]
    fn the_right_bytes_are_copied_and_others_are_not() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let to = |name: &str| dir.path().join(name);
        copy_pinned(&b"abc"[..], Path::new("x"), &to("1"), &pinned(3), |_| ()).expect("the example of FIPS 180-2");
        assert_eq!(std::fs::read(to("1")).expect("reads"), b"abc");
        assert_eq!(of_file(&to("1")).expect("reads"), pinned(3).sha256);
        for (i, wrong) in [&b"abd"[..], b"ab", b"abcd", b""].into_iter().enumerate() {
            let out = to(&format!("wrong{i}"));
            assert!(matches!(
                copy_pinned(wrong, Path::new("x"), &out, &pinned(3), |_| ()),
                Err(AssetError::Sum { .. })
            ));
        }
    }

    #[test]
    fn an_endless_source_is_cut_off() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let to = dir.path().join("endless");
        assert!(copy_pinned(io::repeat(0), Path::new("x"), &to, &pinned(100_000), |_| ()).is_err());
        assert!(std::fs::metadata(&to).expect("is there").len() <= 100_000);
    }
}
