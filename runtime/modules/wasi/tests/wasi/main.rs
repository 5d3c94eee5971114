//! A guest that asks WASI what time it is and for randomness, and prints.

// All of this is test code; saying so lets clippy see it.
#[cfg(test)]
mod scene;

use scene::{Scene, TIME_US};

#[test]
fn equal_event_and_seed_give_equal_bytes() {
    let scene = Scene::new();
    let (first, seed) = scene.look(Some([7; 32]));
    assert_eq!(seed, Some([7; 32]));
    assert_eq!(scene.look(Some([7; 32])), (first.clone(), seed));
    assert_ne!(scene.look(Some([8; 32])).0, first);
}

#[test]
fn a_run_without_a_seed_draws_one_that_repeats_it() {
    let scene = Scene::new();
    let (first, seed) = scene.look(None);
    assert!(seed.is_some());
    assert_eq!(scene.look(seed).0, first);
    assert_ne!(scene.look(None).0, first);
}

#[test]
fn both_clocks_stand_at_the_time_of_the_event() {
    let (bytes, _) = Scene::new().look(None);
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    assert_eq!(number(0), TIME_US / 1_000_000);
    assert_eq!(number(8) & u64::from(u32::MAX), TIME_US % 1_000_000 * 1_000);
    assert_eq!(number(16), TIME_US * 1_000);
    // Twice, with work between.
    assert_eq!(number(24), TIME_US * 1_000);
}

#[test]
fn what_is_printed_is_cut_into_lines_and_the_rest_comes_with_the_end() {
    let scene = Scene::new();
    scene.look(None);
    let lines = [
        "Info: a whole line",
        "Info: two halves",
        "Info: ",
        "Warning: \u{fffd} is not UTF-8",
        "Info: no end",
    ];
    assert_eq!(scene.lines(), lines);
}
