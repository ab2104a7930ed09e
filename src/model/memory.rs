//! Memory of this machine, of its graphics cards, and of this process.

use std::process::{Command, Stdio};

/// MB that programs can still take; `None` where the system does not say.
#[must_use]
pub fn available_mb() -> Option<u64> {
    kilobytes("/proc/meminfo", "MemAvailable:").map(|kb| kb / 1000)
}

/// The most MB that this process ever held; `None` where the system does not say.
#[must_use]
pub fn peak_mb() -> Option<u64> {
    kilobytes("/proc/self/status", "VmHWM:").map(|kb| kb / 1000)
}

/// A graphics card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// What it is called.
    pub name: String,
    /// Version of its driver.
    pub driver: String,
    /// Its memory, MB.
    pub total_mb: u64,
    /// What of it programs can still take, MB.
    pub free_mb: u64,
}

/// The graphics cards of the machine that `nvidia-smi` lists; none when that does not run.
#[must_use]
pub fn cards() -> Vec<Card> {
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
    let (name, driver) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    // It counts in MiB.
    let mut mb = || Some(parts.next()?.parse::<u64>().ok()?.saturating_mul(1 << 20) / 1_000_000);
    Some(Card { name, driver, total_mb: mb()?, free_mb: mb()? })
}

fn kilobytes(file: &str, key: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.trim().trim_end_matches("kB").trim_end().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_read_with_its_memory() {
        let found = card("NVIDIA H100 80GB HBM3, 580.65.06, 81559, 81004").expect("is one");
        assert_eq!((found.name.as_str(), found.driver.as_str()), ("NVIDIA H100 80GB HBM3", "580.65.06"));
        assert_eq!((found.total_mb, found.free_mb), (85_520, 84_938));
        for bad in ["", "No devices were found", "a, b, [N/A], [N/A]"] {
            assert_eq!(card(bad), None, "{bad}");
        }
    }
}
