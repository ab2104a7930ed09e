//! Several completions of one conversation, drawn side by side.
//!
//! The conversation is read once; its keys and values are shared by all completions, and each keeps only its own after that.
//! This is the learner's own network, so that the probability that a token was drawn with is the one that the learner
//! counts with.

use super::block::{Block, Projected};
use super::ops;
use super::{Decoder, Layout, Packed, Pass};
use candle_core::{D, DType, Result, Tensor};

/// How completions are drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Completions.
    pub count: usize,
    /// Longest, tokens, the end included.
    pub longest: usize,
    /// Logits are divided by it; 0 takes the most probable token.
    pub temperature: f64,
    /// Tokens that end a completion; they belong to it.
    pub ends: Vec<u32>,
    /// Of the draws.
    pub seed: u64,
}

/// A drawn completion.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Its tokens, with the one that ended it.
    pub ids: Vec<u32>,
    /// Log-probability of each when it was drawn.
    pub log_probabilities: Vec<f32>,
    /// Whether it came to an end of its own.
    pub ended: bool,
}

/// Keys and values of one layer: the conversation's, (key heads, tokens, width), and what was drawn since,
/// (completions, key heads, tokens, width).
struct Cache {
    keys: Tensor,
    values: Tensor,
    drawn: Option<(Tensor, Tensor)>,
}

impl Decoder {
    /// Draws completions of a conversation. `prompt` holds one sequence; `next` is the position of the first token after it.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn draw(&self, prompt: &Packed, next: u32, drawing: &Drawing, pass: Pass) -> Result<Vec<Drawn>> {
        let (mut caches, last) = self.read(prompt, pass)?;
        let mut logits = self.head.logits(&last)?.repeat((drawing.count, 1))?;
        let mut random: Vec<fastrand::Rng> =
            (0..drawing.count as u64).map(|i| fastrand::Rng::with_seed(drawing.seed.wrapping_add(i))).collect();
        let empty = Drawn { ids: Vec::new(), log_probabilities: Vec::new(), ended: false };
        let mut drawn = vec![empty; drawing.count];
        for step in 0..drawing.longest {
            let rows = scaled(&logits, drawing)?;
            for ((one, row), random) in drawn.iter_mut().zip(&rows).zip(&mut random) {
                if !one.ended {
                    let id = choose(row, drawing, random);
                    one.ids.push(id);
                    one.log_probabilities.push(row[id as usize]);
                    one.ended = drawing.ends.contains(&id);
                }
            }
            if step + 1 == drawing.longest || drawn.iter().all(|one| one.ended) {
                break;
            }
            // Those that have ended go on with their last token; nobody looks at what they say.
            let ids: Vec<u32> = drawn.iter().filter_map(|one| one.ids.last().copied()).collect();
            logits = self.step(&ids, next + step as u32, &mut caches, pass)?;
        }
        Ok(drawn)
    }

    /// Reads the conversation; returns its last hidden state, (1, hidden).
    fn read(&self, prompt: &Packed, pass: Pass) -> Result<(Vec<Cache>, Tensor)> {
        let mut x = self.embed(prompt)?;
        let mut caches = Vec::with_capacity(self.blocks.len());
        for (i, block) in self.blocks.iter().enumerate() {
            let (y, keys, values) = block.forward_with_keys(&x, &prompt.layout, pass)?;
            let first = |t: Tensor| t.transpose(0, 1)?.contiguous();
            caches.push(Cache { keys: first(keys)?, values: first(values)?, drawn: None });
            x = self.deepen(i, y, prompt)?;
        }
        let last = x.narrow(0, x.dim(0)? - 1, 1)?;
        Ok((caches, last))
    }

    /// One more token for each completion; returns logits, (completions, words).
    fn step(&self, ids: &[u32], position: u32, caches: &mut [Cache], pass: Pass) -> Result<Tensor> {
        let positions = vec![position; ids.len()];
        let positions = [positions.clone(), positions.clone(), positions];
        let layout = Layout::new(Vec::new(), &positions, &self.config, self.dtype, &self.device)?;
        let mut x = self.embeddings.index_select(&Tensor::new(ids, &self.device)?, 0)?;
        for (block, cache) in self.blocks.iter().zip(caches) {
            let Projected { queries, keys, values, .. } = block.project(&x, (&layout.cos, &layout.sin), pass)?;
            cache.push(&keys.unsqueeze(2)?, &values.unsqueeze(2)?)?;
            let attended = cache.attend(&queries)?;
            x = block.network(&x, &attended, pass)?.out;
        }
        self.head.logits(&x)
    }
}

impl Block {
    fn forward_with_keys(&self, x: &Tensor, layout: &Layout, pass: Pass) -> Result<(Tensor, Tensor, Tensor)> {
        let Projected { queries, keys, values, .. } = self.project(x, (&layout.cos, &layout.sin), pass)?;
        let heads = ops::Heads { queries: &queries, keys: &keys, values: &values };
        let attended = ops::attention(&heads, &layout.sequences)?;
        Ok((self.network(x, &attended, pass)?.out, keys, values))
    }
}

impl Cache {
    /// (completions, key heads, 1, width) each.
    fn push(&mut self, keys: &Tensor, values: &Tensor) -> Result<()> {
        self.drawn = Some(match self.drawn.take() {
            Some((before_keys, before_values)) => {
                (Tensor::cat(&[&before_keys, keys], 2)?, Tensor::cat(&[&before_values, values], 2)?)
            }
            None => (keys.clone(), values.clone()),
        });
        Ok(())
    }

    /// Attention of one query a completion, (completions, heads, width), to the conversation and to its own tokens.
    fn attend(&self, queries: &Tensor) -> Result<Tensor> {
        let (count, heads, width) = queries.dims3()?;
        let (key_heads, tokens, _) = self.keys.dims3()?;
        let group = heads / key_heads;
        let Some((own_keys, own_values)) = &self.drawn else {
            return Err(candle_core::Error::msg("a step without a key"));
        };
        let own = queries.reshape((count, key_heads, group, width))?;
        // All completions ask the conversation at once.
        let shared = own.transpose(0, 1)?.contiguous()?.reshape((key_heads, count * group, width))?;
        let scale = (width as f64).powf(-0.5);
        let to_shared = shared.matmul(&self.keys.t()?)?.reshape((key_heads, count, group, tokens))?.transpose(0, 1)?;
        let to_own = own.contiguous()?.matmul(&own_keys.t()?)?;
        let scores = (Tensor::cat(&[&to_shared.contiguous()?, &to_own], 3)?.to_dtype(DType::F32)? * scale)?;
        let p = candle_nn::ops::softmax_last_dim(&scores)?.to_dtype(queries.dtype())?;
        let drawn = own_keys.dim(2)?;
        let p_shared = p.narrow(3, 0, tokens)?.transpose(0, 1)?.contiguous()?;
        let from_shared = p_shared.reshape((key_heads, count * group, tokens))?.matmul(&self.values)?;
        let from_shared = from_shared.reshape((key_heads, count, group, width))?.transpose(0, 1)?;
        let from_own = p.narrow(3, tokens, drawn)?.contiguous()?.matmul(own_values)?;
        (from_shared + from_own)?.contiguous()?.reshape((count, heads, width))
    }
}

/// Log-probabilities of each completion's next token, after the temperature.
fn scaled(logits: &Tensor, drawing: &Drawing) -> Result<Vec<Vec<f32>>> {
    let temperature = if drawing.temperature > 0.0 { drawing.temperature } else { 1.0 };
    candle_nn::ops::log_softmax(&(logits / temperature)?, D::Minus1)?.to_vec2()
}

fn choose(log_probabilities: &[f32], drawing: &Drawing, random: &mut fastrand::Rng) -> u32 {
    let best = || {
        let ids = 0..log_probabilities.len();
        ids.max_by(|a, b| log_probabilities[*a].total_cmp(&log_probabilities[*b])).unwrap_or_default()
    };
    if drawing.temperature <= 0.0 {
        return best() as u32;
    }
    let mut left = random.f64();
    for (id, log_probability) in log_probabilities.iter().enumerate() {
        left -= f64::from(log_probability.exp());
        if left < 0.0 {
            return id as u32;
        }
    }
    // Rounding left a little over.
    best() as u32
}
