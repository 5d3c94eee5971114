//! The sockets of one server.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use evroute_tenant::{TenantIndex, TlsHandshake};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Config, HttpConfig, Listen, UdpConfig};
use crate::connection_table::{ConnectionTable, Found};
use crate::counters::Counters;
use crate::error::{BindError, TransportError};
use crate::flow::{ConnectionId, Flow, Target};
use crate::http_receiver::HttpReceiver;
use crate::proto::Proto;
use crate::reasons::Reasons;
use crate::receiver::Receiver;
use crate::shared::Shared;
use crate::tcp::{self, StreamListener};
use crate::tls_dialing::TlsDialing;
use crate::udp::UdpPort;
use crate::udp_reader::UdpReader;
use crate::work_queue::WorkQueue;
use evroute_log_throttle::LogThrottle;

/// The sockets of one server. Cloning shares them.
///
/// Cancelling the token given to [`bind`](Self::bind) stops accepting and reading at once,
/// writes what waits (for [`TcpConfig::flush_timeout`](crate::TcpConfig::flush_timeout) at
/// most), closes all connections and ends every task; waiting for the tracker waits for that.
#[derive(Clone)]
pub struct Transport {
    shared: Arc<Shared>,
    ports: Arc<[Arc<UdpPort>]>,
    listening: Arc<[Listen]>,
    listening_http: Arc<[Listen]>,
    /// Until [`open`](Self::open).
    shut: Arc<Mutex<Option<Vec<StreamListener>>>>,
}

impl Transport {
    /// Opens all listening sockets and starts to read. Messages may reach the receiver
    /// before this returns. Call it within a tokio runtime.
    ///
    /// # Errors
    /// [`BindError`] for the first address that cannot be listened on; then nothing stays
    /// open and no task was started.
    pub fn bind(
        config: Config,
        tracker: TaskTracker,
        cancel: CancellationToken,
        receiver: Arc<dyn Receiver>,
    ) -> Result<Self, BindError> {
        let transport = Self::bind_shut(config, tracker, cancel, receiver)?;
        transport.open();
        Ok(transport)
    }

    /// The same, but nothing is read before [`open`](Self::open): what comes meanwhile waits
    /// in the sockets. For a receiver that has to know what is listened on.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    pub fn bind_shut(
        config: Config,
        tracker: TaskTracker,
        cancel: CancellationToken,
        receiver: Arc<dyn Receiver>,
    ) -> Result<Self, BindError> {
        if config.listen.is_empty() {
            return Err(BindError::NothingToListenOn);
        }
        let (mut ports, mut listeners, mut listening) = (Vec::new(), Vec::new(), Vec::new());
        for &Listen { proto, addr } in &config.listen {
            let failed = |error| BindError::of(proto, addr, error);
            let local = match proto {
                Proto::Udp => {
                    let port = UdpPort::bind(addr, &config.udp).map_err(failed)?;
                    let local = port.local;
                    ports.push(Arc::new(port));
                    local
                }
                Proto::Tcp | Proto::Tls => {
                    let (listener, local) = listen(proto, addr)?;
                    listeners.push(listener);
                    local
                }
                Proto::Ws | Proto::Wss => {
                    return Err(BindError::Unsupported { proto, addr });
                }
            };
            listening.push(Listen { proto, addr: local });
        }
        let listening_http = listen_http(&config.http, &mut listeners)?;
        let queues = work_queues(&config.udp);
        let counters = Counters::default();
        let connections = ConnectionTable::new(cancel.clone());
        let shared = Shared {
            config,
            counters,
            connections,
            tracker,
            cancel,
            receiver,
            http: OnceLock::new(),
            dialing: OnceLock::new(),
            queues,
            drops: LogThrottle::new(),
            handshakes: Arc::default(),
            handshakes_failing: Reasons::default(),
            sessions_broken: Reasons::default(),
        };
        Ok(Self {
            shared: Arc::new(shared),
            ports: ports.into(),
            listening: listening.into(),
            listening_http,
            shut: Arc::new(Mutex::new(Some(listeners))),
        })
    }

    /// Starts to read, once. Call it within a tokio runtime.
    pub fn open(&self) {
        let shut = self
            .shut
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(listeners) = shut else { return };
        let shared = || Arc::clone(&self.shared);
        let tracker = &self.shared.tracker;
        for queue in &self.shared.queues {
            tracker.spawn(Arc::clone(queue).work(shared()));
        }
        for port in self.ports.iter() {
            tracker.spawn(UdpReader::new(Arc::clone(port), shared()).read());
            tracker.spawn(Arc::clone(port).flush(shared()));
        }
        for listener in listeners {
            tracker.spawn(tcp::accept(listener, shared()));
        }
    }

    /// Says who answers requests of HTTP, once; before [`open`](Self::open), or those that come
    /// meanwhile are answered as without.
    pub fn answer_http_by(&self, receiver: Arc<dyn HttpReceiver>) {
        let _ = self.shared.http.set(receiver);
    }

    /// Says who is asked before a connection over TLS is dialled, once.
    pub fn ask_before_tls(&self, dialing: Arc<dyn TlsDialing>) {
        let _ = self.shared.dialing.set(dialing);
    }

    /// Sends one whole message. `Ok` means taken: sent, or queued behind others or behind a
    /// connect; if that fails later, [`Receiver::undeliverable`] is called. Never blocks.
    ///
    /// Datagrams leave from the listening socket with the address `to.local`, else from the
    /// first of the target's address family. Connections: `to.connection` while it lives,
    /// else any with `to.remote`, else a new one is dialled; where `to.is_flow`, that connection or
    /// none.
    ///
    /// # Errors
    /// [`TransportError`] when it is known at once that the bytes are not sent.
    pub fn send(&self, bytes: Bytes, to: &Target) -> Result<(), TransportError> {
        let length = bytes.len() as u64;
        let sent = match to.proto {
            Proto::Udp => self.send_datagram(bytes, to),
            Proto::Tcp | Proto::Tls | Proto::Ws | Proto::Wss => self.send_stream(bytes, to),
        };
        let counters = self.shared.counters.of(to.proto);
        match sent {
            Ok(messages) => {
                counters.sent.add(messages);
                counters.sent_bytes.add(length);
            }
            Err(TransportError::QueueFull) => counters.dropped.add_one(),
            Err(TransportError::TooManyConnections) => {
                counters.dropped.add_one();
                counters.undialled.add_one();
            }
            Err(_) => counters.errors.add_one(),
        }
        sent.map(drop)
    }

    fn send_datagram(&self, bytes: Bytes, to: &Target) -> Result<u64, TransportError> {
        let port = self.port_for(to).ok_or(TransportError::NoSocket)?;
        port.send(bytes, to.clone()).map(u64::from)
    }

    fn port_for(&self, to: &Target) -> Option<&UdpPort> {
        let is_same_family = |port: &&Arc<UdpPort>| port.local.is_ipv4() == to.remote.is_ipv4();
        let port = match to.local {
            Some(local) => self.ports.iter().find(|port| port.local == local),
            None => self.ports.iter().find(is_same_family),
        };
        port.map(Arc::as_ref)
    }

    fn send_stream(&self, bytes: Bytes, to: &Target) -> Result<u64, TransportError> {
        let shared = &self.shared;
        if shared.cancel.is_cancelled() {
            return Err(TransportError::ShuttingDown);
        }
        if let Err(error) = may_dial(to) {
            let connection = shared.connections.find(to).ok_or(error)?;
            let sent = connection.send(bytes, to.clone());
            return sent.map(|flushed| flushed.messages);
        }
        let connection = match shared.connections.find_or_enter(to, &shared.config.tcp)? {
            Found::Existing(connection) => connection,
            Found::New(connection) => {
                let dialled = tcp::dial(Arc::clone(&connection), to.clone(), Arc::clone(shared));
                shared.tracker.spawn(dialled);
                connection
            }
        };
        connection
            .send(bytes, to.clone())
            .map(|flushed| flushed.messages)
    }

    /// Closes a connection after writing what waits; unknown ones are closed already.
    pub fn close(&self, connection: ConnectionId) {
        if let Some(connection) = self.shared.connections.get(connection) {
            connection.close.cancel();
        }
    }

    /// Says that a phone has registered over a connection: it keeps its place when places get
    /// scarce. `contact` is the address of its contact: over TLS the connection is used for it as
    /// well, where it is the address that the connection is from.
    ///
    /// False where the connection is gone already; else its end is told by [`Receiver::closed`].
    #[must_use]
    pub fn registered(&self, connection: ConnectionId, contact: Option<SocketAddr>) -> bool {
        self.shared.connections.registered(connection, contact)
    }

    /// From now on the end of a connection is told a tenant ([`Receiver::ended`]): one of eight at
    /// most, those for whom this is said first. False for one more, and where the connection is
    /// gone already.
    pub fn tell_end(&self, connection: ConnectionId, tenant: TenantIndex) -> bool {
        let connection = self.shared.connections.get(connection);
        connection.is_some_and(|connection| connection.told.add(tenant))
    }

    /// Whether a flow is there to be sent to: its connection may be gone.
    #[must_use]
    pub fn has(&self, flow: &Flow) -> bool {
        flow.connection.is_none() || self.shared.connections.find(&flow.itself()).is_some()
    }

    /// What the handshake of a connection has come to; none without TLS, and of one that is gone.
    #[must_use]
    pub fn handshake(&self, flow: &Flow) -> Option<Arc<TlsHandshake>> {
        let connection = flow.connection.filter(|_| flow.proto.is_secure())?;
        let connection = self.shared.connections.get(connection)?;
        connection.handshake.get().map(Arc::clone)
    }

    /// How many connections were closed since others needed their places.
    #[must_use]
    pub fn connections_evicted(&self) -> u64 {
        self.shared.connections.evicted()
    }

    /// What is listened on, in the order of the configuration, with the real ports.
    #[must_use]
    pub fn listening(&self) -> &[Listen] {
        &self.listening
    }

    /// The sockets where HTTP is spoken and no SIP, in the order of the configuration, with the
    /// real ports.
    #[must_use]
    pub fn listening_http(&self) -> &[Listen] {
        &self.listening_http
    }

    /// The first address of that protocol and family that is listened on: what a Via or a
    /// Record-Route towards `remote` may name.
    #[must_use]
    pub fn local_for(&self, proto: Proto, remote: SocketAddr) -> Option<SocketAddr> {
        let is_fit =
            |listen: &&Listen| listen.proto == proto && listen.addr.is_ipv4() == remote.is_ipv4();
        self.listening.iter().find(is_fit).map(|listen| listen.addr)
    }

    /// Totals for metrics.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }
}

/// Whether a new connection may be made for a message: what asks for TLS never leaves without, and
/// browsers do not listen.
const fn may_dial(to: &Target) -> Result<(), TransportError> {
    if to.is_flow {
        return Err(TransportError::Closed);
    }
    match to.proto {
        Proto::Udp | Proto::Tcp => Ok(()),
        Proto::Tls if to.peer.is_some() => Ok(()),
        Proto::Tls => Err(TransportError::NoPeer),
        Proto::Ws | Proto::Wss => Err(TransportError::Closed),
    }
}

/// Opens the sockets where HTTP is spoken and no SIP.
fn listen_http(
    config: &HttpConfig,
    listeners: &mut Vec<StreamListener>,
) -> Result<Arc<[Listen]>, BindError> {
    let mut listening = Vec::new();
    for &Listen { proto, addr } in &config.listen {
        let (mut listener, local) = listen(proto, addr)?;
        listener.is_http_only = true;
        listeners.push(listener);
        listening.push(Listen { proto, addr: local });
    }
    Ok(listening.into())
}

/// Opens a socket that connections are accepted at, and says where it is.
fn listen(proto: Proto, addr: SocketAddr) -> Result<(StreamListener, SocketAddr), BindError> {
    let failed = |error| BindError::of(proto, addr, error);
    let tcp = tcp::listen(addr).map_err(failed)?;
    let local = tcp.local_addr().map_err(failed)?;
    let listener = StreamListener {
        proto,
        tcp,
        is_http_only: false,
    };
    Ok((listener, local))
}

/// One for each worker. A single worker is the task that reads.
fn work_queues(config: &UdpConfig) -> Box<[Arc<WorkQueue>]> {
    let workers = if config.workers > 1 {
        config.workers
    } else {
        0
    };
    (0..workers)
        .map(|_| Arc::new(WorkQueue::new(config)))
        .collect()
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("listening", &self.listening)
            .finish_non_exhaustive()
    }
}
