//! From a clue in words to the regions where it is usual.
//!
//! Every passage of the guidebooks is compared with the clue, by its words (BM25) and, with an embedder, by its meaning (the
//! cosine of sentence vectors). The nearest passages vote for their regions with weights that fall off with the distance
//! from the best one, and a region's votes are divided by how much is written about it at all: a kernel estimate of
//! `P(clue | region)` (Silverman 1986, chapter 4), which is what a likelihood wants. A palm is then near to passages of half
//! the world and says little, a red and white bollard is near to those of one country.

mod lexical;
mod votes;
pub(crate) mod words;

pub use votes::Votes;
use votes::Written;

use super::book::{Book, Embed, EmbedError, Kind, Record, Vector};
use crate::geo::fold::fold;
use rayon::prelude::*;
use std::sync::Arc;

/// How fast a vote falls off with the cosine: `exp(SHARPNESS * (score - best))`.
const SHARPNESS: f64 = 20.0;
/// The same without an embedder, where scores are spread wider.
const SHARPNESS_OF_WORDS: f64 = 8.0;
/// What the same words add to the cosine.
const WORDS: f64 = 0.3;
/// A clue whose best passage is farther than this has no passage: the gate. Unrelated sentences are seldom above 0.3.
const COSINE_FLOOR: f64 = 0.38;
/// The same without an embedder, as a share of the words by weight.
const WORDS_FLOOR: f64 = 0.25;
/// Passages that vote.
const VOTERS: usize = 200;
/// A clue of so many letters that a record holds word for word was said of that record.
const OWN_LETTERS: usize = 30;

/// The guidebooks and traces that are asked, and what makes vectors of clues.
#[derive(Clone, Default)]
pub struct Library {
    books: Arc<Vec<Book>>,
    written: Arc<Vec<Written>>,
    embedder: Option<Arc<dyn Embed>>,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let embedder = self.embedder.as_ref().map(|e| e.id());
        f.debug_struct("Library").field("books", &self.books.len()).field("embedder", &embedder).finish()
    }
}

/// A passage that is near a clue.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Number of the guidebook in [`Library::books`].
    pub book: usize,
    /// Its row there.
    pub row: usize,
    /// The passage.
    pub record: Record,
    /// Cosine of the vectors, -1 to 1; none without an embedder.
    pub cosine: Option<f64>,
    /// Share of the clue's words by weight, 0 to 1.
    pub words: f64,
    /// What they are ordered by.
    pub score: f64,
}

/// What is found for one clue.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// The passages that vote, the nearest first.
    pub hits: Vec<Hit>,
    /// What they say.
    pub votes: Votes,
}

/// A row that was scored, before its record is read.
struct Scored {
    book: usize,
    row: usize,
    cosine: Option<f64>,
    words: f64,
    score: f64,
}

impl Library {
    /// Guidebooks to be asked together.
    #[must_use]
    pub fn new(books: Vec<Book>, embedder: Option<Arc<dyn Embed>>) -> Self {
        let written = books.iter().map(Written::new).collect();
        Self { books: Arc::new(books), written: Arc::new(written), embedder }
    }

    /// All guidebooks and traces.
    #[must_use]
    pub fn books(&self) -> &[Book] {
        &self.books
    }

    /// Whether there is anything of a kind.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        self.books.iter().any(|book| book.meta().kind == kind && !book.is_empty())
    }

    /// What makes vectors of clues.
    #[must_use]
    pub fn embedder(&self) -> Option<&dyn Embed> {
        self.embedder.as_deref()
    }

    /// What is found for each clue among passages of one idea, or among whole descriptions. A clue that has no passage near
    /// enough has no hits.
    ///
    /// # Errors
    /// [`EmbedError`], when the embedder fails.
    pub fn find(&self, kind: Kind, whole: bool, clues: &[&str]) -> Result<Vec<Found>, EmbedError> {
        let vectors: Vec<Option<Vector>> = match &self.embedder {
            Some(embedder) if !clues.is_empty() => embedder.embed(clues)?.iter().map(|v| Vector::of(v)).collect(),
            _ => vec![None; clues.len()],
        };
        let mut hits: Vec<Vec<Hit>> = clues
            .par_iter()
            .zip(&vectors)
            .map(|(clue, vector)| self.hits(kind, whole, clue, vector.as_ref()))
            .collect();
        drop_own(&mut hits, clues);
        Ok(hits.into_iter().map(|hits| self.found(hits, whole)).collect())
    }

    fn found(&self, hits: Vec<Hit>, whole: bool) -> Found {
        let Some(best) = hits.first() else { return Found::default() };
        let (floor, sharpness) = match best.cosine {
            Some(_) => (COSINE_FLOOR, SHARPNESS),
            None => (WORDS_FLOOR, SHARPNESS_OF_WORDS),
        };
        if best.cosine.unwrap_or(best.words) < floor {
            return Found::default();
        }
        let best = best.score;
        let weights: Vec<f64> = hits.iter().map(|hit| (sharpness * (hit.score - best)).exp()).collect();
        let votes = Votes::count(&self.written, &hits, &weights, whole);
        Found { hits, votes }
    }

    /// The nearest passages, the best first.
    fn hits(&self, kind: Kind, whole: bool, clue: &str, vector: Option<&Vector>) -> Vec<Hit> {
        let mut scored: Vec<Scored> = Vec::new();
        for (number, book) in self.books.iter().enumerate().filter(|(_, book)| book.meta().kind == kind) {
            scored.extend(self.scored(number, book, clue, vector));
        }
        let order =
            |a: &Scored, b: &Scored| b.score.total_cmp(&a.score).then(a.book.cmp(&b.book)).then(a.row.cmp(&b.row));
        let mut hits = Vec::new();
        // Rows of the other sort (whole descriptions, or ideas) are passed over when their record is read.
        let most = VOTERS.saturating_mul(2).min(scored.len());
        if scored.len() > most && most > 0 {
            scored.select_nth_unstable_by(most - 1, order);
            scored.truncate(most);
        }
        scored.sort_unstable_by(order);
        for s in scored {
            let Some(record) = self.books[s.book].record(s.row).filter(|record| record.whole == whole) else {
                continue;
            };
            hits.push(Hit { book: s.book, row: s.row, record, cosine: s.cosine, words: s.words, score: s.score });
            if hits.len() == VOTERS {
                break;
            }
        }
        hits
    }

    fn scored(&self, number: usize, book: &Book, clue: &str, vector: Option<&Vector>) -> Vec<Scored> {
        let words = lexical::scores(book, clue);
        let cosines = match (vector, &self.embedder) {
            (Some(vector), Some(embedder)) => book.cosines(vector, embedder.id()),
            _ => Vec::new(),
        };
        let scored = |row: usize, cosine: Option<f64>| {
            let words = f64::from(words.get(&row).copied().unwrap_or(0.0));
            let score = cosine.map_or(words, |cosine| cosine + WORDS * words);
            Scored { book: number, row, cosine, words, score }
        };
        if cosines.is_empty() {
            words.keys().map(|&row| scored(row, None)).collect()
        } else {
            cosines.iter().enumerate().map(|(row, c)| scored(row, Some(f64::from(*c)))).collect()
        }
    }
}

/// Takes out what was said of the very picture that is asked about: all that comes from a record, when the record holds a
/// clue of some length word for word.
fn drop_own(hits: &mut [Vec<Hit>], clues: &[&str]) {
    let mut own: Vec<(usize, String)> = Vec::new();
    for (hits, clue) in hits.iter().zip(clues) {
        let clue = fold(clue);
        if clue.len() >= OWN_LETTERS {
            let same = hits.iter().filter(|h| h.record.at.is_some() && fold(&h.record.text).contains(&clue));
            own.extend(same.map(|h| (h.book, h.record.page.clone())));
        }
    }
    if !own.is_empty() {
        let is_own = |h: &Hit| own.iter().any(|(book, page)| *book == h.book && *page == h.record.page);
        hits.iter_mut().for_each(|hits| hits.retain(|h| !is_own(h)));
    }
}
