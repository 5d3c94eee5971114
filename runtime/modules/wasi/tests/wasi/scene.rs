//! One component, linked to nothing but WASI.

use std::path::Path;
use std::sync::{Arc, Mutex};

use evroute_componentize::componentize;
use evroute_event::{Cause, Event, EventName, Subject};
use evroute_module_api::{
    HandlerContext, Level, Line, LogSink, LogTenant, Module, RunState, Seed, TenantState, Variables,
};
use evroute_module_wasi::WasiModule;
use evroute_tenant::{Grants, Revision, RunLimits, TenantIndex};
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Engine, Store};

/// When the event happens.
pub(crate) const TIME_US: u64 = 1_700_000_000_123_456;

struct Happened(Subject);

impl Event for Happened {
    const NAME: EventName = EventName::new("custom:event");
    type Verdict = ();
    fn subject(&self) -> &Subject {
        &self.0
    }
    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.0
    }
}

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<String>>>);

impl LogSink for Captured {
    fn keeps(&self, _: Level) -> bool {
        true
    }
    fn write(&self, line: &Line<'_>) {
        assert_eq!((line.tenant, line.time_us), ("demo", TIME_US));
        let text = format!("{:?}: {}", line.level, line.text);
        self.0.lock().unwrap().push(text);
    }
}

/// The guest, and what it has printed.
pub(crate) struct Scene {
    engine: Engine,
    guest: InstancePre<RunState>,
    handler_context: Arc<HandlerContext>,
    kept: Captured,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let tests = here.join("tests/wasi");
        let core = std::fs::read(tests.join("look.wat")).unwrap();
        let wit = [&*here.join("wit"), &*tests.join("look.wit")];
        let component = componentize(&core, &wit, "look").unwrap();
        let engine = Engine::default();
        let mut linker = Linker::new(&engine);
        for capability in WasiModule.capabilities() {
            (capability.link)(&mut linker).unwrap();
        }
        let component = Component::new(&engine, component).unwrap();
        let guest = linker.instantiate_pre(&component).unwrap();
        let kept = Captured::default();
        let index = TenantIndex::new(0);
        let tenant = TenantState::new("demo".parse().unwrap(), index).with(Arc::new(LogTenant {
            log_sink: Arc::new(kept.clone()),
        }));
        let handler_context = Arc::new(HandlerContext {
            handler: "look".parse().unwrap(),
            revision: Revision::FIRST,
            grants: Grants::none(),
            limits: RunLimits::default(),
            tenant: Arc::new(tenant),
            variables: Arc::new(Variables::default()),
        });
        Self {
            engine,
            guest,
            handler_context,
            kept,
        }
    }

    /// One run: what the guest found, and the seed.
    pub(crate) fn look(&self, seed: Option<Seed>) -> (Vec<u8>, Option<Seed>) {
        let cause = Cause::outside(self.handler_context.tenant.index);
        let event = Box::new(Happened(Subject::at(TIME_US)));
        let mut run = RunState::new(
            Arc::clone(&self.handler_context),
            Happened::NAME,
            cause,
            Some(event),
        );
        run.seed = seed;
        let mut store = Store::new(&self.engine, run);
        let instance = self.guest.instantiate(&mut store).unwrap();
        let look = instance
            .get_typed_func::<(), (Vec<u8>,)>(&mut store, "look")
            .unwrap();
        let (found,) = look.call(&mut store, ()).unwrap();
        (found, store.data().seed)
    }

    /// What was printed in all runs, line by line.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.kept.0.lock().unwrap().clone()
    }
}
