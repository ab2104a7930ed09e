//! Accelerators: what is in the machine, and whether this build uses it.

use super::Piece;
use std::process::{Command, Stdio};

const NAME: &str = "gpu";
const CUDA_BUILD: &str = "cargo install --path . --features cuda, as docs/cuda.md says";

pub(super) fn piece() -> Piece {
    if cfg!(feature = "metal") {
        return Piece::ok(NAME, "Metal, which this build is for");
    }
    judge(nvidia(), cfg!(feature = "cuda"))
}

/// One card, as `nvidia-smi` lists it.
#[derive(Debug, PartialEq, Eq)]
struct Card {
    name: String,
    driver: String,
    total_mb: u64,
    free_mb: u64,
}

/// The cards of the machine; none when `nvidia-smi` does not run.
fn nvidia() -> Vec<Card> {
    let output = Command::new("nvidia-smi")
        .args(["--query-gpu=name,driver_version,memory.total,memory.free", "--format=csv,noheader,nounits"])
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).lines().filter_map(card).collect()
        }
        _ => Vec::new(),
    }
}

fn card(line: &str) -> Option<Card> {
    let mut parts = line.split(',').map(str::trim);
    Some(Card {
        name: parts.next()?.to_owned(),
        driver: parts.next()?.to_owned(),
        total_mb: parts.next()?.parse().ok()?,
        free_mb: parts.next()?.parse().ok()?,
    })
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
    fn a_card_is_told_with_driver_and_memory() {
        let line = "NVIDIA H100 80GB HBM3, 580.65.06, 81559, 81004";
        let found = card(line).expect("is one");
        assert_eq!((found.name.as_str(), found.total_mb, found.free_mb), ("NVIDIA H100 80GB HBM3", 81_559, 81_004));
        for bad in ["", "No devices were found", "a, b, [N/A], [N/A]"] {
            assert_eq!(card(bad), None, "{bad}");
        }
        let used = judge(vec![found], true);
        assert!(used.health == Health::Ok && used.detail.contains("driver 580.65.06"), "{used:?}");
    }

    #[test]
    fn a_card_and_a_build_must_go_together() {
        let some = || vec![card("X, 1, 2, 1").expect("is one")];
        assert_eq!(judge(some(), false).health, Health::Absent);
        assert_eq!(judge(Vec::new(), true).health, Health::Missing);
        assert_eq!(judge(Vec::new(), false).health, Health::Ok);
    }
}
