//! A tenant with one handler, as the server builds it.

use std::fs::OpenOptions;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use evroute_dispatch::{Admission, Dispatcher, RevisionConfig, Revisions, TenantSubscriptions};
use evroute_event::{Cause, EditScope, Emitter, Event, Outcome, Port, Sink, Subject};
use evroute_module_api::{
    Capability, EventBinding, HandlerContext, Module, TenantState, Variables,
};
use evroute_module_log::{HandlerLogSink, Level, LogFormat, LogModule, LogTenant, LogWriter};
use evroute_module_pv::PvModule;
use evroute_module_recordings::RecordingsConfig;
use evroute_module_sip::SipModule;
use evroute_module_tm::TmModule;
use evroute_module_tm::events::{LocalRequest, LocalResponse};
use evroute_module_wasi::WasiModule;
use evroute_sandbox::{CellName, Export, Handler, Sandbox, SandboxConfig};
use evroute_sip::{Framing, Message};
use evroute_tenant::{Grants, Revision, RunLimits, TenantIndex};

use crate::recorded::recorder;

/// Anything that can go wrong in a bench.
pub(crate) type Error = Box<dyn std::error::Error>;

const MESSAGE: &[u8] = b"MESSAGE sip:bob@example.org SIP/2.0\r\n\
Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK-ev-0-1\r\n\
Max-Forwards: 70\r\n\
From: \"Alice\" <sip:alice@example.com>;tag=8a1b\r\n\
To: <sip:bob@example.org>\r\n\
Call-ID: 5d0b6f2c-1@127.0.0.1\r\n\
CSeq: 1 MESSAGE\r\n\
User-Agent: evroute\r\n\
Content-Type: text/plain\r\n\
Content-Length: 5\r\n\r\nhello";

const MODULES: [&dyn Module; 5] = [&SipModule, &LogModule, &PvModule, &TmModule, &WasiModule];

/// What handlers may import, and the events there are.
pub(crate) fn offered() -> (Vec<Capability>, Vec<Arc<dyn EventBinding>>) {
    let modules = MODULES.iter();
    let capabilities = modules.flat_map(|module| module.capabilities().to_vec());
    let bindings = MODULES.iter().flat_map(|module| module.events());
    (capabilities.collect(), bindings.collect())
}

/// Everything an event needs.
pub(crate) struct Bench {
    pub(crate) tenant: TenantIndex,
    pub(crate) message: Message,
    pub(crate) local_request: Port<LocalRequest>,
    pub(crate) local_response: Port<LocalResponse>,
    bindings: Vec<Arc<dyn EventBinding>>,
    handler: Arc<Handler>,
    log: LogWriter,
}

impl Bench {
    /// A handler of which it is known whether its instances are kept: a mean of both kinds would be
    /// a number of neither.
    pub(crate) fn new(
        component: &str,
        log: &str,
        keeps_lines: bool,
        pools_instances: bool,
    ) -> Result<Self, Error> {
        let bench = Self::any(component, log, keeps_lines, pools_instances, None)?;
        if bench.handler.pools_instances() != pools_instances {
            return Err(
                "the handler's instances cannot be kept: this would measure something else".into(),
            );
        }
        Ok(bench)
    }

    /// A handler whose instances are kept where that is possible; its runs may be recorded.
    pub(crate) fn any(
        component: &str,
        log: &str,
        keeps_lines: bool,
        pools_instances: bool,
        recordings: Option<&RecordingsConfig>,
    ) -> Result<Self, Error> {
        let mut config = SandboxConfig::default();
        if !pools_instances {
            config.instance_pool_max = 0;
        }
        Self::of(component, log, keeps_lines, &config, recordings)
    }

    /// A handler in a sandbox of this kind; in a cell, where the sandbox keeps some.
    pub(crate) fn of(
        component: &str,
        log: &str,
        keeps_lines: bool,
        config: &SandboxConfig,
        recordings: Option<&RecordingsConfig>,
    ) -> Result<Self, Error> {
        let (capabilities, bindings) = offered();
        let variables = MODULES
            .iter()
            .flat_map(|module| module.variables().to_vec());
        let sandbox = Sandbox::new(config, capabilities, bindings.clone())?;
        let file = OpenOptions::new().create(true).append(true).open(log)?;
        let log = LogWriter::new(LogFormat::Text, file)?;
        let keeps = if keeps_lines {
            Level::Info
        } else {
            Level::Error
        };
        let log_sink = Arc::new(HandlerLogSink::new(log.clone(), Some(keeps)));
        let tenant = TenantIndex::new(0);
        let mut state =
            TenantState::new("bench".parse()?, tenant).with(Arc::new(LogTenant { log_sink }));
        if config.cells.is_some() {
            state = state.with(Arc::new(CellName("bench".to_owned())));
        }
        let handler_context = HandlerContext {
            handler: "local-request".parse()?,
            revision: Revision::FIRST,
            grants: Grants::parse(["log", "pv", "sip"])?,
            limits: RunLimits::default(),
            tenant: Arc::new(state),
            variables: Arc::new(Variables::new(variables)),
        };
        let component = std::fs::read(component)?;
        let handler = Arc::new(Handler::prepare(
            &sandbox,
            &component,
            Arc::new(handler_context),
        )?);
        let dispatcher = Dispatcher::new(bindings.clone(), Arc::new(()));
        let revision = dispatcher.revision(Arc::clone(&handler), RevisionConfig::default());
        let recorder = recordings.map(recorder).transpose()?;
        let subscriptions = TenantSubscriptions::new(Arc::new(Admission::default()))
            .with_recorder(recorder)
            .with_handler(&Revisions::new(revision));
        dispatcher.put_in_force(tenant, subscriptions);
        let emitter = Emitter::new(dispatcher as Arc<dyn Sink>);
        Ok(Self {
            tenant,
            message: Message::parse(Bytes::from_static(MESSAGE), Framing::Datagram)?,
            local_request: emitter.port()?,
            local_response: emitter.port()?,
            bindings,
            handler,
            log,
        })
    }

    /// Whether runs of this handler begin in instances that were put back.
    pub(crate) fn pools_instances(&self) -> bool {
        self.handler.pools_instances()
    }

    /// Waits until every line is in the file.
    pub(crate) fn flush(&self) -> Result<(), Error> {
        self.log.flush();
        if self.log.dropped() > 0 {
            return Err(format!(
                "{} log lines were dropped: the numbers would be wrong",
                self.log.dropped()
            )
            .into());
        }
        Ok(())
    }

    /// Calls the handler in sandboxes that live for `calls` calls each.
    pub(crate) fn call(&self, sandboxes: u32, calls: u32) -> Result<(), Error> {
        let (export, binding) = self.local_request()?;
        for _ in 0..sandboxes {
            let event = Box::new(LocalRequest {
                subject: subject(&self.message),
            });
            self.handler
                .call_repeatedly(export, binding, event, calls)?;
        }
        Ok(())
    }

    /// Runs in the async lane, which this handler could do without.
    pub(crate) fn run_async(&self, times: u32) -> Result<(), Error> {
        let (export, binding) = self.local_request()?;
        let cause = Cause::outside(self.tenant);
        for _ in 0..times {
            let event = Box::new(LocalRequest {
                subject: subject(&self.message),
            });
            let run = poll_again(self.handler.run_async(export, binding, cause, event));
            if run.outcome != Outcome::Returned {
                return Err(format!("the run ended as {}", run.outcome).into());
            }
        }
        Ok(())
    }

    fn local_request(&self) -> Result<(Export, &dyn EventBinding), Error> {
        let exports = self.handler.exports().iter();
        let mut found = exports.filter_map(|export| {
            let binding = self.bindings.get(export.event.position())?;
            (binding.name() == LocalRequest::NAME).then_some((*export, &**binding))
        });
        Ok(found.next().ok_or("it does not handle tm:local-request")?)
    }

    /// Makes and drops sandboxes without calling them.
    pub(crate) fn instantiate(&self, times: u32) -> Result<(), Error> {
        for _ in 0..times {
            self.handler.instantiate_only()?;
        }
        Ok(())
    }
}

/// What the event is about, as the module makes it.
pub(crate) fn subject(message: &Message) -> Subject {
    Subject {
        message: Some(message.clone()),
        edits: EditScope::Routing,
        ..Subject::at(evroute_clock::now_us())
    }
}

/// Polls a future that is ready at once: the handler is in the synchronous lane.
pub(crate) fn poll<F: Future>(future: F) -> Result<F::Output, Error> {
    let mut future = std::pin::pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err("the handler waits: it is not in the synchronous lane".into()),
    }
}

/// Polls a future until it is ready: a run in the async lane waits for nothing here, but lets
/// others go first at every tick of the clock.
fn poll_again<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
