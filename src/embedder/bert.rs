//! The encoder of BERT (Devlin et al. 2019, "BERT: Pre-training of Deep Bidirectional Transformers"), for texts of one length.
//!
//! Built on candle's own layers. candle-transformers has BERT too, among two hundred other models, and takes longer to build
//! than all the rest of this module's needs; here the three projections of attention are one product, and neither a mask nor
//! dropout is computed, since nothing is padded or trained.

use super::gelu::Gelu;
use candle_core::{D, Device, Result, Tensor};
use candle_nn::{Embedding, LayerNorm, Module, VarBuilder, embedding, layer_norm, ops::softmax_last_dim};
use serde::Deserialize;

/// The shape of a model, as `config.json` gives it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Shape {
    vocab_size: usize,
    /// Numbers in a vector.
    pub(super) hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    /// Tokens that a text may have.
    pub(super) max_position_embeddings: usize,
    type_vocab_size: usize,
    layer_norm_eps: f64,
}

/// The encoder with its weights.
pub(super) struct Bert {
    words: Embedding,
    /// Position and type of a token, added: a row per position.
    places: Tensor,
    norm: LayerNorm,
    layers: Vec<Layer>,
}

struct Layer {
    /// Queries, keys and values in one product.
    projections: Dense,
    heads: usize,
    out: Dense,
    norm: LayerNorm,
    up: Dense,
    down: Dense,
    out_norm: LayerNorm,
}

/// `x W + b`, with `W` as `[in, out]`. Files have it as `[out, in]`, which a product copies into this order each time:
/// for one short text that took most of the time.
struct Dense {
    weight: Tensor,
    bias: Tensor,
}

impl Dense {
    fn load(size_in: usize, size_out: usize, weights: VarBuilder<'_>) -> Result<Self> {
        Self::new(weights.get((size_out, size_in), "weight")?, weights.get(size_out, "bias")?)
    }

    fn new(weight: Tensor, bias: Tensor) -> Result<Self> {
        Ok(Self { weight: weight.t()?.contiguous()?, bias })
    }

    /// `[texts, tokens, in]` to `[texts, tokens, out]`.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (texts, tokens, size) = x.dims3()?;
        let product = x.reshape((texts * tokens, size))?.matmul(&self.weight)?;
        product.broadcast_add(&self.bias)?.reshape((texts, tokens, ()))
    }
}

impl Bert {
    pub(super) fn load(weights: &VarBuilder<'_>, shape: &Shape) -> Result<Self> {
        // Some files of the family name everything beneath the model's type.
        let root = if weights.contains_tensor("bert.embeddings.word_embeddings.weight") {
            weights.pp("bert")
        } else {
            weights.clone()
        };
        let (root, hidden) = (&root, shape.hidden_size);
        let embeddings = root.pp("embeddings");
        let words = embedding(shape.vocab_size, hidden, embeddings.pp("word_embeddings"))?;
        let positions = embeddings.pp("position_embeddings").get((shape.max_position_embeddings, hidden), "weight")?;
        let types = embeddings.pp("token_type_embeddings").get((shape.type_vocab_size, hidden), "weight")?;
        Ok(Self {
            words,
            places: positions.broadcast_add(&types.get(0)?)?,
            norm: layer_norm(hidden, shape.layer_norm_eps, embeddings.pp("LayerNorm"))?,
            layers: (0..shape.num_hidden_layers)
                .map(|i| Layer::load(&root.pp("encoder").pp("layer").pp(i), shape))
                .collect::<Result<_>>()?,
        })
    }

    /// Hidden states of texts that have the same number of tokens: `[texts, tokens, hidden]`.
    pub(super) fn forward(&self, ids: Vec<u32>, texts: usize, tokens: usize) -> Result<Tensor> {
        let ids = Tensor::from_vec(ids, (texts, tokens), &Device::Cpu)?;
        let places = self.places.narrow(0, 0, tokens)?;
        let mut hidden = self.norm.forward(&self.words.forward(&ids)?.broadcast_add(&places)?)?;
        for layer in &self.layers {
            hidden = layer.forward(&hidden)?;
        }
        Ok(hidden)
    }
}

impl Layer {
    fn load(weights: &VarBuilder<'_>, shape: &Shape) -> Result<Self> {
        let (hidden, inner) = (shape.hidden_size, shape.intermediate_size);
        let attention = weights.pp("attention");
        let part = |name: &str, what: &str| match what {
            "weight" => attention.pp("self").pp(name).get((hidden, hidden), what),
            _ => attention.pp("self").pp(name).get(hidden, what),
        };
        let all = |what: &str| -> Result<Tensor> {
            Tensor::cat(&[part("query", what)?, part("key", what)?, part("value", what)?], 0)
        };
        let norm = |at: VarBuilder<'_>| layer_norm(hidden, shape.layer_norm_eps, at.pp("LayerNorm"));
        Ok(Self {
            projections: Dense::new(all("weight")?, all("bias")?)?,
            heads: shape.num_attention_heads,
            out: Dense::load(hidden, hidden, attention.pp("output").pp("dense"))?,
            norm: norm(attention.pp("output"))?,
            up: Dense::load(hidden, inner, weights.pp("intermediate").pp("dense"))?,
            down: Dense::load(inner, hidden, weights.pp("output").pp("dense"))?,
            out_norm: norm(weights.pp("output"))?,
        })
    }

    fn forward(&self, hidden: &Tensor) -> Result<Tensor> {
        let attended = self.out.forward(&self.attend(hidden)?)?;
        let hidden = self.norm.forward(&(attended + hidden)?)?;
        let inner = self.up.forward(&hidden)?;
        inner.inplace_op1(&Gelu)?;
        let inner = self.down.forward(&inner)?;
        self.out_norm.forward(&(inner + hidden)?)
    }

    fn attend(&self, hidden: &Tensor) -> Result<Tensor> {
        let (texts, tokens, size) = hidden.dims3()?;
        let width = size / self.heads;
        // [3, texts, heads, tokens, width]
        let projected = self.projections.forward(hidden)?;
        let projected = projected.reshape((texts, tokens, 3, self.heads, width))?.permute((2, 0, 3, 1, 4))?;
        let part = |i: usize| projected.get(i)?.contiguous();
        let (query, key, value) = ((part(0)? * (width as f64).powf(-0.5))?, part(1)?, part(2)?);
        let weights = softmax_last_dim(&query.matmul(&key.transpose(D::Minus2, D::Minus1)?)?)?;
        weights.matmul(&value)?.transpose(1, 2)?.reshape((texts, tokens, size))
    }
}
