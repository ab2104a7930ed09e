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
        let bytes =
            std::fs::metadata(file).map_err(|source| ReaderError::Missing { file: file.to_owned(), source })?.len();
        if bytes > MAX_FILE_BYTES {
            let reason = format!("it has {bytes} bytes, and the limit is {MAX_FILE_BYTES}");
            return Err(ReaderError::Model { file: file.to_owned(), reason });
        }
        let model = ModelOptions::with_all_ops()
            .prepack_weights(true)
            .load_file(file)
            .map_err(|e| ReaderError::Model { file: file.to_owned(), reason: e.to_string() })?;
        // An empty file is a valid model, and so is any other network.
        let ends = (model.input_ids().len(), model.output_ids().len());
        if ends != (1, 1) {
            let reason = format!("it has {} inputs and {} outputs instead of one of each", ends.0, ends.1);
            return Err(ReaderError::Model { file: file.to_owned(), reason });
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
