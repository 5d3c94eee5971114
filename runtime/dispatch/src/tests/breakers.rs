//! Breakers before runs that exceed a limit of theirs, in virtual time.

use std::time::Duration;

use evroute_event::{FailPolicy, Outcome};
use evroute_tenant::Revision;

use super::poll;
use super::scene::{Doing, Scene, Verdict};
use crate::{
    BreakerConfig, BreakerFallback, BreakerReading, BreakerReason, BreakerState, CanaryShare,
};

const OPEN: Duration = Duration::from_secs(10);

fn breaker(fallback: BreakerFallback) -> BreakerConfig {
    BreakerConfig {
        fallback,
        runs_min: 5,
        open: OPEN,
        probes: 2,
        ..BreakerConfig::default()
    }
}

async fn fail(scene: &Scene, times: usize) {
    for _ in 0..times {
        scene.raise(Doing::TooManyLines).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_means_its_fallback_and_no_run() {
    for (fallback, verdict) in [
        (BreakerFallback::Policy(FailPolicy::Open), Verdict::Open),
        (BreakerFallback::Policy(FailPolicy::Closed), Verdict::Closed),
        (BreakerFallback::Reject(503), Verdict::Refused),
        // This event is not answered with such a code.
        (BreakerFallback::Reject(404), Verdict::Closed),
        // There is none.
        (BreakerFallback::PreviousRevision, Verdict::Open),
    ] {
        let scene = Scene::with_breaker(FailPolicy::Open, breaker(fallback));
        let (active, _) = scene.put_canary_in_force(CanaryShare::per_ten_thousand(0).unwrap());
        fail(&scene, 5).await;
        for _ in 0..3 {
            let (event, decided) = scene.raise(Doing::Nothing).await;
            assert_eq!((event.doing, decided), (Doing::Nothing, verdict));
        }
        assert_eq!(active.stats().totals().runs(), 5, "{fallback:?}");
        let reading = BreakerReading {
            state: BreakerState::Open,
            reason: Some(BreakerReason::Exhausted),
            openings: 1,
            events_instead: 3,
        };
        assert_eq!(active.breaker().unwrap().read(), reading);
        assert_eq!(scene.breakers(), [(Revision::FIRST, BreakerState::Open)]);
    }
}

#[tokio::test(start_paused = true)]
async fn it_tries_some_runs_and_closes_when_they_are_well() {
    let scene = Scene::with_breaker(
        FailPolicy::Closed,
        breaker(BreakerFallback::Policy(FailPolicy::Closed)),
    );
    let (active, _) = scene.put_canary_in_force(CanaryShare::per_ten_thousand(0).unwrap());
    fail(&scene, 5).await;
    tokio::time::advance(OPEN).await;
    // A probe that is cut off gives its place to another.
    let mut held = Box::pin(scene.raise(Doing::Hold));
    let mut gone = Box::pin(scene.raise(Doing::Hold));
    assert!(poll(&mut held).is_pending() && poll(&mut gone).is_pending());
    assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Closed);
    drop(gone);
    assert_eq!(scene.last_outcome(), Outcome::Cancelled);
    assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Guest);
    assert_eq!(
        active.breaker().unwrap().read().state,
        BreakerState::HalfOpen
    );
    scene.release(1);
    assert_eq!(held.await.1, Verdict::Guest);
    let states = [
        BreakerState::Open,
        BreakerState::HalfOpen,
        BreakerState::Closed,
    ];
    assert_eq!(
        scene.breakers(),
        states.map(|state| (Revision::FIRST, state))
    );
    assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Guest);
    // Opened again by a probe, closed by a hand.
    fail(&scene, 5).await;
    tokio::time::advance(OPEN).await;
    fail(&scene, 1).await;
    assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Closed);
    active.breaker().unwrap().reset();
    assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Guest);
}

#[tokio::test(start_paused = true)]
async fn an_opening_says_of_which_runs_and_below_which_event() {
    let scene = Scene::with_breaker(FailPolicy::Open, breaker(BreakerFallback::Reject(503)));
    scene.put_canary_in_force(CanaryShare::per_ten_thousand(0).unwrap());
    // What was well before the first failure is not in the stretch.
    scene.raise(Doing::Nothing).await;
    fail(&scene, 2).await;
    scene.raise(Doing::Nothing).await;
    scene.raise(Doing::Nothing).await;
    assert!(scene.openings().is_empty());
    scene.raise_below(2, Doing::TooManyLines).await;
    tokio::time::advance(OPEN).await;
    // Of two probes one is well.
    scene.raise(Doing::Nothing).await;
    fail(&scene, 1).await;
    tokio::time::advance(OPEN).await;
    scene.raise_below(1, Doing::TooManyLines).await;
    let opened = scene.openings().into_iter().map(|opening| {
        let stretch = opening.stretch;
        let numbers = [stretch.runs, stretch.failures, opening.openings];
        (numbers, opening.cause.depth)
    });
    let expected = [([5, 3, 1], 2), ([2, 1, 2], 0), ([1, 1, 3], 1)];
    assert_eq!(opened.collect::<Vec<_>>(), expected);
}

#[tokio::test(start_paused = true)]
async fn the_revision_before_takes_over_until_its_own_breaker_opens() {
    let scene = Scene::with_breaker(
        FailPolicy::Closed,
        breaker(BreakerFallback::PreviousRevision),
    );
    let (previous, active) = scene.put_next_in_force();
    fail(&scene, 5).await;
    assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Guest);
    let runs = [&previous, &active].map(|revision| revision.stats().totals().runs());
    assert_eq!(runs, [1, 5]);
    assert_eq!(active.breaker().unwrap().read().events_instead, 1);
    fail(&scene, 5).await;
    assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Closed);
    let runs = [&previous, &active].map(|revision| revision.stats().totals().runs());
    assert_eq!(runs, [6, 5]);
}

#[tokio::test(start_paused = true)]
async fn the_calls_of_a_canary_with_an_open_breaker_go_to_the_active_revision() {
    let scene = Scene::with_breaker(FailPolicy::Closed, breaker(BreakerFallback::Reject(503)));
    let (active, canary) =
        scene.put_canary_in_force(CanaryShare::per_ten_thousand(10_000).unwrap());
    fail(&scene, 5).await;
    assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Guest);
    let runs = [&active, &canary].map(|revision| revision.stats().totals().runs());
    assert_eq!(runs, [1, 5]);
    assert_eq!(scene.breakers(), [(Revision::new(2), BreakerState::Open)]);
}
