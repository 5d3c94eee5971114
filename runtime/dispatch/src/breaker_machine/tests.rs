//! The machine in time that the tests make.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::BreakerPercents;

const MS: Duration = Duration::from_millis(1);

fn config() -> BreakerConfig {
    BreakerConfig {
        runs_min: 10,
        probes: 2,
        ..BreakerConfig::default()
    }
}

/// A revision whose runs end as the test says, and its breaker.
struct Scene {
    machine: BreakerMachine,
    now: Instant,
    counts: BreakerCounts,
}

impl Scene {
    fn new(config: BreakerConfig) -> Self {
        Self {
            machine: BreakerMachine::new(config),
            now: Instant::now(),
            counts: BreakerCounts::default(),
        }
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
    }

    /// Runs that were admitted while it was closed.
    fn runs(&mut self, times: u64, failure: Option<BreakerReason>) {
        for _ in 0..times {
            self.counts.runs += 1;
            if let Some(reason) = failure {
                self.counts.failed[reason.position()] += 1;
                self.machine.failed(self.now, reason, self.counts);
            }
        }
    }

    fn permit(&mut self) -> Permission {
        self.machine.permit(self.now)
    }

    fn opened() -> Self {
        let mut scene = Self::new(config());
        scene.runs(10, Some(BreakerReason::Traps));
        assert_eq!(scene.machine.state(), BreakerState::Open);
        scene
    }
}

#[test]
fn it_opens_for_each_reason_at_its_share_and_at_no_run_before() {
    for reason in BreakerReason::ALL {
        let mut scene = Scene::new(config());
        scene.runs(9, Some(reason));
        assert_eq!(scene.machine.state(), BreakerState::Closed, "too few runs");
        scene.runs(1, Some(reason));
        assert_eq!(scene.machine.state(), BreakerState::Open);
        assert_eq!(scene.machine.reason(), Some(reason));
        // A share of 100 % is never passed.
        let never = BreakerConfig {
            percent_max: BreakerPercents::all(100),
            ..config()
        };
        let mut scene = Scene::new(never);
        scene.runs(1000, Some(reason));
        assert_eq!(scene.machine.state(), BreakerState::Closed);
    }
}

#[test]
fn reasons_do_not_add_up() {
    let mut scene = Scene::new(config());
    for _ in 0..100 {
        scene.runs(1, Some(BreakerReason::Traps));
        scene.runs(1, Some(BreakerReason::Deadlines));
        scene.runs(1, None);
    }
    assert_eq!(
        scene.machine.state(),
        BreakerState::Closed,
        "a third of each"
    );
}

#[test]
fn what_was_well_before_does_not_hide_that_all_fails_now() {
    for well in [0, 10, 1_000, 1_000_000] {
        let mut scene = Scene::new(config());
        scene.runs(well, None);
        scene.runs(9, Some(BreakerReason::Traps));
        assert_eq!(scene.machine.state(), BreakerState::Closed);
        scene.runs(1, Some(BreakerReason::Traps));
        assert_eq!(scene.machine.state(), BreakerState::Open, "after {well}");
    }
    // Nor does a failure now and then within the window.
    let mut scene = Scene::new(config());
    for _ in 0..20 {
        scene.runs(1, Some(BreakerReason::Traps));
        scene.runs(1000, None);
        scene.wait(1000 * MS);
    }
    assert_eq!(scene.machine.state(), BreakerState::Closed);
    scene.runs(10, Some(BreakerReason::Traps));
    assert_eq!(scene.machine.state(), BreakerState::Open);
}

#[test]
fn what_is_older_than_the_window_does_not_count() {
    let mut scene = Scene::new(config());
    for _ in 0..100 {
        scene.runs(1, Some(BreakerReason::Traps));
        // Nine failures within any ten seconds.
        scene.wait(1200 * MS);
    }
    assert_eq!(scene.machine.state(), BreakerState::Closed);
    for _ in 0..11 {
        scene.runs(1, Some(BreakerReason::Traps));
        scene.wait(500 * MS);
    }
    assert_eq!(scene.machine.state(), BreakerState::Open);
}

#[test]
fn open_it_lets_nothing_through_until_its_time_is_over_and_then_as_many_as_are_tried() {
    let mut scene = Scene::opened();
    assert_eq!(scene.permit(), Permission::Instead);
    scene.wait(9_999 * MS);
    assert_eq!(scene.permit(), Permission::Instead);
    scene.wait(MS);
    for _ in 0..2 {
        assert_eq!(scene.permit(), Permission::Probe);
    }
    assert_eq!(scene.permit(), Permission::Instead);
    assert_eq!(scene.machine.state(), BreakerState::HalfOpen);
    // One that says nothing gives its place back.
    scene.machine.probe_lost();
    assert_eq!(scene.permit(), Permission::Probe);
    scene.machine.probe_passed();
    assert_eq!(scene.permit(), Permission::Instead, "one passed, one runs");
    scene.machine.probe_passed();
    assert_eq!(scene.machine.state(), BreakerState::Closed);
    assert_eq!(scene.permit(), Permission::Run);
}

#[test]
fn a_probe_that_fails_opens_it_for_as_long_again_and_late_runs_change_nothing() {
    let mut scene = Scene::opened();
    // Runs that began before it opened.
    scene.wait(5_000 * MS);
    scene.runs(100, Some(BreakerReason::Traps));
    scene.machine.probe_failed(scene.now, BreakerReason::Traps);
    scene.machine.probe_passed();
    scene.wait(5_000 * MS);
    assert_eq!(scene.permit(), Permission::Probe);
    scene
        .machine
        .probe_failed(scene.now, BreakerReason::Deadlines);
    assert_eq!(scene.machine.reason(), Some(BreakerReason::Deadlines));
    scene.wait(9_999 * MS);
    assert_eq!(scene.permit(), Permission::Instead);
    scene.wait(MS);
    assert_eq!(scene.permit(), Permission::Probe);
}

#[test]
fn reset_it_is_closed_and_counts_from_there() {
    let mut scene = Scene::opened();
    scene.machine.reset();
    assert_eq!(scene.permit(), Permission::Run);
    assert_eq!(scene.machine.reason(), None);
    scene.runs(9, Some(BreakerReason::Traps));
    assert_eq!(scene.machine.state(), BreakerState::Closed);
    scene.runs(1, Some(BreakerReason::Traps));
    assert_eq!(scene.machine.state(), BreakerState::Open);
}

/// What may happen to a breaker.
#[derive(Clone, Copy, Debug)]
enum Step {
    Begin,
    Fail,
    Pass,
    Lose,
    Wait(u64),
    Reset,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Begin),
        4 => Just(Step::Fail),
        4 => Just(Step::Pass),
        1 => Just(Step::Lose),
        3 => (1..12_000_u64).prop_map(Step::Wait),
        1 => Just(Step::Reset),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_no_run_begins_while_it_is_open_and_no_probe_too_many(
        steps in proptest::collection::vec(step(), 1..400)
    ) {
        let config = config();
        let mut scene = Scene::new(config);
        let mut under_way: Vec<Permission> = Vec::new();
        let mut opened = None;
        for step in steps {
            let before = scene.machine.state();
            match step {
                Step::Begin => {
                    let permission = scene.permit();
                    let is_in_time = opened.is_none_or(|at| scene.now >= at + config.open);
                    match permission {
                        Permission::Run => prop_assert_eq!(before, BreakerState::Closed),
                        Permission::Probe => prop_assert!(is_in_time),
                        Permission::Instead => prop_assert_ne!(before, BreakerState::Closed),
                    }
                    if permission != Permission::Instead {
                        under_way.push(permission);
                    }
                }
                Step::Fail | Step::Pass | Step::Lose => match (under_way.pop(), step) {
                    (Some(Permission::Probe), Step::Fail) => {
                        scene.machine.probe_failed(scene.now, BreakerReason::Traps);
                        prop_assert_ne!(scene.machine.state(), BreakerState::HalfOpen);
                    }
                    (Some(Permission::Probe), Step::Pass) => scene.machine.probe_passed(),
                    (Some(Permission::Probe), _) => scene.machine.probe_lost(),
                    (Some(_), Step::Fail) => scene.runs(1, Some(BreakerReason::Traps)),
                    (Some(_), Step::Pass) => scene.runs(1, None),
                    _ => {}
                },
                Step::Wait(ms) => scene.wait(Duration::from_millis(ms)),
                Step::Reset => scene.machine.reset(),
            }
            let state = scene.machine.state();
            if state == BreakerState::Open && before != BreakerState::Open {
                opened = Some(scene.now);
            }
            if state == BreakerState::Closed {
                opened = None;
            }
            let probes = under_way.iter().filter(|p| **p == Permission::Probe).count();
            if state == BreakerState::HalfOpen && before == BreakerState::HalfOpen {
                prop_assert!(scene.machine.marks.is_empty());
            }
            prop_assert!(scene.machine.marks.len() <= MARKS_MAX + 1, "{}", probes);
        }
    }
}
