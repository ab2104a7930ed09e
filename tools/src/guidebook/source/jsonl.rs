//! JSONL: one passage a line, with its regions where the writer knows them.

use super::{Block, Document};
use crate::evidence::RegionShare;
use crate::geo::Gazetteer;
use crate::guidebook::Reason;
use serde::Deserialize;

/// A line; other fields are left alone.
#[derive(Deserialize)]
struct Row {
    text: String,
    /// Codes (`DE`, `US.TX`) or names.
    #[serde(default)]
    regions: Vec<String>,
    image: Option<String>,
    url: Option<String>,
}

/// The blocks of a file; a broken line is counted with its number, and the others go on.
pub(super) fn read(name: &str, text: &str) -> Document {
    let mut document = Document::default();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match block(line) {
            Ok(block) => document.push(block, 0),
            Err(reason) => document.dropped.add(Reason::BadLine, &format!("{name}, line {}: {reason}", number + 1)),
        }
    }
    document
}

fn block(line: &str) -> Result<Block, String> {
    let row: Row = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if row.text.trim().is_empty() {
        return Err("`text` is empty".to_owned());
    }
    let gazetteer = Gazetteer::embedded();
    let share = |text: &String| {
        let region = gazetteer.resolve_region(text).map_err(|error| error.to_string())?;
        Ok(RegionShare { region, share: 1.0 })
    };
    let regions = row.regions.iter().map(share).collect::<Result<Vec<_>, String>>()?;
    let mut block = Block::new(Vec::new(), row.text);
    block.regions = (!regions.is_empty()).then_some(regions);
    block.image = row.image;
    block.page = row.url;
    block.alone = true;
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_is_named_and_the_others_go_on() {
        let text = "{\"text\":\"Poles are thin.\",\"regions\":[\"DE\",\"US.TX\",\"Austria\"],\"image\":\"a.jpg\",\"url\":\"https://x.example/1\"}\n\
                    \n{\"text\":\n{\"text\":\"Ok it is.\"}\n{\"text\":\"No.\",\"regions\":[\"Nowhere\"]}\n";
        let page = read("a.jsonl", text);
        assert_eq!(page.blocks.len(), 2);
        let codes: Vec<_> = page.blocks[0].regions.iter().flatten().map(|s| s.region.code.as_str()).collect();
        assert_eq!(codes, ["DE", "US.TX", "AT"]);
        assert_eq!(page.blocks[0].page.as_deref(), Some("https://x.example/1"));
        let bad = page.dropped.of(Reason::BadLine);
        assert_eq!(bad.count, 2);
        assert!(bad.examples[0].starts_with("a.jsonl, line 3: ") && bad.examples[1].contains("Nowhere"), "{bad:?}");
    }
}
