//! Gradients of adapters, by name.

use super::linear::Learning;
use candle_core::{Result, Tensor};
use std::collections::HashMap;

/// A gradient for each tensor that learns, by its name: the module's path and `lora_A` or `lora_B`; 32 bits.
#[derive(Debug, Clone, Default)]
pub struct Gradients(pub HashMap<String, Tensor>);

impl Gradients {
    pub(super) fn add(&mut self, path: &str, learning: Learning) -> Result<()> {
        for (part, gradient) in [("lora_A", learning.a), ("lora_B", learning.b)] {
            self.add_tensor(format!("{path}.{part}"), gradient)?;
        }
        Ok(())
    }

    /// Adds the gradients of another batch.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        other.0.into_iter().try_for_each(|(name, gradient)| self.add_tensor(name, gradient))
    }

    fn add_tensor(&mut self, name: String, gradient: Tensor) -> Result<()> {
        let sum = match self.0.get(&name) {
            Some(sum) => (sum + gradient)?,
            None => gradient,
        };
        self.0.insert(name, sum);
        Ok(())
    }
}
