//! Events and fuel in a second, and what is charged for.

use std::time::Duration;

use evroute_event::{LimitKind, Outcome};
use evroute_tenant::EventRateLimits;

use super::scene::{Doing, Scene, Verdict};

const NONE: EventRateLimits = EventRateLimits {
    events_per_second_max: 0,
    fuel_per_second_max: 0,
};
const EVENTS: EventRateLimits = EventRateLimits {
    events_per_second_max: 3,
    ..NONE
};
/// Less than one run burns.
const FUEL: EventRateLimits = EventRateLimits {
    fuel_per_second_max: 1,
    ..NONE
};

#[tokio::test(start_paused = true)]
async fn events_beyond_a_rate_are_refused_until_a_second_is_over() {
    for (scene, limit) in [
        (Scene::with_rates(EVENTS, NONE), LimitKind::TenantEventRate),
        (Scene::with_rates(NONE, EVENTS), LimitKind::HandlerEventRate),
    ] {
        for _ in 0..3 {
            assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Guest);
        }
        for _ in 0..2 {
            assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Closed);
            assert_eq!(scene.last_outcome(), Outcome::QuotaExceeded(limit));
        }
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Guest);
        let used = scene.used();
        assert_eq!((used.runs, used.runs_failed, used.refused), (4, 0, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_may_burn_more_fuel_than_there_is_and_owes_it() {
    for (scene, limit) in [
        (Scene::with_rates(FUEL, NONE), LimitKind::TenantFuelRate),
        (Scene::with_rates(NONE, FUEL), LimitKind::HandlerFuelRate),
    ] {
        assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Guest);
        let fuel = scene.used().fuel;
        assert!(fuel > 1);
        assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Closed);
        assert_eq!(scene.last_outcome(), Outcome::QuotaExceeded(limit));
        tokio::time::advance(Duration::from_secs(fuel)).await;
        assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Guest);
    }
}

#[tokio::test]
async fn what_a_run_did_is_charged_to_its_tenant_whatever_became_of_it() {
    let scene = Scene::with_rates(NONE, NONE);
    for doing in [Doing::Nothing, Doing::NoRoom, Doing::Panic] {
        scene.raise(doing).await;
    }
    let used = scene.used();
    assert_eq!((used.runs, used.runs_failed, used.refused), (3, 2, 0));
    assert!(used.fuel > 0);
}
