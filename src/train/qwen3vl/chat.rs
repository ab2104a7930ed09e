//! From a conversation to token ids, positions, and which tokens are learnt.
//!
//! What is trained must be what is served: the same chat template, the same tokens, the same positions, or the model learns
//! to answer another question than it is asked. A conversation is rendered as mistralrs 0.8.1 renders it
//! (`pipeline/chat_template.rs`), and every picture's place is filled as `qwen3_vl/inputs_processor.rs` fills it. The answer
//! is read apart and put behind, as a model writes it: read together, its first letters could melt into the prompt's last
//! token.
//!
//! Text from outside may hold `<|image_pad|>` or `<|im_end|>`, which would become a picture that is not there or the end of a
//! turn. Such text is refused.

use super::config::{Config, ConfigError, parse};
use super::pixels::Grid;
use super::sequence::{Sequence, positions};
use crate::model::folder::{FROM_WHERE, chat_template, read};
use crate::model::{ModelError, Role};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, ErrorKind, context};
use serde_json::{Value, json};
use std::ops::Range;
use std::path::{Path, PathBuf};
use tokenizers::Tokenizer;

/// Where the template puts a picture.
const PICTURE: &str = "<|image_pad|>";
/// The engine adds this one to every tokenizer, for its own use.
const ENGINES_OWN: &str = "<|placeholder|>";
/// Ends a turn in this family's templates.
const TURN_END: &str = "<|im_end|>";
/// Work that a template may do for one conversation; a real one does some hundred steps a turn.
const FUEL: u64 = 1_000_000;
const TEMPLATE: &str = "chat";

/// Why a conversation has no tokens.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChatError {
    /// A file that is missing or does not read.
    #[error(transparent)]
    File(#[from] ModelError),
    /// A setting that does not read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A tokenizer or template that does not fit the model.
    #[error("{}: {reason}", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The template does not render.
    #[error("{}: the chat template does not render: {source}", path.display())]
    Template {
        /// The file.
        path: PathBuf,
        /// Why, and where.
        source: minijinja::Error,
    },
    /// Text that holds a token with a meaning of its own.
    #[error("the {part} holds {token}, which the model would not read as text; take it out")]
    Special {
        /// Which text.
        part: &'static str,
        /// The token.
        token: String,
    },
    /// Pictures were lost or made up on the way.
    #[error("{}: the chat template shows {rendered} pictures of {given}", path.display())]
    Pictures {
        /// The file.
        path: PathBuf,
        /// Places for pictures in what was rendered.
        rendered: usize,
        /// Pictures of the conversation.
        given: usize,
    },
    /// A picture whose sides are no whole tokens.
    #[error("a picture of {height} x {width} patches: both must be multiples of {merge} and not 0")]
    Grid {
        /// Patches.
        height: usize,
        /// Patches.
        width: usize,
        /// Patches along a token.
        merge: usize,
    },
    /// The tokenizer gave up.
    #[error("the tokenizer failed: {0}")]
    Tokenizer(String),
    /// Longer than what is trained at once.
    #[error(
        "the conversation has {tokens} tokens and the window {window}; show smaller or fewer pictures, shorten the text, or \
         take a larger window"
    )]
    TooLong {
        /// Its length.
        tokens: usize,
        /// The limit.
        window: usize,
    },
}

/// One turn of a conversation: pictures first, then text.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// Who speaks.
    pub role: Role,
    /// Sizes of the pictures.
    pub pictures: &'a [Grid],
    /// What is said.
    pub text: &'a str,
}

/// A tokenizer and a chat template.
pub struct Chat {
    tokenizer: Tokenizer,
    template: Environment<'static>,
    /// Where the template stands.
    path: PathBuf,
    /// What the templates of some families want to know.
    known: Known,
    /// Tokens that text may not hold.
    special: Vec<String>,
    picture: u32,
    merge: usize,
    /// Tokens that end a reply, the one that closes an answer first.
    ends: Vec<u32>,
}

/// Tokens by their part, as `tokenizer_config.json` names them.
struct Known {
    bos: Option<String>,
    eos: Option<String>,
    unk: Option<String>,
}

impl Chat {
    /// Reads the tokenizer, the chat template and the tokens that end a reply from a model's folder.
    ///
    /// # Errors
    /// [`ChatError`] when a file is missing or does not read, when picture tokens of the tokenizer are not those of the
    /// configuration, or when the template loses a picture.
    pub fn read(folder: &Path, config: &Config) -> Result<Self, ChatError> {
        let tokenizer = tokenizer(folder, config)?;
        let (path, text) = chat_template(folder)?;
        let names: Value = optional(folder, "tokenizer_config.json")?;
        let name = |key: &str| names[key].as_str().or_else(|| names[key]["content"].as_str()).map(str::to_owned);
        let known = Known { bos: name("bos_token"), eos: name("eos_token"), unk: name("unk_token") };
        let generation = optional(folder, "generation_config.json")?;
        let ends = ends(&tokenizer, &known, &text, &generation["eos_token_id"]);
        if ends.is_empty() {
            let reason = "no eos_token of the tokenizer, and none here or in generation_config.json".to_owned();
            return Err(ChatError::Unfit { path: folder.join("tokenizer_config.json"), reason });
        }
        let template = environment(text).map_err(|source| ChatError::Template { path: path.clone(), source })?;
        let mut added: Vec<_> = tokenizer.get_added_tokens_decoder().into_iter().collect();
        added.sort_unstable_by_key(|(id, _)| *id);
        let special = added.into_iter().filter(|(_, token)| token.special).map(|(_, token)| token.content);
        let special = special.chain([ENGINES_OWN.to_owned()]).collect();
        let (picture, merge) = (config.image_token_id, config.vision.merge);
        let chat = Self { tokenizer, template, path, known, special, picture, merge, ends };
        // A template that loses pictures is found here, and not at the first record.
        chat.sequence("Where?", &[Grid { height: merge, width: merge }; 2], "Here?", Some("There."))?;
        Ok(chat)
    }

    /// One question about pictures and its answer, or the question alone, ready to be answered.
    ///
    /// # Errors
    /// [`ChatError::Special`] for text that holds special tokens, [`ChatError::Grid`] for a picture of no whole tokens.
    pub fn sequence(
        &self,
        system: &str,
        pictures: &[Grid],
        user: &str,
        answer: Option<&str>,
    ) -> Result<Sequence, ChatError> {
        self.conversation(system, &[Said { role: Role::User, pictures, text: user }], answer)
    }

    /// The same for a conversation of several turns, of which the last is the user's. Only `answer` is learnt.
    ///
    /// # Errors
    /// As [`Chat::sequence`].
    pub fn conversation(&self, system: &str, turns: &[Said<'_>], answer: Option<&str>) -> Result<Sequence, ChatError> {
        self.plain("system text", system)?;
        turns.iter().try_for_each(|turn| self.plain("text of a turn", turn.text))?;
        self.plain("answer", answer.unwrap_or_default())?;
        let grids = turns.iter().flat_map(|turn| turn.pictures).map(|grid| self.whole_tokens(*grid));
        let grids: Vec<Grid> = grids.collect::<Result<_, _>>()?;

        let mut ids = self.prompt(system, turns, &grids)?;
        let pictures = self.pictures(&ids, &grids)?;
        let prompt = ids.len();
        if let Some(answer) = answer {
            ids.extend(self.encode(answer, false)?);
            ids.extend(self.ends.first());
        }
        let (positions, next_position) = positions(ids.len(), &pictures, &grids);
        Ok(Sequence { answer: prompt..ids.len(), ids, positions, pictures, next_position })
    }

    /// Text of tokens, without the special ones.
    ///
    /// # Errors
    /// [`ChatError::Tokenizer`].
    pub fn decode(&self, ids: &[u32]) -> Result<String, ChatError> {
        self.tokenizer.decode(ids, true).map_err(|e| ChatError::Tokenizer(e.to_string()))
    }

    /// Tokens that end a reply, the one that closes an answer first.
    #[must_use]
    pub fn end_ids(&self) -> Vec<u32> {
        self.ends.clone()
    }

    fn plain(&self, part: &'static str, text: &str) -> Result<(), ChatError> {
        match self.special.iter().find(|token| text.contains(token.as_str())) {
            Some(token) => Err(ChatError::Special { part, token: token.clone() }),
            None => Ok(()),
        }
    }

    /// A picture's size in tokens.
    fn whole_tokens(&self, Grid { height, width }: Grid) -> Result<Grid, ChatError> {
        let merge = self.merge;
        let whole = |side: usize| side > 0 && side.is_multiple_of(merge);
        match whole(height) && whole(width) {
            true => Ok(Grid { height: height / merge, width: width / merge }),
            false => Err(ChatError::Grid { height, width, merge }),
        }
    }

    /// Tokens up to where the answer begins; `grids` are in tokens.
    fn prompt(&self, system: &str, turns: &[Said<'_>], grids: &[Grid]) -> Result<Vec<u32>, ChatError> {
        let rendered = self.render(system, turns);
        let rendered = rendered.map_err(|source| ChatError::Template { path: self.path.clone(), source })?;
        let mut between = rendered.split(PICTURE);
        let mut text = between.next().unwrap_or_default().to_owned();
        let between: Vec<&str> = between.collect();
        if between.len() != grids.len() {
            return Err(self.lost(between.len(), grids.len()));
        }
        for (grid, after) in grids.iter().zip(between) {
            text.push_str(&PICTURE.repeat(grid.height * grid.width));
            text.push_str(after);
        }
        self.encode(&text, true)
    }

    /// Where the pictures lie, which must be as many and as large as was given.
    fn pictures(&self, ids: &[u32], grids: &[Grid]) -> Result<Vec<Range<usize>>, ChatError> {
        let mut runs: Vec<Range<usize>> = Vec::with_capacity(grids.len());
        for at in (0..ids.len()).filter(|&at| ids[at] == self.picture) {
            match runs.last_mut().filter(|run| run.end == at) {
                Some(run) => run.end += 1,
                None => runs.push(at..at + 1),
            }
        }
        match runs.iter().map(Range::len).eq(grids.iter().map(|grid| grid.height * grid.width)) {
            true => Ok(runs),
            false => Err(self.lost(runs.len(), grids.len())),
        }
    }

    fn lost(&self, rendered: usize, given: usize) -> ChatError {
        ChatError::Pictures { path: self.path.clone(), rendered, given }
    }

    /// Renders as the engine does: the same variables, but for the date, which would make a record another one tomorrow.
    fn render(&self, system: &str, turns: &[Said<'_>]) -> Result<String, minijinja::Error> {
        let mut messages = vec![json!({ "role": "system", "content": system })];
        messages.extend(turns.iter().map(message));
        self.template.get_template(TEMPLATE)?.render(context! {
            messages => minijinja::Value::from(Serde(messages)),
            add_generation_prompt => true,
            bos_token => self.known.bos.as_deref(),
            eos_token => self.known.eos.as_deref(),
            unk_token => self.known.unk.as_deref(),
            enable_thinking => true,
            reasoning_effort => "medium",
        })
    }

    fn encode(&self, text: &str, add_special_tokens: bool) -> Result<Vec<u32>, ChatError> {
        match self.tokenizer.encode_fast(text, add_special_tokens) {
            Ok(encoding) => Ok(encoding.get_ids().to_vec()),
            Err(e) => Err(ChatError::Tokenizer(e.to_string())),
        }
    }
}

/// A turn as the engine hands it to the template: a string where there are no pictures.
fn message(turn: &Said<'_>) -> Value {
    if turn.pictures.is_empty() {
        return json!({ "role": turn.role, "content": turn.text });
    }
    let mut content = vec![json!({ "type": "image" }); turn.pictures.len()];
    content.push(json!({ "type": "text", "text": turn.text }));
    json!({ "role": turn.role, "content": content })
}

/// Reads `tokenizer.json` and checks that it knows pictures by the configuration's numbers.
fn tokenizer(folder: &Path, config: &Config) -> Result<Tokenizer, ChatError> {
    let path = folder.join("tokenizer.json");
    let unfit = |reason: String| ChatError::Unfit { path: path.clone(), reason };
    let bytes = read(folder, "tokenizer.json", FROM_WHERE)?;
    let tokenizer = Tokenizer::from_bytes(bytes).map_err(|e| unfit(format!("not a tokenizer: {e}")))?;
    for (token, id) in [
        (PICTURE, config.image_token_id),
        ("<|video_pad|>", config.video_token_id),
        ("<|vision_start|>", config.vision_start_token_id),
        ("<|vision_end|>", config.vision_end_token_id),
    ] {
        let found = tokenizer.token_to_id(token);
        if found != Some(id) {
            let found = found.map_or_else(|| "missing".to_owned(), |found| found.to_string());
            return Err(unfit(format!("{token} is {found}, and {id} in config.json")));
        }
    }
    Ok(tokenizer)
}

/// A JSON file of the folder, or null where there is none.
fn optional(folder: &Path, file: &str) -> Result<Value, ChatError> {
    match folder.join(file).is_file() {
        true => Ok(parse(&folder.join(file), &read(folder, file, FROM_WHERE)?)?),
        false => Ok(Value::Null),
    }
}

/// Tokens that end a reply, as the engine finds them: the tokenizer's, the turn's where the template has it, and those of
/// `generation_config.json`.
fn ends(tokenizer: &Tokenizer, known: &Known, template: &str, generation: &Value) -> Vec<u32> {
    let turn_end = template.contains(TURN_END).then_some(TURN_END);
    let named = known.eos.as_deref().into_iter().chain(turn_end).filter_map(|token| tokenizer.token_to_id(token));
    let numbers = generation.as_array().map_or(std::slice::from_ref(generation), Vec::as_slice).iter();
    let numbers = numbers.filter_map(Value::as_u64).filter_map(|id| u32::try_from(id).ok());
    let mut ends = Vec::new();
    for id in named.chain(numbers) {
        if !ends.contains(&id) {
            ends.push(id);
        }
    }
    ends
}

/// The engine's way of reading templates, which were written for Python.
fn environment(text: String) -> Result<Environment<'static>, minijinja::Error> {
    let mut env = Environment::new();
    env.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    env.set_fuel(Some(FUEL));
    env.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    env.add_function("raise_exception", |reason: String| -> Result<String, minijinja::Error> {
        Err(minijinja::Error::new(ErrorKind::InvalidOperation, reason))
    });
    env.add_template_owned(TEMPLATE, text.replace("[::-1]", "|reverse"))?;
    Ok(env)
}
