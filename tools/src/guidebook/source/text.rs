//! Plain text to blocks: paragraphs between blank lines, or one block a line where lines are sentences of their own.

use super::{Block, Document, Headings, chunk};

/// Most words of a line that may be a heading.
const HEADING_WORDS: usize = 8;
/// Fewest lines that can show that each is a sentence.
const FEWEST_LINES: usize = 4;

/// The blocks of a text. `images` are the pictures of its lines, where a file beside it lists as many.
pub(super) fn read(text: &str, images: Option<&[String]>) -> Document {
    if images.is_some() || lines_are_sentences(text) {
        return lines(text, images.unwrap_or_default());
    }
    let mut document = Document::default();
    let mut headings = Headings::default();
    let mut paragraphs = paragraphs(text).into_iter().peekable();
    while let Some((paragraph, item)) = paragraphs.next() {
        if !item && paragraphs.peek().is_some() && is_heading(&paragraph) {
            let heading = paragraph.trim_matches(['=', '-', '#', '*', ' ']);
            document.title.get_or_insert_with(|| heading.to_owned());
            headings.open(1, heading);
        } else {
            document.push(Block::new(headings.path(), paragraph), 0);
        }
    }
    document
}

/// Whether most lines begin and end like sentences, as no line of a wrapped paragraph does.
fn lines_are_sentences(text: &str) -> bool {
    let (mut all, mut sentences) = (0_usize, 0_usize);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        all += 1;
        let ends = line.ends_with(['.', '!', '?', ')', '。', '।', '"', '”', '…']);
        let begins = line.starts_with(|c: char| !c.is_lowercase());
        sentences += usize::from(begins && ends && line.contains(' '));
    }
    all >= FEWEST_LINES && sentences * 10 >= all * 8
}

fn lines(text: &str, images: &[String]) -> Document {
    let mut document = Document::default();
    for (number, line) in text.lines().enumerate() {
        let mut block = Block::new(Vec::new(), line.to_owned());
        block.image = images.get(number).filter(|image| !image.is_empty()).cloned();
        block.alone = true;
        document.push(block, 0);
    }
    document
}

/// Texts between blank lines, each with whether it is an item of a list: such begins a new one.
fn paragraphs(text: &str) -> Vec<(String, bool)> {
    let mut out: Vec<(String, bool)> = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim) {
        let item = line.strip_prefix(['-', '*', '•', '·']).filter(|rest| rest.starts_with([' ', '\t']));
        let content = item.unwrap_or(line).trim();
        if content.is_empty() || content.chars().all(|c| matches!(c, '=' | '-' | '*' | '_')) {
            open = false;
            continue;
        }
        match out.last_mut().filter(|_| open && item.is_none()) {
            Some((last, _)) => {
                last.push(' ');
                last.push_str(content);
            }
            None => out.push((content.to_owned(), item.is_some())),
        }
        open = true;
    }
    out
}

fn is_heading(paragraph: &str) -> bool {
    let words = paragraph.split_whitespace().count();
    words <= HEADING_WORDS
        && chunk::is_prose(paragraph)
        && paragraph.starts_with(|c: char| !c.is_lowercase())
        && !paragraph.ends_with(['.', ',', ';', '!', '?', '。', ')', '…'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_unwrapped_and_short_ones_head_the_next() {
        let page =
            read("Chad\n====\n\nRoads are made\nof sand. Much sand.\n\n- Poles are thin\n- Trees are small\n", None);
        let texts: Vec<_> = page.blocks.iter().map(|b| b.text.as_str()).collect();
        assert_eq!(texts, ["Roads are made of sand. Much sand.", "Poles are thin", "Trees are small"]);
        assert_eq!(page.title.as_deref(), Some("Chad"));
        assert_eq!(page.blocks[0].headings, ["Chad"]);
    }

    #[test]
    fn lines_that_are_sentences_are_one_block_each() {
        let text = "Poles are thin.\nTrees are small.\nPlates are white.\nIt rains.\n";
        assert_eq!(read(text, None).blocks.len(), 4);
        let images = ["a.jpg".to_owned(), String::new(), "c.jpg".to_owned(), "d.jpg".to_owned()];
        let page = read(text, Some(&images));
        assert_eq!(page.blocks[2].image.as_deref(), Some("c.jpg"));
        assert_eq!(page.blocks[1].image, None);
    }
}
