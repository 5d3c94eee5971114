//! Expiry as handlers meet it.

use std::sync::Mutex;
use std::time::Duration;

use evroute_event::testing::Recorder;
use evroute_event::{Answer, Emitter, EventIndex, EventName, Payload, Raised, Sink};

use super::*;
use crate::location::testing;
use crate::{Aor, Binding, Config, Update};

const STUCK: TenantIndex = TenantIndex::new(0);
const OTHER: TenantIndex = TenantIndex::new(1);
/// When contacts are registered, in seconds; they are over at `OVER`.
const BEGUN: u64 = 1000;
const OVER: u64 = 1010;

fn clock() -> u64 {
    OVER * 1_000_000
}

/// A table with this many contacts, all over at [`OVER`].
fn table(contacts: usize) -> Arc<LocationTable> {
    let table = LocationTable::new(Config::default());
    for number in 0..contacts {
        let aor = Aor::new(&format!("u{number}"), "example.com").unwrap();
        let saved = table.save(
            &aor,
            Update::Save(vec![binding(&aor)]),
            Timestamp::from_seconds(BEGUN),
        );
        saved.unwrap();
    }
    Arc::new(table)
}

fn binding(aor: &Aor) -> Binding {
    Binding {
        expires_at: Timestamp::from_seconds(OVER),
        ..testing::binding(aor)
    }
}

/// One tenant's handler never comes back; the others' answer at once.
#[derive(Default)]
struct OneStuck {
    asked: Mutex<Vec<TenantIndex>>,
}

impl OneStuck {
    fn asked(&self, tenant: TenantIndex) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| **asked == tenant).count()
    }
}

impl Sink for OneStuck {
    fn index(&self, _: EventName) -> Option<EventIndex> {
        EventIndex::new(0)
    }

    fn is_handled(&self, _: TenantIndex, _: EventIndex) -> bool {
        true
    }

    fn raise(&self, _: EventIndex, cause: Cause, payload: Box<dyn Payload>) -> Raised {
        self.asked.lock().unwrap().push(cause.tenant);
        if cause.tenant == STUCK {
            return Raised::Pending(Box::pin(std::future::pending()));
        }
        let verdict = Some(Box::new(()) as _);
        Raised::Done(Answer { payload, verdict })
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_waits_does_not_hold_up_other_tenants() {
    let sink = Arc::new(OneStuck::default());
    let port = Emitter::new(Arc::clone(&sink) as Arc<dyn Sink>)
        .port()
        .unwrap();
    let (stuck, other) = (table(2), table(2 * SWEPT_AT_ONCE + 1));
    let tables = vec![
        ("stuck".parse().unwrap(), STUCK, Arc::clone(&stuck)),
        ("other".parse().unwrap(), OTHER, Arc::clone(&other)),
    ];
    let sweeping = Sweeper::new(tables, &port).run(clock, CancellationToken::new());
    let hour = tokio::time::timeout(Duration::from_secs(3600), sweeping).await;
    assert!(hour.is_err(), "it ends when it is dropped");
    assert_eq!(
        (sink.asked(STUCK), sink.asked(OTHER)),
        (1, 2 * SWEPT_AT_ONCE + 1)
    );
    assert!(stuck.is_empty() && other.is_empty());
}

#[tokio::test(start_paused = true)]
async fn without_a_handler_expired_contacts_are_just_removed() {
    let recorder = Recorder::new();
    recorder.knows::<ContactExpired>();
    let table = table(3);
    let tables = vec![("other".parse().unwrap(), OTHER, Arc::clone(&table))];
    let sweeping = Sweeper::new(tables, &recorder.emitter().port().unwrap())
        .run(clock, CancellationToken::new());
    let minute = tokio::time::timeout(Duration::from_secs(60), sweeping).await;
    assert!(minute.is_err());
    assert!(table.is_empty());
    assert!(recorder.raised().is_empty());
}

/// A handler that waits until it is let go.
#[derive(Default)]
struct Waits(Arc<(tokio::sync::Notify, Mutex<usize>)>);

impl Sink for Waits {
    fn index(&self, _: EventName) -> Option<EventIndex> {
        EventIndex::new(0)
    }

    fn is_handled(&self, _: TenantIndex, _: EventIndex) -> bool {
        true
    }

    fn raise(&self, _: EventIndex, _: Cause, payload: Box<dyn Payload>) -> Raised {
        let gate = Arc::clone(&self.0);
        Raised::Pending(Box::pin(async move {
            gate.0.notified().await;
            *gate.1.lock().unwrap() += 1;
            let verdict = Some(Box::new(()) as _);
            Answer { payload, verdict }
        }))
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_the_run_under_way_end_and_begins_no_other() {
    let sink = Waits::default();
    let gate = Arc::clone(&sink.0);
    let port = Emitter::new(Arc::new(sink)).port().unwrap();
    let tables = vec![("other".parse().unwrap(), OTHER, table(3))];
    let stop = CancellationToken::new();
    let sweeping = Sweeper::new(tables, &port).run(clock, stop.clone());
    let stopping = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        stop.cancel();
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(*gate.1.lock().unwrap(), 0);
        gate.0.notify_one();
    };
    tokio::join!(sweeping, stopping);
    assert_eq!(*gate.1.lock().unwrap(), 1);
}
