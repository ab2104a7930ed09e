//! Batches of uneven lengths, losses that are no number, and a base that stays as it is.

use super::*;
use crate::train::folder::Folder;
use crate::train::qwen3vl::tests::{error, random_model};
use crate::train::qwen3vl::{Base, Pass, Sequence};
use crate::train::student::Student;
use candle_core::Device;
use navig_tools::geo::LatLon;
use serde_json::json;
use std::path::PathBuf;

/// A tiny model with a new adapter, four conversations without a picture, of which one is much longer, and a short recipe.
fn school(folder: &std::path::Path) -> (Student, Vec<Lesson>, Recipe) {
    random_model::write(&"tiny".parse().expect("a shape"), 2, folder).expect("a writable folder");
    let mut student = Student::open(folder, Base::Dense(DType::F32), &Device::Cpu).expect("a model");
    let mut recipe = Recipe::find("navig").expect("a recipe");
    recipe.learning.batch = 4;
    recipe.learning.epochs = 6.0;
    recipe.learning.rate = 1e-3;
    student.begin(recipe.adapter, 1).expect("begins");
    let lesson = |i: usize| {
        let ids: Vec<u32> = (0..20 + 30 * (i as u32 / 3)).map(|k| 7 * k + 40 * i as u32 + 1).collect();
        let positions = [0, 1, 2].map(|_| (0..ids.len() as u32).collect());
        let next_position = ids.len() as u32;
        let sequence = Sequence { answer: 6..ids.len(), positions, pictures: Vec::new(), ids, next_position };
        let at = LatLon::new(1.0, 2.0).expect("a place");
        Lesson { picture: PathBuf::from(format!("{i}.png")), at, sequence, looked: Vec::new() }
    };
    (student, (0..4).map(lesson).collect(), recipe)
}

#[test]
fn a_batch_in_parts_is_the_batch() {
    let folder = tempfile::tempdir().expect("a folder");
    let (student, lessons, mut recipe) = school(folder.path());
    let sight = student.sight(65_536, folder.path()).expect("eyes");
    let mut of_window = |window: usize| {
        recipe.input.window = window;
        let course = Course { student: &student, sight: &sight, lessons: &lessons, recipe: &recipe };
        course.gradients(0, &lessons.iter().collect::<Vec<_>>()).expect("gradients")
    };
    let ((whole, gradients, learnt), (parts, of_parts, _)) = (of_window(2048), of_window(50));
    assert_eq!(learnt, 3 * 14 + 44);
    assert!((whole - parts).abs() < 1e-6, "{whole} {parts}");
    for (name, gradient) in &gradients.0 {
        assert!(name.ends_with("lora_A") || error(gradient, &of_parts.0[name]) < 1e-5, "{name}");
    }
    // A mean of the conversations' means would count the tokens of the long one less.
    let course = Course { student: &student, sight: &sight, lessons: &lessons, recipe: &recipe };
    let each = lessons.iter().map(|lesson| course.gradients(0, &[lesson]).expect("a loss").0);
    assert!((each.sum::<f64>() / 4.0 - whole).abs() > 1e-3);
}

#[test]
fn the_base_stays_as_it_is_while_the_adapter_learns() {
    let folder = tempfile::tempdir().expect("a folder");
    let (student, lessons, recipe) = school(folder.path());
    let sight = student.sight(65_536, folder.path()).expect("eyes");
    let course = Course { student: &student, sight: &sight, lessons: &lessons, recipe: &recipe };
    let logs = |pass| {
        let packed = pack(&student.decoder, &sight, &[(&lessons[3].sequence, &[])]).expect("packs");
        student.decoder.log_probabilities(&packed, pass, 1.0).and_then(|t| t.to_vec1::<f32>()).expect("numbers")
    };
    let (base, whole) = (logs(Pass::Earlier), logs(Pass::Whole));
    assert_eq!(base, whole, "a new adapter adds nothing");
    let (mut out, _) = Folder::open(&folder.path().join("out"), &json!({})).expect("a folder");
    let mut losses = Vec::new();
    let ended = train(&course, &mut out, None, &AtomicBool::new(false), &mut |step| losses.extend(step.loss));
    assert_eq!(ended.expect("trains"), Ended::Done);
    assert!(losses.last() < losses.first(), "{losses:?}");
    assert_eq!(logs(Pass::Earlier), base, "bit by bit");
    assert_ne!(logs(Pass::Whole), whole);
}

#[test]
fn losses_that_are_no_number_change_nothing_and_three_of_them_stop() {
    let folder = tempfile::tempdir().expect("a folder");
    let (student, lessons, recipe) = school(folder.path());
    let sight = student.sight(65_536, folder.path()).expect("eyes");
    let course = Course { student: &student, sight: &sight, lessons: &lessons, recipe: &recipe };
    let (_, broken) = student.decoder.learning().into_iter().next().expect("something that learns");
    let sound = broken.as_detached_tensor().copy().expect("a copy");
    let nan = (sound.zeros_like().expect("zeros") / 0.0).expect("no number");
    broken.set(&nan).expect("fits");
    let (mut out, _) = Folder::open(&folder.path().join("out"), &json!({})).expect("a folder");
    let mut steps = Vec::new();
    let ended = train(&course, &mut out, None, &AtomicBool::new(false), &mut |step| steps.push(step.clone()));
    let told = ended.expect_err("stops").to_string();
    assert!(told.contains("3 steps in a row") && told.contains("0.png") && told.contains("3.png"), "{told}");
    assert_eq!(steps.len(), 3);
    assert!(steps.iter().all(|step| step.loss.is_none() && step.norm.is_none()));
    drop(out);
    let (_, state) = Folder::open(&folder.path().join("out"), &json!({})).expect("a folder");
    assert!(state.is_none(), "what did not learn is not saved");
}
