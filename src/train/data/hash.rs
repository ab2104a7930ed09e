//! Numbers that look random and are always the same: what is chosen by them depends neither on threads nor on what else is in a list.

/// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): every bit depends on every bit.
pub(super) fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// FNV-1a of the bytes, begun with a seed and mixed.
pub(super) fn hash(seed: u64, bytes: impl IntoIterator<Item = u8>) -> u64 {
    let start = mix(seed ^ 0xcbf2_9ce4_8422_2325);
    mix(bytes.into_iter().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
}

/// A hash as a number from 0 to 1, 1 excluded.
pub(super) fn fraction(hash: u64) -> f64 {
    (hash >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of SplitMix64 from seed 0 are the finaliser of multiples of its step.
    #[test]
    fn the_finaliser_is_that_of_splitmix64() {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        assert_eq!(mix(STEP), 0xe220_a839_7b1d_cdaf);
        assert_eq!(mix(STEP.wrapping_mul(2)), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn seeds_and_bytes_both_count() {
        assert_eq!(hash(1, *b"ab"), hash(1, *b"ab"));
        assert_ne!(hash(1, *b"ab"), hash(2, *b"ab"));
        assert_ne!(hash(1, *b"ab"), hash(1, *b"ba"));
        assert!(fraction(u64::MAX) < 1.0 && fraction(0) == 0.0);
    }
}
