//! Everything between the sockets and the events: transport, transactions, core.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use evroute_clock::now_us;
use evroute_event::{Emitter, UnknownEvent};
use evroute_executor::InlineExecutor;
use evroute_identity::LocalIdentity;
use evroute_module_api::{Authentication, Locations, ServerState, TransportParts};
use evroute_module_core::{Core, Ingress, Parts};
use evroute_module_tm::Uac;
use evroute_proxy::{Host, SentBy};
use evroute_resolver::Resolver;
use evroute_sip::Limits;
use evroute_tenant::TenantDirectory;
use evroute_transaction_layer::TransactionLayer;
use evroute_transport::{
    Flow, FramingLimits, HttpConfig, Listen, Proto, TlsConfig, Transport, UdpConfig,
};

use crate::flow_key::flow_key;
use crate::handlers::throttle_permits;
use crate::running::ServerContext;
use crate::sip_tenants::{SipTenants, waiting_of_all};
use crate::{
    Config, ListenConfig, ListenTransport as Spoken, Listener, Shutdown, StartError, modules,
};

/// How many messages may wait at the same time beyond what the tenants' quotas allow to wait for
/// their handlers.
const WAITING_BESIDES_MAX: usize = 10_000;

/// How often a server that stops looks whether anything is still under way.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The SIP side of a running server.
pub(crate) struct SipStack {
    uac: Arc<Uac>,
    pub(crate) transport: Transport,
    ingress: Arc<Ingress>,
    /// What of it knows tenants.
    pub(crate) tenants: SipTenants,
}

impl SipStack {
    /// Opens the sockets. Messages are let in by [`SipStack::open`]; until then requests on
    /// connections are asked to come back later.
    ///
    /// The error names the address that is taken.
    pub(crate) fn bind(
        context: &ServerContext,
        emitter: &Emitter,
        locations: Arc<dyn Locations>,
        authentication: Option<Arc<dyn Authentication>>,
    ) -> Result<Self, StartError> {
        let (config, shutdown) = (&*context.config, &context.shutdown);
        let tasks = InlineExecutor::new(
            shutdown.tasks().clone(),
            waiting_of_all(config, WAITING_BESIDES_MAX),
        );
        let timers = evroute_transaction::Config::default();
        let ingress = Ingress::new();
        let transport = bind(context, &ingress)?;
        let sides: Vec<_> = sides(config, &transport).collect();
        let identity = LocalIdentity::new(sides.iter().cloned(), []).with_socket(context.admin);
        let identity = Arc::new(identity);
        let names = config.tenants.iter().map(|one| (one.id.clone(), one.index));
        let directory = Arc::new(TenantDirectory::new(config.resolver.clone(), names));
        let targets = Arc::new(Resolver::new(Arc::clone(&identity)));
        let layer = TransactionLayer::new(&timers, tasks, Arc::clone(&identity), Instant::now());
        layer.attach(transport.clone());
        let fault = |error: UnknownEvent| StartError::Fault(error.to_string());
        let uac = Uac::new(
            Arc::clone(&layer),
            Arc::clone(&identity),
            Arc::clone(&targets),
            emitter,
        )
        .map_err(fault)?;
        let parts = Parts {
            identity: Arc::clone(&identity),
            layer: Arc::clone(&layer),
            uac: Arc::clone(&uac),
            directory: Arc::clone(&directory),
            targets,
            locations,
            authentication,
            limits: Limits {
                message_bytes_max: config.sip.message_bytes_max,
                ..Limits::DEFAULT
            },
            max_breadth: config.sip.max_breadth,
            sources: config.pike.clone(),
            flow_key: flow_key(&config.server)
                .map_err(|error| StartError::Fault(format!("no key: {error}")))?,
        };
        let core = Core::new(parts, emitter).map_err(fault)?;
        ingress.attach(Arc::clone(&core));
        let known = (&core, &identity, &directory);
        attach_modules(context, &transport, known, emitter).map_err(fault)?;
        transport.open();
        let requests = Arc::clone(&uac) as _;
        Ok(Self {
            uac,
            transport,
            ingress,
            tenants: SipTenants {
                core,
                identity,
                directory,
                layer,
                requests,
                sides: sides.into(),
                throttle_permits: throttle_permits(config),
            },
        })
    }

    /// What RPC methods and metrics of the SIP side's modules ask.
    pub(crate) fn known_to(&self, server: ServerState) -> ServerState {
        let tenants = &self.tenants;
        server
            .with(Arc::clone(&tenants.core))
            .with(Arc::clone(&tenants.layer))
            .with(Arc::clone(&tenants.identity))
            .with(Arc::clone(&tenants.directory))
            .with(Arc::clone(&self.uac))
    }

    /// Lets messages in and keeps the timers, until the server stops and nothing is under way any
    /// more.
    pub(crate) fn open(&self, shutdown: &Shutdown) {
        self.ingress.open();
        let timers = Arc::clone(&self.tenants.layer).keep_time();
        let closing = shutdown.closing().clone();
        shutdown.tasks().spawn(async move {
            tokio::select! {
                () = timers => {}
                () = closing.cancelled() => {}
            }
        });
        let stopping = finish_all(
            Arc::clone(&self.tenants.core),
            Arc::clone(&self.tenants.layer),
            shutdown.clone(),
        );
        shutdown.tasks().spawn(stopping);
    }

    /// Where it listens, with the ports that the system chose.
    pub(crate) fn listeners(&self) -> Vec<Listener> {
        let sip = |proto| match proto {
            Proto::Udp => Spoken::Udp,
            Proto::Tcp | Proto::Ws => Spoken::Tcp,
            Proto::Tls | Proto::Wss => Spoken::Tls,
        };
        let http = |proto: Proto| match proto.is_secure() {
            true => Spoken::Https,
            false => Spoken::Http,
        };
        let listener = |transport, listen: &Listen| Listener {
            transport,
            address: listen.addr,
        };
        let of_sip = self.transport.listening().iter();
        let of_sip = of_sip.map(|listen| listener(sip(listen.proto), listen));
        let of_http = self.transport.listening_http().iter();
        let of_http = of_http.map(|listen| listener(http(listen.proto), listen));
        of_sip.chain(of_http).collect()
    }
}

/// Once the server drains: waits until every request is answered and every answered call has its
/// ACK, then lets the sockets close.
async fn finish_all(core: Arc<Core>, layer: Arc<TransactionLayer>, shutdown: Shutdown) {
    shutdown.draining().cancelled().await;
    core.drain();
    while layer.under_way() > 0 && !shutdown.closing().is_cancelled() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    shutdown.closing().cancel();
}

fn bind(context: &ServerContext, ingress: &Arc<Ingress>) -> Result<Transport, StartError> {
    let (config, shutdown) = (&*context.config, &context.shutdown);
    let listen = |one: &ListenConfig| Listen {
        proto: one.listener.transport.proto(),
        addr: one.listener.address,
    };
    let mut transport =
        evroute_transport::Config::listening_on(sockets(config, false).map(listen).collect());
    transport.http = HttpConfig {
        listen: sockets(config, true).map(listen).collect(),
        ..config.http.clone()
    };
    transport.udp = UdpConfig {
        workers: config.server.workers.get(),
        ..UdpConfig::default()
    };
    transport.framing = FramingLimits {
        header_bytes_max: config.sip.header_bytes_max,
        message_bytes_max: config.sip.message_bytes_max,
    };
    transport.tls = TlsConfig {
        tables: Arc::clone(context.tls.tables()),
        sni_must_match: config.tls.sni_must_match,
        handshakes_max: config.tls.handshakes_max,
        handshakes_per_source_max: config.tls.handshakes_per_source_max,
        handshake_timeout: config.tls.handshake,
    };
    transport.websocket = config.websocket.clone();
    (
        transport.tcp.connections_max,
        transport.tcp.connections_per_source_max,
    ) = context.descriptors.connections;
    let (tasks, closing) = (shutdown.tasks().clone(), shutdown.closing().clone());
    Ok(Transport::bind_shut(
        transport,
        tasks,
        closing,
        Arc::clone(ingress) as _,
    )?)
}

/// Where we listen and what is advertised of it, in the order of the configuration, with the ports
/// that the system chose: what is written there first, then what is spoken at the same ports.
fn sides(config: &Config, transport: &Transport) -> impl Iterator<Item = (Listen, Option<SentBy>)> {
    let listeners = || transport.listening().iter().zip(sockets(config, false));
    let of_http = || transport.listening_http().iter().zip(sockets(config, true));
    let side = |proto, listen: &Listen, configured: &ListenConfig| {
        let addr = listen.addr;
        let advertised = configured.advertised.as_ref();
        let sent_by = advertised.map(|advertised| SentBy {
            proto,
            host: Host::parse(&advertised.host),
            port: advertised.port.unwrap_or(addr.port()),
        });
        (Listen { proto, addr }, sent_by)
    };
    let written =
        listeners().map(move |(listen, configured)| side(listen.proto, listen, configured));
    let also = listeners().chain(of_http());
    let also = also.flat_map(move |(listen, configured)| {
        let protos = spoken_also(config, configured.listener.transport);
        protos.map(move |proto| side(proto, listen, configured))
    });
    written.chain(also)
}

/// The sockets where SIP is spoken, or those where HTTP alone is.
fn sockets(config: &Config, is_http: bool) -> impl Iterator<Item = &ListenConfig> {
    let all = config.listeners.iter();
    all.filter(move |one| one.listener.transport.is_http() == is_http)
}

/// Finds whom the transport asks: who answers HTTP, who is told of connections that are gone.
fn attach_modules(
    context: &ServerContext,
    transport: &Transport,
    (core, identity, directory): (&Arc<Core>, &Arc<LocalIdentity>, &Arc<TenantDirectory>),
    emitter: &Emitter,
) -> Result<(), UnknownEvent> {
    let (identity, served_by) = (Arc::clone(identity), Arc::clone(core));
    let own: Vec<_> = transport.listening_http().to_vec();
    let listener = move |flow: &Flow| {
        let fits = |addr: SocketAddr| {
            let is_any = addr.ip().is_unspecified()
                && (addr.port(), addr.is_ipv4()) == (flow.local.port(), flow.local.is_ipv4());
            addr == flow.local || is_any
        };
        let found = own.iter().find(|listen| fits(listen.addr));
        found.map_or_else(|| identity.listener(flow.proto, flow.local), |one| one.addr)
    };
    let handshakes = transport.clone();
    let parts = TransportParts {
        directory: Arc::clone(directory),
        tenants: Arc::clone(&context.tenants),
        listener: Box::new(listener),
        handshake: Box::new(move |flow| handshakes.handshake(flow)),
        is_served: Box::new(move |tenant| !served_by.is_disabled(tenant)),
        emitter: emitter.clone(),
        clock: now_us,
    };
    let parts = Arc::new(parts);
    if let Some(receiver) = modules::http(&parts)? {
        transport.answer_http_by(receiver);
    }
    if let Some(dialing) = modules::tls_dialing(&parts)? {
        transport.ask_before_tls(dialing);
    }
    if let Some(ends) = modules::connection_ends(&parts)? {
        core.tell_ends_by(ends);
    }
    Ok(())
}

/// What the first bytes of a connection may make it.
fn spoken_also(config: &Config, at: Spoken) -> impl Iterator<Item = Proto> {
    let is_tls = config.tls.server.is_some();
    let is_websocket = config.websocket.path.is_some();
    let also = match at {
        Spoken::Tcp => vec![
            (Proto::Tls, is_tls),
            (Proto::Ws, is_websocket),
            (Proto::Wss, is_tls && is_websocket),
        ],
        Spoken::Http => vec![
            (Proto::Ws, is_websocket),
            (Proto::Wss, is_tls && is_websocket),
        ],
        Spoken::Tls | Spoken::Https => vec![(Proto::Wss, is_websocket)],
        Spoken::Udp => Vec::new(),
    };
    let spoken = also.into_iter().filter(|(_, is_spoken)| *is_spoken);
    spoken.map(|(proto, _)| proto)
}
