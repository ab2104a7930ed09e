//! What a file is, by its first bytes; its name is only compared with that.

use std::fmt;
use std::path::Path;

/// A picture format that navig reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG; of an animated one, the default picture.
    Png,
    /// WebP; of an animated one, the first frame.
    WebP,
    /// TIFF and BigTIFF; the first picture.
    Tiff,
    /// GIF; the first frame.
    Gif,
    /// HEIF with HEVC pictures.
    Heic,
    /// HEIF with AV1 pictures.
    Avif,
}

impl Format {
    /// The format that the first bytes announce; `None` when it is none of ours.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Self::Tiff),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Self::of_brands(bytes),
            _ => None,
        }
    }

    /// The brands of an ISO base media file say whether it is a HEIF picture; most such files are films.
    fn of_brands(bytes: &[u8]) -> Option<Self> {
        let size = bytes.first_chunk::<4>().map_or(0, |size| u32::from_be_bytes(*size) as usize);
        let end = size.min(bytes.len()).min(256);
        let brands = bytes.get(8..end)?.chunks_exact(4).enumerate().filter(|(i, _)| *i != 1).map(|(_, brand)| brand);
        let mut heif = None;
        for brand in brands {
            match brand {
                b"avif" | b"avis" => return Some(Self::Avif),
                b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => {
                    heif = Some(Self::Heic);
                }
                _ => {}
            }
        }
        heif
    }

    /// Extensions, lower-case, that files of this format bear.
    fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif", "jif"],
            Self::Png => &["png", "apng"],
            Self::WebP => &["webp"],
            Self::Tiff => &["tif", "tiff"],
            Self::Gif => &["gif"],
            Self::Heic | Self::Avif => &["heic", "heif", "hif", "avif"],
        }
    }

    /// A note when the extension promises another format; a name without one promises nothing.
    pub(super) fn disagreement(self, path: &str) -> Option<String> {
        let extension = Path::new(path).extension()?.to_str()?.to_ascii_lowercase();
        if self.extensions().contains(&extension.as_str()) {
            return None;
        }
        Some(if self == Self::Tiff {
            format!(
                "the name ends in .{extension}, the content is TIFF: of a camera raw file only the first picture inside is seen"
            )
        } else {
            format!("the name ends in .{extension}, the content is {self}")
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Tiff => "TIFF",
            Self::Gif => "GIF",
            Self::Heic => "HEIC",
            Self::Avif => "AVIF",
        })
    }
}

/// What bytes of an unknown format look like, as a clause for an error message.
pub(super) fn looks_like(bytes: &[u8]) -> String {
    const SIGNATURES: &[(&[u8], &str)] = &[
        (b"%PDF", "a PDF document"),
        (b"PK\x03\x04", "a ZIP archive (or an Office document)"),
        (b"\x1F\x8B", "a gzip archive"),
        (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive"),
        (b"Rar!", "a RAR archive"),
        (b"BM", "a BMP picture"),
        (b"8BPS", "a Photoshop document"),
        (b"\xFF\x0A", "a JPEG XL picture"),
        (b"\x00\x00\x00\x0CJXL ", "a JPEG XL picture"),
        (b"\x00\x00\x00\x0CjP  ", "a JPEG 2000 picture"),
        (b"FUJIFILMCCD-RAW", "a Fujifilm raw file"),
        (b"\x1A\x45\xDF\xA3", "a Matroska or WebM video"),
        (b"RIFF", "a RIFF file (AVI video or WAVE sound)"),
        (b"\x7FELF", "a program"),
        (b"{\\rtf", "an RTF document"),
    ];
    if let Some((_, what)) = SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature)) {
        return format!("looks like {what}");
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return "looks like an MP4 or QuickTime video".to_owned();
    }
    let head = bytes.get(..bytes.len().min(512)).unwrap_or_default();
    let text = String::from_utf8_lossy(head).trim_start().to_ascii_lowercase();
    if text.starts_with("<!doctype html") || text.starts_with("<html") || text.starts_with("<head") {
        return "looks like an HTML page (was a web page saved instead of the picture?)".to_owned();
    }
    if text.starts_with("<svg") || (text.starts_with("<?xml") && text.contains("<svg")) {
        return "looks like an SVG drawing".to_owned();
    }
    if head.iter().all(|b| matches!(b, b'\t' | b'\n' | b'\r' | 0x20..=0x7E | 0x80..)) {
        return "looks like text".to_owned();
    }
    let hex: Vec<String> = bytes.iter().take(8).map(|b| format!("{b:02x}")).collect();
    format!("has an unknown format (first bytes {})", hex.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_is_no_heif() {
        assert_eq!(Format::of(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), Some(Format::Heic));
        assert_eq!(Format::of(b"\0\0\0\x18ftypavif\0\0\0\0mif1avif"), Some(Format::Avif));
        assert_eq!(Format::of(b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif"), Some(Format::Avif));
        let film = b"\0\0\0\x18ftypisom\0\0\0\0isommp42";
        assert_eq!(Format::of(film), None);
        assert!(looks_like(film).contains("video"));
    }

    #[test]
    fn the_minor_version_of_a_film_is_no_brand() {
        assert_eq!(Format::of(b"\0\0\0\x14ftypisomheicisom"), None);
    }

    #[test]
    fn names_what_people_send_by_mistake() {
        assert!(looks_like(b"%PDF-1.7\n").contains("PDF"));
        assert!(looks_like(b"\n<!DOCTYPE html><html>").contains("HTML"));
        assert!(looks_like(b"<?xml version='1.0'?><svg/>").contains("SVG"));
        assert!(looks_like("Grüße".as_bytes()).contains("text"));
        assert!(looks_like(&[0, 1, 2, 3]).contains("00 01 02 03"));
    }

    #[test]
    fn only_a_wrong_extension_is_noted() {
        assert_eq!(Format::Png.disagreement("a.PNG"), None);
        assert_eq!(Format::Png.disagreement("-"), None);
        assert!(Format::Png.disagreement("a.jpg").is_some_and(|note| note.contains("PNG")));
        assert!(Format::Tiff.disagreement("a.nef").is_some_and(|note| note.contains("raw")));
    }
}
