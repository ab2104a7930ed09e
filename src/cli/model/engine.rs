//! Where models are loaded, whatever this build can load.

use super::super::Failure;
use crate::model::choice::Choice;
use crate::model::{Device, Endpoint, Http, KEY_VARIABLE, Limits, ModelFolder, Quant, VisionModel};
use crate::settings::ModelServer;
use std::path::PathBuf;
use tokio::runtime::Runtime;

/// Threads on which the engine is waited for.
pub(in crate::cli) fn runtime() -> Result<Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|source| Failure::Input { what: "the runtime of the model".to_owned(), source })
}

/// Runs what the engine does asynchronously to its end.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    runtime()?.block_on(work)
}

/// Loads the model that was chosen.
pub(in crate::cli) async fn load(choice: Choice) -> Result<Box<dyn VisionModel>, Failure> {
    match choice {
        Choice::Nobody(why) => Err(Failure::NoModel(why.to_string())),
        Choice::Local { folder, quant, device } => local(&folder, quant, device).await,
        Choice::Server(server) => connect(server).await,
    }
}

#[cfg(feature = "local-vlm")]
async fn local(folder: &ModelFolder, quant: Quant, device: Device) -> Result<Box<dyn VisionModel>, Failure> {
    let options = crate::model::LocalOptions { quant, device };
    Ok(Box::new(crate::model::Local::load(folder, &options).await?))
}

#[cfg(not(feature = "local-vlm"))]
async fn local(_folder: &ModelFolder, _quant: Quant, _device: Device) -> Result<Box<dyn VisionModel>, Failure> {
    Err(not_built())
}

/// Writes a quantised form, and returns where it lies.
#[cfg(feature = "local-vlm")]
pub(super) fn quantize(folder: &ModelFolder, quant: Quant) -> Result<PathBuf, Failure> {
    block_on(async { Ok(crate::model::Local::quantize(folder, quant).await?) })
}

/// Writes a quantised form, and returns where it lies.
#[cfg(not(feature = "local-vlm"))]
pub(super) fn quantize(_folder: &ModelFolder, _quant: Quant) -> Result<PathBuf, Failure> {
    Err(not_built())
}

#[cfg(not(feature = "local-vlm"))]
fn not_built() -> Failure {
    Failure::Usage("this navig was built without a local model: build it with the feature local-vlm".to_owned())
}

async fn connect(server: ModelServer) -> Result<Box<dyn VisionModel>, Failure> {
    let key = std::env::var(KEY_VARIABLE).ok().filter(|key| !key.trim().is_empty());
    let endpoint = Endpoint::new(&server.url, server.name, key, Limits::default())?;
    Ok(Box::new(Http::connect(endpoint).await?))
}
