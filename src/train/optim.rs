//! AdamW (Loshchilov and Hutter 2019, "Decoupled weight decay regularization"), with a state that can be seen, saved and restored.
//!
//! The optimiser that candle brings hides its moments, so that no run could go on where it stopped; it passes over a parameter without
//! a gradient, which is how an operation that cuts the graph goes unseen; and it does not clip. Here a parameter without a gradient is
//! an error, and a step whose gradient is not finite changes nothing.
//!
//! An update is bound by memory: on the CPU it is one pass that reads a gradient, and reads and writes a parameter and its moments
//! where they lie. Every element is computed by itself, so that results do not depend on how many threads there are.

mod schedule;
#[cfg(test)]
mod tests;
mod update;

pub use schedule::{Schedule, ScheduleKind};

use candle_core::{DType, Device, Shape, Tensor, Var};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use update::{Update, norm};

/// Names of the state: the number of steps, and what stands before the names of parameters.
const STEPS: &str = "steps";
const PREFIXES: [&str; 2] = ["m.", "v."];

/// What stays the same from step to step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Decay of the mean of gradients, at least 0 and below 1.
    pub beta1: f64,
    /// Decay of the mean of their squares, at least 0 and below 1.
    pub beta2: f64,
    /// Added to the root of that, above 0.
    pub eps: f64,
    /// Share of itself that a parameter loses a step, times the learning rate; 0 or more.
    pub weight_decay: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.0 }
    }
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stepped {
    /// Euclidean norm of all gradients before clipping.
    pub norm: f64,
    /// Whether nothing was changed because the norm is not finite.
    pub skipped: bool,
}

/// Why there was no step, or no state.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OptimError {
    /// A setting out of its range.
    #[error("{setting} is {value}; it has to be {range}")]
    Setting {
        /// Which.
        setting: &'static str,
        /// What it is.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
    /// A parameter without a gradient.
    #[error("'{name}' has no gradient: an operation between it and the loss cuts the graph, or it is not used")]
    NoGradient {
        /// The parameter.
        name: String,
    },
    /// Two parameters of one name.
    #[error("two parameters are called '{name}'")]
    Twice {
        /// The name.
        name: String,
    },
    /// A parameter of another type than 32-bit floats, in which small steps would be lost.
    #[error("'{name}' is of type {found}; what is trained is kept in f32")]
    Type {
        /// The parameter, or its part of the state.
        name: String,
        /// Its type.
        found: &'static str,
    },
    /// A gradient or a state of another shape than its parameter.
    #[error("'{name}' has the shape {found:?}; its parameter has {wanted:?}")]
    Shape {
        /// The gradient's parameter, or the part of the state.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The parameter's.
        wanted: Vec<usize>,
    },
    /// Other parameters than those of the steps before.
    #[error(
        "after {steps} steps of {known} parameters there is a step of {given}, with '{name}' among them; go on with the same ones"
    )]
    Changed {
        /// Steps so far.
        steps: u64,
        /// How many parameters they had.
        known: usize,
        /// How many this one has.
        given: usize,
        /// One that is new, or the last one.
        name: String,
    },
    /// A part that a saved state lacks.
    #[error("the saved state has no '{name}'; it is of another adapter")]
    Missing {
        /// The part.
        name: String,
    },
    /// A part of a saved state that belongs to nothing.
    #[error("the saved state has '{name}', which belongs to no parameter; it is of another adapter")]
    Unknown {
        /// The part.
        name: String,
    },
    /// A number of steps that is none.
    #[error("'steps' of the saved state is no number of steps: one 64-bit integer of 0 or more")]
    Steps,
    /// The tensor library failed. Parameters before the one in question have made the step, the others have not.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

/// The optimiser and its state.
#[derive(Debug, Clone)]
pub struct AdamW {
    settings: Settings,
    steps: u64,
    moments: HashMap<String, Moments>,
}

/// The running means of one parameter.
#[derive(Debug, Clone)]
struct Moments {
    shape: Shape,
    held: Held,
}

/// On the CPU the means are plain numbers, which can be written where they lie.
#[derive(Debug, Clone)]
enum Held {
    Host { m: Vec<f32>, v: Vec<f32> },
    Device { m: Tensor, v: Tensor },
}

impl AdamW {
    /// An optimiser that has made no step.
    ///
    /// # Errors
    /// [`OptimError::Setting`] when a setting is out of its range.
    pub fn new(settings: Settings) -> Result<Self, OptimError> {
        let Settings { beta1, beta2, eps, weight_decay } = settings;
        for (name, beta) in [("beta1", beta1), ("beta2", beta2)] {
            setting(name, beta, "at least 0 and below 1", (0.0..1.0).contains(&beta))?;
        }
        setting("eps", eps, "above 0", eps > 0.0 && eps.is_finite())?;
        setting("weight_decay", weight_decay, "0 or more", weight_decay >= 0.0 && weight_decay.is_finite())?;
        Ok(Self { settings, steps: 0, moments: HashMap::new() })
    }

    /// Steps made so far; skipped ones do not count.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Makes a step with a learning rate. With a clip, gradients are scaled together so that their norm is not above it.
    ///
    /// Parameters are changed in place. When the norm is not finite nothing is changed, the state neither.
    ///
    /// # Errors
    /// [`OptimError`], before anything is changed, when a parameter has no gradient or one of another shape, or parameters are not
    /// those of the steps before.
    pub fn step(
        &mut self,
        params: &[(String, Var)],
        grads: &HashMap<String, Tensor>,
        lr: f64,
        clip: Option<f64>,
    ) -> Result<Stepped, OptimError> {
        setting("the learning rate", lr, "0 or more", lr >= 0.0 && lr.is_finite())?;
        if let Some(clip) = clip {
            setting("the largest norm of gradients", clip, "above 0", clip > 0.0)?;
        }
        self.check(params)?;
        let grads = params.iter().map(|(name, var)| gradient(name, var, grads)).collect::<Result<Vec<_>, _>>()?;
        let norm = norm(&grads)?;
        if !norm.is_finite() {
            return Ok(Stepped { norm, skipped: true });
        }
        if self.steps == 0 {
            self.moments = params
                .iter()
                .map(|(name, var)| Ok((name.clone(), Moments::zero(var)?)))
                .collect::<Result<_, OptimError>>()?;
        }
        let scale = clip.filter(|clip| norm > *clip).map_or(1.0, |clip| clip / norm);
        let update = Update::new(&self.settings, self.steps + 1, lr, scale);
        for ((name, var), grad) in params.iter().zip(&grads) {
            let moments = self.moments.get_mut(name).ok_or_else(|| OptimError::Missing { name: name.clone() })?;
            moments.held.step(&update, var, grad)?;
        }
        self.steps += 1;
        Ok(Stepped { norm, skipped: false })
    }

    /// The state, to be saved: `steps`, and `m.NAME` and `v.NAME` of every parameter, f32 of its shape. Empty but for `steps` before
    /// the first step.
    ///
    /// # Errors
    /// [`OptimError::Tensor`] when a tensor cannot be made.
    pub fn state(&self) -> Result<HashMap<String, Tensor>, OptimError> {
        let mut state = HashMap::with_capacity(2 * self.moments.len() + 1);
        let steps = i64::try_from(self.steps).map_err(|_| OptimError::Steps)?;
        state.insert(STEPS.to_owned(), Tensor::new(&[steps], &Device::Cpu)?);
        for (name, Moments { shape, held }) in &self.moments {
            let pair = match held {
                Held::Host { m, v } => [m, v].map(|x| Tensor::from_slice(x, shape, &Device::Cpu)),
                Held::Device { m, v } => [m, v].map(|x| Ok(x.clone())),
            };
            for (prefix, tensor) in PREFIXES.iter().zip(pair) {
                state.insert(format!("{prefix}{name}"), tensor?);
            }
        }
        Ok(state)
    }

    /// Takes on a saved state for some parameters; steps after it are bit by bit those that would have been made.
    ///
    /// # Errors
    /// [`OptimError`] when a part is missing, is of another shape or type, or belongs to no parameter; nothing is changed then.
    pub fn restore(&mut self, state: &HashMap<String, Tensor>, params: &[(String, Var)]) -> Result<(), OptimError> {
        let steps = state.get(STEPS).ok_or_else(|| OptimError::Missing { name: STEPS.to_owned() })?;
        let steps = match steps.to_vec1::<i64>().as_deref() {
            Ok([steps]) => u64::try_from(*steps).map_err(|_| OptimError::Steps)?,
            _ => return Err(OptimError::Steps),
        };
        let mut moments = HashMap::new();
        let mut known = HashSet::from([STEPS.to_owned()]);
        if steps > 0 {
            for (name, var) in params {
                let [m, v] = PREFIXES.map(|prefix| format!("{prefix}{name}"));
                let saved = Moments::saved(part(state, &m, var)?, part(state, &v, var)?, var)?;
                if moments.insert(name.clone(), saved).is_some() {
                    return Err(OptimError::Twice { name: name.clone() });
                }
                known.extend([m, v]);
            }
        }
        if let Some(name) = state.keys().filter(|name| !known.contains(*name)).min() {
            return Err(OptimError::Unknown { name: name.clone() });
        }
        (self.steps, self.moments) = (steps, moments);
        Ok(())
    }

    fn check(&self, params: &[(String, Var)]) -> Result<(), OptimError> {
        let mut seen = HashSet::with_capacity(params.len());
        for (name, var) in params {
            if !seen.insert(name) {
                return Err(OptimError::Twice { name: name.clone() });
            }
            if var.dtype() != DType::F32 {
                return Err(OptimError::Type { name: name.clone(), found: var.dtype().as_str() });
            }
        }
        let strange = params.iter().find(|(name, var)| self.moments.get(name).is_none_or(|m| m.shape != *var.shape()));
        if self.steps == 0 || (strange.is_none() && params.len() == self.moments.len()) {
            return Ok(());
        }
        let name = strange.or(params.last()).map(|(name, _)| name.clone()).unwrap_or_default();
        Err(OptimError::Changed { steps: self.steps, known: self.moments.len(), given: params.len(), name })
    }
}

fn setting(setting: &'static str, value: f64, range: &'static str, holds: bool) -> Result<(), OptimError> {
    if holds { Ok(()) } else { Err(OptimError::Setting { setting, value, range }) }
}

/// The gradient of a parameter, f32 and contiguous.
fn gradient(name: &str, var: &Var, grads: &HashMap<String, Tensor>) -> Result<Tensor, OptimError> {
    let grad = grads.get(name).ok_or_else(|| OptimError::NoGradient { name: name.to_owned() })?;
    if grad.shape() != var.shape() {
        let (found, wanted) = (grad.dims().to_vec(), var.dims().to_vec());
        return Err(OptimError::Shape { name: name.to_owned(), found, wanted });
    }
    Ok(grad.detach().to_dtype(DType::F32)?.contiguous()?)
}

/// A part of a saved state.
fn part<'a>(state: &'a HashMap<String, Tensor>, name: &str, var: &Var) -> Result<&'a Tensor, OptimError> {
    let tensor = state.get(name).ok_or_else(|| OptimError::Missing { name: name.to_owned() })?;
    if tensor.dtype() != DType::F32 {
        return Err(OptimError::Type { name: name.to_owned(), found: tensor.dtype().as_str() });
    }
    if tensor.shape() != var.shape() {
        let (found, wanted) = (tensor.dims().to_vec(), var.dims().to_vec());
        return Err(OptimError::Shape { name: name.to_owned(), found, wanted });
    }
    Ok(tensor)
}

impl Moments {
    fn zero(var: &Var) -> Result<Self, OptimError> {
        let count = var.elem_count();
        let held = match var.device() {
            Device::Cpu => Held::Host { m: vec![0.0; count], v: vec![0.0; count] },
            _ => Held::Device { m: var.zeros_like()?.detach(), v: var.zeros_like()?.detach() },
        };
        Ok(Self { shape: var.shape().clone(), held })
    }

    fn saved(m: &Tensor, v: &Tensor, var: &Var) -> Result<Self, OptimError> {
        let held = match var.device() {
            Device::Cpu => Held::Host { m: m.flatten_all()?.to_vec1()?, v: v.flatten_all()?.to_vec1()? },
            device => Held::Device { m: m.to_device(device)?, v: v.to_device(device)? },
        };
        Ok(Self { shape: var.shape().clone(), held })
    }
}

impl Held {
    fn step(&mut self, update: &Update, var: &Var, grad: &Tensor) -> Result<(), OptimError> {
        match self {
            Self::Host { m, v } => update.in_place(var, m, v, grad)?,
            Self::Device { m, v } => (*m, *v) = update.tensors(var, m, v, grad)?,
        }
        Ok(())
    }
}
