//! What handlers hear of contacts, and in which order.

use std::sync::{Arc, Mutex};

use evroute_event::testing::Recorder;
use evroute_module_api::{
    FinalStatus, FlowRequest, OwnRequests, PeerAnswering, PeerRequest, TenantPart,
};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::*;
use crate::location::testing::{NOW, aor, at, binding, register};
use crate::{Binding, Config, LocationTable, Update};

/// Nobody is asked anything here.
#[derive(Debug)]
struct NoRequests;

impl OwnRequests for NoRequests {
    fn send(self: Arc<Self>, _: TenantIndex, _: FlowRequest) -> FinalStatus {
        Box::pin(std::future::ready(None))
    }

    fn ask_peer(self: Arc<Self>, _: TenantIndex, _: PeerRequest) -> PeerAnswering {
        panic!("there is no peer")
    }
}

fn tenant(recorder: &Arc<Recorder>) -> LiveTenant {
    LiveTenant {
        id: "demo".parse().unwrap(),
        index: TenantIndex::new(3),
        emitter: recorder.emitter(),
        clock: || NOW.seconds() * 1_000_000,
        draining: CancellationToken::new(),
        requests: Arc::new(NoRequests),
    }
}

/// What handlers were told: event, user, cause.
type Told = Arc<Mutex<Vec<String>>>;

/// A recorder whose handlers write down what they are told.
fn recorder() -> (Arc<Recorder>, Told) {
    let (recorder, told) = (Recorder::new(), Told::default());
    let heard = |told: &Told| {
        let told = Arc::clone(told);
        move |what: &str, binding: &Binding, why: &str| {
            let line = format!("{what} {} {why}", binding.aor.as_str());
            told.lock().unwrap().push(line);
        }
    };
    let (added, updated, removed) = (heard(&told), heard(&told), heard(&told));
    recorder.knows::<crate::events::ContactExpired>();
    recorder.handles(move |event: &mut ContactAdded| {
        added("added", &event.binding, event.why.as_str());
    });
    recorder.handles(move |event: &mut ContactUpdated| {
        updated("updated", &event.binding, event.why.as_str());
    });
    recorder.handles(move |event: &mut ContactRemoved| {
        removed("removed", &event.binding, event.why.as_str());
    });
    (recorder, told)
}

/// A REGISTER of one contact, and the 200 that it is answered with.
async fn registered(table: &LocationTable, user: &str, cseq: u32, expires: u64) {
    let aor = aor(user);
    let contact = Binding {
        cseq,
        expires_at: at(NOW.seconds() + expires),
        ..binding(&aor)
    };
    let saved = table.save(&aor, Update::Save(vec![contact]), NOW).unwrap();
    table.kept(saved).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn handlers_hear_of_contacts_in_order_and_why() {
    let (recorder, told) = recorder();
    let (tenant, table) = (
        tenant(&recorder),
        Arc::new(LocationTable::new(Config::default())),
    );
    let tasks = TaskTracker::new();
    for work in Arc::clone(&table).background(&tenant).unwrap() {
        tasks.spawn(work);
    }
    registered(&table, "ann", 1, 60).await;
    registered(&table, "ann", 2, 60).await;
    registered(&table, "ann", 3, 0).await;
    register(&table, "bob", Some(7), NOW);
    table.connection_closed(evroute_transport::ConnectionId::new(7), NOW);
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    let ann = "ann@example.com";
    let heard: Vec<_> = told.lock().unwrap().drain(..).collect();
    assert_eq!(
        heard,
        [
            format!("added {ann} register"),
            format!("updated {ann} register"),
            format!("removed {ann} register"),
            // That he came was never answered, so nobody was told of it.
            "removed bob@example.com connection-closed".to_owned(),
        ]
    );
    tenant.draining.cancel();
    tasks.close();
    tasks.wait().await;
}

#[tokio::test]
async fn what_finds_the_queue_full_is_counted_and_the_phone_is_registered() {
    let (recorder, _told) = recorder();
    let tenant = tenant(&recorder);
    let table = LocationTable::new(Config::default());
    let (listener, _queued) = ContactListener::new(&tenant, 2).unwrap();
    table.listen(listener);
    for user in ["a", "b", "c"] {
        registered(&table, user, 1, 60).await;
    }
    assert_eq!(table.events_lost(), 1);
    assert_eq!(table.lookup(aor("c").as_str(), NOW).len(), 1);
}

#[tokio::test]
async fn what_nobody_handles_takes_no_room() {
    let recorder = Recorder::new();
    recorder.knows::<ContactAdded>();
    recorder.knows::<ContactUpdated>();
    recorder.knows::<ContactRemoved>();
    let tenant = tenant(&recorder);
    let table = LocationTable::new(Config::default());
    let (listener, mut queued) = ContactListener::new(&tenant, 2).unwrap();
    table.listen(listener);
    for user in ["a", "b", "c"] {
        registered(&table, user, 1, 60).await;
    }
    assert_eq!(table.events_lost(), 0);
    assert!(queued.try_recv().is_err());
}
