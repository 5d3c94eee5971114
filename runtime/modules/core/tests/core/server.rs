//! The core with everything below it, on ports of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use evroute_event::testing::{LaterVerdict, Recorder};
use evroute_event::{Event, EventName};
use evroute_executor::InlineExecutor;
use evroute_identity::{LocalIdentity, TenantIdentity};
use evroute_module_core::events::{PreRouting, ReceiveParseError, Reply, Request};
use evroute_module_core::{
    Core, Ingress, Parts, RouteMatch, RouteSender, StaticRoute, StaticRoutes, TenantRouting,
};
use evroute_module_tm::Uac;
use evroute_module_tm::events::{LocalRequest, LocalResponse};
use evroute_resolver::Resolver;
use evroute_tenant::{
    Network, Networks, SourceLimits, TenantDirectory, TenantIndex, TenantResolver,
};
use evroute_transaction_layer::TransactionLayer;
use evroute_transport::{Config, Listen, Proto, Transport};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::locations::registrar;
use crate::pace;

/// The domain that is served, besides 127.0.0.1.
pub(crate) const DOMAIN: &str = "example.com";

/// A running core. Its tasks end with the test's runtime.
pub(crate) struct Server {
    /// Where it listens for datagrams.
    pub(crate) udp: SocketAddr,
    /// Where it listens for connections.
    pub(crate) tcp: SocketAddr,
    /// Where else it listens for datagrams.
    pub(crate) second: Option<SocketAddr>,
    /// The path of local requests.
    pub(crate) uac: Arc<Uac>,
    /// The transaction layer.
    pub(crate) layer: Arc<TransactionLayer>,
    /// The core itself.
    pub(crate) core: Arc<Core>,
    /// What is the server's own.
    pub(crate) identity: Arc<LocalIdentity>,
    recorder: Arc<Recorder>,
}

type Find = dyn Fn(&str, u16) -> std::io::Result<Vec<SocketAddr>> + Send + Sync;

/// What a test decides before the start.
pub(crate) struct Setup {
    recorder: Arc<Recorder>,
    routes: Vec<(RouteMatch, StaticRoute)>,
    address: &'static str,
    second: Option<&'static str>,
    find: Option<Box<Find>>,
    transactions_max: usize,
    waiting_max: usize,
    has_neighbour: bool,
    /// Where the tenants may send to: the phones are on loopback.
    networks: Vec<&'static str>,
    sends_to_itself: bool,
    /// Whose the address is that phones have.
    address_of: Option<TenantIndex>,
}

impl Setup {
    /// A core that nobody handles events of.
    pub(crate) fn new() -> Self {
        Self {
            recorder: Recorder::new(),
            routes: Vec::new(),
            address: "127.0.0.1",
            second: None,
            find: None,
            transactions_max: evroute_transaction::Config::default().transactions_max,
            waiting_max: 1000,
            has_neighbour: false,
            networks: vec!["127.0.0.0/8", "::1"],
            sends_to_itself: false,
            address_of: Some(tenant()),
        }
    }

    /// Handles an event.
    pub(crate) fn handles<E: Event>(
        self,
        script: impl FnMut(&mut E) -> E::Verdict + Send + 'static,
    ) -> Self {
        self.recorder.handles(script);
        self
    }

    /// Handles an event by a handler that waits.
    pub(crate) fn handles_later<E: Event>(
        self,
        script: impl FnMut(&mut E) -> LaterVerdict<E::Verdict> + Send + 'static,
    ) -> Self {
        self.recorder.handles_later(script);
        self
    }

    /// A static route.
    pub(crate) fn route(self, user: &str, to: SocketAddr) -> Self {
        self.route_by_name(user, &to.to_string())
    }

    /// A static route of any kind.
    pub(crate) fn route_for(
        mut self,
        matching: RouteMatch,
        to: Option<SocketAddr>,
        from: &[RouteSender],
    ) -> Self {
        let route = StaticRoute {
            to: to.map(|to| format!("sip:{to}")),
            from: from.to_vec(),
        };
        self.routes.push((matching, route));
        self
    }

    /// Another address than 127.0.0.1 to listen on.
    pub(crate) fn on(mut self, address: &'static str) -> Self {
        self.address = address;
        self
    }

    /// A second address, for datagrams.
    pub(crate) fn and_on(mut self, second: &'static str) -> Self {
        self.second = Some(second);
        self
    }

    /// Who is asked for the addresses of names; without, the system.
    pub(crate) fn names_by(
        mut self,
        find: impl Fn(&str, u16) -> std::io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        self.find = Some(Box::new(find));
        self
    }

    /// How many transactions may live.
    pub(crate) fn transactions_max(mut self, transactions_max: usize) -> Self {
        self.transactions_max = transactions_max;
        self
    }

    /// A static route to a host that has to be looked up.
    pub(crate) fn route_by_name(mut self, user: &str, host: &str) -> Self {
        let route = StaticRoute {
            to: Some(format!("sip:{host}")),
            from: vec![RouteSender::Anyone],
        };
        self.routes.push((RouteMatch::User(user.to_owned()), route));
        self
    }

    /// How many pieces of work may wait.
    pub(crate) fn waiting_max(mut self, waiting_max: usize) -> Self {
        self.waiting_max = waiting_max;
        self
    }

    /// A second tenant, with no domain of the first.
    pub(crate) fn with_neighbour(mut self) -> Self {
        self.has_neighbour = true;
        self
    }

    /// The server's own sockets may be sent to as well.
    pub(crate) fn sending_to_itself(mut self) -> Self {
        self.sends_to_itself = true;
        self
    }

    /// Other networks to send to than loopback.
    pub(crate) fn sending_to(mut self, networks: &[&'static str]) -> Self {
        self.networks = networks.to_vec();
        self
    }

    /// The address that phones have is in nobody's domain, or in the neighbour's.
    pub(crate) fn with_phones_of(mut self, owner: Option<TenantIndex>) -> Self {
        self.address_of = owner;
        self
    }

    /// Starts it.
    pub(crate) fn start(self) -> Server {
        let Self {
            recorder,
            routes,
            address,
            second,
            find,
            transactions_max,
            waiting_max,
            has_neighbour,
            networks,
            sends_to_itself,
            address_of,
        } = self;
        know_events(&recorder);
        let tasks = InlineExecutor::new(TaskTracker::new(), waiting_max);
        let ingress = Ingress::new();
        let transport = bind(address, second, &ingress);
        let heard = transport.listening().to_vec();
        let at = |proto| heard.iter().find(|one| one.proto == proto).unwrap().addr;
        let timers = evroute_transaction::Config {
            transactions_max,
            ..evroute_transaction::Config::default()
        };
        let sockets = heard.iter().filter(|_| sends_to_itself);
        let sockets = sockets.map(|listen| Network::Socket(listen.addr));
        let entries = networks.iter().map(|entry| entry.parse().unwrap());
        let networks = Networks::new(entries.chain(sockets).collect());
        let identity = Arc::new(identity(&heard, address_of, &networks));
        let targets = Arc::new(targets(&identity, find));
        let layer = TransactionLayer::new(&timers, tasks, Arc::clone(&identity), now());
        layer.attach(transport);
        pace::heed(&layer);
        let emitter = recorder.emitter();
        let uac = Uac::new(
            Arc::clone(&layer),
            Arc::clone(&identity),
            Arc::clone(&targets),
            &emitter,
        )
        .unwrap();
        let tenants = tenants(routes.into_iter().collect(), has_neighbour);
        let parts = Parts {
            identity: Arc::clone(&identity),
            layer: Arc::clone(&layer),
            uac: Arc::clone(&uac),
            directory: Arc::new(directory(address_of, &tenants)),
            locations: Arc::new(registrar(&tenants)),
            targets,
            authentication: None,
            limits: evroute_sip::Limits::DEFAULT,
            max_breadth: evroute_proxy::MAX_BREADTH,
            sources: SourceLimits::default(),
            flow_key: [7; 32],
        };
        let core = Core::new(parts, &emitter).unwrap();
        serve(&core, tenants);
        ingress.attach(Arc::clone(&core));
        ingress.open();
        TaskTracker::new().spawn(Arc::clone(&layer).keep_time());
        Server {
            udp: at(Proto::Udp),
            tcp: at(Proto::Tcp),
            second: second.and_then(|_| heard.last()).map(|one| one.addr),
            uac,
            layer,
            core,
            identity,
            recorder,
        }
    }
}

fn serve(core: &Core, tenants: Vec<TenantRouting>) {
    for (index, routing) in (0..).map(TenantIndex::new).zip(tenants) {
        core.admit(index, routing);
        core.serve(index);
    }
}

fn identity(
    heard: &[Listen],
    address_of: Option<TenantIndex>,
    networks: &Networks,
) -> LocalIdentity {
    let listeners = heard.iter().map(|listen| (*listen, None));
    let known = |name: &str, domains: &[&str]| TenantIdentity {
        id: name.parse().unwrap(),
        domains: domains.iter().map(|&domain| domain.to_owned()).collect(),
        networks: Some(networks.clone()),
    };
    LocalIdentity::new(listeners, domains(address_of))
        .with_tenants([known("demo", &[DOMAIN]), known("neighbour", &[])])
}

/// Those that are handled are known already; the first of the same name counts.
fn know_events(recorder: &Recorder) {
    recorder.knows::<PreRouting>();
    recorder.knows::<Request>();
    recorder.knows::<Reply>();
    recorder.knows::<ReceiveParseError>();
    recorder.knows::<LocalRequest>();
    recorder.knows::<LocalResponse>();
}

fn now() -> std::time::Instant {
    tokio::time::Instant::now().into_std()
}

fn targets(identity: &Arc<LocalIdentity>, find: Option<Box<Find>>) -> Resolver {
    match find {
        Some(find) => Resolver::by(Arc::clone(identity), find),
        None => Resolver::new(Arc::clone(identity)),
    }
}

fn tenants(routes: StaticRoutes, has_neighbour: bool) -> Vec<TenantRouting> {
    let mut tenants = vec![TenantRouting {
        name: "demo".to_owned(),
        routes,
        ..TenantRouting::default()
    }];
    if has_neighbour {
        tenants.push(TenantRouting {
            name: "neighbour".to_owned(),
            ..TenantRouting::default()
        });
    }
    tenants
}

impl Server {
    /// How often an event was raised.
    pub(crate) fn raised<E: Event>(&self) -> usize {
        self.raised_names()
            .iter()
            .filter(|name| **name == E::NAME)
            .count()
    }

    /// All events that were raised, in order.
    pub(crate) fn raised_names(&self) -> Vec<EventName> {
        self.recorder.raised()
    }
}

/// The one tenant.
pub(crate) fn tenant() -> TenantIndex {
    TenantIndex::new(0)
}

const PHONES: &str = "127.0.0.1";

fn domains(address_of: Option<TenantIndex>) -> Vec<String> {
    let phones = address_of.map(|_| PHONES.to_owned());
    [DOMAIN.to_owned()].into_iter().chain(phones).collect()
}

fn directory(address_of: Option<TenantIndex>, tenants: &[TenantRouting]) -> TenantDirectory {
    let mut resolver = TenantResolver::new();
    resolver.pin_domain(DOMAIN, tenant()).unwrap();
    if let Some(owner) = address_of {
        resolver.pin_domain(PHONES, owner).unwrap();
    }
    let names = tenants.iter().map(|tenant| tenant.name.parse().unwrap());
    TenantDirectory::new(resolver, names.zip((0..).map(TenantIndex::new)))
}

fn bind(address: &str, second: Option<&str>, ingress: &Arc<Ingress>) -> Transport {
    let first = [(Proto::Udp, address), (Proto::Tcp, address)];
    let all = first
        .into_iter()
        .chain(second.map(|second| (Proto::Udp, second)));
    let listen = |(proto, address): (Proto, &str)| Listen {
        proto,
        addr: format!("{address}:0").parse().unwrap(),
    };
    let config = Config::listening_on(all.map(listen).collect());
    let receiver = Arc::clone(ingress) as _;
    Transport::bind(
        config,
        TaskTracker::new(),
        CancellationToken::new(),
        receiver,
    )
    .unwrap()
}
