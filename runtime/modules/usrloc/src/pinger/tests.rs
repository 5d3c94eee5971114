//! Pings by virtual time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use evroute_event::testing::Recorder;
use evroute_module_api::{FinalStatus, PeerAnswering, PeerRequest};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::*;
use crate::Config;
use crate::location::testing::{NOW, aor, at, register};

/// Seconds since 1970.
static SECONDS: AtomicU64 = AtomicU64::new(NOW.seconds());

async fn pass(seconds: u64) {
    for _ in 0..seconds {
        SECONDS.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Phones that all answer the same.
#[derive(Debug)]
struct Phones {
    answer: Mutex<Option<u16>>,
    asked: Mutex<Vec<(TenantIndex, FlowRequest)>>,
}

impl OwnRequests for Phones {
    fn send(self: Arc<Self>, tenant: TenantIndex, request: FlowRequest) -> FinalStatus {
        self.asked.lock().unwrap().push((tenant, request));
        let answer = *self.answer.lock().unwrap();
        Box::pin(std::future::ready(answer))
    }

    fn ask_peer(self: Arc<Self>, _: TenantIndex, _: PeerRequest) -> PeerAnswering {
        panic!("there is no peer")
    }
}

/// A tenant whose phones are asked here.
fn tenant(requests: Arc<dyn OwnRequests>) -> LiveTenant {
    LiveTenant {
        id: "demo".parse().unwrap(),
        index: TenantIndex::new(3),
        emitter: Recorder::new().emitter(),
        clock: || SECONDS.load(Ordering::Relaxed) * 1_000_000,
        draining: CancellationToken::new(),
        requests,
    }
}

#[tokio::test(start_paused = true)]
async fn a_phone_is_asked_over_its_flow_and_is_gone_when_it_answers_no_more() {
    let table = Arc::new(LocationTable::new(Config {
        ping_interval: 10,
        ping_jitter: 0,
        ping_misses_max: 2,
        ..Config::default()
    }));
    register(&table, "bob", None, NOW);
    let bob = || {
        let now = Timestamp::from_seconds(SECONDS.load(Ordering::Relaxed));
        table.lookup(aor("bob").as_str(), now)
    };
    let flow = bob().remove(0).received;
    let phones = Arc::new(Phones {
        answer: Mutex::new(Some(405)),
        asked: Mutex::default(),
    });
    let tenant = tenant(Arc::clone(&phones) as _);
    let tasks = TaskTracker::new();
    tasks.spawn(Pinger::new(&tenant, Arc::clone(&table)).run());

    pass(25).await;
    let asked = || phones.asked.lock().unwrap().len();
    assert_eq!((asked(), bob().len()), (2, 1), "any answer will do");
    let (index, request) = phones.asked.lock().unwrap().remove(0);
    assert_eq!(index, TenantIndex::new(3));
    assert_eq!(request.method, "OPTIONS");
    assert_eq!(request.request_uri, "sip:bob@10.0.0.7");
    assert_eq!(request.over, flow.itself());

    *phones.answer.lock().unwrap() = Some(408);
    pass(10).await;
    assert_eq!(bob().len(), 1, "one miss");
    pass(10).await;
    assert_eq!(bob().len(), 0, "two misses");
    let before = asked();
    pass(60).await;
    assert_eq!(asked(), before, "who is gone is not asked");

    tenant.draining.cancel();
    tasks.close();
    tasks.wait().await;
}

/// Phones of which none answers before it is allowed to.
#[derive(Debug)]
struct Silent {
    asked: AtomicU64,
    answers: Arc<tokio::sync::Semaphore>,
}

impl OwnRequests for Silent {
    fn send(self: Arc<Self>, _: TenantIndex, _: FlowRequest) -> FinalStatus {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let answers = Arc::clone(&self.answers);
        Box::pin(async move {
            answers.acquire().await.unwrap().forget();
            Some(200)
        })
    }

    fn ask_peer(self: Arc<Self>, _: TenantIndex, _: PeerRequest) -> PeerAnswering {
        panic!("there is no peer")
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_than_so_many_are_asked_at_the_same_time_and_the_others_have_their_turn() {
    let table = Arc::new(LocationTable::new(Config {
        ping_interval: 600,
        ping_jitter: 0,
        pings_max: 2,
        ..Config::default()
    }));
    for user in ["a", "b", "c"] {
        // All are due at once.
        register(&table, user, None, at(NOW.seconds() - 600));
    }
    let phones = Arc::new(Silent {
        asked: AtomicU64::new(0),
        answers: Arc::new(tokio::sync::Semaphore::new(0)),
    });
    let tenant = tenant(Arc::clone(&phones) as _);
    let tasks = TaskTracker::new();
    tasks.spawn(Pinger::new(&tenant, table).run());
    let asked = || phones.asked.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(asked(), 2);
    phones.answers.add_permits(1);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(asked(), 3);
    tenant.draining.cancel();
    tasks.close();
    tasks.wait().await;
}
