//! The runner's own part.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use evroute_aot::CompiledCode;
use evroute_confine::{Confined, Confinement, Isolation, MemoryLimit, Purpose, confine};
use evroute_event::{Cause, Subject};
use evroute_module_api::{
    Capability, EventBinding, HandlerContext, Lane, LogTenant, TenantState, Variables,
};
use evroute_sandbox::{
    CellRunEnd, CellRunStart, Compile, ComponentRefusal, EngineFingerprint, Handler, Run, Sandbox,
    SandboxConfig, Tapping,
};
use evroute_tap::WitValue;
use evroute_tenant::{Grants, Revision, RunLimits, TenantIndex};

use crate::far_server::{FarEvent, FarLog, FarServer, SharedSocket, lock};
use crate::server_socket::ServerSocket;
use crate::{FromRunner, StartRefusal, ToRunner};

/// What a runner has, and may take.
#[derive(Clone, Debug)]
pub struct RunnerRoom {
    /// Memory beside what the program has when it starts, in bytes.
    pub memory_bytes_max: u64,
    /// Processor time of its whole life, in whole seconds.
    pub seconds_max: u32,
    /// The sandbox, as the server has it.
    pub sandbox: SandboxConfig,
}

/// Runs handlers for the server at the other end of standard input, until it is gone: shuts this
/// process in before the first of them is read. `capabilities` and `bindings` are the server's own.
/// The error is one sentence.
///
/// # Errors
/// The process cannot be shut in, or the server says what makes no sense.
pub fn serve(
    room: &RunnerRoom,
    capabilities: Vec<Capability>,
    bindings: Vec<Arc<dyn EventBinding>>,
) -> Result<(), String> {
    let broken = |error: std::io::Error| format!("the server cannot be heard: {error}");
    let mut socket = ServerSocket::of_standard_input();
    let code = Arc::new(CodeAtHand::default());
    let config = SandboxConfig {
        compiler: Some(Arc::clone(&code) as Arc<dyn Compile>),
        code_cache: None,
        cells: None,
        runs_for_another: true,
        ..room.sandbox.clone()
    };
    let grants = capabilities
        .iter()
        .filter_map(|capability| capability.grant);
    let grants = Grants::parse(grants).map_err(|error| error.to_string())?;
    let sandbox = || {
        let sandbox = Sandbox::new(&config, capabilities, bindings);
        sandbox.map_err(|error| error.to_string())
    };
    let (Confined { landlock, seccomp }, sandbox) = match confine(&confinement(room), sandbox) {
        Ok(confined) => confined,
        Err(why) => {
            let why = why.to_string();
            socket
                .say(&FromRunner::NotReady(why.clone()))
                .map_err(broken)?;
            return Err(why);
        }
    };
    socket
        .say(&FromRunner::Ready { landlock, seccomp })
        .map_err(broken)?;
    let socket = Arc::new(Mutex::new(socket));
    let mut serving = Serving {
        socket,
        sandbox,
        grants,
        code,
        handlers: HashMap::new(),
    };
    serving.until_the_server_is_gone().map_err(broken)
}

fn confinement(room: &RunnerRoom) -> Confinement {
    Confinement {
        purpose: Purpose::Run,
        memory: MemoryLimit::Data(room.memory_bytes_max),
        seconds_max: room.seconds_max,
        file_bytes_max: room.memory_bytes_max,
        // What cannot be shut in is no second wall.
        isolation: Isolation::Required,
    }
}

/// Code that came from the server, which has it from a compiler of its own.
#[derive(Default, Debug)]
struct CodeAtHand(Mutex<Option<CompiledCode>>);

impl Compile for CodeAtHand {
    fn compile(
        &self,
        _: &[u8],
        _: bool,
        _: &EngineFingerprint,
    ) -> Result<CompiledCode, ComponentRefusal> {
        let mut code = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = || ComponentRefusal::CompilerBroke("its code did not come".to_owned());
        code.take().ok_or_else(missing)
    }
}

struct Serving {
    socket: SharedSocket,
    sandbox: Arc<Sandbox>,
    grants: Grants,
    code: Arc<CodeAtHand>,
    handlers: HashMap<u64, Handler>,
}

impl Serving {
    fn until_the_server_is_gone(&mut self) -> std::io::Result<()> {
        loop {
            let heard = lock(&self.socket).hear()?;
            let answer = match heard {
                None => return Ok(()),
                Some(ToRunner::Load {
                    number,
                    component,
                    code,
                    limits,
                }) => match self.load(number, &component, code, limits) {
                    Ok(()) => FromRunner::Loaded,
                    Err((refusal, why)) => FromRunner::Refused(refusal, why),
                },
                Some(ToRunner::Forget { number }) => {
                    self.handlers.remove(&number);
                    continue;
                }
                Some(ToRunner::Run { number, start }) => {
                    let end = self.run(number, &start);
                    FromRunner::End(end.ok_or_else(unknown)?)
                }
                Some(ToRunner::Answer { .. }) => return Err(unknown()),
            };
            lock(&self.socket).say(&answer)?;
        }
    }

    fn load(
        &mut self,
        number: u64,
        component: &[u8],
        code: Vec<u8>,
        limits: RunLimits,
    ) -> Result<(), (StartRefusal, String)> {
        let code = CompiledCode::of_own_compiler(code);
        *self.code.0.lock().unwrap_or_else(PoisonError::into_inner) = code;
        let handler = Handler::prepare(&self.sandbox, component, self.context(limits));
        let handler = handler.map_err(|refusal| match refusal {
            ComponentRefusal::NotStarted(why) => (StartRefusal::Limit, why),
            ComponentRefusal::StartBroke(why) => (StartRefusal::Broke, why),
            other => (StartRefusal::NotTried, other.to_string()),
        })?;
        self.handlers.insert(number, handler);
        Ok(())
    }

    /// A tenant and a handler without names: those are the server's.
    fn context(&self, limits: RunLimits) -> Arc<HandlerContext> {
        #[allow(clippy::expect_used, reason = "these two words are names")]
        let (tenant, handler) = (
            "cell".parse().expect("a name"),
            "handler".parse().expect("a name"),
        );
        let log_sink = Arc::new(FarLog(Arc::clone(&self.socket)));
        let tenant = TenantState::new(tenant, TenantIndex::new(0));
        Arc::new(HandlerContext {
            handler,
            revision: Revision::FIRST,
            grants: self.grants.clone(),
            limits,
            tenant: Arc::new(tenant.with(Arc::new(LogTenant { log_sink }))),
            variables: Arc::new(Variables::default()),
        })
    }

    /// One run; none where there is no such handler or event.
    fn run(&self, number: u64, start: &CellRunStart) -> Option<CellRunEnd> {
        let handler = self.handlers.get(&number)?;
        let bindings = self.sandbox.bindings();
        let binding = |position: usize| bindings.get(position);
        let exports = handler.exports().iter();
        let mut exports = exports.filter_map(|export| {
            let binding = binding(export.event.position())?;
            Some((*export, binding))
        });
        let (export, binding) =
            exports.find(|(_, binding)| binding.interface() == start.interface)?;
        let cause = Cause::outside(TenantIndex::new(0));
        let payload = Box::new(FarEvent(Subject::at(start.time_us)));
        let tapping = Tapping {
            tap: Some(Box::new(FarServer::new(&self.socket))),
            seed: start.seed,
            ..Tapping::default()
        };
        let run = match handler.lane() {
            Lane::Sync => handler.run_tapped(export, &**binding, cause, payload, tapping),
            Lane::Async => {
                to_end(handler.run_async_tapped(export, &**binding, cause, payload, tapping))
            }
        };
        Some(end_of(run))
    }
}

fn unknown() -> std::io::Error {
    std::io::Error::other("it asks for what was not loaded")
}

/// Polls a run to its end. It never waits for anything but its turn, and there is nobody else.
fn to_end(run: impl Future<Output = Run>) -> Run {
    let mut run = pin!(run);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(run) = run.as_mut().poll(&mut context) {
            return run;
        }
    }
}

fn end_of(run: Run) -> CellRunEnd {
    let answer = run.verdict.and_then(|answer| answer.downcast().ok());
    CellRunEnd {
        answer: answer.map(|answer: Box<WitValue>| *answer),
        outcome: run.outcome,
        stack: run.stack.to_string(),
        used: run.used.meter,
        fuel: run.used.fuel,
        memory_bytes: run.used.memory_bytes,
        seed: run.seed,
    }
}
