//! A component that is run again and again, each time on another draft.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use evroute_module_api::{
    Capability, GuestResult, HandlerContext, RunState, TenantState, Variables,
};
use evroute_sandbox::{
    CodeCache, ComponentLimits, Declared, Handler, Run, Sandbox, SandboxConfig, Tapping,
};
use evroute_server::MODULES;
use evroute_tenant::{Grants, Revision, TenantIndex};
use wasmtime::Store;

use crate::Error;
use crate::draft::{Draft, Findable};
use crate::fixture::{Fixture, sandbox_with};
use crate::run_suite::runtime;

/// An instrumented component may be so many times larger than the one it was made of.
const INSTRUMENTED_TIMES_MAX: u32 = 8;

/// The sandbox of components that are fuzzed; threads share it.
#[derive(Clone, Debug)]
pub struct HarnessSandbox(pub(crate) Arc<Sandbox>);

impl HarnessSandbox {
    /// One that runs components as a server does, a run in each of so many threads.
    ///
    /// # Errors
    /// The system gives less memory than it takes.
    pub fn as_in_a_server(threads: u32, code_cache: Option<&CodeCache>) -> Result<Self, Error> {
        let config = SandboxConfig {
            runs_concurrent_max: threads.saturating_add(1),
            code_cache: code_cache.cloned(),
            ..SandboxConfig::default()
        };
        sandbox_with(&config, &[]).map(Self)
    }

    /// One whose runs leave a core dump where they are cut short.
    ///
    /// # Errors
    /// The system gives less memory than it takes.
    pub(crate) fn leaving_core_dumps(code_cache: Option<&CodeCache>) -> Result<Self, Error> {
        let config = SandboxConfig {
            runs_concurrent_max: 2,
            code_cache: code_cache.cloned(),
            core_dumps: true,
            ..SandboxConfig::default()
        };
        sandbox_with(&config, &[]).map(Self)
    }

    /// One for instrumented components: they import what a server does not offer, and have a memory
    /// more for each module.
    ///
    /// # Errors
    /// The system gives less memory than it takes.
    pub fn for_instrumented(register: Capability, threads: u32) -> Result<Self, Error> {
        let limits = ComponentLimits::default();
        let times = |number: u32| number.saturating_mul(INSTRUMENTED_TIMES_MAX);
        let config = SandboxConfig {
            runs_concurrent_max: threads.saturating_add(1),
            core_module_backend: false,
            instance_pool_max: 0,
            memories_per_module_max: 2,
            component: ComponentLimits {
                bytes_max: limits
                    .bytes_max
                    .saturating_mul(INSTRUMENTED_TIMES_MAX as usize),
                functions_max: times(limits.functions_max),
                function_bytes_max: times(limits.function_bytes_max),
                ..limits
            },
            ..SandboxConfig::default()
        };
        sandbox_with(&config, &[register]).map(Self)
    }
}

/// What a component handles and asks for.
#[derive(Clone, Debug)]
pub struct Handled {
    /// The events, in the order of the server's.
    pub events: Vec<&'static str>,
    /// The interfaces that it imports.
    pub imports: Vec<String>,
    /// What it says that its code uses.
    pub declared: Declared,
    /// Keeps it compiled for those that run it in the same sandbox.
    _compiled: Arc<Handler>,
}

/// A component on the stage of its drafts: for one thread.
pub struct Harness {
    sandbox: HarnessSandbox,
    component: Arc<[u8]>,
    runtime: tokio::runtime::Runtime,
    /// For each event, the stage as the last draft left it, and what it was set up with.
    stages: BTreeMap<&'static str, (Fixture, Findable)>,
    fuel_max: Option<u64>,
    hostcall_bytes_more: u64,
    /// The last run has written nothing that the next one could find.
    is_untouched: bool,
}

impl std::fmt::Debug for Harness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Harness").finish_non_exhaustive()
    }
}

/// What came of a draft.
pub struct HarnessRun {
    /// The run, with the event as it is afterwards.
    pub run: Run,
    /// The verdict with what it carries, as cases write it.
    pub verdict: Option<String>,
    /// The lines that were logged.
    pub log: Vec<String>,
    /// The events that were raised.
    pub raised: Vec<String>,
}

/// The words that grant everything that there is.
#[must_use]
pub fn all_grants() -> Vec<String> {
    let capabilities = MODULES
        .iter()
        .flat_map(|module| module.capabilities().to_vec());
    let words = capabilities.filter_map(|capability| capability.grant);
    let variables = MODULES
        .iter()
        .flat_map(|module| module.variables().to_vec());
    let words = words.chain(variables.filter_map(|variable| variable.grant));
    let words: BTreeSet<String> = words.map(str::to_owned).collect();
    words.into_iter().collect()
}

impl Harness {
    /// A component in a sandbox. It is compiled when it is first asked for something.
    ///
    /// # Errors
    /// The system gives no event loop.
    pub fn new(sandbox: &HarnessSandbox, component: Arc<[u8]>) -> Result<Self, Error> {
        Ok(Self {
            sandbox: sandbox.clone(),
            component,
            runtime: runtime()?,
            stages: BTreeMap::new(),
            fuel_max: None,
            hostcall_bytes_more: 0,
            is_untouched: false,
        })
    }

    /// Lets host calls move more bytes than drafts say: those that an instrumented component
    /// registers. To be said before the first draft is run.
    #[must_use]
    pub fn with_more_bytes(mut self, bytes: u64) -> Self {
        self.hostcall_bytes_more = bytes;
        self
    }

    /// Whoever listened to the last run says that it wrote nothing: its stage serves the next one.
    pub fn untouched(&mut self) {
        self.is_untouched = true;
    }

    /// Gives runs another budget of fuel than their drafts say: an instrumented component burns
    /// more, and a search need not wait for all of it.
    pub fn set_fuel_max(&mut self, fuel_max: u64) {
        self.fuel_max = Some(fuel_max);
    }

    /// What the component handles, when it has these grants.
    ///
    /// # Errors
    /// It is refused.
    pub fn handled(&self, grants: &[String]) -> Result<Handled, Error> {
        let sandbox = &self.sandbox.0;
        let context = HandlerContext {
            handler: "example".parse()?,
            revision: Revision::FIRST,
            grants: Grants::parse(grants)?,
            limits: evroute_tenant::RunLimits::default(),
            tenant: Arc::new(TenantState::new("demo".parse()?, TenantIndex::new(0))),
            variables: Arc::new(Variables::default()),
        };
        let handler = Handler::prepare(sandbox, &self.component, Arc::new(context))?;
        let bindings = sandbox.bindings();
        let exports = handler.exports().iter();
        let names = exports.filter_map(|export| bindings.get(export.event.position()));
        let imports = handler.imports().iter();
        Ok(Handled {
            events: names.map(|binding| binding.name().as_str()).collect(),
            imports: imports.map(|import| import.interface.clone()).collect(),
            declared: handler.declared().clone(),
            _compiled: Arc::new(handler),
        })
    }

    /// Runs a draft from a fresh start, as the server would.
    ///
    /// # Errors
    /// The draft is no event: its message is none, for one.
    pub fn run(&mut self, draft: &Draft, tapping: Tapping) -> Result<HarnessRun, Error> {
        let payload = draft.build()?;
        self.set(draft)?;
        let fixture = self.stage(draft)?;
        let run = fixture.run_tapped(payload, draft.seeded(tapping));
        let run = self.runtime.block_on(run);
        Ok(told(draft, fixture, run))
    }

    /// The same from a fresh instance; `watch` looks at its store before the run is settled.
    ///
    /// # Errors
    /// As [`Harness::run`].
    pub fn run_watched(
        &mut self,
        draft: &Draft,
        tapping: Tapping,
        watch: impl FnOnce(&mut Store<RunState>, &GuestResult),
    ) -> Result<HarnessRun, Error> {
        let payload = draft.build()?;
        self.set(draft)?;
        let fixture = self.stage(draft)?;
        let run = fixture.run_watched(&self.runtime, payload, draft.seeded(tapping), watch);
        Ok(told(draft, fixture, run))
    }

    fn stage(&self, draft: &Draft) -> Result<&Fixture, Error> {
        let stage = self.stages.get(draft.event());
        Ok(&stage.ok_or("the stage is lost")?.0)
    }

    /// Sets the stage of a draft, unless it is set already and nothing has changed it.
    fn set(&mut self, draft: &Draft) -> Result<(), Error> {
        let is_untouched = std::mem::take(&mut self.is_untouched);
        if let Some((fixture, findable)) = self.stages.get(draft.event())
            && draft.finds(findable, self.fuel_max)
            && (is_untouched || !fixture.is_changed())
        {
            return Ok(());
        }
        let more = self.hostcall_bytes_more;
        let budgeted = self.fuel_max.map(|fuel| {
            let draft = draft.clone().with_fuel_max(fuel);
            draft.with_more_bytes(more)
        });
        let parts = budgeted.as_ref().unwrap_or(draft).parts();
        let sandbox = &self.sandbox.0;
        let before = self.stages.get(draft.event()).map(|(fixture, _)| fixture);
        let fixture = Fixture::on(before, sandbox, &self.component, parts, &[]);
        let fixture = self.runtime.block_on(fixture)?;
        self.stages
            .insert(draft.event(), (fixture, draft.findable(self.fuel_max)));
        Ok(())
    }
}

fn told(draft: &Draft, fixture: &Fixture, run: Run) -> HarnessRun {
    let verdict = run.verdict.as_ref();
    HarnessRun {
        verdict: verdict.and_then(|verdict| draft.word(&**verdict)),
        log: fixture.log.take(),
        raised: fixture.raised(),
        run,
    }
}
