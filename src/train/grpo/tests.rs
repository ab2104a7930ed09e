//! The gradient against torch's, and a task that can be learnt from rewards alone.

use super::*;
use crate::train::folder::Folder;
use crate::train::qwen3vl::tests::{CLOSE, decoder, load, packed, random_model, worst};
use crate::train::qwen3vl::{Base, Memory};
use crate::train::recipe::Recipe;
use candle_core::Device;
use navig_tools::geo::LatLon;
use serde_json::json;
use std::cell::RefCell;
use std::path::PathBuf;

#[test]
fn the_gradient_of_clipped_tokens_is_that_of_torch() {
    let (decoder, fixture) = (decoder(Base::Dense(DType::F32)), load("grpo.safetensors"));
    // Six completions of two photos.
    let made: Vec<_> = (0..6).map(|i: usize| (i.to_string(), (i / 3).to_string())).collect();
    let batch = packed(&decoder, &fixture, &made, false);
    let all = |name: &str| {
        let parts: Vec<Tensor> = (0..6).map(|i| fixture[&format!("{i}.{name}")].clone()).collect();
        Tensor::cat(&parts, 0).expect("one list")
    };
    let (old, reference, new) = (all("old"), all("ref"), all("new"));
    let log = |pass| decoder.log_probabilities(&batch, pass, 1.0).expect("log-probabilities");
    let near = |a: &Tensor, b: &Tensor| crate::train::qwen3vl::tests::error(a, b) < 1e-5;
    assert!(near(&new, &log(Pass::Whole)) && near(&reference, &log(Pass::Earlier)));
    let advantages: Vec<f32> = fixture["advantages"].to_vec1().expect("numbers");
    let of_each = batch.foretold.iter().zip(&advantages).flat_map(|(tokens, a)| vec![*a; tokens.len()]);
    let advantage = Tensor::new(of_each.collect::<Vec<f32>>(), &Device::Cpu).expect("a list");
    let objective = Objective { clip: 0.2, beta: 0.04, average: Average::Constant(advantage.elem_count() as f64) };
    let scalar = |name: &str| f64::from(fixture[name].flatten_all().and_then(|t| t.to_vec1::<f32>()).expect("one")[0]);
    let ((loss, figures), gradients) = decoder
        .gradients(&batch, Memory::Recompute, None, 1.0, |new| {
            pull(&objective, new, &old, Some(&reference), &advantage).map_err(candle_core::Error::wrap)
        })
        .expect("gradients");
    assert!((loss - scalar("loss")).abs() < 1e-5, "{loss}");
    assert!((figures.clip_share - scalar("clipped")).abs() < 1e-6 && figures.clip_share > 0.2, "{figures:?}");
    assert!((figures.kl - scalar("kl")).abs() < 1e-4, "{figures:?}");
    let worst = worst(&gradients, &fixture, "grad");
    assert!(worst < CLOSE, "{worst}");
}

/// Cities of the task, two in each of four regions.
const CITIES: [(f64, f64); 8] = [
    (48.9, 2.4),
    (45.8, 4.8),
    (40.7, -74.0),
    (34.1, -118.2),
    (-33.9, 151.2),
    (-37.8, 145.0),
    (35.7, 139.7),
    (43.1, 141.4),
];

/// A completion is a token for a region and one for a city; what counts is what is left when a token is divided.
fn worth(city: usize, drawn: &Drawn) -> f64 {
    let &[region, stated] = drawn.ids.as_slice() else { return 0.0 };
    let (region, stated) = (region as usize % 4, stated as usize % 8);
    let place = |city: usize| LatLon::new(CITIES[city].0, CITIES[city].1).expect("a place");
    let km = place(stated).distance_km(place(city));
    let yes = |holds: bool| f64::from(u8::from(holds));
    0.8 * (-km / 200.0).exp() + 0.1 * yes(region == city / 2) + 0.1 * yes(region == stated / 2)
}

/// How the rewards that the learner gets differ from what a completion is worth.
#[derive(Clone, Copy, PartialEq)]
enum Pay {
    Fair,
    Random,
    /// All the same, so that no advantage is left.
    Nothing,
    Flipped,
}

/// Practises so many steps, and returns the mean worth of all completions at each.
fn practise(pay: Pay, steps: u64, seed: u64) -> Vec<f64> {
    let model = tempfile::tempdir().expect("a folder");
    random_model::write(&"tiny".parse().expect("a shape"), 2, model.path()).expect("a writable folder");
    let mut student = Student::open(model.path(), Base::Dense(DType::F32), &Device::Cpu).expect("a model");
    let mut recipe = Recipe::find("geo-r").expect("a recipe");
    recipe.learning.epochs = steps as f64;
    recipe.learning.seed = seed;
    recipe.learning.warmup = 0.0;
    recipe.learning.schedule = crate::train::optim::ScheduleKind::Constant;
    recipe.learning.save_every = 1000;
    let rewarding = Rewarding {
        prompts: 8,
        completions: 32,
        longest: 2,
        temperature: 1.0,
        rate: 1e-4,
        beta: 0.05,
        updates: 1,
        ..recipe.reward.clone().expect("rewards")
    };
    student.begin(recipe.adapter, seed).expect("begins");
    let sight = student.sight(65_536, model.path()).expect("eyes");
    let lesson = |city: usize| {
        // Six tokens that no other city has, between three that all have.
        let own = (0..6).map(|i| 300 + 40 * city as u32 + 5 * i);
        let ids: Vec<u32> = [1, 2].into_iter().chain(own).chain([3]).collect();
        let length = ids.len();
        let positions = [0, 1, 2].map(|_| (0..length as u32).collect());
        let next_position = length as u32;
        let sequence = Sequence { ids, positions, pictures: Vec::new(), answer: length..length, next_position };
        let at = LatLon::new(CITIES[city].0, CITIES[city].1).expect("a place");
        Lesson { picture: PathBuf::from(city.to_string()), at, sequence, looked: Vec::new() }
    };
    let lessons: Vec<Lesson> = (0..8).map(lesson).collect();
    let means: RefCell<Vec<f64>> = RefCell::new(Vec::new());
    let random = RefCell::new(fastrand::Rng::with_seed(seed));
    let judge = |lesson: &Lesson, drawn: &Drawn| {
        let city = lesson.picture.to_string_lossy().parse().expect("a number");
        let worth = worth(city, drawn);
        means.borrow_mut().push(worth);
        let total = match pay {
            Pay::Fair => worth,
            Pay::Random => random.borrow_mut().f64(),
            Pay::Nothing => 0.5,
            Pay::Flipped => -worth,
        };
        Ok(Worth { total, terms: Vec::new(), read: true })
    };
    let out = model.path().join("out");
    let (mut folder, _) = Folder::open(&out, &json!({})).expect("a folder");
    let course = Course { student: &student, sight: &sight, lessons: &lessons, recipe: &recipe };
    let practice = Practice { course, rewarding: &rewarding, judge: &judge };
    let stop = AtomicBool::new(false);
    let ended = practice.train(&mut folder, None, &stop, &mut |step| {
        assert!(pay != Pay::Nothing || step.dropped == 1.0, "groups without a difference are dropped and counted");
    });
    assert_eq!(ended.expect("practises"), Ended::Done);
    let means = means.into_inner();
    means.chunks(8 * rewarding.completions).map(|step| step.iter().sum::<f64>() / step.len() as f64).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn eight_cities_are_learnt_from_rewards() {
    let chance = mean(&practise(Pay::Nothing, 3, 1));
    // Of ten seeds all end above 0.91: with a city of eight that is still taken for its neighbour, or with none.
    let means = practise(Pay::Fair, 200, 1);
    let last = mean(&means[190..]);
    assert!((0.1..0.25).contains(&chance) && last > 0.9, "from {chance:.3} to {last:.3}: {means:.2?}");
}

#[test]
fn nothing_is_learnt_from_rewards_that_say_nothing() {
    let chance = mean(&practise(Pay::Nothing, 3, 1));
    for pay in [Pay::Random, Pay::Nothing] {
        let means = practise(pay, 60, 1);
        assert!(mean(&means[50..]) < 0.35, "{chance:.3} {means:.2?}");
    }
    let flipped = practise(Pay::Flipped, 60, 1);
    assert!(mean(&flipped[50..]) < 0.5 * chance, "{chance:.3} {flipped:.2?}");
}
