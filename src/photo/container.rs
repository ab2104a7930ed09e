//! What the structure of a file says before any pixel is decoded: its size, its captions, and whether it ends early.
//!
//! These walks only compare and slice: each step moves forward, no count is trusted, and nothing is allocated but
//! the texts of a PNG, which are cut to [`MAX_TEXTS`].

use super::{Format, heif};

/// Texts of a PNG beyond this many are not kept.
const MAX_TEXTS: usize = 16;

/// What the structure of a file yields before any pixel is decoded.
#[derive(Debug, Default)]
pub(super) struct Structure<'a> {
    /// IPTC-IIM records.
    pub(super) iptc: Option<&'a [u8]>,
    /// Keyword and text of PNG text chunks.
    pub(super) texts: Vec<(String, String)>,
    /// Width and height that the header claims, px, before orientation.
    pub(super) size: Option<(u32, u32)>,
    /// Whether the file stops before its own structure says it should.
    pub(super) ends_early: bool,
}

/// Walks a file of a known format.
pub(super) fn structure(format: Format, bytes: &[u8]) -> Structure<'_> {
    match format {
        Format::Jpeg => jpeg(bytes),
        Format::Png => png(bytes),
        Format::WebP => webp(bytes),
        Format::Gif => gif(bytes),
        // Its directories can lie anywhere; the decoder knows.
        Format::Tiff => Structure::default(),
        Format::Heic | Format::Avif => heif::structure(bytes),
    }
}

fn u16_be(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..)?.first_chunk().map(|b| usize::from(u16::from_be_bytes(*b)))
}

fn u32_be(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_be_bytes(*b))
}

fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

fn jpeg(bytes: &[u8]) -> Structure<'_> {
    let mut found = Structure { ends_early: true, ..Structure::default() };
    let mut at = 2;
    while let Some(&[lead, marker]) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        match (lead, marker) {
            // Fill bytes may stand before a marker; restart markers and TEM have no length.
            (0xFF, 0xFF) => at += 1,
            (0xFF, 0x01 | 0xD0..=0xD8) => at += 2,
            (0xFF, 0xDA) => {
                // Entropy-coded data never holds FF D9, and what follows the picture (a second picture, a film) may.
                let rest = bytes.get(at..).unwrap_or_default();
                found.ends_early = !rest.windows(2).rev().any(|pair| pair == [0xFF, 0xD9]);
                break;
            }
            (0xFF, 0xD9) => break,
            (0xFF, _) => {
                let Some(length) = u16_be(bytes, at + 2) else { break };
                let Some(body) = bytes.get(at + 4..at + 2 + length.max(2)) else { break };
                jpeg_segment(marker, body, &mut found);
                at += 2 + length.max(2);
            }
            // Not a marker: the decoder will say what is wrong.
            _ => {
                found.ends_early = false;
                break;
            }
        }
    }
    found
}

fn jpeg_segment<'a>(marker: u8, body: &'a [u8], found: &mut Structure<'a>) {
    match marker {
        0xED if found.iptc.is_none() => found.iptc = body.strip_prefix(b"Photoshop 3.0\0").and_then(photoshop_iptc),
        // SOF markers; C4, C8 and CC are tables.
        0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) && found.size.is_none() => {
            let side = |at| u16_be(body, at).and_then(|side| u32::try_from(side).ok());
            found.size = side(3).zip(side(1));
        }
        _ => {}
    }
}

/// The IPTC record (resource 0x0404) among Photoshop's image resources.
fn photoshop_iptc(mut resources: &[u8]) -> Option<&[u8]> {
    while let Some(rest) = resources.strip_prefix(b"8BIM") {
        let id = u16_be(rest, 0)?;
        // A Pascal string padded to an even length, then the size of the data.
        let name = (usize::from(*rest.get(2)?) + 2) & !1;
        let size = u32_be(rest, 2 + name)? as usize;
        let data = rest.get(6 + name..)?;
        if id == 0x0404 {
            return Some(data.get(..size).unwrap_or(data));
        }
        resources = data.get(size + size % 2..)?;
    }
    None
}

fn png(bytes: &[u8]) -> Structure<'_> {
    let mut found = Structure { ends_early: true, ..Structure::default() };
    let mut at = 8;
    while let (Some(length), Some(name)) = (u32_be(bytes, at), bytes.get(at + 4..at + 8)) {
        if name == b"IEND" {
            found.ends_early = false;
            break;
        }
        let Some(body) = bytes.get(at + 8..at + 8 + length as usize) else { break };
        match name {
            b"IHDR" => found.size = u32_be(body, 0).zip(u32_be(body, 4)),
            b"tEXt" | b"iTXt" if found.texts.len() < MAX_TEXTS => found.texts.extend(png_text(name, body)),
            _ => {}
        }
        at += 12 + length as usize;
    }
    found
}

/// Keyword and text of a `tEXt` (Latin-1) or an uncompressed `iTXt` (UTF-8) chunk.
fn png_text(name: &[u8], body: &[u8]) -> Option<(String, String)> {
    let mut parts = body.splitn(2, |b| *b == 0);
    let keyword = latin1(parts.next()?);
    let text = parts.next()?;
    if name == b"tEXt" {
        return Some((keyword, latin1(text)));
    }
    // Compression flag and method, then language tag and translated keyword, each ended by a zero.
    let text = text.strip_prefix(&[0])?.get(1..)?;
    let text = text.splitn(3, |b| *b == 0).nth(2)?;
    Some((keyword, String::from_utf8_lossy(text).into_owned()))
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn webp(bytes: &[u8]) -> Structure<'_> {
    let claimed = u32_le(bytes, 4).map_or(0, |size| u64::from(size) + 8);
    Structure { ends_early: claimed > bytes.len() as u64, ..Structure::default() }
}

fn gif(bytes: &[u8]) -> Structure<'_> {
    let side = |at| bytes.get(at..)?.first_chunk().map(|b| u32::from(u16::from_le_bytes(*b)));
    Structure { size: side(6).zip(side(8)), ends_early: bytes.last() != Some(&0x3B), ..Structure::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jpeg_with_a_film_behind_it_does_not_end_early() {
        let mut bytes = b"\xFF\xD8\xFF\xDA\0\x02abc\xFF\xD9".to_vec();
        bytes.extend_from_slice(b"\0\0\0\x18ftypmp42");
        assert!(!jpeg(&bytes).ends_early);
        assert!(jpeg(b"\xFF\xD8\xFF\xDA\0\x02abc").ends_early);
    }

    #[test]
    fn an_end_marker_inside_a_thumbnail_does_not_count() {
        assert!(jpeg(b"\xFF\xD8\xFF\xE1\0\x06\xFF\xD8\xFF\xD9\xFF\xDA\0\x02abc").ends_early);
    }

    #[test]
    fn iptc_is_found_behind_other_resources() {
        let mut resources = b"8BIM\x03\xED\0\0\0\0\0\x03abc\0".to_vec();
        resources.extend_from_slice(b"8BIM\x04\x04\0\0\0\0\0\x02hi");
        assert_eq!(photoshop_iptc(&resources), Some(&b"hi"[..]));
    }

    #[test]
    fn png_texts_of_both_kinds() {
        assert_eq!(png_text(b"tEXt", b"Title\0Gr\xFC\xDFe"), Some(("Title".into(), "Grüße".into())));
        assert_eq!(png_text(b"iTXt", "Title\0\0\0de\0Titel\0Grüße".as_bytes()), Some(("Title".into(), "Grüße".into())));
        assert_eq!(png_text(b"iTXt", b"Title\0\x01\0\0\0\x78\x9c"), None);
    }
}
