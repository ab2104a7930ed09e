//! The budgeted loop in which the vision model chooses one action at a time.

use super::action::{ACTION_TOKENS, Action, CROP, Menu, READ};
use super::look_up::SEEN;
use super::{SIGNS, Scene, Searcher};
use crate::ledger::{Candidate, Log};
use crate::model::{Ask, Picture, Sampling, Turn};
use crate::prompt::{data, outside};
use crate::reader::TextLine;
use crate::vision::{Session, WORTH_TELLING, crop_of, place_in_words, rounded};
use navig_tools::clue::{Clue, ClueKind, Crop};
use navig_tools::evidence::Evidence;
use navig_tools::geo::fold::fold;
use navig_tools::tool::{Answer, Spec};
use serde_json::{Value, json};

const CROP_SPEC: Spec =
    Spec { name: CROP, version: "1", about: "Shows the vision model a part of the photo, enlarged.", kinds: &[] };
const READ_SPEC: Spec = Spec {
    name: READ,
    version: "1",
    about: "Reads a part of the photo with the text reader, and keeps what the vision model reads there.",
    kinds: &[],
};

/// What is told about: the prompt grows by each.
const TOLD_TEXTS: usize = 10;
const TOLD_THINGS: usize = 4;
const TOLD_CANDIDATES: usize = 5;
/// Longest answer of a tool that is told, characters.
const TOLD_CHARS: usize = 500;
/// How sure the model's own reading of a text is: it guesses words that it half sees.
const MODEL_READING: f64 = 0.75;

impl Searcher {
    /// Lets the model choose actions until it is done or its rounds are. `judge` tells the leading candidates under the
    /// evidence so far.
    pub fn explore(
        &self,
        session: &Session<'_>,
        scene: &Scene<'_>,
        rounds: usize,
        judge: &dyn Fn(&[Evidence]) -> Vec<Candidate>,
        log: &mut Log,
    ) {
        let prompts = session.vision().prompts();
        let mut turns: Vec<Turn> = Vec::new();
        let mut done: Vec<Action> = Vec::new();
        for left in (1..=rounds).rev() {
            let menu = self.menu(log);
            if turns.is_empty() {
                let known = known(log, &judge(log.evidence()));
                let values = json!({ "known": known, "actions_left": left, "actions": menu.in_words() });
                turns.push(Turn::user(vec![scene.picture.clone()], prompts.searcher.user(values)));
            }
            let ask = Ask {
                stage: prompts.searcher.stage(),
                prompt: prompts.searcher.stamp().clone(),
                system: prompts.searcher.system().to_owned(),
                turns: turns.clone(),
                schema: menu.schema(),
                sampling: Sampling { max_tokens: ACTION_TOKENS, temperature: 0.0 },
                probes: Vec::new(),
            };
            let Some((number, reply)) = session.ask(&ask, log) else { return };
            let action = match menu.parse(&reply.json) {
                Ok(Action::Done) => return,
                Ok(action) if done.contains(&action) => {
                    log.repair(number, "the action was chosen before; the search ends".to_owned());
                    return;
                }
                Ok(action) => action,
                Err(why) => {
                    log.repair(number, format!("the action was not carried out: {why}"));
                    return;
                }
            };
            let Outcome { result, picture } = self.perform(&action, session, scene, log);
            done.push(action);
            if left == 1 {
                break;
            }
            let candidates = candidates(&judge(log.evidence()));
            let told = data([json!({ "result": result, "candidates": candidates })]);
            let text = prompts.searcher_result.user(json!({ "result": told, "actions_left": left - 1 }));
            turns.push(Turn::assistant(reply.text));
            turns.push(Turn::user(picture.into_iter().collect(), text));
        }
    }

    /// What can be chosen now. The sign rules and the guidebooks are not on the menu: they are asked of every line, and of
    /// everything that is seen, by themselves.
    fn menu(&self, log: &Log) -> Menu {
        let asked = |name: &str| name == SIGNS || SEEN.contains(&name) || (!self.maps && name.starts_with("osm."));
        let tools = self.registry.list().into_iter().filter(|tool| !asked(tool.spec.name)).collect();
        Menu::new(tools, log.clues().iter().filter(|c| c.kind.is_text()).cloned().collect())
    }

    fn perform(&self, action: &Action, session: &Session<'_>, scene: &Scene<'_>, log: &mut Log) -> Outcome {
        match action {
            Action::Crop { thousandths } => crop(thousandths, session, scene, log),
            Action::Read { thousandths, text } => self.read(thousandths, text, scene, log),
            Action::Tool { name, arguments } => match self.ask(name, arguments.clone(), log) {
                Ok(answer) => Outcome::told(shortened(&answer.text)),
                Err(error) => Outcome::told(shortened(&error.to_string())),
            },
            Action::Done => Outcome::told(Value::Null),
        }
    }

    /// Two readers of one place: the text reader on the enlarged crop, and the model. What both read is one clue; where they
    /// differ, both are kept, and count as one text.
    fn read(&self, thousandths: &[f64], text: &str, scene: &Scene<'_>, log: &mut Log) -> Outcome {
        let call = log.call(READ_SPEC, json!({ "box": thousandths, "text": text }));
        let crop = match crop_of(thousandths, scene.frame()) {
            Ok((corners, _)) => scene.widened(corners.with_id(log.next_crop())),
            Err(why) => return refused(call, why, log),
        };
        let lines = scene.read(&crop).unwrap_or_else(|why| {
            log.failure(Some(call), format!("{READ}: {why}"));
            Vec::new()
        });
        let words: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        let mut answer = Answer::text(format!("The reader: {}. You: {}.", quoted(&words), quoted(&[text])));
        answer.data = json!({ "reader": words, "model": text, "crop": crop });
        let told = Outcome::told(json!({ "reader": words.iter().map(|w| outside(w)).collect::<Vec<_>>() }));
        log.answer(call, READ_SPEC, answer);
        let mut fresh: Vec<Clue> = Vec::new();
        for line in &lines {
            if !is_known(&line.text, log) {
                let clue = reader_clue(line, scene, log);
                log.clue(clue.clone());
                fresh.push(clue);
            }
        }
        let rival = fresh.first().map(|clue| clue.id.clone());
        if !text.trim().is_empty() && !is_known(text, log) {
            let id = log.next_clue('r');
            let clue = Clue {
                id: id.clone(),
                kind: ClueKind::ModelText,
                text: text.trim().to_owned(),
                crop: Some(crop),
                confidence: MODEL_READING,
            };
            log.clue(clue.clone());
            fresh.push(clue);
        }
        let before = log.evidence().len();
        self.read_lines(&fresh, log);
        if let (Some(rival), Some(model)) = (rival, fresh.iter().find(|c| c.kind == ClueKind::ModelText)) {
            log.regroup(before, &format!("text:{}", model.id), &format!("text:{rival}"));
        }
        told
    }
}

/// What an action came to: what the model is told, and what it is shown.
struct Outcome {
    result: Value,
    picture: Option<Picture>,
}

impl Outcome {
    fn told(result: impl Into<Value>) -> Self {
        Self { result: result.into(), picture: None }
    }
}

fn crop(thousandths: &[f64], session: &Session<'_>, scene: &Scene<'_>, log: &mut Log) -> Outcome {
    let call = log.call(CROP_SPEC, json!({ "box": thousandths }));
    let crop = match crop_of(thousandths, scene.frame()) {
        Ok((corners, _)) => scene.widened(corners.with_id(log.next_crop())),
        Err(why) => return refused(call, why, log),
    };
    let picture = session.picture(crop.id.clone(), &scene.cut(&crop));
    let text =
        format!("{} x {} px of the photo, shown as {} x {} px", crop.width, crop.height, picture.width, picture.height);
    log.crop(crop, &picture);
    log.answer(call, CROP_SPEC, Answer::text(text.clone()));
    Outcome { result: text.into(), picture: Some(picture) }
}

fn refused(call: usize, why: &str, log: &mut Log) -> Outcome {
    log.failure(Some(call), format!("the box was refused: {why}"));
    Outcome::told(format!("the box was refused: {why}"))
}

/// Whether a text has been read before, but for case, accents and spaces.
fn is_known(text: &str, log: &Log) -> bool {
    let bare = |text: &str| fold(text).replace(' ', "");
    let wanted = bare(text);
    wanted.is_empty() || log.clues().iter().any(|c| c.kind.is_text() && bare(&c.text) == wanted)
}

fn reader_clue(line: &TextLine, scene: &Scene<'_>, log: &mut Log) -> Clue {
    let frame = scene.frame();
    let (x, y, width, height) = line.bounds();
    let (x, y) = (x.min(frame.width - 1), y.min(frame.height - 1));
    let crop =
        Crop { id: log.next_crop(), x, y, width: width.min(frame.width - x), height: height.min(frame.height - y) };
    Clue {
        id: log.next_clue('t'),
        kind: ClueKind::Text,
        text: line.text.clone(),
        crop: Some(crop),
        confidence: f64::from(line.confidence),
    }
}

/// What is known, as lines of data: texts, things seen, candidates.
fn known(log: &Log, leading: &[Candidate]) -> String {
    let texts = log.clues().iter().filter(|c| c.kind.is_text()).take(TOLD_TEXTS);
    let texts = texts.map(|c| json!({ "id": c.id, "text": outside(&c.text) }));
    let things = log.clues().iter().filter(|c| ClueKind::SEEN.contains(&c.kind)).take(TOLD_THINGS);
    let things = things.map(|c| json!({ "seen": outside(&c.text) }));
    let lines: Vec<Value> = texts.chain(things).chain([json!({ "candidates": candidates(leading) })]).collect();
    data(lines)
}

fn candidates(leading: &[Candidate]) -> Vec<Value> {
    let told = |c: &Candidate| json!({ "place": place_in_words(c), "p": rounded(c.probability) });
    leading.iter().filter(|c| c.probability >= WORTH_TELLING).take(TOLD_CANDIDATES).map(told).collect()
}

fn shortened(text: &str) -> Value {
    text.chars().take(TOLD_CHARS).collect::<String>().into()
}

fn quoted(words: &[&str]) -> String {
    let words: Vec<String> =
        words.iter().filter(|w| !w.trim().is_empty()).map(|w| format!("'{}'", outside(w))).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}
