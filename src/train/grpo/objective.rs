//! The loss of GRPO over the tokens of a batch, and its figures.
//!
//! With `r = exp(new - old)` and `d = reference - new`, a token costs `-min(r A, clamp(r, 1 - eps, 1 + eps) A) + beta (exp(d) - d - 1)`:
//! the clipped surrogate of PPO (Schulman et al. 2017) and an estimate of the Kullback-Leibler divergence from the reference that is
//! never negative (Schulman 2020, "Approximating KL divergence", k3), as in DeepSeekMath (Shao et al. 2024).
//!
//! Only operations that candle can go back through are used, and the tests compare each with finite differences: some of candle's
//! operations cut the graph without a word, and a loss that falls proves nothing.

use candle_core::{DType, Device, Tensor};

/// The loss and what it is divided by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Objective {
    /// How far the ratio of probabilities may leave 1 before a token stops pulling, above 0 and below 1.
    pub clip: f64,
    /// Weight of the divergence from the reference, 0 or more.
    pub beta: f64,
    /// What the sum over tokens is divided by.
    pub average: Average,
}

/// What a sum over tokens is divided by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Average {
    /// The number of tokens given: every token of the batch counts alike.
    Tokens,
    /// A number above 0: the longest length times the sequences for Dr. GRPO, which does not favour long wrong answers, or the tokens
    /// of the whole step for one part of it.
    Constant(f64),
}

/// The tokens that the policy wrote, each completion up to and with its end token, one after the other. All tensors are `(n)`, of one
/// type of floats and on one device; only `new` gets a gradient.
#[derive(Debug, Clone, Copy)]
pub struct Tokens<'a> {
    /// Log-probabilities by the policy that is trained.
    pub new: &'a Tensor,
    /// Log-probabilities by the policy that wrote them; `new` itself when nothing was learnt since.
    pub old: &'a Tensor,
    /// Log-probabilities by the reference; needed with a beta above 0.
    pub reference: Option<&'a Tensor>,
    /// The advantage of the completion that a token belongs to.
    pub advantage: &'a Tensor,
}

/// A loss to go back from.
#[derive(Debug, Clone)]
pub struct Loss {
    /// A scalar with the graph of `new`.
    pub loss: Tensor,
    /// What to log.
    pub figures: Figures,
}

/// Means over the tokens of a loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// How many tokens.
    pub tokens: usize,
    /// Estimated divergence from the reference, nats a token; 0 without a reference.
    pub kl: f64,
    /// Share of tokens whose ratio is clipped, so that they pull no longer.
    pub clip_share: f64,
    /// Mean ratio of the new to the old probability.
    pub mean_ratio: f64,
}

/// Why there is no loss.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectiveError {
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
    /// Tensors of other shapes.
    #[error(
        "'{tensor}' has the shape {found:?}; the new log-probabilities have {wanted:?}, and must be a list of one token or more"
    )]
    Shape {
        /// Which.
        tensor: &'static str,
        /// Its shape.
        found: Vec<usize>,
        /// That of `new`.
        wanted: Vec<usize>,
    },
    /// No variable is behind the new log-probabilities: an operation on the way has cut the graph.
    #[error("no gradient can flow: the new log-probabilities depend on no variable")]
    Detached,
    /// A beta without a reference.
    #[error("beta is {beta} and there are no log-probabilities of the reference; give them, or set beta to 0")]
    NoReference {
        /// The beta.
        beta: f64,
    },
    /// A token whose loss is NaN or infinite.
    #[error(
        "the loss of token {token} (counted from 0) is not finite: new {new}, old {old}, reference {reference}, advantage {advantage}"
    )]
    NotFinite {
        /// Which.
        token: usize,
        /// Its log-probabilities, the reference's as `new` without one, and its advantage.
        new: f64,
        /// By the policy that wrote it.
        old: f64,
        /// By the reference.
        reference: f64,
        /// Its advantage.
        advantage: f64,
    },
    /// The tensor library failed.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

impl Objective {
    /// The loss of some tokens.
    ///
    /// # Errors
    /// [`ObjectiveError`] when a setting is out of its range, shapes differ, no variable is behind `new`, or a token's loss is not
    /// finite: a NaN passes `min` backwards as a gradient of 0, so that nothing later would notice.
    pub fn loss(&self, tokens: &Tokens<'_>) -> Result<Loss, ObjectiveError> {
        self.check(tokens)?;
        let figures = self.figures(tokens)?;
        let (new, old, advantage) = (tokens.new, tokens.old.detach(), tokens.advantage.detach());
        let ratio = (new - old)?.exp()?;
        let clipped = (ratio.clamp(1.0 - self.clip, 1.0 + self.clip)? * &advantage)?;
        let mut each = (ratio * &advantage)?.minimum(&clipped)?.neg()?;
        if let Some(reference) = tokens.reference.filter(|_| self.beta > 0.0) {
            let d = (reference.detach() - new)?;
            each = (each + (((d.exp()? - d)? - 1.0)? * self.beta)?)?;
        }
        let by = match self.average {
            Average::Tokens => figures.tokens as f64,
            Average::Constant(by) => by,
        };
        Ok(Loss { loss: (each.sum_all()? / by)?, figures })
    }

    fn check(&self, tokens: &Tokens<'_>) -> Result<(), ObjectiveError> {
        let setting = |setting, value, range, holds: bool| {
            if holds { Ok(()) } else { Err(ObjectiveError::Setting { setting, value, range }) }
        };
        setting("clip", self.clip, "above 0 and below 1", self.clip > 0.0 && self.clip < 1.0)?;
        setting("beta", self.beta, "0 or more", self.beta >= 0.0 && self.beta.is_finite())?;
        if let Average::Constant(by) = self.average {
            setting("the constant that the loss is divided by", by, "above 0", by > 0.0 && by.is_finite())?;
        }
        let named = [("new", Some(tokens.new)), ("old", Some(tokens.old)), ("reference", tokens.reference)];
        for (tensor, found) in named.into_iter().chain([("advantage", Some(tokens.advantage))]) {
            let Some(found) = found else { continue };
            if found.dims() != tokens.new.dims() || found.rank() != 1 || found.elem_count() == 0 {
                let (found, wanted) = (found.dims().to_vec(), tokens.new.dims().to_vec());
                return Err(ObjectiveError::Shape { tensor, found, wanted });
            }
        }
        if self.beta > 0.0 && tokens.reference.is_none() {
            return Err(ObjectiveError::NoReference { beta: self.beta });
        }
        if tokens.new.track_op() { Ok(()) } else { Err(ObjectiveError::Detached) }
    }

    fn figures(&self, tokens: &Tokens<'_>) -> Result<Figures, ObjectiveError> {
        let list = |t: &Tensor| t.detach().to_device(&Device::Cpu)?.to_dtype(DType::F64)?.to_vec1::<f64>();
        let (new, old, advantage) = (list(tokens.new)?, list(tokens.old)?, list(tokens.advantage)?);
        let reference = tokens.reference.map_or_else(|| Ok(new.clone()), list)?;
        let (mut kl, mut clipped, mut ratios) = (0.0, 0usize, 0.0);
        for (token, (((&new, &old), &reference), &a)) in
            new.iter().zip(&old).zip(&reference).zip(&advantage).enumerate()
        {
            let (ratio, d) = ((new - old).exp(), reference - new);
            let divergence = d.exp() - d - 1.0;
            // As wide as the tensors may be: what is finite here has to be finite there.
            if [ratio, divergence, ratio * a].iter().any(|v| !(*v as f32).is_finite()) {
                return Err(ObjectiveError::NotFinite { token, new, old, reference, advantage: a });
            }
            kl += divergence;
            clipped += usize::from((ratio > 1.0 + self.clip && a > 0.0) || (ratio < 1.0 - self.clip && a < 0.0));
            ratios += ratio;
        }
        let n = new.len();
        let mean = |sum: f64| sum / n as f64;
        Ok(Figures { tokens: n, kl: mean(kl), clip_share: mean(clipped as f64), mean_ratio: mean(ratios) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Var;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Fixture {
        clip: f64,
        beta: f64,
        new: Vec<f64>,
        old: Vec<f64>,
        reference: Vec<f64>,
        advantage: Vec<f64>,
        loss: f64,
        gradient: Vec<f64>,
        kl: f64,
        clip_share: f64,
        mean_ratio: f64,
    }

    fn fixture() -> Fixture {
        let text = include_str!("../../../tests/train/fixtures/grpo_objective.json");
        serde_json::from_str(text).expect("the fixture reads")
    }

    fn tensor(values: &[f64], dtype: DType) -> Tensor {
        Tensor::new(values, &Device::Cpu).and_then(|t| t.to_dtype(dtype)).expect("a tensor")
    }

    fn list(tensor: &Tensor) -> Vec<f64> {
        tensor.to_dtype(DType::F64).and_then(|t| t.flatten_all()?.to_vec1()).expect("a list")
    }

    /// Loss, its gradient and figures of a fixture whose new log-probabilities may be others.
    fn run(objective: Objective, f: &Fixture, new: &[f64], dtype: DType) -> (f64, Vec<f64>, Figures) {
        let var = Var::from_tensor(&tensor(new, dtype)).expect("a variable");
        let [old, reference, advantage] = [&f.old, &f.reference, &f.advantage].map(|values| tensor(values, dtype));
        let tokens = Tokens { new: &var, old: &old, reference: Some(&reference), advantage: &advantage };
        let Loss { loss, figures } = objective.loss(&tokens).expect("a loss");
        let gradient = loss.backward().expect("goes back").remove(&var).expect("a gradient");
        (list(&loss)[0], list(&gradient), figures)
    }

    fn worst_relative(found: &[f64], wanted: &[f64]) -> f64 {
        let largest = wanted.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        found.iter().zip(wanted).map(|(a, b)| (a - b).abs() / largest).fold(0.0, f64::max)
    }

    #[test]
    fn loss_gradient_and_figures_are_those_of_torch() {
        let f = fixture();
        let objective = Objective { clip: f.clip, beta: f.beta, average: Average::Tokens };
        let (loss, gradient, figures) = run(objective, &f, &f.new, DType::F32);
        assert!(f.clip_share > 0.2 && figures.tokens == f.new.len());
        let found = [loss, figures.kl, figures.clip_share, figures.mean_ratio];
        for (found, wanted) in found.into_iter().zip([f.loss, f.kl, f.clip_share, f.mean_ratio]) {
            assert!((found / wanted - 1.0).abs() < 1e-5, "{found} {wanted}");
        }
        let worst = worst_relative(&gradient, &f.gradient);
        assert!(worst < 1e-5, "{worst}");
        // The fixture tells a loss without the clip from this one.
        let unclipped = run(Objective { clip: 0.999, ..objective }, &f, &f.new, DType::F32);
        assert!(worst_relative(&unclipped.1, &f.gradient) > 0.1);
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let f = fixture();
        let objective = Objective { clip: f.clip, beta: f.beta, average: Average::Constant(10.0) };
        let (_, gradient, _) = run(objective, &f, &f.new, DType::F64);
        let step = 1e-6;
        let differences: Vec<f64> = (0..f.new.len())
            .map(|i| {
                let at = |by: f64| {
                    let mut new = f.new.clone();
                    new[i] += by;
                    run(objective, &f, &new, DType::F64).0
                };
                (at(step) - at(-step)) / (2.0 * step)
            })
            .collect();
        let worst = worst_relative(&gradient, &differences);
        assert!(worst < 1e-7, "{worst}");
    }

    #[test]
    fn every_operation_of_the_loss_goes_back() {
        type Op = fn(&Tensor) -> candle_core::Result<Tensor>;
        let operations: [(&str, Op); 8] = [
            ("exp", |x| x.exp()),
            ("neg", |x| x.neg()),
            ("affine", |x| (x * 0.04)? - 1.0),
            ("sub", |x| x.detach() - x),
            ("mul", |x| x * x.detach()),
            ("clamp", |x| x.clamp(-0.5, 0.5)),
            ("minimum", |x| x.minimum(&x.affine(-2.0, 0.25)?)),
            ("where", |x| x.gt(0.0)?.where_cond(x, &x.affine(3.0, 0.0)?)),
        ];
        let at = [-1.3, -0.4, -0.1, 0.2, 0.45, 0.9];
        for (name, op) in operations {
            let var = Var::from_tensor(&tensor(&at, DType::F64)).expect("a variable");
            let y = op(&var).expect(name);
            assert!(y.track_op(), "{name} cuts the graph");
            let gradient = y.sum_all().and_then(|y| y.backward()).expect(name).remove(&var).expect(name);
            // What is detached is a constant of the difference too.
            let moved = |by: f64| {
                let x = tensor(&at.map(|v| v + by), DType::F64);
                let constant = tensor(&at, DType::F64);
                let y = match name {
                    "sub" => constant - x,
                    "mul" => x * constant,
                    _ => op(&x),
                };
                list(&y.expect(name))
            };
            let differences: Vec<f64> =
                moved(1e-6).iter().zip(moved(-1e-6)).map(|(up, down)| (up - down) / 2e-6).collect();
            let worst = worst_relative(&list(&gradient), &differences);
            assert!(worst < 1e-8, "{name}: {:?} {differences:?}", list(&gradient));
        }
    }

    #[test]
    fn on_its_own_answers_the_policy_follows_the_advantage() {
        let mut f = fixture();
        (f.old, f.reference) = (f.new.clone(), f.new.clone());
        let objective = Objective { clip: 0.2, beta: 0.04, average: Average::Constant(1.0) };
        let (loss, gradient, figures) = run(objective, &f, &f.new, DType::F64);
        let wanted: Vec<f64> = f.advantage.iter().map(|a| -a).collect();
        assert!(worst_relative(&gradient, &wanted) < 1e-12);
        assert!((loss + f.advantage.iter().sum::<f64>()).abs() < 1e-12);
        assert_eq!((figures.kl, figures.clip_share, figures.mean_ratio), (0.0, 0.0, 1.0));
    }

    #[test]
    fn a_constant_divides_parts_of_a_step_to_the_loss_of_the_whole() {
        let f = fixture();
        let whole = Objective { clip: f.clip, beta: f.beta, average: Average::Tokens };
        let part = Objective { average: Average::Constant(f.new.len() as f64), ..whole };
        let cut = |of: &Fixture, range: std::ops::Range<usize>| Fixture {
            new: of.new[range.clone()].to_vec(),
            old: of.old[range.clone()].to_vec(),
            reference: of.reference[range.clone()].to_vec(),
            advantage: of.advantage[range].to_vec(),
            ..fixture()
        };
        let (a, b) = (cut(&f, 0..11), cut(&f, 11..f.new.len()));
        let sum = run(part, &a, &a.new, DType::F64).0 + run(part, &b, &b.new, DType::F64).0;
        assert!((sum - run(whole, &f, &f.new, DType::F64).0).abs() < 1e-12);
    }

    #[test]
    fn what_gives_no_gradient_is_an_error() {
        let objective = Objective { clip: 0.2, beta: 0.04, average: Average::Tokens };
        let var = Var::from_tensor(&tensor(&[-1.0, -2.0], DType::F32)).expect("a variable");
        let [same, short, far] = [&[-1.0, -2.0][..], &[-1.0], &[-1.0, -200.0]].map(|v| tensor(v, DType::F32));
        let good = Tokens { new: &var, old: &same, reference: Some(&same), advantage: &same };
        assert!(objective.loss(&good).is_ok());
        let refused =
            |objective: Objective, tokens: Tokens<'_>| objective.loss(&tokens).expect_err("refused").to_string();
        for (error, wanted) in [
            (refused(objective, Tokens { new: &same, ..good }), "depend on no variable"),
            (refused(objective, Tokens { reference: None, ..good }), "set beta to 0"),
            (refused(objective, Tokens { old: &short, ..good }), "'old' has the shape [1]"),
            (refused(objective, Tokens { advantage: &short, ..good }), "'advantage' has the shape [1]"),
            (refused(objective, Tokens { old: &far, ..good }), "token 1 "),
            (refused(Objective { clip: 1.5, ..objective }, good), "clip is 1.5"),
            (refused(Objective { beta: f64::NAN, ..objective }, good), "beta is NaN"),
            (refused(Objective { average: Average::Constant(0.0), ..objective }, good), "above 0"),
        ] {
            assert!(error.contains(wanted), "{error}");
        }
        let without = Objective { beta: 0.0, ..objective };
        assert!(without.loss(&Tokens { reference: None, ..good }).is_ok());
    }
}
