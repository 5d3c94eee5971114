//! Runners come and go.

use std::sync::Arc;

use evroute_cell::{RunnerConfig, RunnerPool};
use evroute_sandbox::{ComponentRefusal, SandboxConfig};

use crate::runner::{celled, config, pool, pool_that, sandbox_in};
use crate::scene::{Scene, component};

const CANARY: &str = include_str!("../../../../tests/guests/canary-state.wat");
const TRAP_AT_START: &str = include_str!("../../../../tests/guests/trap-at-start.wat");

#[test]
fn a_runner_that_died_is_followed_by_another() {
    let pool = pool_that(Some("dies"), true, 1);
    let sandbox = sandbox_in(&pool, true);
    let scene = celled(&sandbox, &component(CANARY));
    for died in 1..=3 {
        assert_eq!(scene.run(b"").outcome, "a trap");
        let counts = pool.counts();
        assert_eq!((counts.broken, counts.started), (died, died), "{counts:?}");
    }
}

/// Each time, the one that is gone had the only place that there is.
#[test]
fn the_place_of_a_runner_that_died_while_idle_is_free() {
    let config = RunnerConfig {
        runners_max: 1,
        ..config(Some("dies-when-idle"), true, 1)
    };
    let pool = Arc::new(RunnerPool::new(config).unwrap());
    let sandbox = sandbox_in(&pool, true);
    let scene = celled(&sandbox, &component(CANARY));
    for _ in 0..3 {
        let outcome = scene.run(b"").outcome;
        assert!(
            ["Returned", "a trap"].contains(&outcome.as_str()),
            "{outcome}"
        );
        while pool.counts().broken == 0 && !has_a_child_that_ended() {
            std::thread::yield_now();
        }
    }
    assert_eq!(pool.counts().refused, 0);
}

/// Whether a process that this one started is gone, and nobody has asked for its status.
fn has_a_child_that_ended() -> bool {
    let own = std::process::id().to_string();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let stats = processes.flat_map(|entry| std::fs::read_to_string(entry.path().join("stat")));
    stats
        .filter_map(|stat| Some(stat.rsplit_once(')')?.1.to_owned()))
        .any(|rest| rest.split_whitespace().take(2).eq(["Z", own.as_str()]))
}

#[test]
fn a_handler_in_another_context_is_not_tried_again() {
    let pool = pool_that(Some("dies"), true, 1);
    let sandbox = sandbox_in(&pool, true);
    let scene = celled(&sandbox, &component(CANARY));
    scene.run(b"");
    let context = Arc::clone(scene.handler.handler_context());
    scene.handler.with_context(context).unwrap();
    assert_eq!((pool.counts().started, pool.counts().broken), (1, 1));
}

#[test]
fn handlers_of_one_cell_share_its_runner() {
    let pool = pool(true, 1);
    let sandbox = sandbox_in(&pool, true);
    let component = component(CANARY);
    // More than a runner holds at the same time: what was not used for longest is loaded anew.
    let scenes: Vec<Scene> = (0..40).map(|_| celled(&sandbox, &component)).collect();
    for _ in 0..2 {
        for scene in &scenes {
            assert_eq!(scene.run(b"").outcome, "Returned");
        }
    }
    let counts = pool.counts();
    assert_eq!((counts.started, counts.broken, counts.alive), (1, 0, 1));
}

#[test]
fn a_component_that_does_not_start_is_refused_by_the_runner() {
    let pool = pool(true, 1);
    let sandbox = sandbox_in(&pool, true);
    let refused = crate::runner::refused(&sandbox, &component(TRAP_AT_START));
    assert!(
        matches!(refused, ComponentRefusal::StartBroke(_)),
        "{refused}"
    );
    assert_eq!(pool.counts().broken, 0);
}

#[test]
fn without_runners_no_handler_of_a_cell_is_taken() {
    let sandbox = crate::scene::sandbox(4);
    let refused = crate::runner::refused(&sandbox, &component(CANARY));
    assert!(matches!(refused, ComponentRefusal::NoCell(_)), "{refused}");
}

#[test]
fn what_cannot_be_started_is_said_and_not_tried_again_at_once() {
    let config = RunnerConfig {
        program: "/there/is/no/such/program".into(),
        arguments: Vec::new(),
        memory_bytes_max: 64 << 20,
        runs_per_cell_max: 1,
        runners_max: 1,
        sandbox: SandboxConfig::default(),
    };
    let pool = Arc::new(RunnerPool::new(config).unwrap());
    let sandbox = sandbox_in(&pool, true);
    for words in ["cannot be started", "do not start; see the log"] {
        let refused = crate::runner::refused(&sandbox, &component(CANARY)).to_string();
        assert!(refused.contains(words), "{refused}");
    }
    let counts = pool.counts();
    assert_eq!((counts.failed, counts.refused, counts.alive), (1, 1, 0));
}

#[test]
fn runs_beyond_those_that_may_be_under_way_are_refused_and_counted() {
    let pool = pool_that(Some("says-nothing"), true, 1);
    let sandbox = sandbox_in(&pool, true);
    let limits = evroute_tenant::RunLimits::default();
    let scene = crate::runner::celled_within(&sandbox, &component(CANARY), limits);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| scene.run(b"").outcome);
        // Its runner is lent until it is ended for its silence.
        while pool.counts().refused == 0 && !first.is_finished() {
            let other = scene.run(b"").outcome;
            let refused = "QuotaExceeded: runs_concurrent_max";
            assert!(other == refused || other == "DeadlineExceeded", "{other}");
        }
        let first = first.join().unwrap();
        assert!(
            first == "DeadlineExceeded" || first.starts_with("Quota"),
            "{first}"
        );
    });
    assert!(pool.counts().refused > 0);
}
