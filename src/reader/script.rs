//! Which script a line is written in.

use serde::{Deserialize, Serialize};
use unicode_script::UnicodeScript;

/// The script of most letters of a line. Han with kana is Japanese, Han alone stays Han.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Script {
    /// Latin.
    Latin,
    /// Chinese characters without kana.
    Han,
    /// Hiragana or katakana, with or without Chinese characters.
    Japanese,
    /// Hangul.
    Hangul,
    /// Cyrillic.
    Cyrillic,
    /// Greek.
    Greek,
    /// Arabic.
    Arabic,
    /// Hebrew.
    Hebrew,
    /// Thai.
    Thai,
    /// Devanagari.
    Devanagari,
    /// Digits and signs only.
    None,
    /// Any other.
    Other,
}

impl Script {
    /// The script of most letters of `text`; on a tie the one that comes first.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut counts: Vec<(Self, usize)> = Vec::new();
        for script in text.chars().filter_map(Self::of_char) {
            match counts.iter_mut().find(|(known, _)| *known == script) {
                Some((_, count)) => *count += 1,
                None => counts.push((script, 1)),
            }
        }
        let most = counts.iter().map(|c| c.1).max().unwrap_or(0);
        let script = counts.iter().find(|c| c.1 == most).map_or(Self::None, |c| c.0);
        let kana = counts.iter().any(|c| c.0 == Self::Japanese);
        if script == Self::Han && kana { Self::Japanese } else { script }
    }

    fn of_char(c: char) -> Option<Self> {
        use unicode_script::Script as Unicode;
        Some(match c.script() {
            Unicode::Common | Unicode::Inherited => return None,
            Unicode::Latin => Self::Latin,
            Unicode::Han => Self::Han,
            Unicode::Hiragana | Unicode::Katakana => Self::Japanese,
            Unicode::Hangul => Self::Hangul,
            Unicode::Cyrillic => Self::Cyrillic,
            Unicode::Greek => Self::Greek,
            Unicode::Arabic => Self::Arabic,
            Unicode::Hebrew => Self::Hebrew,
            Unicode::Thai => Self::Thai,
            Unicode::Devanagari => Self::Devanagari,
            _ => Self::Other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_majority_of_letters_decides() {
        assert_eq!(Script::of("愚园路 W"), Script::Han);
        assert_eq!(Script::of("ポイ捨て禁止"), Script::Japanese);
        assert_eq!(Script::of("清潔できれいな港区を"), Script::Japanese);
        assert_eq!(Script::of("서울 Seoul"), Script::Latin);
        assert_eq!(Script::of("Горно Ябълково"), Script::Cyrillic);
        assert_eq!(Script::of("(A25) 104"), Script::Latin);
        assert_eq!(Script::of("104 – 5"), Script::None);
        assert_eq!(Script::of("مخرج"), Script::Arabic);
        assert_eq!(Script::of("เพชรบุรี"), Script::Thai);
    }
}
