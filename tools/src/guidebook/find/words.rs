//! Words as the lexical half compares them: folded, without the commonest ones, cut to their stems.

use crate::geo::fold::fold;
use rust_stemmers::{Algorithm, Stemmer};

/// English words that every description holds.
const COMMON: &[&str] = &[
    "a", "about", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "common",
    "could", "country", "do", "for", "found", "from", "has", "have", "here", "i", "image", "in", "into", "is", "it",
    "its", "likely", "many", "may", "more", "most", "not", "of", "often", "on", "one", "or", "other", "photo",
    "picture", "s", "scene", "see", "seen", "so", "some", "such", "suggest", "suggests", "than", "that", "the",
    "their", "them", "there", "these", "they", "this", "to", "typical", "usually", "very", "was", "we", "were",
    "which", "while", "will", "with", "would", "you",
];

/// The stems of a text's words, in order; a word that stands twice comes twice.
pub(crate) fn stems(text: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    let folded = fold(text);
    let words = folded.split(' ').filter(|w| !w.is_empty() && COMMON.binary_search(w).is_err());
    words.map(|word| if word.is_ascii() { stemmer.stem(word).into_owned() } else { word.to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_common_words_can_be_searched() {
        assert!(COMMON.is_sorted());
    }

    #[test]
    fn forms_of_a_word_share_a_stem_and_common_words_have_none() {
        assert_eq!(stems("The bollards are painted"), stems("bollard; painting"));
        assert!(stems("This is the image of a country").is_empty());
        assert_eq!(stems("Дорога 国道"), ["дорога", "国道"]);
    }
}
