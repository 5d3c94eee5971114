use std::sync::Mutex;

use evroute_event::EventName;
use evroute_event::testing::Recorder;
use evroute_module_api::{FinalStatus, FlowRequest, OwnRequests, PeerAnswering, PeerRequest};
use evroute_tenant::{HandlerId, Revision, TenantIndex};
use tokio_util::sync::CancellationToken;

use super::*;

const CAUSE: Cause = Cause {
    tenant: TenantIndex::new(3),
    depth: 2,
};

fn tenant(events_queued_max: u32) -> Arc<DeployTenant> {
    let id = "demo".parse().unwrap();
    Arc::new(DeployTenant::new(id, events_queued_max, || 7))
}

/// Nobody asks for requests here.
#[derive(Debug)]
struct Nobody;

impl OwnRequests for Nobody {
    fn send(self: Arc<Self>, _: TenantIndex, _: FlowRequest) -> FinalStatus {
        Box::pin(std::future::ready(None))
    }

    fn ask_peer(self: Arc<Self>, _: TenantIndex, _: PeerRequest) -> PeerAnswering {
        panic!("there is no peer")
    }
}

fn live(recorder: &Arc<Recorder>) -> LiveTenant {
    LiveTenant {
        id: "demo".parse().unwrap(),
        index: CAUSE.tenant,
        emitter: recorder.emitter(),
        clock: || 7,
        draining: CancellationToken::new(),
        requests: Arc::new(Nobody),
    }
}

fn change<'a>(handler: &'a HandlerId, kind: HandlerChangeKind<'a>) -> HandlerChange<'a> {
    HandlerChange {
        handler,
        cause: CAUSE,
        kind,
    }
}

const OPENED: HandlerChangeKind<'static> = HandlerChangeKind::BreakerOpened {
    revision: Revision::new(4),
    reason: "traps",
    runs: 20,
    failures: 11,
    openings: 2,
};

const BACK: HandlerChangeKind<'static> = HandlerChangeKind::RolledBack {
    revision: Revision::new(4),
    taken_back: Some(Revision::new(5)),
    who: "eve",
    why: "worse",
};

const ACTIVATED: HandlerChangeKind<'static> = HandlerChangeKind::Activated {
    revision: Revision::new(4),
    previous: None,
    who: "eve",
    why: "",
};

/// Raises what was told, until nothing is left.
async fn raise_all(part: Arc<DeployTenant>, live: &LiveTenant) {
    let mut works = Arc::clone(&part).background(live).unwrap();
    assert_eq!(works.len(), 1);
    let work = works.remove(0);
    let until_empty = async {
        while part.reports.is_waiting() {
            tokio::task::yield_now().await;
        }
        live.draining.cancel();
    };
    tokio::join!(work, until_empty);
}

#[tokio::test]
async fn what_is_told_is_raised_in_its_order_with_all_that_it_says() {
    let recorder = Recorder::new();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    recorder.handles(move |event: &mut DeployActivated| {
        let said = (event.revision.number(), event.previous, event.who.clone());
        notes
            .lock()
            .unwrap()
            .push(format!("{} {said:?}", event.handler));
    });
    let notes = Arc::clone(&seen);
    recorder.handles(move |event: &mut DeployRolledBack| {
        let taken_back = event.taken_back.map(Revision::number);
        let said = (event.revision.number(), taken_back, event.why.clone());
        notes
            .lock()
            .unwrap()
            .push(format!("{} {said:?}", event.handler));
    });
    let notes = Arc::clone(&seen);
    recorder.handles(move |event: &mut DeployBreakerOpen| {
        assert_eq!(event.subject.time_us, 7);
        let said = (event.runs, event.failures, event.openings);
        let said = format!("{} {} {said:?}", event.handler, event.reason);
        notes.lock().unwrap().push(said);
    });
    let (part, live) = (tenant(3), live(&recorder));
    let handler = "guard".parse().unwrap();
    for kind in [OPENED, BACK, ACTIVATED] {
        part.handler_changed(&change(&handler, kind));
    }
    raise_all(Arc::clone(&part), &live).await;
    let expected = [
        "guard traps (20, 11, 2)",
        "guard (4, Some(5), \"worse\")",
        "guard (4, None, \"eve\")",
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
    assert_eq!(part.lost(), 0);
}

#[tokio::test]
async fn a_full_queue_loses_what_comes_and_counts_it() {
    let recorder = Recorder::new();
    recorder.handles(|_: &mut DeployBreakerOpen| ());
    recorder.knows::<DeployActivated>();
    recorder.knows::<DeployRolledBack>();
    let (part, live) = (tenant(2), live(&recorder));
    let handler = "guard".parse().unwrap();
    for _ in 0..5 {
        part.handler_changed(&change(&handler, OPENED));
    }
    assert_eq!(part.lost(), 3);
    raise_all(Arc::clone(&part), &live).await;
    let open = EventName::new("deploy:breaker-open");
    assert_eq!(recorder.raised(), [open, open]);
}

#[tokio::test]
async fn what_nobody_handles_is_not_raised() {
    let recorder = Recorder::new();
    recorder.knows::<DeployActivated>();
    recorder.knows::<DeployRolledBack>();
    recorder.knows::<DeployBreakerOpen>();
    let (part, live) = (tenant(2), live(&recorder));
    let handler = "guard".parse().unwrap();
    part.handler_changed(&change(&handler, ACTIVATED));
    raise_all(Arc::clone(&part), &live).await;
    assert!(recorder.raised().is_empty());
}
