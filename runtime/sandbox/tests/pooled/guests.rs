//! The hostile guests, both ways.

use crate::hostile_guests::guests;
use crate::scene::{Scene, Traces, component};

#[test]
fn every_hostile_guest_does_the_same_in_an_instance_that_is_kept() {
    let mut pooled = Vec::new();
    for (name, text) in guests() {
        let component = component(&text);
        let scenes = [true, false].map(|is_kept| Scene::new(&component, is_kept));
        if scenes[0].handler.pools_instances() {
            pooled.push(name.clone());
        }
        for run in 1..=5 {
            let [own, fresh] = scenes.each_ref().map(|scene| scene.run(b"hello"));
            assert_eq!(own, fresh, "{name}, run {run}");
        }
    }
    // The others have a table, import nothing that needs their memory, or are of another shape.
    for name in [
        "canary-small",
        "canary-state",
        "err-after-edit",
        "invalid-utf8",
        "late-log",
        "trap-after-edit",
    ] {
        assert!(
            pooled.iter().any(|pooled| pooled == name),
            "{name} is not among {pooled:?}"
        );
    }
}

#[test]
fn nothing_of_a_run_is_left_in_an_instance_that_is_kept() {
    for name in ["canary-small", "canary-state"] {
        let text = guests().into_iter().find(|(found, _)| found == name);
        let scene = Scene::new(&component(&text.unwrap().1), true);
        assert!(scene.handler.pools_instances(), "{name}");
        let runs: Vec<Traces> = (0..100).map(|_| scene.run(b"hello")).collect();
        for run in &runs {
            assert_eq!(run, &runs[0], "{name}");
            assert_eq!(run.outcome, "Returned", "{name}");
        }
    }
}
