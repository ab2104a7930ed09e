//! The vision tower, forward only: it is frozen, so its operations need no gradients and may be fused ones.
//!
//! A vision transformer over patches of one picture (Qwen3-VL, Bai et al. 2025): learnt positions are interpolated to the
//! picture's size, heads turn with the row and the column, every patch attends to all. Squares of patches are then merged
//! into tokens of the language model's width, behind the last block and behind the blocks that DeepStack names (Meng et al.
//! 2024), whose features are added to the first language blocks.
//!
//! Computed as transformers does. mistralrs 0.8.1 takes tanh's approximation of GELU in the mergers too, where transformers
//! takes GELU itself: what comes out of a tiny random tower differs by 2e-4 of its length.

use super::config::VisionConfig;
use super::pixels::Grid;
use candle_core::{DType, Device, Result, Tensor, bail};
use candle_nn::ops::softmax_last_dim;
use candle_nn::rotary_emb::rope;
use candle_nn::{LayerNorm, Linear, Module};

const TOWER: &str = "model.visual";
/// Added to the variance in the norms.
const EPS: f64 = 1e-6;
/// Base of the frequencies with which heads turn.
const THETA: f32 = 10_000.0;
/// Attention scores that are held at a time, 64 MB: those of 4,096 patches at once would take 1 GB.
const SCORES: usize = 1 << 24;

/// Where weights come from: by name, in the type and on the device in which the tower is to compute.
type Get<'a> = &'a dyn Fn(&str) -> Result<Tensor>;

/// What the language model is shown of a picture.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Takes the place of the picture's tokens, (tokens, hidden).
    pub embeds: Tensor,
    /// Added behind the first language blocks, one each, (tokens, hidden).
    pub deepstack: Vec<Tensor>,
}

/// The tower with its weights.
pub struct Tower {
    config: VisionConfig,
    patch: Linear,
    /// Learnt positions, (side², hidden), row by row.
    positions: Tensor,
    blocks: Vec<Block>,
    merger: Merger,
    deepstack: Vec<Merger>,
}

impl Tower {
    /// Takes the weights below `model.visual`.
    ///
    /// # Errors
    /// What `get` says; an error of candle for a tensor of another shape than the configuration has.
    pub fn load(config: &VisionConfig, get: &dyn Fn(&str) -> Result<Tensor>) -> Result<Self> {
        let proj = format!("{TOWER}.patch_embed.proj");
        // A convolution whose stride is its kernel is one product per patch.
        let kernel = get(&format!("{proj}.weight"))?.reshape((config.hidden, config.patch_width()))?;
        let positions = get(&format!("{TOWER}.pos_embed.weight"))?;
        if positions.dims() != [config.positions, config.hidden] {
            bail!("{TOWER}.pos_embed.weight has the shape {:?}, not that of config.json", positions.dims());
        }
        let deepstack = 0..config.deepstack.len();
        Ok(Self {
            config: config.clone(),
            patch: Linear::new(kernel, Some(get(&format!("{proj}.bias"))?)),
            positions,
            blocks: (0..config.depth).map(|layer| Block::load(config, get, layer)).collect::<Result<_>>()?,
            merger: Merger::load(config, get, "merger", false)?,
            deepstack: deepstack
                .map(|level| Merger::load(config, get, &format!("deepstack_merger_list.{level}"), true))
                .collect::<Result<_>>()?,
        })
    }

    /// Looks at one picture: (patches, numbers) as [`Preprocessor::patches`](super::Preprocessor::patches) makes them, and
    /// its size.
    ///
    /// # Errors
    /// An error of candle, also when the patches are not those of `grid` or of this model.
    pub fn forward(&self, patches: &Tensor, grid: Grid) -> Result<Seen> {
        let merge = self.config.merge;
        let expected = [grid.height * grid.width, self.config.patch_width()];
        if patches.dims() != expected || !grid.height.is_multiple_of(merge) || !grid.width.is_multiple_of(merge) {
            bail!("the tower takes {expected:?} numbers of sides divisible by {merge}, not {:?}", patches.dims());
        }
        let (dtype, device) = (self.positions.dtype(), self.positions.device());
        let mut hidden = self.patch.forward(&patches.to_device(device)?.to_dtype(dtype)?)?;
        hidden = (hidden + self.places(grid)?.to_dtype(dtype)?)?;
        let turn = self.turn(grid, device)?;
        let mut deepstack = Vec::with_capacity(self.deepstack.len());
        for (layer, block) in self.blocks.iter().enumerate() {
            hidden = block.forward(&hidden, &turn)?;
            if self.config.deepstack.get(deepstack.len()) == Some(&layer) {
                deepstack.push(self.deepstack[deepstack.len()].forward(&hidden)?);
            }
        }
        Ok(Seen { embeds: self.merger.forward(&hidden)?, deepstack })
    }

    /// The learnt positions, interpolated to the picture: the mean of four neighbours, weighed by nearness, (patches,
    /// hidden), in 32 bits. Corner falls on corner.
    fn places(&self, grid: Grid) -> Result<Tensor> {
        let side = self.config.side();
        let (rows, columns) = (taps(grid.height, side), taps(grid.width, side));
        let corner = |(top, left): (usize, usize)| -> Result<Tensor> {
            let (indexes, shares): (Vec<u32>, Vec<f32>) = grid
                .patches(self.config.merge)
                .map(|(row, column)| (rows[row][top], columns[column][left]))
                .map(|((row, high), (column, wide))| ((row * side + column) as u32, high * wide))
                .unzip();
            let device = self.positions.device();
            let shares = Tensor::from_vec(shares, (indexes.len(), 1), device)?;
            let indexes = Tensor::new(indexes, device)?;
            self.positions.index_select(&indexes, 0)?.to_dtype(DType::F32)?.broadcast_mul(&shares)
        };
        ((corner((0, 0))? + corner((0, 1))?)? + (corner((1, 0))? + corner((1, 1))?)?)?.contiguous()
    }

    /// Cosine and sine of the angles of each patch, (patches, head / 2), in 32 bits: the first half turns with the row, the
    /// second with the column.
    fn turn(&self, grid: Grid, device: &Device) -> Result<(Tensor, Tensor)> {
        let quarter = self.config.hidden / self.config.heads / 4;
        let speeds: Vec<f32> = (0..quarter).map(|i| 1.0 / THETA.powf(i as f32 / quarter as f32)).collect();
        let angles: Vec<f32> = grid
            .patches(self.config.merge)
            .flat_map(|(row, column)| [row, column])
            .flat_map(|at| speeds.iter().map(move |speed| at as f32 * speed))
            .collect();
        let angles = Tensor::from_vec(angles, (grid.height * grid.width, 2 * quarter), device)?;
        Ok((angles.cos()?, angles.sin()?))
    }
}

/// For each of `steps` places spread evenly over `side` learnt ones, first on first and last on last: the two nearest and
/// their shares.
fn taps(steps: usize, side: usize) -> Vec<[(usize, f32); 2]> {
    let step = (side - 1) as f32 / (steps.max(2) - 1) as f32;
    (0..steps)
        .map(|i| {
            let at = i as f32 * step;
            let low = (at.floor() as usize).min(side - 1);
            let share = at - low as f32;
            [(low, 1.0 - share), ((low + 1).min(side - 1), share)]
        })
        .collect()
}

fn linear(get: Get<'_>, name: &str) -> Result<Linear> {
    Ok(Linear::new(get(&format!("{TOWER}.{name}.weight"))?, Some(get(&format!("{TOWER}.{name}.bias"))?)))
}

fn norm(get: Get<'_>, name: &str) -> Result<LayerNorm> {
    Ok(LayerNorm::new(get(&format!("{TOWER}.{name}.weight"))?, get(&format!("{TOWER}.{name}.bias"))?, EPS))
}

struct Block {
    norm1: LayerNorm,
    qkv: Linear,
    proj: Linear,
    norm2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
    heads: usize,
}

impl Block {
    fn load(config: &VisionConfig, get: Get<'_>, layer: usize) -> Result<Self> {
        let name = |part: &str| format!("blocks.{layer}.{part}");
        Ok(Self {
            norm1: norm(get, &name("norm1"))?,
            qkv: linear(get, &name("attn.qkv"))?,
            proj: linear(get, &name("attn.proj"))?,
            norm2: norm(get, &name("norm2"))?,
            fc1: linear(get, &name("mlp.linear_fc1"))?,
            fc2: linear(get, &name("mlp.linear_fc2"))?,
            heads: config.heads,
        })
    }

    fn forward(&self, hidden: &Tensor, turn: &(Tensor, Tensor)) -> Result<Tensor> {
        let hidden = (hidden + self.attention(&self.norm1.forward(hidden)?, turn)?)?;
        // Tensor::gelu is tanh's approximation.
        let inner = self.fc1.forward(&self.norm2.forward(&hidden)?)?.gelu()?;
        &hidden + self.fc2.forward(&inner)?
    }

    fn attention(&self, x: &Tensor, (cos, sin): &(Tensor, Tensor)) -> Result<Tensor> {
        let (count, width) = x.dims2()?;
        let qkv = self.qkv.forward(x)?.reshape((count, 3, self.heads, width / self.heads))?;
        let qkv = qkv.permute((1, 2, 0, 3))?;
        // Angles of far patches need all 32 bits.
        let turned = |which| -> Result<Tensor> {
            let wide = qkv.get(which)?.to_dtype(DType::F32)?.contiguous()?.unsqueeze(0)?;
            rope(&wide, cos, sin)?.squeeze(0)?.to_dtype(x.dtype())
        };
        let rows = (SCORES / (self.heads * count)).max(1);
        let mixed = attend(&turned(0)?, &turned(1)?, &qkv.get(2)?.contiguous()?, rows)?;
        self.proj.forward(&mixed.transpose(0, 1)?.reshape((count, width))?)
    }
}

/// softmax(q kᵀ / √head) v over (heads, patches, head), for so many rows of q at a time.
fn attend(q: &Tensor, k: &Tensor, v: &Tensor, rows: usize) -> Result<Tensor> {
    let (_, count, head) = q.dims3()?;
    let keys = k.t()?;
    let part = |start: usize| -> Result<Tensor> {
        let q = q.narrow(1, start, rows.min(count - start))?.contiguous()?;
        let scores = (q.matmul(&keys)?.to_dtype(DType::F32)? / (head as f64).sqrt())?;
        softmax_last_dim(&scores)?.to_dtype(q.dtype())?.matmul(v)
    };
    Tensor::cat(&(0..count).step_by(rows).map(part).collect::<Result<Vec<_>>>()?, 1)
}

/// Makes one token of a square of patches.
struct Merger {
    norm: LayerNorm,
    fc1: Linear,
    fc2: Linear,
    /// Width of the patches of a token side by side.
    wide: usize,
    /// Whether the norm is over the whole token and not over each patch.
    norm_over_token: bool,
}

impl Merger {
    fn load(config: &VisionConfig, get: Get<'_>, name: &str, norm_over_token: bool) -> Result<Self> {
        Ok(Self {
            norm: norm(get, &format!("{name}.norm"))?,
            fc1: linear(get, &format!("{name}.linear_fc1"))?,
            fc2: linear(get, &format!("{name}.linear_fc2"))?,
            wide: config.hidden * config.merge * config.merge,
            norm_over_token,
        })
    }

    fn forward(&self, hidden: &Tensor) -> Result<Tensor> {
        let tokens = match self.norm_over_token {
            true => self.norm.forward(&hidden.reshape(((), self.wide))?)?,
            false => self.norm.forward(hidden)?.reshape(((), self.wide))?,
        };
        self.fc2.forward(&self.fc1.forward(&tokens)?.gelu_erf()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random and are the same everywhere.
    fn numbers(shape: (usize, usize, usize), seed: usize) -> Tensor {
        let count = shape.0 * shape.1 * shape.2;
        let values: Vec<f32> = (0..count).map(|i| (((i + seed) * 7919 % 1009) as f32 / 504.5 - 1.0) * 2.0).collect();
        Tensor::from_vec(values, shape, &Device::Cpu).expect("fits")
    }

    #[test]
    fn rows_at_a_time_attend_as_all_at_once() {
        let [q, k, v] = [1, 2, 3].map(|seed| numbers((2, 10, 4), seed));
        let whole = attend(&q, &k, &v, 10).and_then(|t| t.flatten_all()?.to_vec1::<f32>()).expect("computes");
        for rows in [1, 3, 5, 99] {
            let parts = attend(&q, &k, &v, rows).and_then(|t| t.flatten_all()?.to_vec1::<f32>()).expect("computes");
            assert_eq!(parts.len(), whole.len());
            assert!(parts.iter().zip(&whole).all(|(a, b)| (a - b).abs() < 1e-6), "{rows} rows");
        }
    }

    #[test]
    fn a_patch_that_is_looked_at_by_none_but_itself_stays() {
        // Keys far apart: each row's weight is all on its own key.
        let q = Tensor::eye(4, DType::F32, &Device::Cpu).and_then(|t| (t * 100.0)?.unsqueeze(0)).expect("fits");
        let v = numbers((1, 4, 3), 5);
        let mixed = attend(&q, &q, &v, 2).expect("computes");
        let far = (mixed - v).and_then(|d| d.abs()?.max_all()?.to_scalar::<f32>()).expect("computes");
        assert!(far < 1e-6, "{far}");
    }

    #[test]
    fn corners_fall_on_corners_and_shares_add_up() {
        for (steps, side) in [(2, 8), (8, 8), (20, 8), (64, 48), (96, 48), (1, 8)] {
            let taps = taps(steps, side);
            assert_eq!(taps.len(), steps);
            for [(low, near), (high, far)] in &taps {
                assert!((near + far - 1.0).abs() < 1e-6 && *near >= 0.0 && *far >= 0.0);
                assert!(low <= high && *high < side);
            }
            let centre = |tap: &[(usize, f32); 2]| tap.iter().map(|(at, share)| *at as f32 * share).sum::<f32>();
            assert!(centre(&taps[0]).abs() < 1e-5);
            if steps > 1 {
                assert!((centre(&taps[steps - 1]) - (side - 1) as f32).abs() < 1e-4, "{steps} over {side}");
            }
        }
        assert_eq!(taps(3, 8)[1], [(3, 0.5), (4, 0.5)]);
    }
}
