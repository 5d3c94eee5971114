//! Expiry as handlers meet it.

use super::*;
use crate::testing::{SECOND, tenant};
use crate::{Stored, TableId};
use evroute_event::testing::Recorder;
use evroute_event::{Answer, Emitter, EventIndex, EventName, Payload, Raised, Sink};
use std::sync::Mutex;
use std::time::Duration;

const SHORT: TableId = TableId::Table(1);

struct Scene {
    tenant: Arc<HtableTenant>,
    recorder: Arc<Recorder>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Scene {
    /// Two entries in `short`, written in second 1, over in second 11.
    fn new() -> Self {
        let tenant = Arc::new(tenant());
        for (key, number) in [("a", 1), ("b", 2)] {
            tenant
                .write(SHORT, key, Some(Stored::Int(number)), SECOND)
                .unwrap();
        }
        Self {
            tenant,
            recorder: Recorder::new(),
            asked: Arc::default(),
        }
    }

    fn handled(
        self,
        mut verdict: impl FnMut(&Arc<HtableTenant>, &Expired) -> ExpiredVerdict + Send + 'static,
    ) -> Self {
        let (tenant, asked) = (Arc::clone(&self.tenant), Arc::clone(&self.asked));
        self.recorder.handles::<Expired>(move |event| {
            asked
                .lock()
                .unwrap()
                .push(format!("{}=>{}", event.table, event.key));
            verdict(&tenant, event)
        });
        self
    }

    async fn sweep(&self, now_us: u64) -> Swept {
        let port = self.recorder.emitter().port::<Expired>().unwrap();
        self.sweep_by(&port, || now_us).await
    }

    async fn sweep_by(&self, port: &Port<Expired>, clock: impl Fn() -> u64) -> Swept {
        let demo = "demo".parse().unwrap();
        let tenants = vec![(demo, TenantIndex::new(0), Arc::clone(&self.tenant))];
        TableSweeper::new(tenants, port).sweep(clock).await
    }

    fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.sort();
        asked
    }

    fn get(&self, key: &str, now_us: u64) -> Option<Stored> {
        self.tenant.tables()[1]
            .get(key, now_us)
            .map(|seen| seen.value)
    }
}

fn swept(removed: usize, extended: usize, conflicts: usize) -> Swept {
    Swept {
        removed,
        extended,
        conflicts,
        is_behind: false,
    }
}

#[tokio::test]
async fn without_a_handler_expired_entries_are_just_removed() {
    let scene = Scene::new();
    scene.recorder.knows::<Expired>();
    assert_eq!(scene.sweep(11 * SECOND - 1).await, swept(0, 0, 0));
    assert_eq!(scene.get("a", 11 * SECOND - 1), Some(Stored::Int(1)));
    assert_eq!(
        scene.get("a", 11 * SECOND),
        None,
        "over at once for readers"
    );
    assert_eq!(scene.tenant.tables()[1].entries(), 2);
    assert_eq!(scene.sweep(11 * SECOND).await, swept(2, 0, 0));
    assert_eq!(
        (
            scene.tenant.tables()[1].entries(),
            scene.tenant.tables()[1].bytes()
        ),
        (0, 0)
    );
    assert!(scene.recorder.raised().is_empty());
}

#[tokio::test]
async fn a_handler_is_told_table_key_and_value_once_for_each_entry() {
    let scene = Scene::new().handled(|_, event| {
        let number = if &*event.key == "a" { 1 } else { 2 };
        assert_eq!(event.value, Stored::Int(number));
        assert_eq!(event.subject.time_us, 12 * SECOND);
        ExpiredVerdict::Remove
    });
    assert_eq!(scene.sweep(12 * SECOND).await, swept(2, 0, 0));
    assert_eq!(scene.asked(), ["short=>a", "short=>b"]);
    assert_eq!(scene.sweep(13 * SECOND).await, swept(0, 0, 0));
    assert!(scene.asked().is_empty());
}

#[tokio::test]
async fn an_extended_entry_stays_and_expires_again_later() {
    let scene = Scene::new().handled(|_, event| match &*event.key {
        "a" => ExpiredVerdict::Extend(5),
        _ => ExpiredVerdict::Extend(0),
    });
    assert_eq!(
        scene.sweep(12 * SECOND).await,
        swept(1, 1, 0),
        "0 seconds remove"
    );
    assert_eq!(scene.get("a", 17 * SECOND - 1), Some(Stored::Int(1)));
    assert_eq!(scene.asked(), ["short=>a", "short=>b"]);
    assert_eq!(scene.sweep(17 * SECOND - 1).await, swept(0, 0, 0));
    assert_eq!(scene.sweep(17 * SECOND).await, swept(0, 1, 0));
    assert_eq!(scene.asked(), ["short=>a"]);
}

#[tokio::test]
async fn an_entry_that_is_written_or_removed_during_its_event_is_left_alone() {
    for verdict in [ExpiredVerdict::Remove, ExpiredVerdict::Extend(1)] {
        let scene = Scene::new().handled(move |tenant, event| {
            let value = (&*event.key == "a").then_some(Stored::Int(1));
            tenant.write(SHORT, &event.key, value, 12 * SECOND).unwrap();
            verdict
        });
        assert_eq!(
            scene.sweep(12 * SECOND).await,
            swept(0, 0, 2),
            "{verdict:?}"
        );
        assert_eq!(
            scene.get("a", 22 * SECOND - 1),
            Some(Stored::Int(1)),
            "the same value, anew"
        );
        assert_eq!(scene.get("b", 12 * SECOND), None);
        assert_eq!(scene.tenant.tables()[1].entries(), 1);
    }
}

#[tokio::test]
async fn removed_and_written_again_is_another_entry() {
    let scene = Scene::new().handled(|tenant, event| {
        tenant.write(SHORT, &event.key, None, 12 * SECOND).unwrap();
        tenant
            .write(SHORT, &event.key, Some(event.value.clone()), 12 * SECOND)
            .unwrap();
        ExpiredVerdict::Remove
    });
    assert_eq!(scene.sweep(12 * SECOND).await, swept(0, 0, 2));
    assert_eq!(scene.tenant.tables()[1].entries(), 2);
}

#[tokio::test]
async fn a_table_with_too_much_to_settle_is_settled_in_several_sweeps() {
    let many = SWEEP_ENTRIES_MAX + 10;
    let config = crate::testing::table("t", 1, many as u64);
    let shv = crate::ShvConfig {
        entries_max: 0,
        bytes_max: 0,
    };
    let scene = Scene {
        tenant: Arc::new(HtableTenant::new(vec![config], shv)),
        ..Scene::new()
    };
    scene.recorder.knows::<Expired>();
    for number in 0..many {
        let value = Some(Stored::Int(1));
        scene
            .tenant
            .write(TableId::Table(0), &number.to_string(), value, 0)
            .unwrap();
    }
    let first = scene.sweep(SECOND).await;
    assert_eq!(
        first,
        Swept {
            is_behind: true,
            ..swept(SWEEP_ENTRIES_MAX, 0, 0)
        }
    );
    assert_eq!(scene.sweep(SECOND).await, swept(10, 0, 0));
    assert_eq!(scene.tenant.tables()[0].bytes(), 0);
}

#[tokio::test]
async fn a_running_sweeper_ends_when_told_to() {
    let scene = Scene::new();
    scene.recorder.knows::<Expired>();
    let port = scene.recorder.emitter().port::<Expired>().unwrap();
    let sweeper = TableSweeper::new(
        vec![(
            "demo".parse().unwrap(),
            TenantIndex::new(0),
            Arc::clone(&scene.tenant),
        )],
        &port,
    );
    let stop = CancellationToken::new();
    let emptied = async {
        while scene.tenant.tables()[1].entries() > 0 {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    tokio::join!(sweeper.run(|| 12 * SECOND, stop.clone()), emptied);
    assert_eq!(scene.tenant.tables()[1].bytes(), 0);
}

#[tokio::test]
async fn an_entry_that_was_written_while_others_were_asked_about_has_not_expired() {
    // The handler of whichever entry is first writes the other one anew.
    let scene = Scene::new().handled(|tenant, event| {
        let other = if &*event.key == "a" { "b" } else { "a" };
        tenant
            .write(SHORT, other, Some(Stored::Int(7)), 12 * SECOND)
            .unwrap();
        ExpiredVerdict::Remove
    });
    assert_eq!(scene.sweep(12 * SECOND).await, swept(1, 0, 1));
    assert_eq!(scene.asked().len(), 1);
    assert_eq!(scene.tenant.tables()[1].entries(), 1);
}

#[tokio::test]
async fn an_extension_counts_from_when_the_handler_said_so() {
    let now = Arc::new(Mutex::new(12 * SECOND));
    let clock = Arc::clone(&now);
    // Each handler takes a minute.
    let scene = Scene::new().handled(move |_, event| {
        let mut now = clock.lock().unwrap();
        assert_eq!(event.subject.time_us, *now);
        *now += 60 * SECOND;
        ExpiredVerdict::Extend(5)
    });
    let port = scene.recorder.emitter().port::<Expired>().unwrap();
    let all = scene.sweep_by(&port, || *now.lock().unwrap()).await;
    assert_eq!(all, swept(0, 2, 0));
    let ends = |key| {
        let lives = |second: u64| scene.get(key, second * SECOND).is_some();
        (lives(77 - 1), lives(77), lives(137 - 1), lives(137))
    };
    let mut both = [ends("a"), ends("b")];
    both.sort_unstable();
    assert_eq!(
        both,
        [(true, false, false, false), (true, true, true, false)]
    );
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
            let verdict = Some(Box::new(ExpiredVerdict::Remove) as _);
            Answer { payload, verdict }
        }))
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_the_run_under_way_end_and_begins_no_other() {
    let sink = Waits::default();
    let gate = Arc::clone(&sink.0);
    let port = Emitter::new(Arc::new(sink)).port().unwrap();
    let scene = Scene::new();
    let demo = "demo".parse().unwrap();
    let tenants = vec![(demo, TenantIndex::new(0), Arc::clone(&scene.tenant))];
    let stop = CancellationToken::new();
    let sweeping = TableSweeper::new(tenants, &port).run(|| 12 * SECOND, stop.clone());
    let stopping = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        stop.cancel();
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(*gate.1.lock().unwrap(), 0);
        gate.0.notify_one();
    };
    tokio::join!(sweeping, stopping);
    // The verdict of the run that was under way counts; the other entry is as it was.
    assert_eq!(*gate.1.lock().unwrap(), 1);
    assert_eq!(scene.tenant.tables()[1].entries(), 1);
}
