use super::update::CHUNK;
use super::*;

type Params = Vec<(String, Var)>;
type Grads = HashMap<String, Tensor>;

const SETTINGS: Settings = Settings { beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.1 };

fn var(values: &[f32], shape: &[usize]) -> Var {
    Var::from_slice(values, shape, &Device::Cpu).expect("a variable")
}

fn tensor(values: &[f32], shape: &[usize]) -> Tensor {
    Tensor::from_slice(values, shape, &Device::Cpu).expect("a tensor")
}

fn list(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().and_then(|t| t.to_vec1()).expect("a list")
}

fn grads(named: &[(&str, Tensor)]) -> Grads {
    named.iter().map(|(name, grad)| ((*name).to_owned(), grad.clone())).collect()
}

/// Parameters of which one is shared out among threads, and gradients for them.
fn large(seed: u64) -> (Params, Grads) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut draw = |count: usize| (0..count).map(|_| random.f32() - 0.5).collect::<Vec<f32>>();
    let shapes = [("a", vec![3, 2 * CHUNK + 5]), ("b", vec![7])];
    let params = shapes.iter().map(|(n, s)| ((*n).to_owned(), var(&draw(s.iter().product()), s))).collect();
    let grads = shapes.iter().map(|(n, s)| ((*n).to_owned(), tensor(&draw(s.iter().product()), s))).collect();
    (params, grads)
}

fn bits(params: &Params) -> Vec<u32> {
    params.iter().flat_map(|(_, var)| list(var)).map(f32::to_bits).collect()
}

fn near(found: &[f32], wanted: &[f64]) -> bool {
    found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| (f64::from(*a) - b).abs() < 5e-7)
}

#[test]
fn the_first_step_by_hand() {
    let params = vec![("w".to_owned(), var(&[2.0, -1.0], &[2]))];
    let mut adam = AdamW::new(SETTINGS).expect("settings");
    let stepped = adam.step(&params, &grads(&[("w", tensor(&[3.0, -4.0], &[2]))]), 0.01, None).expect("a step");
    assert_eq!(stepped, Stepped { norm: 5.0, skipped: false });
    // m = 0.1 g and v = 0.05 g^2, unbiased g and g^2: a parameter keeps 1 - 0.01 * 0.1 and moves by 0.01 against its gradient.
    assert!(near(&list(&params[0].1), &[2.0 * 0.999 - 0.01, -0.999 + 0.01]), "{:?}", list(&params[0].1));
    let state = adam.state().expect("a state");
    assert!(near(&list(&state["m.w"]), &[0.3, -0.4]) && near(&list(&state["v.w"]), &[0.45, 0.8]));
    assert_eq!(state["steps"].to_vec1::<i64>().expect("a number"), [1]);
}

#[test]
fn three_clipped_steps_are_those_of_torch() {
    // torch.optim.AdamW(lr=0.01, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1) after clip_grad_norm_(…, 1.0), torch 2.
    let params =
        vec![("p".to_owned(), var(&[0.5, -1.0, 2.0, 0.25], &[4])), ("q".to_owned(), var(&[1.0, -0.5], &[1, 2]))];
    let mut adam = AdamW::new(SETTINGS).expect("settings");
    for (p, q, norm) in [
        ([0.1, -0.2, 0.3, 0.0], [2.0, -1.0], 2.267_156_839_370_727_5),
        ([-0.4, 0.1, 0.2, 1e-4], [0.5, 0.25], 0.722_841_620_445_251_5),
        ([3.0, 0.0, -0.3, 0.05], [-0.1, 0.7], 3.097_176_074_981_689_5),
    ] {
        let grads = grads(&[("p", tensor(&p, &[4])), ("q", tensor(&q, &[1, 2]))]);
        let stepped = adam.step(&params, &grads, 0.01, Some(1.0)).expect("a step");
        assert!((stepped.norm / norm - 1.0).abs() < 1e-6, "{stepped:?}");
    }
    let p = [0.491_254_329_681_396_5, -0.989_069_342_613_220_2, 1.969_462_633_132_934_6, 0.235_642_671_585_083];
    assert!(near(&list(&params[0].1), &p), "{:?}", list(&params[0].1));
    assert!(
        near(&list(&params[1].1), &[0.970_196_485_519_409_2, -0.487_443_953_752_517_7]),
        "{:?}",
        list(&params[1].1)
    );
    let state = adam.state().expect("a state");
    let m = [0.064_435_154_199_600_22, 0.001_854_489_557_445_05, 0.019_032_027_572_393_417, 0.001_623_373_362_235_725];
    assert!(near(&list(&state["m.p"]), &m), "{:?}", list(&state["m.p"]));
}

#[test]
fn by_tensor_operations_a_step_is_the_same() {
    let (a, grads) = large(3);
    let (b, _) = large(3);
    let mut on_slices = AdamW::new(SETTINGS).expect("settings");
    on_slices.step(&a, &grads, 0.01, None).expect("a step");
    let update = Update::new(&SETTINGS, 1, 0.01, 1.0);
    for (name, var) in &b {
        let zero = var.zeros_like().expect("zeros").detach();
        let mut held = Held::Device { m: zero.clone(), v: zero };
        held.step(&update, var, &grads[name]).expect("a step");
        let (wanted, Held::Device { m, v }) = (on_slices.state().expect("a state"), held) else { unreachable!() };
        for (found, wanted) in [(&m, &wanted[&format!("m.{name}")]), (&v, &wanted[&format!("v.{name}")])] {
            assert!(list(found).iter().zip(list(wanted)).all(|(a, b)| (a - b).abs() < 1e-7));
        }
    }
    for ((_, a), (_, b)) in a.iter().zip(&b) {
        assert!(list(a).iter().zip(list(b)).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            let (params, grads) = large(5);
            let mut adam = AdamW::new(SETTINGS).expect("settings");
            let stepped = adam.step(&params, &grads, 0.01, Some(0.5)).expect("a step");
            (stepped.norm.to_bits(), bits(&params))
        })
    };
    assert_eq!(of(1), of(4));
}

#[test]
fn a_run_that_stops_goes_on_bit_by_bit() {
    let run = |stop_after: Option<u64>| {
        let (params, mut grads) = large(11);
        let mut adam = AdamW::new(SETTINGS).expect("settings");
        for step in 0..6 {
            if stop_after == Some(step) {
                let folder = tempfile::tempdir().expect("a folder");
                let path = folder.path().join("state.safetensors");
                candle_core::safetensors::save(&adam.state().expect("a state"), &path).expect("saves");
                let saved = candle_core::safetensors::load(&path, &Device::Cpu).expect("loads");
                adam = AdamW::new(SETTINGS).expect("settings");
                adam.restore(&saved, &params).expect("restores");
                assert_eq!(adam.steps(), step);
            }
            adam.step(&params, &grads, 0.01, Some(1.0)).expect("a step");
            grads.values_mut().for_each(|g| *g = (g.sqr().and_then(|s| s - 0.1)).expect("another gradient"));
        }
        bits(&params)
    };
    assert_eq!(run(None), run(Some(0)));
    assert_eq!(run(None), run(Some(4)));
}

#[test]
fn a_gradient_above_the_clip_is_scaled_and_one_below_is_not() {
    let after = |grad: &[f32], clip: Option<f64>| {
        let params = vec![("w".to_owned(), var(&[1.0, 1.0], &[2]))];
        let mut adam = AdamW::new(SETTINGS).expect("settings");
        adam.step(&params, &grads(&[("w", tensor(grad, &[2]))]), 0.1, clip).expect("a step");
        list(&adam.state().expect("a state")["m.w"])
    };
    assert_eq!(after(&[30.0, 40.0], Some(5.0)), after(&[3.0, 4.0], None));
    assert_eq!(after(&[3.0, 4.0], Some(5.0)), after(&[3.0, 4.0], None));
    assert_ne!(after(&[30.0, 40.0], None), after(&[3.0, 4.0], None));
}

#[test]
fn a_norm_is_summed_in_64_bits() {
    // In 32 bits the ones are lost beside the square of 4096.
    let mut values = vec![1.0f32; 3 * CHUNK + 1];
    values[0] = 4096.0;
    let wanted = (4096.0f64 * 4096.0 + (values.len() - 1) as f64).sqrt();
    assert_eq!(norm(&[tensor(&values, &[values.len()])]).expect("a norm"), wanted);
}

#[test]
fn a_step_that_is_not_finite_changes_nothing() {
    let (params, mut good) = large(7);
    let mut adam = AdamW::new(SETTINGS).expect("settings");
    adam.step(&params, &good, 0.01, Some(1.0)).expect("a step");
    let (before, moments) = (bits(&params), list(&adam.state().expect("a state")["m.a"]));
    for bad in [f32::NAN, f32::INFINITY] {
        good.insert("b".to_owned(), tensor(&[0.0, bad, 0.0, 0.0, 0.0, 0.0, 0.0], &[7]));
        let stepped = adam.step(&params, &good, 0.01, Some(1.0)).expect("no error");
        assert!(stepped.skipped && !stepped.norm.is_finite());
        assert_eq!((adam.steps(), bits(&params)), (1, before.clone()));
        assert_eq!(list(&adam.state().expect("a state")["m.a"]), moments);
    }
}

#[test]
fn gradients_of_any_layout_are_taken() {
    let after = |grad: Tensor| {
        let params = vec![("w".to_owned(), var(&[1.0; 6], &[2, 3]))];
        AdamW::new(SETTINGS).expect("settings").step(&params, &grads(&[("w", grad)]), 0.1, None).expect("a step");
        list(&params[0].1)
    };
    let plain = tensor(&[1.0, 2.0, -3.0, 4.0, -5.0, 6.0], &[2, 3]);
    let turned = tensor(&[1.0, 4.0, 2.0, -5.0, -3.0, 6.0], &[3, 2]).t().expect("turned");
    let part = Tensor::cat(&[&plain, &plain], 0).and_then(|t| t.narrow(0, 2, 2)).expect("a part");
    let wide = plain.to_dtype(DType::F64).expect("wide");
    assert!([turned, part, wide].into_iter().all(|grad| after(grad) == after(plain.clone())));
}

#[test]
fn a_parameter_without_its_gradient_is_named_and_nothing_is_changed() {
    let (params, good) = large(9);
    let before = bits(&params);
    let mut adam = AdamW::new(SETTINGS).expect("settings");
    let mut refused =
        |params: &Params, grads: &Grads| adam.step(params, grads, 0.01, None).expect_err("refused").to_string();
    let missing = grads(&[("a", good["a"].clone())]);
    assert!(refused(&params, &missing).starts_with("'b' has no gradient"));
    let mut misshapen = good.clone();
    misshapen.insert("b".to_owned(), tensor(&[1.0], &[1]));
    assert!(refused(&params, &misshapen).contains("'b' has the shape [1]; its parameter has [7]"));
    let twice = vec![params[0].clone(), params[0].clone()];
    assert!(refused(&twice, &good).contains("two parameters are called 'a'"));
    let half = Var::from_tensor(&params[1].1.to_dtype(DType::F16).expect("half")).expect("a variable");
    assert!(refused(&vec![("b".to_owned(), half)], &good).contains("'b' is of type f16"));
    assert_eq!(bits(&params), before);
    adam.step(&params, &good, 0.01, None).expect("a step");
    let error = adam.step(&params[..1], &good, 0.01, None).expect_err("fewer than before").to_string();
    assert!(error.contains("1 steps of 2 parameters"), "{error}");
}

#[test]
fn a_state_of_other_parameters_is_refused() {
    let (params, good) = large(13);
    let mut adam = AdamW::new(SETTINGS).expect("settings");
    adam.step(&params, &good, 0.01, None).expect("a step");
    let state = adam.state().expect("a state");
    type Change = fn(&mut HashMap<String, Tensor>);
    let cases: [(Change, &str); 6] = [
        (|s| drop(s.remove("v.b")), "no 'v.b'"),
        (|s| drop(s.remove("steps")), "no 'steps'"),
        (|s| drop(s.insert("m.c".to_owned(), s["m.b"].clone())), "'m.c', which belongs to no parameter"),
        (|s| drop(s.insert("m.b".to_owned(), tensor(&[1.0], &[1]))), "'m.b' has the shape [1]"),
        (|s| drop(s.insert("m.b".to_owned(), s["m.b"].to_dtype(DType::F16).expect("half"))), "'m.b' is of type f16"),
        (|s| drop(s.insert("steps".to_owned(), tensor(&[1.0], &[1]))), "'steps' of the saved state"),
    ];
    for (change, wanted) in cases {
        let mut other = state.clone();
        change(&mut other);
        let error = adam.restore(&other, &params).expect_err(wanted).to_string();
        assert!(error.contains(wanted), "{error}");
        assert_eq!(adam.steps(), 1);
    }
    assert!(adam.restore(&state, &params).is_ok());
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |settings| AdamW::new(settings).expect_err("refused").to_string();
    assert!(refused(Settings { beta2: 1.0, ..SETTINGS }).starts_with("beta2 is 1;"));
    assert!(refused(Settings { eps: 0.0, ..SETTINGS }).starts_with("eps is 0;"));
    assert!(refused(Settings { weight_decay: f64::NAN, ..SETTINGS }).starts_with("weight_decay is NaN;"));
    let (params, good) = large(1);
    let mut adam = AdamW::new(SETTINGS).expect("settings");
    assert!(adam.step(&params, &good, f64::NAN, None).is_err() && adam.step(&params, &good, 0.1, Some(0.0)).is_err());
}
