//! What a training set shares with a benchmark, for a terminal.

use crate::eval::leak::{Leaks, SharedPicture, SharedPlace};
use crate::report::words::grouped;
use crate::report::{visible, words};
use std::fmt::Write;

/// Pairs that are listed of each sort.
const LISTED: usize = 20;

/// The pairs, as lines.
#[must_use]
pub fn leaks(leaks: &Leaks) -> String {
    let mut out = String::new();
    let Leaks { samples: [train, test], radius_km, places, pictures_of, pictures_without, pictures, .. } = leaks;
    let share = |n: usize| format!("{:.1} %", 100.0 * n as f64 / (*test).max(1) as f64);
    let (n, all) = (places.len(), grouped(*test as u64));
    let _ = writeln!(
        out,
        "{} of {all} samples ({}) have one of the {} of the training set within {}",
        grouped(n as u64),
        share(n),
        grouped(*train as u64),
        words::distance(*radius_km)
    );
    for SharedPlace { test, train, distance_km } in places.iter().take(LISTED) {
        let _ = writeln!(out, "  {}  {}  {}", visible(test), visible(train), words::distance(*distance_km));
    }
    more(&mut out, n);
    if pictures_of[1] == 0 {
        out += "Pictures were not compared; --train-photos names the folder of the training set's.\n";
        return out;
    }
    let mut tests: Vec<&str> = pictures.iter().map(|pair| pair.test.as_str()).collect();
    tests.dedup();
    let _ = writeln!(
        out,
        "\n{} of {all} pictures ({}) are copies of one of the training set",
        tests.len(),
        share(tests.len())
    );
    for SharedPicture { test, train, bits, mirrored } in pictures.iter().take(LISTED) {
        let mirrored = if *mirrored { ", mirrored" } else { "" };
        let _ = writeln!(out, "  {}  {}  {bits} bits of 63 differ{mirrored}", visible(test), visible(train));
    }
    more(&mut out, pictures.len());
    let [train_without, test_without] = pictures_without;
    if train_without + test_without > 0 {
        let _ = writeln!(
            out,
            "! not compared, because they do not open or are too plain: {test_without}, and {train_without} of the training set"
        );
    }
    out
}

fn more(out: &mut String, pairs: usize) {
    if pairs > LISTED {
        let _ = writeln!(out, "  and {} more; --format json has all", grouped((pairs - LISTED) as u64));
    }
}
