//! One tenant with one handler of `tm:local-request`, and all that can be seen of its runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use evroute_componentize::componentize;
use evroute_event::{AnyVerdict, Cause, EditScope, Event, Outcome, ReplyParts, Subject};
use evroute_module_api::{
    Capability, EventBinding, HandlerContext, Module, TenantState, Variables,
};
use evroute_module_core::CoreModule;
use evroute_module_core::events::Request;
use evroute_module_custom::{CustomModule, CustomTenant, Queue, Queued};
use evroute_module_htable::{HtableModule, HtableTenant, ShvConfig, TableConfig};
use evroute_module_log::{Level, Line, LogModule, LogSink, LogTenant};
use evroute_module_pv::PvModule;
use evroute_module_sip::SipModule;
use evroute_module_timer::TimerModule;
use evroute_module_tm::TmModule;
use evroute_module_tm::events::{LocalRequest, LocalRequestVerdict};
use evroute_module_usrloc::UsrlocModule;
use evroute_sandbox::{CodeCache, ComponentRefusal, Handler, Run, Sandbox, SandboxConfig, Tapping};
use evroute_sip::{Framing, Message};
use evroute_tenant::{Grants, Revision, RunLimits, TenantIndex};
use tokio::sync::mpsc::Receiver;

const MODULES: &[&dyn Module] = &[
    &SipModule,
    &CoreModule,
    &LogModule,
    &PvModule,
    &HtableModule,
    &CustomModule,
    &TmModule,
    &TimerModule,
    &UsrlocModule,
];

/// What a run says that went deeper than its stack.
pub(crate) const STACK: &str = "call stack exhausted";

/// When every event happens, microseconds since 1970.
const NOW_US: u64 = 1_700_000_000_000_000;

/// A tenant, its state and its handler.
pub(crate) struct Scene {
    pub(crate) handler: Handler,
    pub(crate) sandbox: Arc<Sandbox>,
    tables: Arc<HtableTenant>,
    log: Arc<Lines>,
    raised: Mutex<Receiver<Queued>>,
}

/// All that can be seen of a run from outside, time excepted.
#[derive(PartialEq, Debug)]
pub(crate) struct Traces {
    /// The words for traps are Wasmtime's in one case and ours in the other.
    pub(crate) outcome: String,
    pub(crate) verdict: Option<String>,
    pub(crate) fuel: u64,
    memory_bytes: u64,
    meter: String,
    message: String,
    pub(crate) tables: Vec<String>,
    pub(crate) log: Vec<String>,
    raised: usize,
}

#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

impl LogSink for Lines {
    fn keeps(&self, _: Level) -> bool {
        true
    }

    fn write(&self, line: &Line<'_>) {
        self.0.lock().unwrap().push(line.text.to_owned());
    }
}

/// A component of this text, in the world of the hostile guests.
pub(crate) fn component(text: &str) -> Vec<u8> {
    component_of(text, "local-request")
}

/// The same in another of their worlds.
pub(crate) fn component_of(text: &str, world: &str) -> Vec<u8> {
    let core = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    component_of_module(&core, world)
}

/// The same of a module that is there already.
pub(crate) fn component_of_module(core: &[u8], world: &str) -> Vec<u8> {
    // The fuzz targets use this file from a folder further down.
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = folders.find(|folder| folder.join("wit").is_dir()).unwrap();
    let wit = [root.join("wit"), root.join("tests/guests/world.wit")];
    let wit = wit.each_ref().map(PathBuf::as_path);
    componentize(core, &wit, world).unwrap()
}

pub(crate) fn sandbox(instance_pool_max: u32) -> Arc<Sandbox> {
    sandbox_with(instance_pool_max, None)
}

/// The same with compiled code on disk.
pub(crate) fn sandbox_with(instance_pool_max: u32, code_cache: Option<CodeCache>) -> Arc<Sandbox> {
    let config = SandboxConfig {
        runs_concurrent_max: 4,
        instance_pool_max,
        code_cache,
        ..SandboxConfig::default()
    };
    sandbox_of(&config)
}

pub(crate) fn sandbox_of(config: &SandboxConfig) -> Arc<Sandbox> {
    let (capabilities, bindings) = offered();
    Sandbox::new(config, capabilities, bindings).unwrap()
}

/// What handlers may import, and the events there are.
pub(crate) fn offered() -> (Vec<Capability>, Vec<Arc<dyn EventBinding>>) {
    let modules = MODULES.iter();
    let capabilities = modules.flat_map(|module| module.capabilities().to_vec());
    let bindings = MODULES.iter().flat_map(|module| module.events());
    (capabilities.collect(), bindings.collect())
}

impl Scene {
    /// One that keeps its instance, or one that never does.
    pub(crate) fn new(component: &[u8], is_kept: bool) -> Self {
        let scene = Self::with(sandbox(if is_kept { 4 } else { 0 }), component);
        assert!(is_kept || !scene.handler.pools_instances());
        scene
    }

    pub(crate) fn with(sandbox: Arc<Sandbox>, component: &[u8]) -> Self {
        Self::prepared(&sandbox, component, RunLimits::default()).unwrap()
    }

    /// One of a component that may be refused.
    pub(crate) fn prepared(
        sandbox: &Arc<Sandbox>,
        component: &[u8],
        limits: RunLimits,
    ) -> Result<Self, ComponentRefusal> {
        // A busy machine must not make a difference.
        let limits = RunLimits {
            run_deadline_ms: 60_000,
            ..limits
        };
        Self::prepared_with(sandbox, component, limits, |state| state)
    }

    /// The same with more in the tenant's state.
    pub(crate) fn prepared_with(
        sandbox: &Arc<Sandbox>,
        component: &[u8],
        limits: RunLimits,
        more: impl FnOnce(TenantState) -> TenantState,
    ) -> Result<Self, ComponentRefusal> {
        let table = TableConfig {
            name: "blocked".to_owned(),
            expire_seconds: 0,
            entries_max: 50,
            bytes_max: 1 << 20,
            persist: false,
        };
        let shared = ShvConfig {
            entries_max: 50,
            bytes_max: 1 << 20,
        };
        let tables = Arc::new(HtableTenant::new(vec![table], shared));
        let log = Arc::new(Lines::default());
        let (queue, raised) = Queue::new(1000);
        let log_sink = Arc::clone(&log) as Arc<dyn LogSink>;
        let state = TenantState::new("demo".parse().unwrap(), TenantIndex::new(0))
            .with(Arc::new(LogTenant { log_sink }))
            .with(Arc::clone(&tables))
            .with(Arc::new(CustomTenant::of(queue)));
        let variables = MODULES
            .iter()
            .flat_map(|module| module.variables().to_vec());
        let handler_context = HandlerContext {
            handler: "any".parse().unwrap(),
            revision: Revision::FIRST,
            grants: Grants::parse(["log", "pv", "sip", "shv", "htable", "custom"]).unwrap(),
            limits,
            tenant: Arc::new(more(state)),
            variables: Arc::new(Variables::new(variables)),
        };
        Ok(Self {
            handler: Handler::prepare(sandbox, component, Arc::new(handler_context))?,
            sandbox: Arc::clone(sandbox),
            tables,
            log,
            raised: Mutex::new(raised),
        })
    }

    /// One run, for a request with this body.
    pub(crate) fn run(&self, body: &[u8]) -> Traces {
        self.run_tapped(body, Tapping::default())
    }

    /// One run, as it is.
    #[allow(dead_code, reason = "the suite of cells looks at it")]
    pub(crate) fn run_whole(&self, body: &[u8]) -> Run {
        self.whole(body, Tapping::default())
    }

    fn whole(&self, body: &[u8], tapping: Tapping) -> Run {
        let event = LocalRequest {
            subject: Subject {
                message: Some(message(body)),
                edits: EditScope::Routing,
                ..Subject::at(NOW_US)
            },
        };
        self.about(event, tapping)
    }

    /// One run of `core:request`, as it is; `reply` is what its answer has already.
    #[allow(dead_code, reason = "the suite of cells does not look at it")]
    pub(crate) fn run_request(&self, reply: Option<ReplyParts>) -> Run {
        let event = Request {
            subject: Subject {
                message: Some(message(b"")),
                edits: EditScope::Routing,
                reply,
                ..Subject::at(NOW_US)
            },
        };
        self.about(event, Tapping::default())
    }

    fn about<E: Event>(&self, event: E, tapping: Tapping) -> Run {
        let glue_of = |position: usize| self.sandbox.bindings().get(position).unwrap();
        let mut exports = self.handler.exports().iter();
        let export = exports.find(|export| glue_of(export.event.position()).name() == E::NAME);
        let export = *export.unwrap();
        let binding = glue_of(export.event.position());
        let cause = Cause::outside(TenantIndex::new(0));
        let event = Box::new(event);
        self.handler
            .run_tapped(export, &**binding, cause, event, tapping)
    }

    /// The lines that were logged since this was last asked.
    #[allow(dead_code, reason = "the suite of cells does not look at it")]
    pub(crate) fn logged(&self) -> Vec<String> {
        std::mem::take(&mut self.log.0.lock().unwrap())
    }

    /// The same, seen or answered by a tap.
    pub(crate) fn run_tapped(&self, body: &[u8], tapping: Tapping) -> Traces {
        let run = self.whole(body, tapping);
        let message = run.payload.subject().message.as_ref();
        let verdict = run.verdict.as_ref().map(reported);
        Traces {
            outcome: match run.outcome {
                Outcome::Trap(text) if text.contains(STACK) => STACK.to_owned(),
                Outcome::Trap(_) => "a trap".to_owned(),
                other => other.to_string(),
            },
            verdict,
            fuel: run.used.fuel,
            memory_bytes: run.used.memory_bytes,
            meter: format!("{:?}", run.used.meter),
            message: format!("{:?}", message.map(Message::print)),
            tables: self.entries(),
            log: std::mem::take(&mut self.log.0.lock().unwrap()),
            raised: self.raised(),
        }
    }

    fn entries(&self) -> Vec<String> {
        let tables = self.tables.tables().iter();
        let mut entries: Vec<_> = tables
            .flat_map(|table| table.dump(1000, None, NOW_US))
            .map(|(key, seen)| format!("{key}: {:?}", seen.value))
            .collect();
        entries.sort();
        entries
    }

    fn raised(&self) -> usize {
        let mut raised = self.raised.lock().unwrap();
        std::iter::from_fn(|| raised.try_recv().ok()).count()
    }
}

fn reported(verdict: &AnyVerdict) -> String {
    format!("{:?}", verdict.downcast_ref::<LocalRequestVerdict>())
}

fn message(body: &[u8]) -> Message {
    let head = format!(
        "MESSAGE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK-1\r\n\
         Max-Forwards: 70\r\nFrom: \"Alice\" <sip:alice@example.com>;tag=8a1b\r\nTo: <sip:bob@example.org>\r\n\
         Call-ID: one@127.0.0.1\r\nCSeq: 1 MESSAGE\r\nX-Own: kept\r\nContent-Type: text/plain\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    let bytes = [head.as_bytes(), body].concat();
    Message::parse(Bytes::from(bytes), Framing::Datagram).unwrap()
}
