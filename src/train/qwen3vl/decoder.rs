//! The decoder: forth, and back to the adapters.

use super::block::{Block, Linears, Norms, Saved, Shape};
use super::head::Head;
use super::linear::{Fixed, Learnt, Linear, Weight};
use super::{Config, Dropout, Gradients, Layout, Pass, Seen, TextConfig, Weights, WeightsError};
use crate::train::adapter::LowRank;
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{DType, Device, Result, Tensor, Var};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// Where everything of the decoder is called from.
const LANGUAGE: &str = "model.language_model";

/// How the frozen matrices are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Base {
    /// As numbers of this type, in which everything is computed too.
    Dense(DType),
    /// Packed in blocks of GGML, and computed in this type.
    Packed(GgmlDType, DType),
}

impl Base {
    fn dtype(self) -> DType {
        match self {
            Self::Dense(dtype) | Self::Packed(_, dtype) => dtype,
        }
    }
}

/// What of the way forth is kept for the way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// What goes into each block; the block is then computed again.
    Recompute,
    /// Everything.
    Keep,
}

/// Sequences packed for one pass.
#[derive(Debug, Clone)]
pub struct Packed {
    /// Tokens of all sequences, one after the other.
    pub ids: Vec<u32>,
    /// Where each lies, and its positions.
    pub layout: Layout,
    /// Pictures, and the tokens that stand for them, in order.
    pub pictures: Vec<(Range<usize>, Seen)>,
    /// Tokens to be foretold: each by the token before it.
    pub foretold: Vec<Range<usize>>,
}

/// A decoder of text with adapters on its linear layers.
#[derive(Debug, Clone)]
pub struct Decoder {
    pub(super) config: TextConfig,
    pub(super) dtype: DType,
    pub(super) device: Device,
    pub(super) embeddings: Tensor,
    pub(super) head: Head,
    pub(super) blocks: Vec<Block>,
}

impl Decoder {
    /// Reads the frozen part.
    ///
    /// # Errors
    /// [`WeightsError`] when a tensor is missing or does not read.
    pub fn load(
        config: &Config,
        weights: &Weights,
        base: Base,
        device: &Device,
    ) -> std::result::Result<Self, WeightsError> {
        let dtype = base.dtype();
        let get = |name: &str| {
            let wrong = |source| WeightsError::Tensor { name: name.to_owned(), source };
            weights.get(name, device)?.to_dtype(dtype).map_err(wrong)
        };
        let text = &config.text;
        let linear = |path: String| -> std::result::Result<Linear, WeightsError> {
            let matrix = get(&format!("{path}.weight"))?;
            let weight = match base {
                Base::Dense(_) => Weight::Dense(matrix),
                Base::Packed(kind, _) => {
                    let packed = matrix.to_dtype(DType::F32).and_then(|matrix| QTensor::quantize(&matrix, kind));
                    let packed = packed.map_err(|source| WeightsError::Tensor { name: path.clone(), source })?;
                    Weight::Packed(Arc::new(packed))
                }
            };
            Ok(Linear { path, weight, earlier: Vec::new(), learnt: None })
        };
        let shape = Shape { heads: text.heads, key_heads: text.kv_heads, head: text.head_dim, eps: text.rms_eps };
        let block = |i: usize| -> std::result::Result<Block, WeightsError> {
            let of = |name: &str| format!("{LANGUAGE}.layers.{i}.{name}");
            let norms = Norms {
                attention: get(&of("input_layernorm.weight"))?,
                network: get(&of("post_attention_layernorm.weight"))?,
                queries: get(&of("self_attn.q_norm.weight"))?,
                keys: get(&of("self_attn.k_norm.weight"))?,
            };
            let linears = Linears {
                q: linear(of("self_attn.q_proj"))?,
                k: linear(of("self_attn.k_proj"))?,
                v: linear(of("self_attn.v_proj"))?,
                o: linear(of("self_attn.o_proj"))?,
                gate: linear(of("mlp.gate_proj"))?,
                up: linear(of("mlp.up_proj"))?,
                down: linear(of("mlp.down_proj"))?,
            };
            Ok(Block { shape, norms, linears })
        };
        let embeddings = get(&format!("{LANGUAGE}.embed_tokens.weight"))?;
        let matrix = match config.tie_word_embeddings {
            true => embeddings.clone(),
            false => get("lm_head.weight")?,
        };
        let head = Head { norm: get(&format!("{LANGUAGE}.norm.weight"))?, matrix, eps: text.rms_eps };
        let blocks = (0..text.layers).map(block).collect::<std::result::Result<_, _>>()?;
        Ok(Self { config: text.clone(), dtype, device: device.clone(), embeddings, head, blocks })
    }

    /// Sizes.
    #[must_use]
    pub fn config(&self) -> &TextConfig {
        &self.config
    }

    /// What everything is computed in, and where.
    #[must_use]
    pub fn place(&self) -> (DType, &Device) {
        (self.dtype, &self.device)
    }

    fn linears(&self) -> impl Iterator<Item = &Linear> {
        self.blocks.iter().flat_map(|block| block.linears.all())
    }

    /// Tensors that learn, by name.
    #[must_use]
    pub fn learning(&self) -> Vec<(String, Var)> {
        let both = |linear: &Linear| {
            let of = |part: &str, var: &Var| (format!("{}.{part}", linear.path), var.clone());
            linear.learnt.iter().flat_map(|l| [of("lora_A", &l.a), of("lora_B", &l.b)]).collect::<Vec<_>>()
        };
        self.linears().flat_map(both).collect()
    }

    /// Puts an adapter that learns on every linear layer: `a` is drawn as PEFT draws it, uniformly within one over the root
    /// of the inputs, and `b` is zero.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn begin(&mut self, rank: usize, scale: f64, seed: u64) -> Result<()> {
        let device = self.device.clone();
        let mut random = fastrand::Rng::with_seed(seed);
        for linear in self.linears_mut() {
            let (outputs, inputs) = linear.weight.shape()?;
            let bound = (inputs as f32).sqrt().recip();
            let values: Vec<f32> = (0..rank * inputs).map(|_| (2.0 * random.f32() - 1.0) * bound).collect();
            let a = Var::from_tensor(&Tensor::from_vec(values, (rank, inputs), &device)?)?;
            linear.learnt = Some(Learnt { a, b: Var::zeros((outputs, rank), DType::F32, &device)?, scale });
        }
        Ok(())
    }

    /// Paths of the linear layers, such as `model.language_model.layers.0.self_attn.q_proj`.
    #[must_use]
    pub fn paths(&self) -> BTreeSet<String> {
        self.linears().map(|linear| linear.path.clone()).collect()
    }

    /// Puts low-rank terms on that stay as they are, and returns a module among them that is no linear layer, if there is one;
    /// nothing is changed then.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn wear(&mut self, modules: &BTreeMap<String, LowRank>) -> Result<Option<String>> {
        let paths = self.paths();
        if let Some(strange) = modules.keys().find(|module| !paths.contains(*module)) {
            return Ok(Some(strange.clone()));
        }
        let device = self.device.clone();
        for linear in self.linears_mut() {
            if let Some(LowRank { a, b, scale }) = modules.get(&linear.path) {
                let (a, b) = (a.to_device(&device)?, b.to_device(&device)?);
                linear.earlier.push(Fixed { a, b, scale: *scale });
            }
        }
        Ok(None)
    }

    /// Lets these low-rank terms learn, in place of what has learnt so far.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn learn(&mut self, modules: &BTreeMap<String, LowRank>) -> Result<()> {
        let device = self.device.clone();
        for linear in self.linears_mut() {
            if let Some(LowRank { a, b, scale }) = modules.get(&linear.path) {
                let var = |t: &Tensor| Var::from_tensor(&t.to_device(&device)?.to_dtype(DType::F32)?);
                linear.learnt = Some(Learnt { a: var(a)?, b: var(b)?, scale: *scale });
            }
        }
        Ok(())
    }

    /// What has been learnt.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn learnt(&self) -> Result<BTreeMap<String, LowRank>> {
        let terms = self.linears().filter_map(|linear| Some((linear.path.clone(), linear.learnt.as_ref()?)));
        let copy = |(path, learnt): (String, &Learnt)| {
            let of = |var: &Var| var.as_detached_tensor().copy();
            Ok((path, LowRank { a: of(&learnt.a)?, b: of(&learnt.b)?, scale: learnt.scale }))
        };
        terms.map(copy).collect()
    }

    fn linears_mut(&mut self) -> impl Iterator<Item = &mut Linear> {
        self.blocks.iter_mut().flat_map(|block| block.linears.all_mut())
    }

    pub(super) fn embed(&self, batch: &Packed) -> Result<Tensor> {
        let words = |range: Range<usize>| {
            let ids = Tensor::new(&batch.ids[range], &self.device)?;
            self.embeddings.index_select(&ids, 0)
        };
        let mut parts = Vec::new();
        let mut done = 0;
        for (range, seen) in &batch.pictures {
            if range.start > done {
                parts.push(words(done..range.start)?);
            }
            parts.push(seen.embeds.to_dtype(self.dtype)?);
            done = range.end;
        }
        if done < batch.ids.len() {
            parts.push(words(done..batch.ids.len())?);
        }
        Tensor::cat(&parts, 0)
    }

    /// Adds what the vision tower's middle layers saw behind block `i`. It is a constant, so its way back is to do nothing.
    pub(super) fn deepen(&self, i: usize, x: Tensor, batch: &Packed) -> Result<Tensor> {
        let mut x = x;
        for (range, seen) in &batch.pictures {
            if let Some(added) = seen.deepstack.get(i) {
                let rows = Tensor::arange(range.start as u32, range.end as u32, &self.device)?;
                x = x.index_add(&rows, &added.to_dtype(self.dtype)?, 0)?;
            }
        }
        Ok(x)
    }

    /// The last hidden state of the rows that foretell, and what they foretell.
    pub(super) fn rows(&self, batch: &Packed) -> Result<(Tensor, Tensor)> {
        let tokens = || batch.foretold.iter().flat_map(Clone::clone);
        let rows: Vec<u32> = tokens().map(|token| token as u32 - 1).collect();
        let targets: Vec<u32> = tokens().map(|token| batch.ids[token]).collect();
        Ok((Tensor::new(rows, &self.device)?, Tensor::new(targets, &self.device)?))
    }

    fn hidden(&self, batch: &Packed, pass: Pass) -> Result<Tensor> {
        let mut x = self.embed(batch)?;
        for (i, block) in self.blocks.iter().enumerate() {
            x = self.deepen(i, block.forward(&x, &batch.layout, pass)?.0, batch)?;
        }
        Ok(x)
    }

    /// Logits of the tokens that are foretold: (tokens, words), 32 bits.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn logits(&self, batch: &Packed, pass: Pass) -> Result<Tensor> {
        let (rows, _) = self.rows(batch)?;
        self.head.logits(&self.hidden(batch, pass)?.index_select(&rows, 0)?)
    }

    /// Log-probabilities of the tokens that are foretold, in their order: (tokens), 32 bits.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn log_probabilities(&self, batch: &Packed, pass: Pass, temperature: f64) -> Result<Tensor> {
        let (rows, targets) = self.rows(batch)?;
        let x = self.hidden(batch, pass)?.index_select(&rows, 0)?;
        self.head.log_probabilities(&x, &targets, temperature)
    }

    /// Takes a loss back to the adapters. `loss` is told the log-probabilities of the foretold tokens, and returns what it makes
    /// of them together with its gradient for each.
    ///
    /// # Errors
    /// Those of the tensor library and of `loss`.
    pub fn gradients<T>(
        &self,
        batch: &Packed,
        memory: Memory,
        dropout: Option<Dropout>,
        temperature: f64,
        loss: impl FnOnce(&Tensor) -> Result<(T, Tensor)>,
    ) -> Result<(T, Gradients)> {
        let pass = Pass::Learning { dropout };
        let last = self.blocks.len().saturating_sub(1);
        let mut inputs = Vec::with_capacity(self.blocks.len());
        let mut kept: Vec<Saved> = Vec::new();
        let mut x = self.embed(batch)?;
        for (i, block) in self.blocks.iter().enumerate() {
            let (y, saved) = block.forward(&x, &batch.layout, pass)?;
            // The last block's is needed at once.
            if memory == Memory::Keep || i == last {
                kept.push(saved);
            } else {
                inputs.push(x);
            }
            x = self.deepen(i, y, batch)?;
        }

        let (rows, targets) = self.rows(batch)?;
        let top = x.index_select(&rows, 0)?;
        let (told, g) = loss(&self.head.log_probabilities(&top, &targets, temperature)?)?;
        let g = self.head.backward(&top, &targets, temperature, &g)?;
        let mut g = x.zeros_like()?.index_add(&rows, &g, 0)?;
        drop((x, top));

        let mut gradients = Gradients::default();
        for block in self.blocks.iter().rev() {
            let saved = match kept.pop() {
                Some(saved) => saved,
                None => {
                    let x = inputs.pop().ok_or_else(|| candle_core::Error::msg("a block without its input"))?;
                    block.forward(&x, &batch.layout, pass)?.1
                }
            };
            g = block.backward(&saved, &batch.layout, &g, &mut gradients)?;
        }
        Ok((told, gradients))
    }
}
