//! Compiled code that is kept on disk.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use evroute_sandbox::CodeCache;

use crate::scene::{Scene, component, sandbox_with};

const CANARY: &str = include_str!("../../../../tests/guests/canary-state.wat");
const DEEP: &str = include_str!("../../../../tests/guests/deep-recursion.wat");

/// Compilations that were spared, and those that were made, when this was made ready by a process
/// of its own.
fn counted(folder: &Path, text: &str) -> (usize, usize, String) {
    let cache = CodeCache::open(folder, CodeCache::BYTES_MAX).unwrap();
    let scene = Scene::with(sandbox_with(4, Some(cache.clone())), &component(text));
    let run = scene.run(b"hello");
    let traces = format!("{} {:?} {}", run.outcome, run.verdict, run.fuel);
    (cache.hits(), cache.misses(), traces)
}

#[test]
fn what_was_compiled_before_is_not_compiled_again_and_runs_alike() {
    let folder = tempfile::tempdir().unwrap();
    let folder = &folder.path().join("code-cache");
    let (hits, compiled, first) = counted(folder, CANARY);
    assert_eq!(hits, 0);
    assert!(compiled > 0);
    assert_eq!(counted(folder, CANARY), (compiled, 0, first));
    let (hits, _, _) = counted(folder, DEEP);
    assert_eq!(hits, 0, "another component");
}

#[test]
fn a_file_that_was_cut_short_is_compiled_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = &folder.path().join("code-cache");
    let (_, compiled, first) = counted(folder, CANARY);
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    }
    assert_eq!(counted(folder, CANARY), (0, compiled, first));
}

#[test]
fn equal_components_are_compiled_and_held_once() {
    let folder = tempfile::tempdir().unwrap();
    let cache = CodeCache::open(&folder.path().join("code-cache"), CodeCache::BYTES_MAX).unwrap();
    let sandbox = sandbox_with(4, Some(cache.clone()));
    let canary = component(CANARY);
    let one = Scene::with(Arc::clone(&sandbox), &canary);
    let other = Scene::with(Arc::clone(&sandbox), &canary);
    assert_eq!(sandbox.components_held(), 1);
    let third = Scene::with(Arc::clone(&sandbox), &component(DEEP));
    assert_eq!(sandbox.components_held(), 2);
    assert_eq!((cache.hits(), cache.misses()), (0, 2));
    // What one leaves behind, the other does not find: each has instances of its own.
    let traces = |scene: &Scene| {
        let run = scene.run(b"hello");
        format!("{} {:?} {}", run.outcome, run.verdict, run.fuel)
    };
    let first = traces(&one);
    assert_eq!(traces(&other), first);
    assert_eq!(traces(&one), first);
    drop((one, other));
    assert_eq!(sandbox.components_held(), 1, "nobody holds it any more");
    drop(third);
    assert_eq!(sandbox.components_held(), 0);
    // And it comes back from the disk.
    assert_eq!(traces(&Scene::with(sandbox, &canary)), first);
    assert_eq!(cache.hits(), 1);
}

#[test]
fn room_for_nothing_keeps_nothing_from_one_opening_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let folder = &folder.path().join("code-cache");
    let (_, compiled, first) = counted(folder, CANARY);
    CodeCache::open(folder, 0).unwrap();
    assert_eq!(counted(folder, CANARY), (0, compiled, first));
}
