//! Runs that a task waits for, whose worker others have meanwhile.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use evroute_aot::CompiledCode;
use evroute_cell::RunnerPool;
use evroute_event::Outcome;
use evroute_sandbox::{CellHandler, CellName, CellRun, CellRunStart, Cells, Heard};
use evroute_tap::WitValue;
use evroute_tenant::{Meter, RunLimits};

use crate::runner::pool_that;

/// A handler of which such runners read nothing.
fn handler(run_deadline_ms: u64) -> CellHandler {
    // Of one byte, and of no modules.
    let lengths = [1_u64, 0, 0].map(u64::to_le_bytes);
    let code = [lengths.as_flattened(), &[0]].concat();
    CellHandler {
        number: 1,
        cell: CellName("tier".to_owned()),
        component: Arc::default(),
        code: Arc::new(CompiledCode::of_own_compiler(code).unwrap()),
        limits: RunLimits {
            run_deadline_ms,
            ..RunLimits::default()
        },
    }
}

fn begun(pool: &Arc<RunnerPool>, handler: &CellHandler) -> Box<dyn CellRun> {
    let start = CellRunStart {
        interface: "evroute:tm/local-request@0.1.0".to_owned(),
        time_us: 0,
        seed: None,
    };
    pool.begin(handler, &start).unwrap()
}

async fn heard(run: &mut Box<dyn CellRun>) -> Result<Heard, Outcome> {
    poll_fn(|context| run.poll_hear(context)).await
}

#[tokio::test]
async fn a_runner_that_says_nothing_keeps_no_worker_and_is_ended_in_time() {
    let pool = pool_that(Some("says-nothing"), true, 1);
    let mut run = begun(&pool, &handler(10));
    let is_silent = poll_fn(|context| Poll::Ready(run.poll_hear(context).is_pending())).await;
    assert!(is_silent, "it was waited for");
    let ended = heard(&mut run).await.unwrap_err();
    assert_eq!(ended, Outcome::DeadlineExceeded);
    drop(run);
    let counts = pool.counts();
    assert_eq!((counts.late, counts.broken, counts.alive), (1, 0, 0));
}

#[tokio::test]
async fn one_that_died_is_told_to_its_task() {
    let pool = pool_that(Some("dies"), true, 1);
    let mut run = begun(&pool, &handler(60_000));
    let ended = heard(&mut run).await.unwrap_err();
    assert!(matches!(ended, Outcome::Trap(_)), "{ended}");
    assert_eq!(pool.counts().broken, 1);
}

/// The answer is larger than any socket holds, and the runner serves a thread afterwards.
#[tokio::test]
async fn a_task_and_a_thread_have_the_same_runner_by_turns() {
    let pool = pool_that(Some("asks-once"), true, 1);
    let handler = handler(60_000);
    let large = WitValue::Bytes(vec![7; 8 << 20]);
    for _ in 0..2 {
        let mut run = begun(&pool, &handler);
        assert!(matches!(heard(&mut run).await, Ok(Heard::Question(_))));
        run.answer(Some(&large), &Meter::default()).unwrap();
        assert!(matches!(heard(&mut run).await, Ok(Heard::End(_))));
        drop(run);
        let mut run = begun(&pool, &handler);
        assert!(matches!(run.hear(), Ok(Heard::Question(_))));
        run.answer(Some(&large), &Meter::default()).unwrap();
        assert!(matches!(run.hear(), Ok(Heard::End(_))));
    }
    let counts = pool.counts();
    assert_eq!((counts.started, counts.alive, counts.broken), (1, 1, 0));
}

#[test]
fn a_run_begins_at_once_where_a_runner_is_free_that_has_loaded_the_handler() {
    let pool = pool_that(Some("asks-once"), true, 1);
    let handler = handler(60_000);
    assert!(!pool.is_ready(&handler), "none was started");
    pool.probe(&handler).unwrap();
    assert!(pool.is_ready(&handler));
    let other = CellHandler {
        number: 2,
        ..handler.clone()
    };
    assert!(!pool.is_ready(&other), "it was not loaded");
    let run = begun(&pool, &handler);
    assert!(pool.is_ready(&other), "it is refused at once");
    drop(run);
    assert!(!pool.is_ready(&handler), "its process has ended");
}
