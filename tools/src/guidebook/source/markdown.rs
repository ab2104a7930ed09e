//! Markdown to blocks. HTML inside it is left out: what it holds is seldom prose.

use super::{Block, Document, Headings};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The blocks of a Markdown page; its title is its first heading of level 1.
pub(super) fn read(text: &str) -> Document {
    let mut reader = Reader::default();
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS) {
        reader.take(event);
    }
    reader.flush();
    reader.document
}

#[derive(Default)]
struct Reader {
    document: Document,
    headings: Headings,
    text: String,
    /// Characters of `text` that are links.
    linked: usize,
    links: usize,
    /// Code and metadata, which are left out.
    skipped: usize,
    /// Address of a picture and where its alternative text begins.
    picture: Option<(String, usize)>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) if self.skipped == 0 => {
                self.linked += if self.links > 0 { text.chars().count() } else { 0 };
                self.text.push_str(&text);
            }
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            Event::Rule => self.flush(),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::CodeBlock(_) | Tag::MetadataBlock(_) | Tag::HtmlBlock => self.skipped += 1,
            Tag::Link { .. } => self.links += 1,
            Tag::Image { dest_url, .. } => self.picture = Some((dest_url.into_string(), self.text.len())),
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough => {}
            Tag::TableCell if !self.text.is_empty() => self.text.push_str(", "),
            Tag::TableCell => {}
            _ => self.flush(),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::CodeBlock | TagEnd::MetadataBlock(_) | TagEnd::HtmlBlock => {
                self.skipped = self.skipped.saturating_sub(1)
            }
            TagEnd::Link => self.links = self.links.saturating_sub(1),
            TagEnd::Image => self.caption(),
            TagEnd::Heading(level) => {
                let heading = std::mem::take(&mut self.text);
                self.linked = 0;
                if level as usize == 1 && self.document.title.is_none() {
                    self.document.title = Some(super::chunk::collapse(&heading));
                }
                self.headings.open(level as usize, &heading);
            }
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::TableCell => {}
            _ => self.flush(),
        }
    }

    /// The alternative text of a picture stands alone.
    fn caption(&mut self) {
        let Some((image, start)) = self.picture.take() else { return };
        let alt = self.text.split_off(start.min(self.text.len()));
        let mut block = Block::new(self.headings.path(), alt);
        block.image = Some(image);
        block.alone = true;
        let linked = if self.links > 0 { block.text.chars().count() } else { 0 };
        self.document.push_caption(block, linked);
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        let linked = std::mem::take(&mut self.linked);
        self.document.push(Block::new(self.headings.path(), text), linked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_items_pictures_and_tables_are_told_apart() {
        let page = read(
            "---\nx: y\n---\n# Brazil\n\nIntro of *some* words\nhere.\n\n## Poles\n\n- Round poles of wood.\n- Square ones.\n\n\
             ![A wooden pole with a ring](a.jpg)\n\n```js\ncode();\n```\n\n| Pole | Where |\n|---|---|\n| square | in Bahia |\n\n\
             * [Home](/)\n* [About us](/about)\n",
        );
        let texts: Vec<_> = page.blocks.iter().map(|b| (b.headings.join("/"), b.text.as_str())).collect();
        assert_eq!(page.title.as_deref(), Some("Brazil"));
        assert_eq!(
            texts,
            [
                ("Brazil".into(), "Intro of some words here."),
                ("Brazil/Poles".into(), "Round poles of wood."),
                ("Brazil/Poles".into(), "Square ones."),
                ("Brazil/Poles".into(), "A wooden pole with a ring"),
                ("Brazil/Poles".into(), "Pole, Where"),
                ("Brazil/Poles".into(), "square, in Bahia"),
            ]
        );
        assert_eq!(page.blocks[3].image.as_deref(), Some("a.jpg"));
    }

    #[test]
    fn deep_nesting_is_read() {
        let page = read(&format!("{} deep words here", "> ".repeat(50_000)));
        assert!(page.blocks.len() <= 1);
    }
}
