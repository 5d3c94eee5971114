//! How many instances are kept.

use evroute_sandbox::SandboxConfig;

use crate::scene::{Scene, component, sandbox, sandbox_of};

const CANARY: &str = include_str!("../../../../tests/guests/canary-state.wat");

#[test]
fn no_more_are_kept_than_may_be_and_what_was_not_used_goes_first() {
    let component = component(CANARY);
    let sandbox = sandbox(3);
    let scenes: Vec<Scene> = (0..5)
        .map(|_| Scene::with(sandbox.clone(), &component))
        .collect();
    // The first keeps the instance that it was probed with.
    assert_eq!(sandbox.instances_pooled(), 1);
    for round in 0..3 {
        for scene in &scenes {
            assert_eq!(scene.run(b"").outcome, "Returned", "round {round}");
            assert!(sandbox.instances_pooled() <= 3);
        }
    }
    assert_eq!(sandbox.instances_pooled(), 3);
    drop(scenes);
    assert_eq!(sandbox.instances_pooled(), 0);
}

#[test]
fn without_the_core_module_backend_every_run_starts_from_a_fresh_instance() {
    let sandbox = sandbox_of(&SandboxConfig {
        runs_concurrent_max: 4,
        core_module_backend: false,
        ..SandboxConfig::default()
    });
    let scene = Scene::with(sandbox.clone(), &component(CANARY));
    let why = scene.handler.fresh_because();
    assert_eq!(why, Some("core modules are turned off"));
    for _ in 0..3 {
        assert_eq!(scene.run(b"").outcome, "Returned");
    }
    assert_eq!(sandbox.instances_pooled(), 0);
}

#[test]
fn a_handler_that_is_gone_keeps_nothing() {
    let component = component(CANARY);
    let sandbox = sandbox(2);
    for _ in 0..20 {
        let scene = Scene::with(sandbox.clone(), &component);
        scene.run(b"");
        assert_eq!(sandbox.instances_pooled(), 1);
    }
    assert_eq!(sandbox.instances_pooled(), 0);
}

/// Several handlers on several threads, with room for fewer instances than there are threads: what
/// one gives up, another takes, in the middle of runs.
#[test]
fn instances_that_are_dropped_for_others_leave_no_trace_in_runs() {
    let component = component(CANARY);
    let sandbox = sandbox(2);
    let scenes: Vec<Scene> = (0..5)
        .map(|_| Scene::with(sandbox.clone(), &component))
        .collect();
    let expected = Scene::new(&component, false).run(b"hello");
    std::thread::scope(|threads| {
        for thread in 0..4 {
            let (scenes, expected) = (&scenes, &expected);
            threads.spawn(move || {
                for turn in 0..250 {
                    // Each thread walks in another way through all of them.
                    let scene = &scenes[(thread + turn * (thread + 1)) % scenes.len()];
                    let traces = scene.run(b"hello");
                    assert_eq!(
                        (&traces.outcome, traces.fuel),
                        (&expected.outcome, expected.fuel)
                    );
                    assert_eq!(traces.verdict, expected.verdict);
                }
            });
        }
    });
    assert!(sandbox.instances_pooled() <= 2);
}

#[test]
fn runs_at_the_same_time_have_an_instance_each() {
    let component = component(CANARY);
    let scene = Scene::with(sandbox(2), &component);
    std::thread::scope(|threads| {
        let workers: Vec<_> = (0..4)
            .map(|_| threads.spawn(|| (0..500).all(|_| scene.run(b"").outcome == "Returned")))
            .collect();
        for worker in workers {
            assert!(worker.join().unwrap());
        }
    });
    assert!(scene.sandbox.instances_pooled() <= 2);
}
