//! The async lane with a real guest, whose host call does what the test wants.

mod breakers;
mod canaries;
mod cells;
mod rates;
mod recorded;
mod scene;

use std::collections::BTreeSet;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use evroute_event::{FailPolicy, Outcome};
use evroute_tenant::TenantIndex;

use self::scene::{Doing, Scene, TENANT, Verdict};
use evroute_event::Subscribed;

fn is_host_fault(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::HostFault(_))
}

fn poll<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    future.as_mut().poll(&mut context)
}

#[tokio::test]
async fn a_panic_of_host_code_is_a_host_fault_and_the_fail_policy_decides() {
    for (policy, verdict) in [
        (FailPolicy::Open, Verdict::Open),
        (FailPolicy::Closed, Verdict::Closed),
    ] {
        let scene = Scene::new(policy, 4);
        for doing in [Doing::Panic, Doing::PanicAfterWaiting, Doing::PanicInCommit] {
            let (event, decided) = scene.raise(doing).await;
            assert_eq!(decided, verdict, "{doing:?}");
            assert_eq!(event.doing, doing, "the event comes back");
            let outcome = scene.last_outcome();
            assert!(is_host_fault(&outcome), "{doing:?}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn a_refusal_counts_where_the_effects_of_its_run_do_not_and_a_pass_does_not() {
    for (policy, instead) in [
        (FailPolicy::Open, Verdict::Open),
        (FailPolicy::Closed, Verdict::Closed),
    ] {
        let scene = Scene::new(policy, 2);
        for (doing, verdict) in [
            (Doing::RefuseWithoutRoom, Verdict::Refused),
            (Doing::NoRoom, instead),
            (Doing::RefuseAfterTooManyLines, Verdict::Refused),
            (Doing::TooManyLines, instead),
        ] {
            assert_eq!(scene.raise(doing).await.1, verdict, "{doing:?}");
            let outcome = scene.last_outcome();
            let is_over = matches!(outcome, Outcome::QuotaExceeded(_));
            assert!(is_over, "{doing:?}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn panics_use_up_neither_turns_nor_sandboxes() {
    // As many turns as sandboxes; each panic would keep one.
    let scene = Scene::new(FailPolicy::Closed, 2);
    for _ in 0..10 {
        for doing in [Doing::Panic, Doing::PanicAfterWaiting, Doing::PanicInCommit] {
            assert_eq!(scene.raise(doing).await.1, Verdict::Closed);
        }
        assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Guest);
        assert_eq!(scene.last_outcome(), Outcome::Returned);
    }
}

#[tokio::test]
async fn a_panic_does_not_reach_runs_beside_it() {
    let scene = Scene::new(FailPolicy::Closed, 2);
    let ((_, well), (_, broken)) = tokio::join!(
        scene.raise(Doing::Wait),
        scene.raise(Doing::PanicAfterWaiting)
    );
    assert_eq!((well, broken), (Verdict::Guest, Verdict::Closed));
}

#[tokio::test]
async fn runs_beyond_the_quota_wait_for_their_turn_and_those_beyond_the_queue_are_refused() {
    let scene = Scene::new(FailPolicy::Closed, 2);
    let raise = || Box::pin(scene.raise(Doing::Hold));
    let mut raised: Vec<_> = (0..6).map(|_| raise()).collect();
    let mut answers = Vec::new();
    for event in &mut raised {
        answers.push(poll(event));
    }
    // Two run, three wait (the scene's queue), the sixth is refused at once.
    let refused = answers.pop().unwrap();
    assert!(
        matches!(refused, Poll::Ready((_, Verdict::Closed))),
        "beyond the queue"
    );
    assert!(answers.iter().all(Poll::is_pending));
    assert_eq!(scene.started(), 2);
    assert_eq!(
        scene.last_outcome(),
        Outcome::QuotaExceeded(evroute_event::LimitKind::RunsConcurrent)
    );
    // Who stops waiting gives its place to another.
    raised.truncate(4);
    raised.push(raise());
    let last = poll(raised.last_mut().unwrap());
    assert!(last.is_pending());
    scene.release(5);
    for event in raised {
        assert_eq!(event.await.1, Verdict::Guest);
    }
    assert_eq!(scene.started(), 5);
}

#[tokio::test]
async fn a_run_ends_on_the_revision_it_began_with_and_the_last_one_frees_it() {
    let scene = Scene::new(FailPolicy::Closed, 2);
    let mut begun = Box::pin(scene.raise(Doing::Hold));
    assert!(poll(&mut begun).is_pending());
    let before = scene.replace();
    assert!(before.upgrade().is_some(), "a run holds it");
    assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Guest);
    assert!(before.upgrade().is_some(), "a run holds it still");
    scene.release(1);
    assert_eq!(begun.await.1, Verdict::Guest);
    assert!(before.upgrade().is_none(), "nobody holds it any more");
    assert!(scene.replace().upgrade().is_none(), "no run, nobody");
}

#[tokio::test]
async fn runs_have_room_whatever_their_components_are_made_of() {
    let component = wat::parse_str(include_str!("tests/many_parts.wat")).unwrap();
    let scene = Scene::of(&component, FailPolicy::Closed, 4);
    let mut raised: Vec<_> = (0..4).map(|_| Box::pin(scene.raise(Doing::Hold))).collect();
    for event in &mut raised {
        assert!(poll(event).is_pending(), "{:?}", scene.last_outcome());
    }
    assert_eq!(scene.started(), 4);
    scene.release(4);
    for event in raised {
        assert_eq!(event.await.1, Verdict::Guest);
    }
}

#[tokio::test]
async fn a_run_whose_event_nobody_waits_for_any_more_is_cancelled() {
    let scene = Scene::new(FailPolicy::Closed, 2);
    let mut raised = Box::pin(scene.raise(Doing::Hold));
    assert!(poll(&mut raised).is_pending());
    drop(raised);
    assert_eq!(scene.last_outcome(), Outcome::Cancelled);
    // Its turn is free again.
    assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Guest);
    assert_eq!(scene.outcomes(), [Outcome::Cancelled, Outcome::Returned]);
}

#[tokio::test]
async fn in_the_async_lane_events_of_a_tenant_that_is_over_its_share_wait_until_it_is_paid() {
    let scene = Scene::with_no_time(4);
    // Within the first slice, which is owed for years afterwards.
    assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Guest);
    let mut raised: Vec<_> = (0..3)
        .map(|_| Box::pin(scene.raise(Doing::Nothing)))
        .collect();
    for event in &mut raised {
        assert!(poll(event).is_pending());
    }
    assert_eq!((scene.started(), scene.throttled()), (1, 1));
    // Who stops waiting is cancelled, and the next one waits in its place.
    drop(raised.remove(0));
    assert!(poll(&mut raised[0]).is_pending());
    assert_eq!(scene.last_outcome(), Outcome::Cancelled);
    assert_eq!((scene.started(), scene.throttled()), (1, 2));
}

#[tokio::test]
async fn a_tenant_is_subscribed_to_what_its_handlers_in_force_listen_to() {
    let scene = Scene::new(FailPolicy::Open, 1);
    assert_eq!(scene.subscribed(TENANT), Subscribed::Every);
    let nothing = Subscribed::Only(BTreeSet::new());
    assert_eq!(
        scene.subscribed(TenantIndex::new(1)),
        nothing,
        "no such tenant"
    );
    scene.put_in_force_for(&[]);
    assert_eq!(scene.subscribed(TENANT), nothing);
    assert!(!scene.subscribed(TENANT).includes("night"));
    scene.put_in_force_for(&[&["night", "day"], &["night"]]);
    let two = scene.subscribed(TENANT);
    assert!(two.includes("night") && !two.includes("noon"));
    let both = ["day", "night"].map(str::to_owned);
    assert_eq!(two, Subscribed::Only(BTreeSet::from(both)));
    scene.put_in_force_for(&[&["night"], &[]]);
    assert_eq!(scene.subscribed(TENANT), Subscribed::Every);
    assert!(scene.subscribed(TENANT).includes("noon"));
}

#[tokio::test]
async fn events_to_handlers_that_are_held_meet_them_whatever_is_deployed() {
    let scene = Scene::new(FailPolicy::Closed, 4);
    let (_, before) = scene.put_next_in_force();
    let held = scene.pin();
    let (_, after) = scene.put_next_in_force();
    let runs = || [&before, &after].map(|revision| revision.stats().totals().runs());
    assert_eq!(scene.raise_to(&held).await, Verdict::Guest);
    assert_eq!(runs(), [1, 0]);
    assert_eq!(scene.raise_to(&scene.pin()).await, Verdict::Guest);
    assert_eq!(runs(), [1, 1]);
    // Of a tenant that is gone nobody is asked.
    scene.withdraw();
    assert_eq!(scene.raise_to(&held).await, Verdict::Open);
    assert_eq!(runs(), [1, 1]);
}
