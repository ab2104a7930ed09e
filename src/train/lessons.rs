//! Examples as the model takes them: what is asked and what is to be answered, in tokens, with the picture that was looked at.

use super::data::{Example, LabelError, label};
use super::qwen3vl::Sequence;
use super::qwen3vl::{Chat, ChatError, Decoder, Layout, Packed};
use super::recipe::Input;
use super::sight::{Looked, Sight, SightError};
use crate::guesser;
use crate::prompt::Prompts;
use std::path::PathBuf;

/// What is learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The expert's words about the photo.
    Reasoning,
    /// The Chain of Region, asked for as serving asks without evidence.
    Location,
}

/// One example, ready.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// The picture's file.
    pub picture: PathBuf,
    /// Where it was taken.
    pub at: navig_tools::geo::LatLon,
    /// Its tokens.
    pub sequence: Sequence,
    /// What the tower saw, a picture each.
    pub looked: Vec<Looked>,
}

/// Why an example cannot be learnt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LessonError {
    /// Its picture.
    #[error(transparent)]
    Sight(#[from] SightError),
    /// Its text.
    #[error("{}: {source}", picture.display())]
    Chat {
        /// The example's picture.
        picture: PathBuf,
        /// What is wrong.
        source: ChatError,
    },
    /// No region is there.
    #[error("{}: {source}", picture.display())]
    Label {
        /// The example's picture.
        picture: PathBuf,
        /// What is wrong.
        source: LabelError,
    },
    /// It has no words, which the stage of reasoning learns.
    #[error("{}: it has no clue text, which the stage 'reasoning' learns", picture.display())]
    NoWords {
        /// The example's picture.
        picture: PathBuf,
    },
}

/// Turns examples into lessons.
pub struct Teacher<'a> {
    /// The model's tokens.
    pub chat: &'a Chat,
    /// Its eyes.
    pub sight: &'a Sight,
    /// What is learnt.
    pub stage: Stage,
    /// What is shown.
    pub input: &'a Input,
}

impl Teacher<'_> {
    /// Looks at the picture and writes the conversation with its answer.
    ///
    /// # Errors
    /// [`LessonError`] names the picture and what is wrong with the example.
    pub fn lesson(&self, example: &Example) -> Result<Lesson, LessonError> {
        let picture = &example.picture;
        let (system, user, answer) = self.stage.conversation(example, self.input)?;
        let looked = self.sight.look(picture)?;
        let chat = |source| LessonError::Chat { picture: picture.clone(), source };
        let sequence = self.chat.sequence(&system, &[looked.grid], &user, Some(&answer)).map_err(chat)?;
        sequence.fits(self.input.window).map_err(chat)?;
        Ok(Lesson { picture: picture.clone(), at: example.at, sequence, looked: vec![looked] })
    }
}

impl Stage {
    /// The system text, the user's behind the photo, and the answer to learn.
    ///
    /// # Errors
    /// [`LessonError`] when the example has nothing to answer.
    pub fn conversation(self, example: &Example, input: &Input) -> Result<(String, String, String), LessonError> {
        let picture = || example.picture.clone();
        match self {
            Self::Reasoning => {
                let words = example.words.as_deref().map(str::trim).filter(|words| !words.is_empty());
                let words = words.ok_or_else(|| LessonError::NoWords { picture: picture() })?;
                Ok((input.reasoning.system.clone(), input.reasoning.user.clone(), words.to_owned()))
            }
            Self::Location => {
                let label = label(example.at).map_err(|source| LessonError::Label { picture: picture(), source })?;
                let (system, user) = guesser::bare_question(&Prompts::embedded());
                Ok((system, user, label.to_json()))
            }
        }
    }
}

/// Packs sequences for one pass of a decoder, each with what was seen in its pictures.
///
/// # Errors
/// Those of the tensor library.
pub fn pack(decoder: &Decoder, sight: &Sight, each: &[(&Sequence, &[Looked])]) -> candle_core::Result<Packed> {
    let (mut ids, mut sequences, mut pictures, mut foretold) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut positions: [Vec<u32>; 3] = Default::default();
    for (sequence, looked) in each {
        let start = ids.len();
        let moved = |range: &std::ops::Range<usize>| range.start + start..range.end + start;
        ids.extend(&sequence.ids);
        sequences.push(start..ids.len());
        for (all, own) in positions.iter_mut().zip(&sequence.positions) {
            all.extend(own);
        }
        for (range, looked) in sequence.pictures.iter().zip(*looked) {
            pictures.push((moved(range), sight.recall(looked)?));
        }
        foretold.push(moved(&sequence.answer));
    }
    let (dtype, device) = decoder.place();
    let layout = Layout::new(sequences, &positions, decoder.config(), dtype, device)?;
    Ok(Packed { ids, layout, pictures, foretold })
}

/// Parts a batch so that no part has more tokens than `most`, and none is empty; in order.
#[must_use]
pub fn parts(lengths: &[usize], most: usize) -> Vec<std::ops::Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut tokens) = (0, 0);
    for (i, length) in lengths.iter().enumerate() {
        if i > start && tokens + length > most {
            parts.push(start..i);
            (start, tokens) = (i, 0);
        }
        tokens += length;
    }
    if start < lengths.len() {
        parts.push(start..lengths.len());
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hold_everything_once_and_no_more_than_they_may() {
        assert!(parts(&[], 10).is_empty());
        assert_eq!(parts(&[4, 4, 4, 11, 1], 10), [0..2, 2..3, 3..4, 4..5]);
        assert_eq!(parts(&[20, 20], 10), [0..1, 1..2]);
    }
}
