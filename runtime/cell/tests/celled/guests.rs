//! The hostile guests, in a cell and without.

use std::path::Path;

use crate::runner::{celled, pool, sandbox_in};
use crate::scene::{Scene, component};

/// Those of another event, and those that are refused.
const OTHERS: [&str; 11] = [
    "abort-startup",
    "call-at-start",
    "curious",
    "endless-query",
    "endless-start",
    "large-start",
    "trap-at-start",
    "waiting-start",
    "endless-request",
    "raise-again",
    "run-sql",
];

fn guests() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests");
    let files = std::fs::read_dir(folder).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let mut guests: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "wat"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .filter(|(name, _)| !OTHERS.contains(&name.as_str()))
        // Those that no module could be made into; the table of attacks runs them.
        .filter(|(_, text)| !text.contains("\n(component"))
        .collect();
    guests.sort();
    guests
}

#[test]
fn every_hostile_guest_does_the_same_in_a_cell() {
    for core_modules in [true, false] {
        let pool = pool(core_modules, 1);
        let sandbox = sandbox_in(&pool, core_modules);
        for (name, text) in guests() {
            let component = component(&text);
            let here = Scene::with(sandbox.clone(), &component);
            let there = celled(&sandbox, &component);
            for run in 1..=3 {
                let [own, far] = [&here, &there].map(|scene| scene.run(b"hello"));
                assert_eq!(own, far, "{name}, run {run}, core modules: {core_modules}");
            }
        }
        let counts = pool.counts();
        assert_eq!((counts.started, counts.alive), (1, 1), "{counts:?}");
    }
}
