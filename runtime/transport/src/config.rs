//! What the operator may say about sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use evroute_certificates::TlsTables;

use crate::proto::Proto;

/// One address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Listen {
    /// The protocol.
    pub proto: Proto,
    /// The address. Port 0 lets the system choose; [`Transport::listening`] says which.
    ///
    /// [`Transport::listening`]: crate::Transport::listening
    pub addr: SocketAddr,
}

/// Sockets and their limits.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen. Datagrams are sent from these sockets only.
    pub listen: Vec<Listen>,
    /// Datagrams.
    pub udp: UdpConfig,
    /// Connections.
    pub tcp: TcpConfig,
    /// TLS on connections.
    pub tls: TlsConfig,
    /// WebSocket on connections.
    pub websocket: WebSocketConfig,
    /// HTTP on connections.
    pub http: HttpConfig,
    /// Messages on connections.
    pub framing: FramingLimits,
}

impl Config {
    /// The defaults, listening there.
    #[must_use]
    pub fn listening_on(listen: Vec<Listen>) -> Self {
        Self {
            listen,
            udp: UdpConfig::default(),
            tcp: TcpConfig::default(),
            tls: TlsConfig::default(),
            websocket: WebSocketConfig::default(),
            http: HttpConfig::default(),
            framing: FramingLimits::default(),
        }
    }
}

/// Datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UdpConfig {
    /// Tasks that work on datagrams, of all sockets together; at least 1. With one, it is the task
    /// that reads the socket, and nothing is queued (Kamailio's `children`).
    pub workers: usize,
    /// The task that reads a socket works on datagrams itself as long as it keeps up and none of
    /// late took longer than this; then the workers do it, so that the socket is read.
    pub in_place_max: Duration,
    /// Most datagrams that wait for one worker; what comes then is dropped, counted and logged.
    pub work_queue_max: usize,
    /// Most bytes of datagrams that wait for one worker; what comes then is dropped, counted and
    /// logged.
    pub work_queue_bytes_max: usize,
    /// The kernel's receive buffer, in bytes; the system may allow less.
    pub receive_buffer_bytes: usize,
    /// The kernel's send buffer, in bytes; the system may allow less.
    pub send_buffer_bytes: usize,
    /// Most datagrams that wait per socket when the kernel's buffer is full.
    pub send_queue_max: usize,
}

impl Default for UdpConfig {
    fn default() -> Self {
        Self {
            workers: 1,
            in_place_max: Duration::from_millis(10),
            work_queue_max: 1024,
            work_queue_bytes_max: 4 << 20,
            receive_buffer_bytes: 4 << 20,
            send_buffer_bytes: 1 << 20,
            send_queue_max: 1024,
        }
    }
}

/// Connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpConfig {
    /// Most connections, accepted and dialled together (Kamailio's `tcp_max_connections`). A
    /// quarter is kept for those over which a phone has registered.
    pub connections_max: usize,
    /// Most connections with one source, accepted and dialled together: an IPv4 address, or a /64
    /// of IPv6.
    pub connections_per_source_max: usize,
    /// Most messages that wait on one connection, those waiting for the connect included.
    pub write_queue_max: usize,
    /// Most bytes that wait on one connection.
    pub write_queue_bytes_max: usize,
    /// How long dialling may take (Kamailio's `tcp_connect_timeout`).
    pub connect_timeout: Duration,
    /// A connection on which nothing was received for so long is closed (Kamailio's
    /// `tcp_connection_lifetime`, which is 120 s). A ping (RFC 5626 3.5.1) is something, and the
    /// longest interval of pings, 120 s (4.4.1), is shorter.
    pub idle_timeout: Duration,
    /// How long one message may take from its first to its last byte, so that a peer who
    /// sends byte by byte does not hold memory (Kamailio's `tcp_msg_read_timeout`).
    pub message_timeout: Duration,
    /// How long bytes may wait without any being taken by the peer.
    pub write_timeout: Duration,
    /// How long a closing connection may still write what waits.
    pub flush_timeout: Duration,
}

impl Default for TcpConfig {
    fn default() -> Self {
        Self {
            connections_max: 8192,
            connections_per_source_max: 512,
            write_queue_max: 512,
            write_queue_bytes_max: 1 << 20,
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(300),
            message_timeout: Duration::from_secs(20),
            write_timeout: Duration::from_secs(10),
            flush_timeout: Duration::from_secs(1),
        }
    }
}

/// TLS on connections.
#[derive(Clone, Debug)]
pub struct TlsConfig {
    /// What it is spoken with. It may change at any time.
    pub tables: Arc<TlsTables>,
    /// Whether a client is refused that asks for no name, or for one that nobody has.
    pub sni_must_match: bool,
    /// Most handshakes under way; a new one takes the place of the oldest of the source that has
    /// most.
    pub handshakes_max: usize,
    /// Most handshakes under way with one source; a new one takes the place of its oldest.
    pub handshakes_per_source_max: usize,
    /// How long a handshake may take, all of it.
    pub handshake_timeout: Duration,
}

impl TlsConfig {
    /// Whether there is a certificate to speak TLS with.
    pub(crate) fn is_spoken(&self) -> bool {
        self.tables.certificates.fallback().is_some()
    }
}

/// WebSocket on connections (RFC 7118).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebSocketConfig {
    /// Where it is asked for: `/sip`. None: nowhere.
    pub path: Option<String>,
    /// Pages that may ask for it, as browsers say it: `https://phone.example.com`, or `*` for all.
    /// What says none is no browser, and may.
    pub origins: Vec<String>,
}

impl WebSocketConfig {
    pub(crate) fn admits(&self, origin: &str) -> bool {
        let mut known = self.origins.iter();
        known.any(|known| known == "*" || known.eq_ignore_ascii_case(origin))
    }
}

impl Default for TlsConfig {
    fn default() -> Self {
        Self {
            tables: Arc::default(),
            sni_must_match: false,
            handshakes_max: 1024,
            handshakes_per_source_max: 64,
            handshake_timeout: Duration::from_secs(10),
        }
    }
}

/// HTTP on connections: where SIP is spoken, too, and on sockets of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpConfig {
    /// Where nothing else is spoken, but for WebSocket: TCP, or TLS for HTTPS.
    pub listen: Vec<Listen>,
    /// Longest first line and header fields together, empty line included, in bytes.
    pub header_bytes_max: usize,
    /// How long a connection may wait for its next request.
    pub idle_timeout: Duration,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            header_bytes_max: 8192,
            idle_timeout: Duration::from_secs(60),
        }
    }
}

/// How much of a stream may be held before a message is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FramingLimits {
    /// Longest start line and header fields together, empty line included, in bytes.
    pub header_bytes_max: usize,
    /// Longest message, start line to last byte of the body, in bytes.
    pub message_bytes_max: usize,
}

impl Default for FramingLimits {
    fn default() -> Self {
        Self {
            header_bytes_max: 32_768,
            message_bytes_max: 65_535,
        }
    }
}
