//! Bytes to text: pages come in any encoding, say so wrongly, or mix several.

use super::Media;
use crate::guidebook::Reason;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// So many bytes are looked at for what a file is, and what it says of its encoding.
const HEAD: usize = 8_192;

/// The text of a file, with replacement characters where bytes are wrong.
///
/// # Errors
/// [`Reason::Binary`] for bytes that are no text in any encoding.
pub(super) fn decode(bytes: &[u8], media: Option<Media>) -> Result<String, Reason> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return Ok(encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned());
    }
    let head = &bytes[..bytes.len().min(HEAD)];
    if is_binary(head) {
        return Err(Reason::Binary);
    }
    let html = matches!(media, None | Some(Media::Html));
    let declared = if html { declared(head) } else { None };
    let encoding = declared.unwrap_or_else(|| if is_mostly_utf8(bytes) { UTF_8 } else { WINDOWS_1252 });
    Ok(encoding.decode_without_bom_handling(bytes).0.into_owned())
}

/// NUL bytes, or more than one in ten that steers a terminal.
fn is_binary(head: &[u8]) -> bool {
    let control = head.iter().filter(|b| matches!(b, 1..=8 | 14..=26 | 28..=31 | 127)).count();
    head.contains(&0) || control * 10 > head.len()
}

/// `<meta charset=…>`, or the longer form of it. A page that says UTF-16 in letters of ASCII is UTF-8.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let meta = text.find("<meta")?;
    let after = &text[meta..];
    let label = &after[after.find("charset")? + "charset".len()..];
    let label = label.trim_start().strip_prefix('=')?.trim_start_matches([' ', '"', '\'']);
    let end = label.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))).unwrap_or(label.len());
    Encoding::for_label(&label.as_bytes()[..end]).map(Encoding::output_encoding)
}

/// Whether more letters beyond ASCII are right in UTF-8 than wrong: files are glued together from several.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut right, mut wrong) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        right += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        wrong += usize::from(!chunk.invalid().is_empty());
    }
    wrong == 0 || right > wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_say_the_encoding_is_heard() {
        for (bytes, text) in [
            (&b"caf\xc3\xa9"[..], "café"),
            (b"\xef\xbb\xbfcaf\xc3\xa9", "café"),
            (b"caf\xe9", "café"),
            (b"\xff\xfec\0a\0f\0\xe9\0", "café"),
            (b"<meta charset=\"iso-8859-2\">\xb9", "<meta charset=\"iso-8859-2\">š"),
            (b"<meta content='text/html; charset=koi8-r'>\xc1", "<meta content='text/html; charset=koi8-r'>а"),
        ] {
            assert_eq!(decode(bytes, None).as_deref(), Ok(text));
        }
    }

    #[test]
    fn mixed_encodings_survive() {
        let text = decode(
            "Łódź São Paulo ".as_bytes().iter().chain(b"caf\xe9 too").copied().collect::<Vec<_>>().as_slice(),
            None,
        );
        assert_eq!(text.as_deref(), Ok("Łódź São Paulo caf\u{fffd} too"));
    }

    #[test]
    fn pictures_are_binary() {
        assert_eq!(decode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", None), Err(Reason::Binary));
        assert_eq!(decode(&[1, 2, 3, 4, b'a'], None), Err(Reason::Binary));
        assert_eq!(decode(b"", None).as_deref(), Ok(""));
    }
}
