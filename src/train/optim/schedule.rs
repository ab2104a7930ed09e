//! The learning rate over the steps of a run.

use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// How the learning rate falls after the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleKind {
    /// By half a cosine to 0 at the end (Loshchilov and Hutter 2017).
    #[default]
    Cosine,
    /// Not at all.
    Constant,
    /// In a straight line to 0 at the end.
    Linear,
}

/// A learning rate that rises in a straight line to its peak and falls from there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Steps until the peak; the first of them has already a rate above 0.
    pub warmup_steps: u64,
    /// Steps of the run; from there on the rate is that of its end.
    pub total_steps: u64,
    /// Highest rate.
    pub peak: f64,
    /// How it falls.
    pub kind: ScheduleKind,
}

impl Schedule {
    /// The rate of a step, counted from 0. It depends on the step alone, so that a run that goes on needs nothing else.
    #[must_use]
    pub fn lr(&self, step: u64) -> f64 {
        if step < self.warmup_steps {
            return self.peak * ((step + 1) as f64 / self.warmup_steps as f64);
        }
        let falling = self.total_steps.saturating_sub(self.warmup_steps).max(1);
        let done = ((step - self.warmup_steps) as f64 / falling as f64).min(1.0);
        match self.kind {
            ScheduleKind::Cosine => self.peak * 0.5 * (1.0 + (PI * done).cos()),
            ScheduleKind::Constant => self.peak,
            ScheduleKind::Linear => self.peak * (1.0 - done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KINDS: [ScheduleKind; 3] = [ScheduleKind::Cosine, ScheduleKind::Constant, ScheduleKind::Linear];

    #[test]
    fn the_ends_of_a_schedule() {
        for (kind, middle, end) in
            [(ScheduleKind::Cosine, 1.0, 0.0), (ScheduleKind::Constant, 2.0, 2.0), (ScheduleKind::Linear, 1.0, 0.0)]
        {
            let schedule = Schedule { warmup_steps: 4, total_steps: 14, peak: 2.0, kind };
            let rates = [0, 1, 3, 4, 9, 14, 1000].map(|step| schedule.lr(step));
            let wanted = [0.5, 1.0, 2.0, 2.0, middle, end, end];
            assert!(rates.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12), "{kind:?}: {rates:?}");
        }
        let short = Schedule { warmup_steps: 0, total_steps: 1, peak: 2.0, kind: ScheduleKind::Cosine };
        assert_eq!((short.lr(0), short.lr(1)), (2.0, 0.0));
        assert_eq!(Schedule { warmup_steps: 9, total_steps: 3, ..short }.lr(2), 2.0 * (3.0 / 9.0));
    }

    proptest! {
        #[test]
        fn a_rate_rises_then_falls_and_stays_between_0_and_the_peak(warmup_steps in 0..50u64, falling in 1..50u64, kind in 0..3usize) {
            let schedule = Schedule { warmup_steps, total_steps: warmup_steps + falling, peak: 1e-4, kind: KINDS[kind] };
            for step in 0..schedule.total_steps + 3 {
                let (now, next) = (schedule.lr(step), schedule.lr(step + 1));
                prop_assert!((0.0..=1e-4).contains(&now));
                let rises = step + 1 < warmup_steps;
                prop_assert!(rises == (next > now), "{now} {next}");
            }
        }
    }
}
