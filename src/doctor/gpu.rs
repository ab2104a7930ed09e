//! Accelerators: what is in the machine, and whether this build uses it.

use super::Piece;
use crate::model::memory::{Card, cards};

const NAME: &str = "gpu";
const CUDA_BUILD: &str = "cargo install --path . --features cuda, as docs/cuda.md says";

pub(super) fn piece() -> Piece {
    if cfg!(feature = "metal") {
        return Piece::ok(NAME, "Metal, which this build is for");
    }
    judge(cards(), cfg!(feature = "cuda"))
}

fn judge(cards: Vec<Card>, built_for_cuda: bool) -> Piece {
    let found: Vec<String> = cards
        .iter()
        .map(|c| format!("{}, driver {}, {} of {} MB free", c.name, c.driver, c.free_mb, c.total_mb))
        .collect();
    let found = found.join("; ");
    match (cards.is_empty(), built_for_cuda) {
        (false, true) => Piece::ok(NAME, format!("{found}; models run on it")),
        (false, false) => Piece::absent(NAME, format!("{found}; not used, this navig is for processors"), CUDA_BUILD),
        (true, true) => Piece::missing(
            NAME,
            "nvidia-smi lists none, and this navig is for CUDA: no model starts, not even on the processor",
            "install the driver, or navig without the feature cuda",
        ),
        (true, false) => Piece::ok(NAME, "none that nvidia-smi lists; models run on the processor"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    #[test]
    fn a_card_and_a_build_must_go_together() {
        let some = || vec![Card { name: "X".into(), driver: "580.65.06".into(), total_mb: 2, free_mb: 1 }];
        let used = judge(some(), true);
        assert!(used.health == Health::Ok && used.detail.contains("driver 580.65.06, 1 of 2 MB free"), "{used:?}");
        assert_eq!(judge(some(), false).health, Health::Absent);
        assert_eq!(judge(Vec::new(), true).health, Health::Missing);
        assert_eq!(judge(Vec::new(), false).health, Health::Ok);
    }
}
