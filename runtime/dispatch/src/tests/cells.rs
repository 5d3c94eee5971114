//! Handlers in cells: what a process has to be started for keeps no worker.

use std::sync::{Arc, Mutex};
use std::thread::ThreadId;

use evroute_event::{Cause, Emitter, FailPolicy, LimitKind, Outcome, Sink, Subject};
use evroute_module_api::{HandlerContext, Lane, Module, TenantState, Variables};
use evroute_module_timer::TimerModule;
use evroute_module_timer::events::TimerFired;
use evroute_sandbox::{
    CellHandler, CellName, CellRun, CellRunStart, Cells, ComponentRefusal, Handler, Sandbox,
    SandboxConfig,
};
use evroute_tenant::{EventRateLimits, Grants, Revision, RunLimits};

use super::scene::{HOST, TENANT, component_of};
use crate::{
    Admission, Dispatcher, Filter, Observer, RevisionConfig, Revisions, RunRecord,
    TenantSubscriptions,
};

const NEVER_WAITS: &[u8] = br#"(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 2048))
  (func (export "evroute:timer/timer@0.1.0#handle") (param i32) (result i32) (i32.const 1024)))"#;

const WAITS: &[u8] = br#"(module
  (import "evroute:probe/host@0.1.0" "call" (func $call))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 2048))
  (func (export "evroute:timer/timer@0.1.0#handle") (param i32) (result i32)
    (call $call)
    (i32.const 1024)))"#;

/// Cells that have no runner when one is asked for, and remember who asked.
#[derive(Debug)]
struct Starting {
    is_ready: bool,
    begun_by: Mutex<Vec<ThreadId>>,
}

impl Cells for Starting {
    fn probe(&self, _: &CellHandler) -> Result<(), ComponentRefusal> {
        Ok(())
    }

    fn is_ready(&self, _: &CellHandler) -> bool {
        self.is_ready
    }

    fn begin(&self, _: &CellHandler, _: &CellRunStart) -> Result<Box<dyn CellRun>, Outcome> {
        let asker = std::thread::current().id();
        self.begun_by.lock().unwrap().push(asker);
        Err(Outcome::QuotaExceeded(LimitKind::RunsConcurrent))
    }
}

#[derive(Default)]
struct Outcomes(Mutex<Vec<Outcome>>);

impl Observer for Outcomes {
    fn ran(&self, record: &RunRecord<'_>) {
        self.0.lock().unwrap().push(record.outcome.clone());
    }
}

/// Raises one event, and says which thread has asked for a runner.
async fn asker(core: &[u8], world: &str, is_ready: bool) -> ThreadId {
    let cells = Arc::new(Starting {
        is_ready,
        begun_by: Mutex::default(),
    });
    let config = SandboxConfig {
        runs_concurrent_max: 1,
        cells: Some(Arc::clone(&cells) as Arc<dyn Cells>),
        ..SandboxConfig::default()
    };
    let capabilities = [TimerModule.capabilities(), &[HOST]].concat();
    let sandbox = Sandbox::new(&config, capabilities, TimerModule.events()).unwrap();
    let tenant = TenantState::new("demo".parse().unwrap(), TENANT);
    let context = HandlerContext {
        handler: "probe".parse().unwrap(),
        revision: Revision::FIRST,
        grants: Grants::default(),
        limits: RunLimits::default(),
        tenant: Arc::new(tenant.with(Arc::new(CellName("tier".to_owned())))),
        variables: Arc::new(Variables::default()),
    };
    let component = component_of(core, world);
    let handler = Handler::prepare(&sandbox, &component, Arc::new(context)).unwrap();
    let lane = if world == "timer" {
        Lane::Sync
    } else {
        Lane::Async
    };
    assert_eq!(handler.lane(), lane);
    let outcomes = Arc::new(Outcomes::default());
    let observer = Arc::clone(&outcomes) as Arc<dyn Observer>;
    let dispatcher = Dispatcher::new(TimerModule.events(), observer);
    let config = RevisionConfig {
        fail_policy: FailPolicy::Open,
        filter: Filter::default(),
        breaker: None,
        rates: EventRateLimits::default(),
    };
    let revision = dispatcher.revision(Arc::new(handler), config);
    let subscriptions = TenantSubscriptions::new(Arc::new(Admission::default()));
    let subscriptions = subscriptions.with_handler(&Revisions::new(revision));
    dispatcher.put_in_force(TENANT, subscriptions);
    let port = Emitter::new(dispatcher as Arc<dyn Sink>).port().unwrap();
    let fired = TimerFired {
        subject: Subject::at(0),
        name: "tick".to_owned(),
        missed: 0,
    };
    port.emit(Cause::outside(TENANT), fired).await;
    let refused = Outcome::QuotaExceeded(LimitKind::RunsConcurrent);
    assert_eq!(*outcomes.0.lock().unwrap(), [refused]);
    let begun_by = cells.begun_by.lock().unwrap();
    let [asker] = begun_by.as_slice() else {
        panic!("{begun_by:?}");
    };
    *asker
}

#[tokio::test]
async fn a_runner_is_started_beside_the_workers_in_either_lane() {
    let worker = std::thread::current().id();
    for (core, world) in [(NEVER_WAITS, "timer"), (WAITS, "waiting-timer")] {
        assert_ne!(asker(core, world, false).await, worker, "{world}");
        assert_eq!(asker(core, world, true).await, worker, "{world}");
    }
}
