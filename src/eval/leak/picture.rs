//! Pictures that a training set shares with a benchmark, re-encoded, resized, brightened, trimmed or mirrored as they
//! may be.
//!
//! The hash is the signs of the lowest waves of the grey picture: pHash (Zauner, "Implementation and Benchmarking of
//! Perceptual Image Hash Functions", 2010), which takes whether they exceed their median. With signs, the hash of the
//! mirrored picture follows from the hash.

use image::buffer::ConvertBuffer;
use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Luma, RgbImage};
use rayon::prelude::*;
use std::f64::consts::PI;

/// Side of the square that a picture is scaled to, cells.
const SIDE: usize = 32;
/// Waves along each side, from the constant one up.
const WAVES: usize = 8;
/// The waves that mirroring turns over: those with an odd number of half-waves from left to right.
const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
/// Where half of the waves are weaker than this part of full white, noise writes the hash: most copies at half the size
/// and JPEG quality 30 are then more than [`MOST_BITS`] away. Of 61 photos the plainest has 0.0010.
const LEAST_STRENGTH: f64 = 1e-4;

/// Bits in which copies of one picture may differ.
///
/// Of 61 photos, all copies at JPEG quality 30, at half the size, 20 levels brighter or mirrored are within 5 bits;
/// those whose width and height are trimmed by 3 %, evenly, within 9; where one edge loses the 3 %, 59 or 60 are
/// within 9. 3,660 comparisons of different photos, half of them mirrored, gave 15 bits and more. Of random hashes
/// one comparison in 330 million gives 9 or less (8: 2,000 million; 10: 59 million). Halves and thirds of those
/// photos, some of them little but a skyline under a clear sky, were mistaken once in 70,000: where such pictures are
/// many, look at the pairs.
pub const MOST_BITS: u32 = 9;

/// Up to so many bits, looking hashes up by their quarters pays; beyond, comparing all is about as fast.
const MOST_BITS_BY_QUARTERS: u32 = 15;
const QUARTERS: usize = 4;
const QUARTER_VALUES: usize = 1 << 16;

/// What stays of a picture when it is copied: the signs of its 63 lowest waves, bit `8 * v + u` for `u` half-waves from
/// left to right and `v` from top to bottom. Bit 0 is never set, so brightness has no part in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PictureHash(u64);

impl PictureHash {
    /// The hash of an upright picture. None for a plain one (blank, fog, a clear sky, a single straight edge) and for
    /// one whose halves are exact mirror images, left and right or upper and lower: the hash would be noise, or what
    /// all such pictures have in common.
    #[must_use]
    pub fn of(picture: &RgbImage) -> Option<Self> {
        let waves = waves(picture);
        let (_, waves) = waves.split_first()?;
        let mut strengths: Vec<f64> = waves.iter().map(|wave| wave.abs()).collect();
        let (_, median, _) = strengths.select_nth_unstable_by(waves.len() / 2, f64::total_cmp);
        let sign = |(at, wave): (usize, &f64)| u64::from(*wave > 0.0) << (at + 1);
        (*median >= LEAST_STRENGTH).then(|| Self(waves.iter().enumerate().map(sign).sum()))
    }

    /// The hash of the picture with left and right exchanged.
    #[must_use]
    pub fn mirrored(self) -> Self {
        Self(self.0 ^ ODD)
    }

    /// Bits in which the two differ, 0 to 63; those of two unrelated pictures differ in 31 or so.
    #[must_use]
    pub fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }

    /// A quarter of the bits, as an index of a table.
    fn quarter(self, quarter: usize) -> usize {
        (self.0 >> (16 * quarter)) as usize % QUARTER_VALUES
    }
}

/// Discrete cosine transform (type II) of the picture at [`SIDE`] by [`SIDE`] grey cells, the lowest [`WAVES`] each
/// way: the mean over the cells of the grey, from 0 to 1, times the wave.
fn waves(picture: &RgbImage) -> [f64; WAVES * WAVES] {
    let grey: ImageBuffer<Luma<f32>, Vec<f32>> = picture.convert();
    let cells = resize(&grey, SIDE as u32, SIDE as u32, FilterType::Triangle);
    let cosines: [[f64; SIDE]; WAVES] = std::array::from_fn(|wave| {
        std::array::from_fn(|cell| (PI * wave as f64 * (cell as f64 + 0.5) / SIDE as f64).cos())
    });
    std::array::from_fn(|at| {
        let (across, down) = (&cosines[at % WAVES], &cosines[at / WAVES]);
        let rows = cells.as_raw().chunks_exact(SIDE).zip(down);
        let row_sum = |row: &[f32]| row.iter().zip(across).map(|(grey, wave)| f64::from(*grey) * wave).sum::<f64>();
        rows.map(|(row, wave)| row_sum(row) * wave).sum::<f64>() / (SIDE * SIDE) as f64
    })
}

/// Two pictures that are copies of one another as far as their hashes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NearPicture {
    /// Index of the benchmark's picture.
    pub test: usize,
    /// Index of the training set's picture.
    pub train: usize,
    /// Bits in which their hashes differ.
    pub bits: u32,
    /// The one is nearer to the other's mirror image than to the other.
    pub mirrored: bool,
}

/// All pairs, mirrored or not, whose hashes differ in at most `most_bits`, in the order of `test`, then of `train`.
/// Pictures without a hash are in no pair.
#[must_use]
pub fn near_pictures(train: &[Option<PictureHash>], test: &[Option<PictureHash>], most_bits: u32) -> Vec<NearPicture> {
    let quarters = (most_bits <= MOST_BITS_BY_QUARTERS).then(|| Quarters::new(train, most_bits));
    let pairs = |(test, hash): (usize, &Option<PictureHash>)| {
        let mut pairs = Vec::new();
        for (mirrored, hash) in hash.iter().flat_map(|&hash| [(false, hash), (true, hash.mirrored())]) {
            let pair = |(train, other): (usize, PictureHash)| {
                let bits = hash.distance(other);
                (bits <= most_bits).then_some(NearPicture { test, train, bits, mirrored })
            };
            match &quarters {
                Some(quarters) => pairs.extend(quarters.candidates(hash).filter_map(pair)),
                None => pairs.extend(hashed(train).filter_map(pair)),
            }
        }
        pairs.sort_unstable_by_key(|pair| (pair.train, pair.bits, pair.mirrored));
        pairs.dedup_by_key(|pair| pair.train);
        pairs
    };
    test.par_iter().enumerate().flat_map_iter(pairs).collect()
}

fn hashed(hashes: &[Option<PictureHash>]) -> impl Iterator<Item = (usize, PictureHash)> {
    hashes.iter().enumerate().filter_map(|(at, hash)| Some((at, (*hash)?)))
}

/// Hashes by each quarter of their bits. Of two that differ in `n` bits, some quarter `k`, counted from 0, differs in
/// `(n - k) / 4` at most, rounded down; else they would differ in more. This is multi-index hashing (Norouzi, Punjani
/// and Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", 2012).
struct Quarters([Table; QUARTERS]);

/// Hashes by the value of one quarter; those of value `v` are `members[starts[v]..starts[v + 1]]`.
struct Table {
    /// What this quarter may differ in.
    flips: Vec<usize>,
    starts: Vec<usize>,
    /// With the hashes, which lie all over the memory otherwise.
    members: Vec<(usize, PictureHash)>,
}

impl Quarters {
    fn new(hashes: &[Option<PictureHash>], most_bits: u32) -> Self {
        Self(std::array::from_fn(|quarter| Table::new(hashes, quarter, most_bits)))
    }

    /// All hashes within the bits, and others; some of them more than once.
    fn candidates(&self, hash: PictureHash) -> impl Iterator<Item = (usize, PictureHash)> {
        let tables = self.0.iter().enumerate();
        tables.flat_map(move |(quarter, table)| table.candidates(hash.quarter(quarter)))
    }
}

impl Table {
    fn new(hashes: &[Option<PictureHash>], quarter: usize, most_bits: u32) -> Self {
        let most_bits = most_bits.checked_sub(quarter as u32).map(|bits| bits / QUARTERS as u32);
        let flips = (0..QUARTER_VALUES).filter(|flip| Some(flip.count_ones()) <= most_bits).collect();
        let mut starts = vec![0; QUARTER_VALUES + 1];
        hashed(hashes).for_each(|(_, hash)| starts[hash.quarter(quarter) + 1] += 1);
        for value in 0..QUARTER_VALUES {
            starts[value + 1] += starts[value];
        }
        let mut next = starts.clone();
        let mut members = vec![(0, PictureHash(0)); starts[QUARTER_VALUES]];
        for member in hashed(hashes) {
            let next = &mut next[member.1.quarter(quarter)];
            members[*next] = member;
            *next += 1;
        }
        Self { flips, starts, members }
    }

    fn candidates(&self, value: usize) -> impl Iterator<Item = (usize, PictureHash)> {
        let of = |value: usize| &self.members[self.starts[value]..self.starts[value + 1]];
        self.flips.iter().flat_map(move |flip| of(value ^ flip).iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::imageops::{brighten, crop_imm, flip_horizontal, rotate90};
    use image::{Rgb, codecs::jpeg::JpegEncoder};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::io::Write;
    use std::path::{Path, PathBuf};

    /// Numbers from 0 up to 1, the same ones for a seed (xorshift).
    fn numbers(seed: u64) -> impl FnMut() -> f64 {
        let mut state = (seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 53) as f64
        }
    }

    /// A sky, shapes before it, and grain.
    fn scene(seed: u64) -> RgbImage {
        let mut number = numbers(seed);
        let (width, height) = (240 + (number() * 160.0) as u32, 180 + (number() * 160.0) as u32);
        let sky = [number() * 120.0 + 100.0, number() * 100.0];
        let shapes: [_; 24] = std::array::from_fn(|_| {
            let [x, y, wide, high, round] = std::array::from_fn(|_| number());
            ([x, y, wide * 0.25 + 0.02, high * 0.25 + 0.02], round < 0.5, std::array::from_fn(|_| number() * 255.0))
        });
        RgbImage::from_fn(width, height, |x, y| {
            let (x, y) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
            let mut colour = [sky[0] - sky[1] * y; 3];
            for ([at_x, at_y, wide, high], round, own) in shapes {
                let (dx, dy) = ((x - at_x) / wide, (y - at_y) / high);
                if if round { dx * dx + dy * dy < 1.0 } else { dx.abs() < 1.0 && dy.abs() < 1.0 } {
                    colour = own;
                }
            }
            let grain = number() * 20.0 - 10.0;
            Rgb(colour.map(|level| (level + grain) as u8))
        })
    }

    /// A grey picture without grain from a level for each place, `x` and `y` from 0 to 1.
    fn plain(level: impl Fn(f64, f64) -> f64) -> RgbImage {
        RgbImage::from_fn(320, 240, |x, y| Rgb([level(f64::from(x) / 320.0, f64::from(y) / 240.0) as u8; 3]))
    }

    fn as_jpeg(picture: &RgbImage, quality: u8) -> RgbImage {
        let mut file = Vec::new();
        JpegEncoder::new_with_quality(&mut file, quality).encode_image(picture).expect("encodes");
        image::load_from_memory(&file).expect("decodes").to_rgb8()
    }

    fn half(picture: &RgbImage) -> RgbImage {
        resize(picture, picture.width() / 2, picture.height() / 2, FilterType::CatmullRom)
    }

    /// Without `part` of its width and of its height, half of it at each edge.
    fn trimmed(picture: &RgbImage, part: f64) -> RgbImage {
        let of = |length: u32| (f64::from(length) * part / 2.0).round() as u32;
        let (x, y) = (of(picture.width()), of(picture.height()));
        crop_imm(picture, x, y, picture.width() - 2 * x, picture.height() - 2 * y).to_image()
    }

    fn copies(picture: &RgbImage) -> Vec<(&'static str, RgbImage)> {
        vec![
            ("JPEG of quality 30", as_jpeg(picture, 30)),
            ("half the size", half(picture)),
            ("brighter", brighten(picture, 20)),
            ("trimmed by 3 %", trimmed(picture, 0.03)),
            ("mirrored", flip_horizontal(picture)),
            ("all of it", as_jpeg(&brighten(&flip_horizontal(&half(&trimmed(picture, 0.03))), 10), 30)),
        ]
    }

    /// How often each kind of copy is not found. Fails where one is found as a copy of another picture, or the wrong
    /// way round.
    fn lost(pictures: &[RgbImage]) -> BTreeMap<&'static str, usize> {
        let hashes: Vec<_> = pictures.par_iter().map(PictureHash::of).collect();
        let hash = |(name, copy): (&'static str, RgbImage)| (name, PictureHash::of(&copy));
        let copies: Vec<Vec<_>> =
            pictures.par_iter().map(|picture| copies(picture).into_iter().map(hash).collect()).collect();
        let mut lost = BTreeMap::new();
        for (at, copies) in copies.iter().enumerate() {
            for (name, copy) in copies {
                let found = near_pictures(&hashes, &[*copy], MOST_BITS);
                let found: Vec<_> = found.iter().map(|pair| (pair.train, pair.mirrored)).collect();
                let expected = (at, matches!(*name, "mirrored" | "all of it"));
                assert!(found.iter().all(|found| *found == expected), "picture {at}, {name}: {found:?}");
                *lost.entry(*name).or_default() += usize::from(found.is_empty());
            }
        }
        lost
    }

    #[test]
    fn copies_of_scenes_are_found_and_nothing_else() {
        let lost = lost(&(0..12).map(scene).collect::<Vec<_>>());
        assert_eq!(lost.len(), 6);
        assert!(lost.values().all(|&lost| lost == 0), "{lost:?}");
    }

    #[test]
    fn copies_of_photos_are_found_and_nothing_else() {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
        let folder = std::env::var_os("NAVIG_TEST_DATA").map_or_else(beside, PathBuf::from).join("photos");
        let Ok(entries) = std::fs::read_dir(folder) else {
            let _ = std::io::stderr().write_all(b"skipped: no photos (set NAVIG_TEST_DATA)\n");
            return;
        };
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("reads").path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "jpg"));
        paths.sort();
        let small = |path: &PathBuf| image::open(path).expect("decodes").thumbnail(640, 640).to_rgb8();
        let lost = lost(&paths.par_iter().map(small).collect::<Vec<_>>());
        assert_eq!(lost.len(), 6);
        // Trimmed ones reach the limit, so a bit turned by another decoder may lose one.
        assert!(lost.values().all(|lost| lost * 50 <= paths.len()), "{lost:?}");
    }

    #[test]
    fn plain_pictures_have_no_hash() {
        for (name, picture) in [
            ("black", plain(|_, _| 0.0)),
            ("white", plain(|_, _| 255.0)),
            ("sky", plain(|_, y| 220.0 - 100.0 * y)),
            ("steep", plain(|x, y| 120.0 * x + 130.0 * y)),
            ("dark corners", plain(|x, y| 220.0 - 100.0 * ((x - 0.5).powi(2) + (y - 0.5).powi(2)))),
            ("sky over sea", plain(|_, y| if y < 0.52 { 180.0 } else { 60.0 })),
            ("nothing", RgbImage::new(0, 0)),
        ] {
            assert_eq!(PictureHash::of(&picture), None, "{name}");
            if picture.width() > 0 {
                assert_eq!(PictureHash::of(&as_jpeg(&picture, 30)), None, "{name} as JPEG");
            }
        }
        let picture = scene(3);
        let doubled = RgbImage::from_fn(picture.width() * 2, picture.height(), |x, y| {
            *picture.get_pixel(x.min(picture.width() * 2 - 1 - x), y)
        });
        assert_eq!(PictureHash::of(&doubled), None);
        assert_eq!(PictureHash::of(&rotate90(&doubled)), None);
        let mut number = numbers(7);
        let grain = RgbImage::from_fn(640, 480, |_, _| Rgb([(124.0 + 6.0 * number()) as u8; 3]));
        assert_eq!(PictureHash::of(&grain), None);
    }

    #[test]
    fn a_mirrored_hash_is_that_of_the_mirrored_picture() {
        for seed in 0..8 {
            let picture = scene(seed);
            let hash = PictureHash::of(&picture).expect("has one");
            let other = PictureHash::of(&flip_horizontal(&picture)).expect("has one");
            assert!(hash.mirrored().distance(other) <= 1, "scene {seed}: {:?} {other:?}", hash.mirrored());
            assert!(hash.distance(other) > 2 * MOST_BITS, "scene {seed}");
        }
    }

    #[test]
    fn pictures_without_a_hash_are_near_nothing() {
        let hash = PictureHash::of(&scene(1));
        for most_bits in [0, MOST_BITS, 64] {
            let pairs = near_pictures(&[None, hash, None], &[None, hash], most_bits);
            assert_eq!(pairs, [NearPicture { test: 1, train: 1, bits: 0, mirrored: false }], "{most_bits}");
        }
    }

    /// Hashes that crowd, so that pairs lie within any number of bits.
    fn hashes() -> impl Strategy<Value = Vec<Option<PictureHash>>> {
        let few = vec(0..64_u32, 0..12).prop_map(|bits| bits.iter().fold(0, |hash, bit| hash | 1 << bit));
        vec(proptest::option::weighted(0.9, prop_oneof![few, any::<u64>()].prop_map(PictureHash)), 0..60)
    }

    proptest! {
        #[test]
        fn every_pair_within_the_bits_is_found(train in hashes(), test in hashes(), most_bits in 0..20_u32) {
            let mut expected = Vec::new();
            for (i, hash) in test.iter().enumerate() {
                for (j, other) in train.iter().enumerate() {
                    let (Some(hash), Some(other)) = (*hash, *other) else { continue };
                    let (as_is, turned) = (hash.distance(other), hash.mirrored().distance(other));
                    let (bits, mirrored) = (as_is.min(turned), turned < as_is);
                    if bits <= most_bits {
                        expected.push(NearPicture { test: i, train: j, bits, mirrored });
                    }
                }
            }
            prop_assert_eq!(near_pictures(&train, &test, most_bits), expected);
        }
    }
}
