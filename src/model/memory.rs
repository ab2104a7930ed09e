//! Memory of this machine and of this process.

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

fn kilobytes(file: &str, key: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.trim().trim_end_matches("kB").trim_end().parse().ok()
}
