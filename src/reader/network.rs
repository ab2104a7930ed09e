//! One of the three networks: a file, loaded and run.

use super::ReaderError;
use rten::{Model, ModelOptions, RunOptions, ThreadPool};
use rten_tensor::{AsView, NdTensor};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files beyond this are no reader models: the largest of them has 11 MB.
const MAX_FILE_BYTES: u64 = 256 << 20;

pub(super) struct Network {
    file: PathBuf,
    model: Model,
    threads: Arc<ThreadPool>,
}

impl Network {
    pub(super) fn load(file: &Path, threads: &Arc<ThreadPool>) -> Result<Self, ReaderError> {
        let missing = |source| ReaderError::Missing { file: file.to_owned(), source };
        let unusable = |reason| ReaderError::Model { file: file.to_owned(), reason };
        let bytes = std::fs::metadata(file).map_err(missing)?.len();
        if bytes > MAX_FILE_BYTES {
            return Err(unusable(format!("it has {bytes} bytes, and the limit is {MAX_FILE_BYTES}")));
        }
        check_outline(&std::fs::read(file).map_err(missing)?).map_err(|reason| unusable(reason.to_owned()))?;
        let model =
            ModelOptions::with_all_ops().prepack_weights(true).load_file(file).map_err(|e| unusable(e.to_string()))?;
        // An empty file is a valid model, and so is any other network.
        let ends = (model.input_ids().len(), model.output_ids().len());
        if ends != (1, 1) {
            return Err(unusable(format!("it has {} inputs and {} outputs instead of one of each", ends.0, ends.1)));
        }
        Ok(Self { file: file.to_owned(), model, threads: Arc::clone(threads) })
    }

    /// A text that the file carries about itself.
    pub(super) fn metadata(&self, key: &str) -> Option<&str> {
        self.model.metadata().get(key)
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Runs the network on one tensor; the result has `N` dimensions.
    pub(super) fn run<const N: usize>(&self, input: &NdTensor<f32, 4>) -> Result<NdTensor<f32, N>, ReaderError> {
        let mut options = RunOptions::default();
        options.thread_pool = Some(Arc::clone(&self.threads));
        let failed = |reason: String| ReaderError::Run { file: self.file.clone(), reason };
        let output = self.model.run_one(input.view().into(), Some(options)).map_err(|e| failed(e.to_string()))?;
        output.try_into().map_err(|e: rten::TryFromValueError| failed(e.to_string()))
    }
}

/// Checks that the outermost fields of a protobuf message lie within it.
///
/// rten 0.27 trusts the lengths of these fields alone, and reads in circles when one is beyond 2^63; within them it
/// checks by itself. Wire format: <https://protobuf.dev/programming-guides/encoding/>.
fn check_outline(mut message: &[u8]) -> Result<(), &'static str> {
    while !message.is_empty() {
        let tag = varint(&mut message).ok_or("a field's tag is broken")?;
        let length = match tag & 7 {
            0 => varint(&mut message).map(|_| 0),
            1 => Some(8),
            2 => varint(&mut message),
            5 => Some(4),
            _ => return Err("a field has no known type"),
        };
        let length = length.and_then(|l| usize::try_from(l).ok()).ok_or("a field's length is broken")?;
        message = message.get(length..).ok_or("a field goes on beyond the end of the file")?;
    }
    Ok(())
}

/// Takes a number of seven bits a byte, least first, from the front of `bytes`.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    const MAX_BYTES: usize = 10;
    let end = bytes.iter().take(MAX_BYTES).position(|b| b & 0x80 == 0)?;
    let (number, rest) = bytes.split_at(end + 1);
    *bytes = rest;
    Some(number.iter().rev().fold(0, |value, b| (value << 7) | u64::from(b & 0x7f)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_must_lie_within_the_file() {
        assert_eq!(check_outline(&[]), Ok(()));
        assert_eq!(check_outline(&[0x08, 0x96, 0x01, 0x12, 2, 7, 7, 0x1d, 0, 0, 0, 0]), Ok(()));
        assert!(check_outline(&[0x12, 3, 7, 7]).is_err());
        assert!(check_outline(&[0x08, 0x96]).is_err());
        assert!(check_outline(&[0xff; 64]).is_err());
        // A length of 2^64 - 1, on which rten never ends.
        assert!(check_outline(&[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0]).is_err());
    }

    proptest! {
        #[test]
        fn the_check_ends_on_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = check_outline(&bytes);
        }
    }
}
