//! Weights of one's own: how near the classes are to texts that say by what places are told.

use super::LocatabilityError;
use super::weights::{Provenance, Weights, first_name};
use crate::digest::hex;
use navig_tools::guidebook::book::Embed;
use navig_tools::guidebook::clues;
use sha2::{Digest, Sha256};

/// How texts share their votes out: where CLIP's temperature began (Radford et al. 2021). The mean cosines of the classes lie so near
/// to each other that a photo of anything would score about a half; with this the worked example of GeoReasoner's table scores the
/// same with ours, to a hundredth, so that their limit can be used.
const TEMPERATURE: f64 = 0.07;
const TEMPLATE: &str = "a photo with ";
const METHOD: &str = "mean over the texts of the softmax over the classes of cosine / 0.07 between the embedded text and \
                      'a photo with <first name of the class>', brought to [0, 1] by the least and the greatest";

/// Weights of the classes by how near the texts come to them. Each text gives one vote, which the classes share out by the softmax of
/// its cosine with `a photo with NAME`; what a class has got is brought to [0, 1] by the least and the greatest.
///
/// Only the first name of a class is taken: ADE20K's synonyms come from a dictionary and lead astray (`toilet, can, commode`).
///
/// # Errors
/// [`LocatabilityError`] when there are no texts, the embedder fails, or all classes come out equal.
pub fn compute_weights(texts: &[&str], classes: &[&str], embedder: &dyn Embed) -> Result<Weights, LocatabilityError> {
    let named: Vec<String> = classes.iter().map(|names| format!("{TEMPLATE}{}", first_name(names))).collect();
    let named = embedder.embed(&named.iter().map(String::as_str).collect::<Vec<_>>())?;
    let mut votes = vec![0.0; classes.len()];
    for text in embedder.embed(texts)? {
        let cosine =
            |class: &Vec<f32>| class.iter().zip(&text).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        let cosines: Vec<f64> = named.iter().map(cosine).collect();
        let most = cosines.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let shares: Vec<f64> = cosines.iter().map(|c| ((c - most) / TEMPERATURE).exp()).collect();
        let all: f64 = shares.iter().sum();
        votes.iter_mut().zip(&shares).for_each(|(vote, share)| *vote += share / all);
    }
    let least = votes.iter().copied().fold(f64::INFINITY, f64::min);
    let range = votes.iter().copied().fold(f64::NEG_INFINITY, f64::max) - least;
    if texts.is_empty() || range.is_nan() || range <= 0.0 {
        return Err(LocatabilityError::Texts(texts.len()));
    }
    let mut sum = Sha256::new();
    texts.iter().for_each(|text| sum.update(format!("{text}\n")));
    let provenance = Provenance {
        method: METHOD.to_owned(),
        texts: texts.len(),
        texts_sha256: hex(&sum.finalize()),
        embedder: embedder.id().to_owned(),
    };
    let by_class = votes.iter().map(|vote| (vote - least) / range).collect();
    Ok(Weights::of(by_class, provenance))
}

/// The sentences of navig's clue book, in the order of its files and of the countries in them.
///
/// # Errors
/// [`LocatabilityError::ClueBook`] when a file does not read, which a test rules out.
pub fn clue_book_texts() -> Result<Vec<String>, LocatabilityError> {
    let mut texts = Vec::new();
    for (name, text) in clues::FILES {
        let countries = clues::parse(text).map_err(|e| LocatabilityError::ClueBook(format!("{name}.toml: {e}")))?;
        texts.extend(countries.into_values().flatten().map(|entry| entry.says));
    }
    Ok(texts)
}

/// The sentences of a trace. Embedders read some 200 words, and the mean of a long text is near to nothing in it.
#[must_use]
pub fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(end) = rest
        .match_indices(['.', '!', '?'])
        .map(|(at, _)| at + 1)
        .find(|&at| rest[at..].chars().next().is_none_or(char::is_whitespace))
    {
        found.push(rest[..end].trim());
        rest = &rest[end..];
    }
    found.push(rest.trim());
    found.retain(|sentence| !sentence.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::super::weights::class_names;
    use super::*;
    use navig_tools::guidebook::book::EmbedError;

    /// Counts words that it knows.
    struct Words(&'static [&'static str]);

    impl Embed for Words {
        fn id(&self) -> &str {
            "words"
        }

        fn dimensions(&self) -> usize {
            self.0.len() + 1
        }

        fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
            let count =
                |text: &str, word: &str| text.split(|c: char| !c.is_alphabetic()).filter(|w| *w == word).count();
            let of = |text: &&str| {
                // The last number keeps texts without any of the words at unit length.
                let mut counts: Vec<f32> = self.0.iter().map(|word| count(text, word) as f32).collect();
                counts.push(0.1);
                let length = counts.iter().map(|c| c * c).sum::<f32>().sqrt();
                counts.into_iter().map(|c| c / length).collect()
            };
            Ok(texts.iter().map(of).collect())
        }
    }

    #[test]
    fn what_the_texts_speak_of_weighs_most_and_what_they_do_not_weighs_nothing() {
        let words = Words(&["road", "sign", "bed", "sofa"]);
        let texts = ["the road", "a road and a sign", "a road again"];
        let weights =
            compute_weights(&texts, &["road, route", "sign", "bed", "sofa, couch"], &words).expect("computes");
        let [road, sign, bed, sofa] = weights.by_class() else { unreachable!("four classes") };
        assert_eq!((*road, *bed, *sofa), (1.0, 0.0, 0.0));
        assert!((0.1..0.5).contains(sign), "{sign}");
        assert_eq!((weights.provenance().texts, weights.provenance().embedder.as_str()), (3, "words"));
        for texts in [&[][..], &["nothing of that kind"]] {
            let error = compute_weights(texts, &["road", "sign"], &words).expect_err("no weights").to_string();
            assert!(error.starts_with(&format!("{} texts give no weights", texts.len())), "{error}");
        }
    }

    #[test]
    fn the_embedded_table_reads_and_is_of_the_clue_book_as_it_is() {
        let texts = clue_book_texts().expect("the clue book reads");
        let mut sum = Sha256::new();
        texts.iter().for_each(|text| sum.update(format!("{text}\n")));
        let weights = Weights::embedded();
        let Provenance { method, texts: count, texts_sha256, .. } = weights.provenance();
        assert_eq!(
            (method.as_str(), *count, texts_sha256),
            (METHOD, texts.len(), &hex(&sum.finalize())),
            "data/locatability/ade20k.toml is stale: cargo run --release --example locatability_weights -- EMBEDDER_FOLDER"
        );
        assert!(weights.by_class().contains(&0.0) && weights.by_class().contains(&1.0));
        let of = |name: &str| weights.by_class()[class_names().iter().position(|n| first_name(n) == name).expect(name)];
        assert!(of("road") > of("building") && of("signboard") > of("sofa") && of("traffic light") > of("pillow"));
    }

    #[test]
    fn sentences_end_at_marks_before_a_space() {
        assert_eq!(
            sentences("Signs read .de here. Is it 3.5 m wide?  Yes! no end"),
            ["Signs read .de here.", "Is it 3.5 m wide?", "Yes!", "no end"]
        );
        assert!(sentences("  ").is_empty());
    }
}
