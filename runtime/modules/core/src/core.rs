//! Everything the core needs at hand, put together once at start.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Instant;

use evroute_clock::now_us;
use evroute_event::{EditScope, Emitter, Endpoint, Port, Subject, UnknownEvent};
use evroute_identity::LocalIdentity;
use evroute_log_throttle::LogThrottle;
use evroute_module_api::Locations;
use evroute_module_tm::{Uac, Users};
use evroute_proxy::recorded_tenant;
use evroute_resolver::Resolver;
use evroute_sip::{Limits, Message, Uri};
use evroute_tenant::{MatchKeys, TenantIndex, TenantResolver};
use evroute_transaction_layer::TransactionLayer;
use evroute_transport::Flow;

use crate::events::{PreRouting, ReceiveParseError, Reply, Request};
use crate::ignored::{Ignored, IgnoredCounts};
use crate::order::Order;

/// What the core knows about one tenant.
#[derive(Clone, Debug, Default)]
pub struct TenantRouting {
    /// The tenant's name, for the log.
    pub name: String,
    /// Static routes: the user part of a Request-URI in the tenant's domains, and the SIP URI it is
    /// sent to.
    pub routes: HashMap<String, String>,
    /// Whether requests to domains that are not ours are forwarded for this tenant. Off: no open
    /// relay.
    pub relays: bool,
}

/// The core: what stands between the transport and the transaction layer on one side and the
/// routing decision on the other.
pub struct Core {
    pub(crate) identity: Arc<LocalIdentity>,
    pub(crate) layer: Arc<TransactionLayer>,
    pub(crate) uac: Arc<Uac>,
    pub(crate) resolver: TenantResolver,
    pub(crate) targets: Arc<Resolver>,
    pub(crate) tenants: Vec<TenantRouting>,
    by_name: HashMap<String, TenantIndex>,
    pub(crate) locations: Arc<dyn Locations>,
    pub(crate) ports: Ports,
    /// Before they have a transaction: messages that wait for handlers of `core:pre-routing`.
    pub(crate) pre_routing: Arc<Order>,
    /// Once they have one: to be routed, or to be sent back.
    pub(crate) routing: Arc<Order>,
    /// Requests for which there was no room.
    pub(crate) refused: LogThrottle,
    pub(crate) unreadable: AtomicU64,
    /// What the log says about messages that were not read, and about fields that were left unread.
    pub(crate) told: Told,
    pub(crate) ignored: IgnoredCounts,
    pub(crate) limits: Limits,
    pub(crate) max_breadth: u32,
    pub(crate) too_broad: AtomicU64,
    is_draining: AtomicBool,
    /// By tenant index: those that have not started.
    disabled: Vec<AtomicBool>,
}

/// Lines of the log that a flood of odd messages must not fill.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) unreadable: LogThrottle,
    pub(crate) malformed_unread: LogThrottle,
}

/// Where the core's events are raised.
pub(crate) struct Ports {
    pub(crate) pre_routing: Port<PreRouting>,
    pub(crate) request: Port<Request>,
    pub(crate) reply: Port<Reply>,
    pub(crate) parse_error: Port<ReceiveParseError>,
}

/// What a core is made of.
#[derive(Clone)]
pub struct Parts {
    /// Our addresses and domains.
    pub identity: Arc<LocalIdentity>,
    /// The transaction layer.
    pub layer: Arc<TransactionLayer>,
    /// The path of local requests.
    pub uac: Arc<Uac>,
    /// Whose a message is.
    pub resolver: TenantResolver,
    /// Where next hops are.
    pub targets: Arc<Resolver>,
    /// By tenant index.
    pub tenants: Vec<TenantRouting>,
    /// Who is registered where.
    pub locations: Arc<dyn Locations>,
    /// How long messages may be.
    pub limits: Limits,
    /// The Max-Breadth of requests that bring none, and the most that is granted to any (RFC 5393
    /// 5).
    pub max_breadth: u32,
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("own", &self.identity)
            .finish_non_exhaustive()
    }
}

impl Core {
    /// Puts the core together.
    ///
    /// # Errors
    /// [`UnknownEvent`] when this module's events are not in the server's list.
    pub fn new(parts: Parts, emitter: &Emitter) -> Result<Arc<Self>, UnknownEvent> {
        let Parts {
            identity,
            layer,
            uac,
            resolver,
            targets,
            tenants,
            locations,
            limits,
            max_breadth,
        } = parts;
        let ports = Ports {
            pre_routing: emitter.port()?,
            request: emitter.port()?,
            reply: emitter.port()?,
            parse_error: emitter.port()?,
        };
        let names = tenants.iter().map(|tenant| tenant.name.clone());
        let by_name = names.zip((0..).map(TenantIndex::new)).collect();
        let disabled = tenants.iter().map(|_| AtomicBool::new(false)).collect();
        let order = || Order::new(layer.tasks().clone(), tenants.len());
        let (pre_routing, routing) = (order(), order());
        let core = Arc::new(Self {
            disabled,
            identity,
            layer,
            uac,
            resolver,
            targets,
            tenants,
            by_name,
            locations,
            ports,
            pre_routing,
            routing,
            refused: LogThrottle::new(),
            unreadable: AtomicU64::new(0),
            told: Told::default(),
            ignored: IgnoredCounts::default(),
            limits,
            max_breadth,
            too_broad: AtomicU64::new(0),
            is_draining: AtomicBool::new(false),
        });
        let users: Weak<dyn Users> = Arc::<Self>::downgrade(&core);
        core.uac.attach_users(users);
        Ok(core)
    }

    /// From now on requests that begin something are answered 503, so that their senders try
    /// elsewhere; what is under way, and the requests of dialogs that stand, go on.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// How many messages could not be read as SIP since the start.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.unreadable.load(Ordering::Relaxed)
    }

    /// How many messages were neither passed on nor answered since the start, for this reason.
    #[must_use]
    pub fn ignored(&self, reason: Ignored) -> u64 {
        self.ignored.count(reason)
    }

    /// A message is neither passed on nor answered: counts it, and logs why.
    pub(crate) fn ignore(
        &self,
        reason: Ignored,
        source: SocketAddr,
        call_id: Option<&str>,
        why: &dyn fmt::Display,
    ) {
        if let Some(times) = self.ignored.happened(reason, Instant::now()) {
            let reason = reason.as_str();
            tracing::info!(reason, %source, call_id, %why, times, "a message was dropped");
        }
    }

    /// How many requests were answered 440 since the start: Max-Breadth was too small for all
    /// branches.
    #[must_use]
    pub fn too_broad(&self) -> u64 {
        self.too_broad.load(Ordering::Relaxed)
    }

    /// How many messages were refused or dropped since the start because too many of their dialog,
    /// or of their tenant, waited before them.
    #[must_use]
    pub fn crowded_out(&self) -> u64 {
        self.pre_routing.refused() + self.routing.refused()
    }

    /// From now on all requests of this tenant are answered 503: it has not started, and is not to
    /// be served by halves.
    pub fn disable_tenant(&self, tenant: TenantIndex) {
        if let Some(disabled) = self.disabled.get(tenant.position()) {
            disabled.store(true, Ordering::Relaxed);
        }
    }

    /// From now on the requests of a tenant that was disabled are served: it has started.
    pub fn serve(&self, tenant: TenantIndex) {
        if let Some(disabled) = self.disabled.get(tenant.position()) {
            disabled.store(false, Ordering::Relaxed);
        }
    }

    /// Whether [`Core::disable_tenant`] was said of this tenant, and [`Core::serve`] was not since.
    #[must_use]
    pub fn is_disabled(&self, tenant: TenantIndex) -> bool {
        let disabled = self.disabled.get(tenant.position());
        disabled.is_some_and(|disabled| disabled.load(Ordering::Relaxed))
    }

    /// Whether this request begins something while nothing is to begin any more, or is of a tenant
    /// that did not start.
    pub(crate) fn is_unserved(&self, request: &Message, tenant: TenantIndex) -> bool {
        let is_late = self.is_draining.load(Ordering::Relaxed)
            && request.to().is_ok_and(|to| to.tag().is_none());
        is_late || self.is_disabled(tenant)
    }

    /// Whose a message is, by where it came from and what it says.
    pub(crate) fn tenant_of(&self, message: &Message, flow: &Flow) -> Option<TenantIndex> {
        let request = message
            .request_uri()
            .and_then(|uri| Uri::parse(uri.as_bytes()).ok());
        let from = message.from().ok().and_then(|from| from.parse_uri().ok());
        let to = message.to().ok().and_then(|to| to.parse_uri().ok());
        self.resolver.resolve(&MatchKeys {
            listener: Some(self.identity.listener(flow.proto, flow.local)),
            source: Some(flow.remote.ip()),
            recorded: self.recorded_tenant(message),
            request_host: request
                .as_ref()
                .map(Uri::host)
                .filter(|host| !host.is_empty()),
            from_host: from.as_ref().map(Uri::host),
            to_host: to.as_ref().map(Uri::host),
        })
    }

    /// The tenant that our own Route names, inside a dialog that came through us.
    fn recorded_tenant(&self, message: &Message) -> Option<TenantIndex> {
        let name = recorded_tenant(message, self.identity.names())?;
        self.by_name.get(name).copied()
    }

    /// Whom and what a line of the log is about: the tenant's name and the Call-ID.
    pub(crate) fn about<'a>(
        &'a self,
        tenant: TenantIndex,
        message: &'a Message,
    ) -> (&'a str, Option<&'a str>) {
        (self.name(tenant), message.call_id())
    }

    /// The tenant's name, for the log.
    pub(crate) fn name(&self, tenant: TenantIndex) -> &str {
        self.routing(tenant).map_or("", |routing| &routing.name)
    }

    pub(crate) fn routing(&self, tenant: TenantIndex) -> Option<&TenantRouting> {
        self.tenants.get(tenant.position())
    }
}

/// The two ends of the way a message came.
pub(crate) fn endpoints(flow: &Flow) -> (Option<Endpoint>, Option<Endpoint>) {
    let proto = flow.proto.as_param();
    let end = |address| Some(Endpoint { proto, address });
    (end(flow.remote), end(flow.local))
}

/// What an event about this message is about.
pub(crate) fn subject(message: Message, flow: &Flow, edits: EditScope) -> Subject {
    let (source, received) = endpoints(flow);
    Subject {
        message: Some(message),
        edits,
        source,
        received,
        ..Subject::at(now_us())
    }
}
