//! How much better than its group a completion is.
//!
//! GRPO (Shao et al. 2024, "DeepSeekMath") has no value network: the baseline of a completion is the mean reward of the completions
//! of the same prompt. Dividing by their standard deviation as well favours prompts whose rewards differ little, and is left out by
//! Dr. GRPO (Liu et al. 2025, "Understanding R1-Zero-like training").

use serde::{Deserialize, Serialize};

/// A group whose rewards spread less teaches nothing: its advantages would be rounding errors, blown up.
const LEAST_STD: f64 = 1e-6;
/// Keeps the advantages of a group with a small spread finite.
const STD_FLOOR: f64 = 1e-4;

/// How rewards become advantages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdvantageRule {
    /// `(r - mean) / (std + 1e-4)`.
    #[default]
    Grpo,
    /// `r - mean`.
    DrGrpo,
}

/// Why rewards give no advantages.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum AdvantageError {
    /// Rewards do not divide into groups.
    #[error("{rewards} rewards are not whole groups of {completions} completions")]
    Groups {
        /// How many rewards.
        rewards: usize,
        /// Completions a group.
        completions: usize,
    },
    /// A reward that is NaN or infinite.
    #[error("the reward of completion {index} (counted from 0) is {reward}; a reward is a finite number")]
    Reward {
        /// Its place among all rewards.
        index: usize,
        /// What it is.
        reward: f64,
    },
}

/// The completions of one prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Mean of the rewards.
    pub mean: f64,
    /// Their standard deviation over the group itself, so divided by its size.
    pub std: f64,
    /// The advantage of each completion; none when all rewards are equal.
    pub advantages: Option<Vec<f64>>,
}

impl Group {
    /// Whether the group teaches nothing, and is left out of the step.
    #[must_use]
    pub fn dropped(&self) -> bool {
        self.advantages.is_none()
    }

    fn of(rewards: &[f64], rule: AdvantageRule) -> Self {
        let count = rewards.len() as f64;
        let mean = rewards.iter().sum::<f64>() / count;
        let std = (rewards.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / count).sqrt();
        let scale = match rule {
            AdvantageRule::Grpo => std + STD_FLOOR,
            AdvantageRule::DrGrpo => 1.0,
        };
        let advantages = (std >= LEAST_STD).then(|| rewards.iter().map(|r| (r - mean) / scale).collect());
        Self { mean, std, advantages }
    }
}

/// The groups of a batch: `rewards` has the completions of the first prompt, then those of the next.
///
/// # Errors
/// [`AdvantageError`] when the rewards are not whole groups of `completions`, or one is not finite.
pub fn groups(rewards: &[f64], completions: usize, rule: AdvantageRule) -> Result<Vec<Group>, AdvantageError> {
    if completions == 0 || !rewards.len().is_multiple_of(completions) {
        return Err(AdvantageError::Groups { rewards: rewards.len(), completions });
    }
    match rewards.iter().position(|r| !r.is_finite()) {
        Some(index) => Err(AdvantageError::Reward { index, reward: rewards[index] }),
        None => Ok(rewards.chunks_exact(completions).map(|group| Group::of(group, rule)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn advantages_of_known_groups() {
        let rewards = [1.0, 0.0, 0.0, 1.0, 0.2, 0.4, 0.6, 0.8];
        let grpo = groups(&rewards, 4, AdvantageRule::Grpo).expect("groups");
        assert_eq!((grpo[0].mean, grpo[0].std), (0.5, 0.5));
        assert_eq!(grpo[0].advantages.as_deref().expect("kept")[0], 0.5 / 0.5001);
        let plain = groups(&rewards, 4, AdvantageRule::DrGrpo).expect("groups");
        let of_second = plain[1].advantages.as_deref().expect("kept");
        assert!(of_second.iter().zip([-0.3, -0.1, 0.1, 0.3]).all(|(a, b)| (a - b).abs() < 1e-12), "{of_second:?}");
    }

    #[test]
    fn a_group_without_spread_is_dropped() {
        let groups = groups(&[0.1, 0.1, 0.1, 0.3, 0.3, 0.3 + 1e-7, 0.0, 0.0, 1e-5], 3, AdvantageRule::Grpo);
        let dropped: Vec<bool> = groups.expect("groups").iter().map(Group::dropped).collect();
        assert_eq!(dropped, [true, true, false]);
    }

    #[test]
    fn what_is_no_group_or_no_reward_is_named() {
        let rule = AdvantageRule::Grpo;
        assert_eq!(groups(&[1.0; 5], 2, rule), Err(AdvantageError::Groups { rewards: 5, completions: 2 }));
        assert!(groups(&[1.0], 0, rule).is_err());
        let error = groups(&[1.0, 2.0, f64::NAN, 1.0], 2, rule).expect_err("refused").to_string();
        assert!(error.contains("completion 2 ") && error.contains("NaN"), "{error}");
        assert!(groups(&[1.0, f64::INFINITY], 2, rule).is_err());
        assert_eq!(groups(&[], 2, rule), Ok(vec![]));
    }

    proptest! {
        #[test]
        fn advantages_sum_to_zero_and_do_not_see_a_constant(rewards in prop::collection::vec(-2.0..2.0f64, 8), add in -5.0..5.0f64) {
            let of = |rewards: &[f64]| groups(rewards, 8, AdvantageRule::Grpo).expect("groups")[0].clone();
            let shifted: Vec<f64> = rewards.iter().map(|r| r + add).collect();
            if let (Some(a), Some(b)) = (of(&rewards).advantages, of(&shifted).advantages) {
                prop_assert!(a.iter().sum::<f64>().abs() < 1e-6);
                prop_assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-6));
            }
        }
    }
}
