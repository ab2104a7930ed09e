//! Sentence vectors: who makes them, and how they are kept.
//!
//! A vector of unit length is kept as signed bytes and one factor, a quarter of the room of floats. The cosine of two texts is
//! off by less than 0.005 by it, and texts that differ by less say the same.

/// Makes vectors of sentences whose inner product says how alike they are in meaning.
pub trait Embed: Send + Sync {
    /// Names the model and its weights: vectors of different embedders do not compare.
    fn id(&self) -> &str;

    /// Numbers in a vector.
    fn dimensions(&self) -> usize;

    /// A vector of unit length for each text, in their order.
    ///
    /// # Errors
    /// [`EmbedError`], when the model fails.
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError>;
}

/// Why there is no vector.
#[derive(Debug, thiserror::Error)]
#[error("the embedder failed: {0}")]
pub struct EmbedError(pub String);

/// A vector in signed bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector {
    /// The numbers, divided by `scale` and rounded.
    pub bytes: Vec<i8>,
    /// What they are multiplied with.
    pub scale: f32,
}

impl Vector {
    /// Rounds a vector; `None` for one that is zero or not finite.
    #[must_use]
    pub fn of(values: &[f32]) -> Option<Self> {
        let most = values.iter().fold(0f32, |most, v| most.max(v.abs()));
        if !(most > 0.0 && values.iter().all(|v| v.is_finite())) {
            return None;
        }
        let scale = most / 127.0;
        Some(Self { bytes: values.iter().map(|v| (v / scale).round() as i8).collect(), scale })
    }

    /// Inner product with a row of a file.
    #[must_use]
    pub fn dot(&self, row: &[u8], scale: f32) -> f32 {
        let mut sum = 0i32;
        // Sums of 32 products of bytes fit 32 bits many times over, and the compiler makes wide instructions of this.
        for (a, b) in self.bytes.iter().zip(row) {
            sum += i32::from(*a) * i32::from(*b as i8);
        }
        sum as f32 * self.scale * scale
    }
}
