//! Everything the core needs at hand, put together once at start.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Instant;

use evroute_event::{Emitter, Port, UnknownEvent};
use evroute_identity::LocalIdentity;
use evroute_log_throttle::LogThrottle;
use evroute_module_api::{Authentication, ConnectionEnds, Locations};
use evroute_module_tm::{Uac, Users};
use evroute_proxy::recorded_tenant;
use evroute_resolver::Resolver;
use evroute_sip::{Limits, Message, Uri};
use evroute_tenant::{MatchKeys, SourceLimits, TenantDirectory, TenantIndex, TenantSlots};
use evroute_transaction_layer::TransactionLayer;
use evroute_transport::Flow;

use crate::events::{PreRouting, ReceiveParseError, Reply, Request};
use crate::flow_tokens::FlowTokens;
use crate::ignored::{Ignored, IgnoredCounts};
use crate::order::Order;
use crate::sources::SourceTable;
use crate::static_routes::{StaticRoute, StaticRoutes};
use crate::tenant_pike::TenantPike;

/// What the core knows about one tenant.
#[derive(Clone, Debug, Default)]
pub struct TenantRouting {
    /// The tenant's name, for the log.
    pub name: String,
    /// `[[tenant.route]]`.
    pub routes: StaticRoutes,
    /// Whether requests to domains that are not ours are forwarded for this tenant. Off: no open
    /// relay.
    pub relays: bool,
    /// `[tenant.pike]`; none where nobody is to be blocked.
    pub pike: Option<Arc<TenantPike>>,
    /// Whether it counts for the tenant who has shown a certificate that the server's `[tls]` has
    /// verified.
    pub is_server_believed: bool,
}

/// The core: what stands between the transport and the transaction layer on one side and the
/// routing decision on the other.
pub struct Core {
    pub(crate) identity: Arc<LocalIdentity>,
    pub(crate) layer: Arc<TransactionLayer>,
    pub(crate) uac: Arc<Uac>,
    pub(crate) directory: Arc<TenantDirectory>,
    pub(crate) targets: Arc<Resolver>,
    tenants: TenantSlots<KnownTenant>,
    pub(crate) locations: Arc<dyn Locations>,
    pub(crate) authentication: Option<Arc<dyn Authentication>>,
    pub(crate) ports: Ports,
    pub(crate) flow_tokens: FlowTokens,
    /// Before they have a transaction: messages that wait for handlers of `core:pre-routing`.
    pub(crate) pre_routing: Arc<Order>,
    /// Once they have one: to be routed, or to be sent back.
    pub(crate) routing: Arc<Order>,
    /// Requests for which there was no room.
    pub(crate) refused: LogThrottle,
    pub(crate) unreadable: AtomicU64,
    /// What the log says about messages that were not read, and about fields that were left unread.
    pub(crate) reported: Told,
    pub(crate) ignored: IgnoredCounts,
    pub(crate) limits: Limits,
    pub(crate) max_breadth: u32,
    pub(crate) too_broad: AtomicU64,
    /// Requests for which there was a route that their sender may not use.
    pub(crate) routes_refused: AtomicU64,
    /// Who sends too much; none where nobody is banned for it.
    pub(crate) sources: Option<SourceTable>,
    /// Who tells tenants of connections that are gone, once it is there.
    pub(crate) ends: OnceLock<Arc<dyn ConnectionEnds>>,
    is_draining: AtomicBool,
}

/// A tenant, and whether it is served.
struct KnownTenant {
    routing: TenantRouting,
    is_served: Arc<AtomicBool>,
    /// Requests that did not leave for its rate.
    over_rate: Arc<LogThrottle>,
}

/// Lines of the log that a flood of odd messages must not fill.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) unreadable: LogThrottle,
    pub(crate) malformed_unread: LogThrottle,
    pub(crate) route_refused: LogThrottle,
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
    pub directory: Arc<TenantDirectory>,
    /// Where next hops are.
    pub targets: Arc<Resolver>,
    /// Who is registered where.
    pub locations: Arc<dyn Locations>,
    /// Who sent a request; none asks nobody.
    pub authentication: Option<Arc<dyn Authentication>>,
    /// How long messages may be.
    pub limits: Limits,
    /// The Max-Breadth of requests that bring none, and the most that is granted to any (RFC 5393
    /// 5).
    pub max_breadth: u32,
    /// How much one source may send.
    pub sources: SourceLimits,
    /// What ways to phones are sealed with where they travel in messages: random, and this
    /// server's alone. With the same key after a restart, calls go on that began before.
    pub flow_key: [u8; 32],
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("own", &self.identity)
            .finish_non_exhaustive()
    }
}

impl Core {
    /// Puts the core together. It knows no tenant, see [`Core::admit`].
    ///
    /// # Errors
    /// [`UnknownEvent`] when this module's events are not in the server's list.
    pub fn new(parts: Parts, emitter: &Emitter) -> Result<Arc<Self>, UnknownEvent> {
        let Parts {
            identity,
            layer,
            uac,
            directory,
            targets,
            locations,
            authentication,
            limits,
            max_breadth,
            sources,
            flow_key,
        } = parts;
        let ports = Ports {
            pre_routing: emitter.port()?,
            request: emitter.port()?,
            reply: emitter.port()?,
            parse_error: emitter.port()?,
        };
        let order = || Order::new(layer.tasks().clone());
        let (pre_routing, routing) = (order(), order());
        let core = Arc::new(Self {
            identity,
            layer,
            uac,
            directory,
            targets,
            tenants: TenantSlots::new(),
            locations,
            authentication,
            ports,
            flow_tokens: FlowTokens::new(flow_key),
            pre_routing,
            routing,
            refused: LogThrottle::new(),
            unreadable: AtomicU64::new(0),
            reported: Told::default(),
            ignored: IgnoredCounts::default(),
            limits,
            max_breadth,
            too_broad: AtomicU64::new(0),
            routes_refused: AtomicU64::new(0),
            sources: SourceTable::new(sources, Instant::now()),
            ends: OnceLock::new(),
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

    /// How many requests were refused since the start because the route that they asked for is not
    /// for their sender.
    #[must_use]
    pub fn routes_refused(&self) -> u64 {
        self.routes_refused.load(Ordering::Relaxed)
    }

    /// How many messages were refused or dropped since the start because too many of their dialog,
    /// or of their tenant, waited before them.
    #[must_use]
    pub fn crowded_out(&self) -> u64 {
        self.pre_routing.refused() + self.routing.refused()
    }

    /// Takes in a tenant, whose requests are answered 503 until [`Core::serve`] is said of it; or
    /// what has changed of one that is known, which goes on as it does.
    pub fn admit(&self, tenant: TenantIndex, routing: TenantRouting) {
        let kept =
            |known: &Arc<KnownTenant>| (Arc::clone(&known.is_served), Arc::clone(&known.over_rate));
        let (is_served, over_rate) = self.tenants.read(tenant, kept).unwrap_or_default();
        let known = KnownTenant {
            routing,
            is_served,
            over_rate,
        };
        self.tenants.put(tenant, Arc::new(known));
        self.pre_routing.admit(tenant);
        self.routing.admit(tenant);
    }

    /// Forgets a tenant that is gone. What is under way goes on as for one without routes.
    pub fn remove(&self, tenant: TenantIndex) {
        self.tenants.remove(tenant);
        self.pre_routing.remove(tenant);
        self.routing.remove(tenant);
    }

    /// From now on all requests of this tenant are answered 503: it has not started, and is not to
    /// be served by halves.
    pub fn disable_tenant(&self, tenant: TenantIndex) {
        self.set_served(tenant, false);
    }

    /// From now on the requests of a tenant are served: it has started.
    pub fn serve(&self, tenant: TenantIndex) {
        self.set_served(tenant, true);
    }

    fn set_served(&self, tenant: TenantIndex, is_served: bool) {
        self.tenants.read(tenant, |known| {
            known.is_served.store(is_served, Ordering::Relaxed);
        });
    }

    /// Whether a tenant has not started, did not start, or is gone.
    #[must_use]
    pub fn is_disabled(&self, tenant: TenantIndex) -> bool {
        let is_served = |known: &Arc<KnownTenant>| known.is_served.load(Ordering::Relaxed);
        !self.tenants.read(tenant, is_served).unwrap_or(false)
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
        let handshake = self.handshake(flow);
        self.directory.resolve(&MatchKeys {
            listener: Some(self.identity.listener(flow.proto, flow.local)),
            source: Some(flow.remote.ip()),
            peer: handshake.as_deref().and_then(|tls| tls.peer.as_ref()),
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
        let names = self.identity.names();
        self.directory.named(recorded_tenant(message, &names)?)
    }

    /// Whom and what a line of the log is about: the tenant's name and the Call-ID.
    pub(crate) fn about<'a>(
        &self,
        tenant: TenantIndex,
        message: &'a Message,
    ) -> (String, Option<&'a str>) {
        (self.name(tenant), message.call_id())
    }

    /// A request does not leave for its tenant's rate. When that is to be logged: how often since
    /// the last line.
    pub(crate) fn over_rate(&self, tenant: TenantIndex) -> Option<u64> {
        let happened = |known: &Arc<KnownTenant>| known.over_rate.happened(Instant::now());
        self.tenants.read(tenant, happened).flatten()
    }

    /// The tenant's name, for the log.
    pub(crate) fn name(&self, tenant: TenantIndex) -> String {
        let name = |known: &Arc<KnownTenant>| known.routing.name.clone();
        self.tenants.read(tenant, name).unwrap_or_default()
    }

    /// Who sends a tenant too much; none where nobody is blocked.
    pub(crate) fn pike(&self, tenant: TenantIndex) -> Option<Arc<TenantPike>> {
        let pike = |known: &Arc<KnownTenant>| known.routing.pike.clone();
        self.tenants.read(tenant, pike).flatten()
    }

    /// Whether requests to domains that are not ours are forwarded for this tenant.
    pub(crate) fn relays(&self, tenant: TenantIndex) -> bool {
        let relays = |known: &Arc<KnownTenant>| known.routing.relays;
        self.tenants.read(tenant, relays).unwrap_or(false)
    }

    /// Whether what the server's `[tls]` has verified counts for a tenant.
    pub(crate) fn is_server_believed(&self, tenant: TenantIndex) -> bool {
        let believed = |known: &Arc<KnownTenant>| known.routing.is_server_believed;
        self.tenants.read(tenant, believed).unwrap_or(false)
    }

    /// One of a tenant's static routes.
    pub(crate) fn static_route(
        &self,
        tenant: TenantIndex,
        find: impl Fn(&StaticRoutes) -> Option<&StaticRoute>,
    ) -> Option<StaticRoute> {
        let route = |known: &Arc<KnownTenant>| find(&known.routing.routes).cloned();
        self.tenants.read(tenant, route).flatten()
    }
}
