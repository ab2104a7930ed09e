//! Any bytes are a photo or a typed error, and whatever they claim can be weighed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use navig::photo::{Limits, Photo, findings};

const SMALL: Limits = Limits { max_bytes: 1 << 20, max_pixels: 1 << 20 };

/// Formats that a program outside decodes; starting it for every input would fuzz that program, and slowly.
fn is_heif(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(b"ftyp")
}

fuzz_target!(|bytes: &[u8]| {
    // A limit of no pixels ends a HEIF after its structure and its metadata are read.
    let limits = if is_heif(bytes) { Limits { max_pixels: 0, ..SMALL } } else { SMALL };
    match Photo::from_bytes("fuzz", bytes.to_vec(), &limits) {
        Ok(photo) => {
            let pixels = photo.pixels.expect("decoded here");
            assert_eq!(pixels.dimensions(), (photo.width, photo.height));
            for finding in findings(&photo.claims) {
                finding.likelihood.check().expect("every finding can be weighed");
            }
            for claim in &photo.claims {
                assert!(!claim.text.chars().any(char::is_control));
            }
        }
        Err(error) => assert!(error.to_string().starts_with("fuzz: ")),
    }
});
