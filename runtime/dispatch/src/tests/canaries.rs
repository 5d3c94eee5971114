//! Two revisions of a handler, and who gets which call.

use evroute_event::{EventName, FailPolicy, Outcome, OutcomeKind};
use evroute_tenant::Revision;

use super::scene::{Doing, Scene};
use crate::{CanaryShare, RevisionTotals, VerdictCount};

const CANARY: Revision = Revision::new(2);

fn share(calls: u16) -> CanaryShare {
    CanaryShare::per_ten_thousand(calls).unwrap()
}

#[tokio::test]
async fn all_events_of_a_call_meet_the_revision_of_its_first() {
    let scene = Scene::new(FailPolicy::Closed, 2);
    let (active, canary) = scene.put_canary_in_force(share(5000));
    let mut with_canary = 0;
    for call in 0..40 {
        let call_id = format!("{call}@a.example");
        let first = scene.raise_in_call(&call_id).await;
        for _ in 0..2 {
            assert_eq!(scene.raise_in_call(&call_id).await, first, "{call_id}");
        }
        with_canary += u64::from(first == CANARY);
    }
    assert!((10..=30).contains(&with_canary), "{with_canary} of 40");
    assert_eq!(canary.stats().totals().runs(), 3 * with_canary);
    assert_eq!(active.stats().totals().runs(), 3 * (40 - with_canary));
}

#[tokio::test]
async fn a_share_may_be_all_or_nothing_and_events_without_a_call_are_shared_too() {
    let scene = Scene::new(FailPolicy::Closed, 2);
    for (part, of_canary) in [(0, 0), (2500, 5), (10_000, 20)] {
        let (active, canary) = scene.put_canary_in_force(share(part));
        for _ in 0..20 {
            scene.raise(Doing::Nothing).await;
        }
        let [active, canary] = [active, canary].map(|r| r.stats().totals().runs());
        // Evenly spread: at most one beside its place.
        assert!(
            canary.abs_diff(of_canary) <= u64::from(part % 10_000 != 0),
            "{part}: {canary}"
        );
        assert_eq!(active + canary, 20, "{part}");
    }
}

#[tokio::test]
async fn a_revision_counts_its_outcomes_verdicts_and_refused_effects() {
    let scene = Scene::new(FailPolicy::Open, 1);
    let (active, _) = scene.put_canary_in_force(share(0));
    assert_eq!(active.stats().totals(), RevisionTotals::default());
    for doing in [
        Doing::Nothing,
        Doing::Wait,
        Doing::RefuseWithoutRoom,
        Doing::NoRoom,
        Doing::TooManyLines,
        Doing::Panic,
    ] {
        scene.raise(doing).await;
    }
    let mut held = Box::pin(scene.raise(Doing::Hold));
    assert!(super::poll(&mut held).is_pending());
    // Beyond the lane and its queue: they say nothing about the revision.
    let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(scene.raise(Doing::Hold))).collect();
    for event in &mut waiting {
        assert!(super::poll(event).is_pending());
    }
    scene.raise(Doing::Nothing).await;
    assert!(matches!(scene.last_outcome(), Outcome::QuotaExceeded(_)));
    drop((waiting, held));
    let totals = active.stats().totals();
    for (kind, runs) in [
        (OutcomeKind::Returned, 2),
        (OutcomeKind::QuotaExceeded, 3),
        (OutcomeKind::HostFault, 1),
        (OutcomeKind::Cancelled, 1),
        (OutcomeKind::Trap, 0),
    ] {
        assert_eq!(totals.of(kind), runs, "{}", kind.as_str());
    }
    assert_eq!((totals.runs(), totals.effects_refused), (7, 2));
    assert!(totals.fuel > 0);
    let event = EventName::new("probe:asked");
    let count = |verdict, runs| VerdictCount {
        event,
        verdict,
        runs,
    };
    // What was returned with effects that were not committed was returned all the same.
    assert_eq!(totals.verdicts, [count("guest", 4), count("refused", 1)]);
}
