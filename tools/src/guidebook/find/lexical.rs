//! BM25 (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework") over the postings of a file. The crate of
//! that name keeps its index in memory and makes it anew at every start; postings in the file answer from the first
//! query on.

use super::words::stems;
use crate::guidebook::book::Book;
use std::collections::HashMap;

/// How soon a word that is repeated says no more.
const K1: f32 = 1.2;
/// How much a long passage is held against.
const B: f32 = 0.75;

/// The score of every row that shares a word with the query, as a share of what a passage that is the query would get: 0 to
/// about 1.
pub(super) fn scores(book: &Book, query: &str) -> HashMap<usize, f32> {
    let mut words = stems(query);
    words.sort_unstable();
    words.dedup();
    let rows = book.len() as f32;
    let mean = book.meta().mean_words.max(1.0);
    let (mut scores, mut most): (HashMap<usize, f32>, f32) = (HashMap::new(), 0.0);
    for word in &words {
        let postings = book.postings(word);
        let holding = postings.len() as f32;
        // A word that the guidebook does not know counts as the rarest: a passage without it is no full match.
        let idf = (1.0 + (rows - holding + 0.5) / (holding + 0.5)).ln();
        most += idf * (K1 + 1.0) / (1.0 + K1);
        for (row, times) in postings {
            let times = times as f32;
            let length = f32::from(book.words_in(row)) / mean;
            *scores.entry(row).or_default() += idf * times * (K1 + 1.0) / (times + K1 * (1.0 - B + B * length));
        }
    }
    if most > 0.0 {
        scores.values_mut().for_each(|score| *score = (*score / most).min(1.0));
    }
    scores
}
