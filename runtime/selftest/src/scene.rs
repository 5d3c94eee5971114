//! A tenant with a handler that it should not have trusted, without a server.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use evroute_event::{Cause, EditScope, Event, Payload, ReplyParts, Subject};
use evroute_module_api::{EventBinding, HandlerContext, Lane, TenantState, Variables};
use evroute_module_core::events::Request;
use evroute_module_custom::events::CustomEvent;
use evroute_module_custom::{CustomTenant, Queue, Queued};
use evroute_module_htable::{HtableTenant, ShvConfig, TableConfig};
use evroute_module_log::LogTenant;
use evroute_module_sql::{DatabaseConfig, DatabaseUrl, SqlTenant};
use evroute_module_tm::events::LocalRequest;
use evroute_sandbox::{ComponentRefusal, Export, Handler, Run, Sandbox};
use evroute_server::MODULES;
use evroute_sip::{Framing, Message};
use evroute_tenant::{Grants, HandlerId, Revision, TenantId, TenantIndex};
use tokio::sync::mpsc::Receiver;

use crate::counted_log::CountedLog;
use crate::{Attack, SelftestError};

/// When every event happens, microseconds since 1970.
const NOW_US: u64 = 1_700_000_000_000_000;
/// What a guest is granted unless its row says otherwise.
const GRANTS: &[&str] = &["log", "sip", "pv", "shv", "htable", "custom"];
/// How much a table and the shared variables hold.
const ENTRIES_MAX: u64 = 50;
const BYTES_MAX: u64 = 1 << 20;
/// How many events may wait: more than a run may raise.
const EVENTS_QUEUED_MAX: u32 = 1000;

/// The tenant, and what can be seen of its runs.
pub(crate) struct Scene {
    handler: Handler,
    export: Export,
    binding: Arc<dyn EventBinding>,
    tables: Arc<HtableTenant>,
    log: Arc<CountedLog>,
    raised: Mutex<Receiver<Queued>>,
    body: String,
    depth: u8,
}

/// Why there is no scene.
pub(crate) enum NoScene {
    /// The component is no handler here: what must come of some attacks.
    Refused(ComponentRefusal),
    /// It is our fault.
    Broken(SelftestError),
}

impl NoScene {
    fn of(error: impl std::fmt::Display) -> Self {
        Self::Broken(SelftestError::of(error))
    }
}

/// A run that is over, and what it has left.
pub(crate) struct Seen {
    pub(crate) run: Run,
    /// Whether the message is as it was before.
    pub(crate) is_message_untouched: bool,
    /// Entries of tables that are there now.
    pub(crate) entries: usize,
    pub(crate) raised: usize,
    pub(crate) log_lines: u64,
    pub(crate) log_bytes: u64,
}

impl Scene {
    pub(crate) async fn new(
        sandbox: &Arc<Sandbox>,
        attack: &Attack,
        component: &[u8],
    ) -> Result<Self, NoScene> {
        let table = TableConfig {
            name: "blocked".to_owned(),
            expire_seconds: 0,
            entries_max: ENTRIES_MAX,
            bytes_max: BYTES_MAX,
            persist: false,
        };
        let shared = ShvConfig {
            entries_max: ENTRIES_MAX,
            bytes_max: BYTES_MAX,
        };
        let tables = Arc::new(HtableTenant::new(vec![table], shared));
        let log = Arc::new(CountedLog::default());
        let (queue, raised) = Queue::new(EVENTS_QUEUED_MAX);
        let log_sink = Arc::clone(&log);
        let name = "hostile".parse::<TenantId>().map_err(NoScene::of)?;
        let mut state = TenantState::new(name, TenantIndex::new(0))
            .with(Arc::new(LogTenant { log_sink }))
            .with(Arc::clone(&tables))
            .with(Arc::new(CustomTenant::of(queue)));
        if attack.statement.is_some() {
            let databases = SqlTenant::new("hostile", &[database()]).await;
            state = state.with(Arc::new(databases.map_err(NoScene::of)?));
        }
        let grants = match &attack.grants {
            Some(grants) => Grants::parse(grants),
            None => Grants::parse(GRANTS),
        };
        let modules = MODULES.iter();
        let variables = modules.flat_map(|module| module.variables().to_vec());
        let handler_context = HandlerContext {
            handler: "hostile".parse::<HandlerId>().map_err(NoScene::of)?,
            revision: Revision::FIRST,
            grants: grants.map_err(NoScene::of)?,
            limits: attack.limits.of_run(),
            tenant: Arc::new(state),
            variables: Arc::new(Variables::new(variables)),
        };
        let handler = Handler::prepare(sandbox, component, Arc::new(handler_context));
        let handler = handler.map_err(NoScene::Refused)?;
        let export = handler.exports().first().copied();
        let export = export.ok_or_else(|| NoScene::of("it handles no event"))?;
        let binding = sandbox.bindings().get(export.event.position());
        let binding = binding.ok_or_else(|| NoScene::of("it handles an unknown event"))?;
        Ok(Self {
            binding: Arc::clone(binding),
            handler,
            export,
            tables,
            log,
            raised: Mutex::new(raised),
            body: attack
                .statement
                .clone()
                .unwrap_or_else(|| "Watson".to_owned()),
            depth: attack.depth,
        })
    }

    /// One run, in the lane that the server would choose.
    pub(crate) async fn run(&self) -> Result<Seen, SelftestError> {
        let payload = self.payload()?;
        let before = printed(&*payload);
        let cause = Cause {
            depth: self.depth,
            ..Cause::outside(TenantIndex::new(0))
        };
        let binding = &*self.binding;
        let run = match self.handler.lane() {
            Lane::Sync => self.handler.run(self.export, binding, cause, payload),
            Lane::Async => {
                let run = self.handler.run_async(self.export, binding, cause, payload);
                run.await
            }
        };
        let (log_lines, log_bytes) = self.log.take();
        let tables = self.tables.tables().iter();
        Ok(Seen {
            is_message_untouched: printed(&*run.payload) == before,
            entries: tables
                .map(|table| table.dump(1000, None, NOW_US).len())
                .sum(),
            raised: self.raised(),
            log_lines,
            log_bytes,
            run,
        })
    }

    fn payload(&self) -> Result<Box<dyn Payload>, SelftestError> {
        let name = self.binding.name();
        let message = || -> Result<Subject, SelftestError> {
            Ok(Subject {
                message: Some(message(&self.body)?),
                edits: EditScope::Routing,
                ..Subject::at(NOW_US)
            })
        };
        if name == LocalRequest::NAME {
            Ok(Box::new(LocalRequest {
                subject: message()?,
            }))
        } else if name == Request::NAME {
            let reply = Some(ReplyParts::default());
            let subject = message()?;
            Ok(Box::new(Request {
                subject: Subject { reply, ..subject },
            }))
        } else if name == CustomEvent::NAME {
            let event = CustomEvent::new("again", Vec::new(), NOW_US);
            Ok(Box::new(event.map_err(SelftestError::of)?))
        } else {
            Err(SelftestError(format!(
                "nobody raises {} here",
                name.as_str()
            )))
        }
    }

    fn raised(&self) -> usize {
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| raised.try_recv().ok()).count()
    }
}

fn printed(payload: &dyn Payload) -> Option<Vec<u8>> {
    let message = payload.subject().message.as_ref();
    message.map(|message| message.print().to_vec())
}

/// In memory: nothing of it is left.
fn database() -> DatabaseConfig {
    DatabaseConfig {
        label: "main".to_owned(),
        url: DatabaseUrl::SqliteMemory,
        connections_max: 1,
        deadline: Duration::from_secs(1),
        rows_max: 1000,
        result_bytes_max: 256 << 10,
        bytes_max: 16 << 20,
    }
}

fn message(body: &str) -> Result<Message, SelftestError> {
    let text = format!(
        "MESSAGE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK-1\r\n\
         Max-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=8a1b\r\nTo: <sip:bob@example.org>\r\n\
         Call-ID: one@127.0.0.1\r\nCSeq: 1 MESSAGE\r\nX-Own: kept\r\nContent-Type: text/plain\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    Message::parse(Bytes::from(text), Framing::Datagram).map_err(SelftestError::of)
}
