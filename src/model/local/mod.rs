//! A model in this process, by mistralrs 0.8.1.
//!
//! What that version does wrong is kept away from here: one request at a time (batches on a CPU mix sequences), no prefix
//! cache on a CPU (it changes the logits), pictures of legal size only, no picture tokens in replies, a limit on every
//! reply, and one more try when the engine has restarted.

mod listen;
mod vocabulary;

use super::folder::ModelFolder;
use super::{Ask, Card, Cost, Device, ModelError, Quant, Reply, Role, VisionModel};
use async_trait::async_trait;
use image::DynamicImage;
use listen::Listener;
use mistralrs::{
    Constraint, IsqType, Model, ModelDType, MultimodalModelBuilder, PagedAttentionMetaBuilder, RequestBuilder,
    SamplingParams, TextMessageRole, UqffMultimodalModelBuilder,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use vocabulary::Vocabulary;

/// How a model is loaded.
#[derive(Debug, Clone, Default)]
pub struct LocalOptions {
    /// How its weights are kept.
    pub quant: Quant,
    /// Where it computes.
    pub device: Device,
}

/// A model of this process. Its weights stay in memory until it is dropped.
pub struct Local {
    model: Model,
    card: Card,
    vocabulary: Arc<Vocabulary>,
    banned: Arc<[u32]>,
    turn: Semaphore,
}

/// How long the engine may take to come back after it fell over.
const RESTART: Duration = Duration::from_millis(300);
/// Pixels of one picture on a processor. The engine's attention costs the square of the pixels there: 448 x 448 takes three
/// times as long as 320 x 320 (`evals/bench/model/`).
const CPU_PICTURE_PX: u32 = 320 * 320;
/// Pixels of one picture on an accelerator.
const ACCELERATOR_PICTURE_PX: u32 = 1024 * 1024;

impl Local {
    /// Loads a model: its quantised form when it was written before, or else its own files, which are quantised and, where
    /// the folder can be written, kept in that form for the next time.
    ///
    /// # Errors
    /// [`ModelError::Memory`] when it cannot fit, [`ModelError::Load`] with what the engine says, [`ModelError::File`]
    /// for a tokenizer that does not read.
    pub async fn load(folder: &ModelFolder, options: &LocalOptions) -> Result<Self, ModelError> {
        let quant = options.quant;
        let (runs_on, cpu) = place(options.device)?;
        if cpu {
            fits(folder, quant)?;
        }
        let vocabulary = Arc::new(Vocabulary::read(&folder.path().join("tokenizer.json"))?);
        let ready = folder.uqff(quant);
        let builder = match &ready {
            Some(file) => quantised(file)?,
            None => whole(folder.path(), quant),
        };
        let model = build(folder.path(), device(builder, cpu, quant)?).await?;
        if ready.is_none() && quant != Quant::None {
            tracing::info!(model = folder.name(), %quant, "quantised while loading; 'navig model quantize' keeps the result");
        }
        let card = Card {
            name: format!("{} {quant}", folder.name()),
            identity: folder.identity(quant),
            runs_on,
            picture_px: if cpu { CPU_PICTURE_PX } else { ACCELERATOR_PICTURE_PX },
            note: folder.note(),
        };
        let banned = folder.picture_tokens().into();
        Ok(Self { model, card, vocabulary, banned, turn: Semaphore::new(1) })
    }

    /// Writes the quantised form of a model into its folder, and returns where it lies. A form that is there is left as it
    /// is. It appears whole or not at all.
    ///
    /// # Errors
    /// [`ModelError::Load`] with what the engine says; [`ModelError::File`] when the folder cannot be written.
    pub async fn quantize(folder: &ModelFolder, quant: Quant) -> Result<PathBuf, ModelError> {
        if let Some(file) = folder.uqff(quant) {
            return Ok(file);
        }
        let wrong = |e: std::io::Error| ModelError::File { path: folder.path().to_owned(), reason: e.to_string() };
        let stage = tempfile::Builder::new().prefix(".quantising-").tempdir_in(folder.path()).map_err(wrong)?;
        let file = stage.path().join(format!("{quant}.uqff"));
        let builder = whole(folder.path(), quant).write_uqff(file);
        let builder = builder.with_force_cpu().with_dtype(on_a_processor(quant));
        drop(build(folder.path(), builder).await?);
        let place = folder.uqff_folder(quant);
        if place.exists() {
            std::fs::remove_dir_all(&place).map_err(wrong)?;
        }
        std::fs::rename(stage.path(), &place).map_err(wrong)?;
        folder.uqff(quant).ok_or_else(|| ModelError::Load {
            folder: folder.path().to_owned(),
            reason: "the engine wrote no quantised form".to_owned(),
        })
    }

    async fn send(&self, ask: &Ask) -> Result<Reply, ModelError> {
        let listener = Arc::new(Listener::new(self.vocabulary.clone(), self.banned.clone(), &ask.probes));
        let begun = Instant::now();
        let sent = self.model.send_chat_request(request(ask, listener.clone())).await;
        let mut response = sent.map_err(|e| ModelError::Engine(short(&e.to_string())))?;
        let usage = &response.usage;
        let cost = Cost {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
            total_ms: begun.elapsed().as_secs_f64() * 1000.0,
            prompt_ms: f64::from(usage.total_prompt_time_sec) * 1000.0,
        };
        let choice = match response.choices.is_empty() {
            false => response.choices.swap_remove(0),
            true => return Err(ModelError::Engine("the engine gave no reply".to_owned())),
        };
        let text = choice.message.content.unwrap_or_default();
        let scores = listener.finish(&text);
        Reply::of_text(text, scores, cost).map_err(|e| match (choice.finish_reason.as_str(), e) {
            ("length", ModelError::Unparsable { text, .. }) => {
                ModelError::Cut { tokens: ask.sampling.max_tokens, text }
            }
            (_, e) => e,
        })
    }
}

#[async_trait]
impl VisionModel for Local {
    fn card(&self) -> &Card {
        &self.card
    }

    async fn ask(&self, ask: &Ask) -> Result<Reply, ModelError> {
        let _turn = self.turn.acquire().await.expect("the semaphore is never closed");
        match self.send(ask).await {
            // An engine that fell over is started again by the next request, which may still meet the closed channel.
            Err(ModelError::Engine(first)) => {
                tracing::warn!(error = %first, "the engine failed; one more try");
                tokio::time::sleep(RESTART).await;
                self.send(ask).await
            }
            other => other,
        }
    }
}

/// The conversation as the engine takes it.
fn request(ask: &Ask, listener: Arc<Listener>) -> RequestBuilder {
    let mut request = RequestBuilder::new().add_message(TextMessageRole::System, &ask.system);
    for turn in &ask.turns {
        let role = match turn.role {
            Role::User => TextMessageRole::User,
            Role::Assistant => TextMessageRole::Assistant,
        };
        request = match turn.pictures.is_empty() {
            true => request.add_message(role, &turn.text),
            false => {
                let pixels = |p: &super::Picture| DynamicImage::ImageRgb8(p.pixels.as_ref().clone());
                request.add_image_message(role, &turn.text, turn.pictures.iter().map(pixels).collect())
            }
        };
    }
    let mut schema = ask.schema.clone();
    // Without it a schema allows white space without end, which a greedy model may write until the limit.
    schema["x-guidance"] = serde_json::json!({ "whitespace_flexible": false });
    let base = match ask.sampling.temperature > 0.0 {
        true => SamplingParams { temperature: Some(ask.sampling.temperature), ..SamplingParams::neutral() },
        false => SamplingParams::deterministic(),
    };
    request
        .set_constraint(Constraint::JsonSchema(schema))
        .set_sampling(SamplingParams { max_len: Some(ask.sampling.max_tokens), ..base })
        .add_logits_processor(listener)
}

/// Where this build computes, in words, and whether that is the processor.
fn place(device: Device) -> Result<(String, bool), ModelError> {
    let cpu = device == Device::Cpu;
    let found = mistralrs::best_device(cpu).map_err(|e| ModelError::Engine(short(&e.to_string())))?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(match found {
        mistralrs::Device::Cpu => (format!("processor, {cores} threads"), true),
        mistralrs::Device::Cuda(_) => ("CUDA".to_owned(), false),
        mistralrs::Device::Metal(_) => ("Metal".to_owned(), false),
    })
}

fn whole(folder: &Path, quant: Quant) -> MultimodalModelBuilder {
    let builder = MultimodalModelBuilder::new(folder.display());
    match isq(quant) {
        Some(isq) => builder.with_isq(isq),
        None => builder,
    }
}

fn quantised(file: &Path) -> Result<MultimodalModelBuilder, ModelError> {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else {
        return Err(ModelError::File { path: file.to_owned(), reason: "not a file in a folder".to_owned() });
    };
    Ok(UqffMultimodalModelBuilder::new(folder.display(), vec![name.into()]).into_inner())
}

fn device(builder: MultimodalModelBuilder, cpu: bool, quant: Quant) -> Result<MultimodalModelBuilder, ModelError> {
    if cpu {
        return Ok(builder.with_force_cpu().with_dtype(on_a_processor(quant)));
    }
    let paged = PagedAttentionMetaBuilder::default().build().map_err(|e| ModelError::Engine(e.to_string()))?;
    Ok(builder.with_dtype(ModelDType::Auto).with_paged_attn(paged))
}

/// What is computed in on a processor where nothing is quantised. 16 bits halve the memory of the tower and the embeddings (3.5
/// against 5.5 GB for the 2B) and cost a fifth of the time; who asks for the weights as they are wants 32.
fn on_a_processor(quant: Quant) -> ModelDType {
    match quant {
        Quant::None => ModelDType::F32,
        _ => ModelDType::F16,
    }
}

async fn build(folder: &Path, builder: MultimodalModelBuilder) -> Result<Model, ModelError> {
    let failed = |reason: String| ModelError::Load { folder: folder.to_owned(), reason: short(&reason) };
    // A task of its own, so that a panic of the engine's loader is an error here.
    match tokio::spawn(builder.build()).await {
        Ok(built) => built.map_err(|e| failed(format!("{e:#}"))),
        Err(e) => Err(failed(format!("the engine fell over: {e}"))),
    }
}

fn isq(quant: Quant) -> Option<IsqType> {
    match quant {
        Quant::Q4k => Some(IsqType::Q4K),
        Quant::Q5k => Some(IsqType::Q5K),
        Quant::Q6k => Some(IsqType::Q6K),
        Quant::Q8_0 => Some(IsqType::Q8_0),
        Quant::None => None,
    }
}

/// Refuses what would push the machine into swapping, or be killed halfway.
fn fits(folder: &ModelFolder, quant: Quant) -> Result<(), ModelError> {
    let Some(free_mb) = crate::model::memory::available_mb() else { return Ok(()) };
    let needed_mb = folder.memory_mb(quant);
    match needed_mb <= free_mb {
        true => Ok(()),
        false => Err(ModelError::Memory {
            needed_mb,
            free_mb,
            mend: "take a smaller model or quantisation (`navig model list`), or close other programs",
        }),
    }
}

/// The first line of an engine's error: the rest is a backtrace.
fn short(error: &str) -> String {
    error.lines().next().unwrap_or_default().chars().take(300).collect()
}
