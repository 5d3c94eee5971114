//! One stream connection, as the table and senders see it.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use evroute_tenant::TlsHandshake;
use tokio_util::sync::CancellationToken;

use crate::config::TcpConfig;
use crate::error::TransportError;
use crate::flow::{ConnectionId, Target};
use crate::outbox::{Flushed, Outbox, Outgoing};
use crate::proto::Proto;
use crate::session::Session;
use crate::shared::Shared;
use crate::stream::Stream;
use crate::tls_peer::TlsPeer;
use crate::told_tenants::ToldTenants;
use crate::websocket::WebSocket;

/// A connection; one that is dialled has no stream at first, and neither has one whose first byte
/// is waited for.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    /// Its place in [`Proto::ALL`]: what comes first may make it another.
    proto: AtomicUsize,
    pub(crate) remote: SocketAddr,
    /// Whom it was dialled to over TLS.
    pub(crate) peer: Option<Arc<TlsPeer>>,
    /// Cancelled to close it; a child of the transport's.
    pub(crate) close: CancellationToken,
    pub(crate) outbox: Outbox,
    stream: OnceLock<Stream>,
    /// What its handshake has come to, where it has one.
    pub(crate) handshake: OnceLock<Arc<TlsHandshake>>,
    /// What frames messages, where it is not the messages themselves.
    pub(crate) websocket: OnceLock<WebSocket>,
    /// Whom its end is told.
    pub(crate) told: ToldTenants,
    /// Whether a phone has registered over it.
    has_registered: AtomicBool,
    /// Whether it came to a socket where HTTP is spoken and no SIP.
    is_http_only: AtomicBool,
}

/// Where a connection leads, and, where we dialled it over TLS, to whom.
pub(crate) type Remote = (Proto, SocketAddr, Option<Arc<TlsPeer>>);

impl Connection {
    pub(crate) fn new(
        id: ConnectionId,
        (proto, remote, peer): Remote,
        close: CancellationToken,
        config: &TcpConfig,
    ) -> Self {
        let outbox = Outbox::new(config.write_queue_max, config.write_queue_bytes_max);
        Self {
            id,
            proto: AtomicUsize::new(proto.index()),
            remote,
            peer,
            close,
            outbox,
            stream: OnceLock::new(),
            handshake: OnceLock::new(),
            websocket: OnceLock::new(),
            told: ToldTenants::default(),
            has_registered: AtomicBool::new(false),
            is_http_only: AtomicBool::new(false),
        }
    }

    pub(crate) fn set_registered(&self) {
        self.has_registered.store(true, Ordering::Relaxed);
    }

    /// For whoever has taken it out of the table: nobody registers over it after that.
    pub(crate) fn has_registered(&self) -> bool {
        self.has_registered.load(Ordering::Relaxed)
    }

    /// For whoever has accepted it.
    pub(crate) fn set_http_only(&self) {
        self.is_http_only.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_http_only(&self) -> bool {
        self.is_http_only.load(Ordering::Relaxed)
    }

    pub(crate) fn proto(&self) -> Proto {
        let index = self.proto.load(Ordering::Relaxed);
        Proto::ALL.get(index).copied().unwrap_or(Proto::Tcp)
    }

    /// For the table, which finds it by its protocol.
    pub(crate) fn set_proto(&self, proto: Proto) {
        self.proto.store(proto.index(), Ordering::Relaxed);
    }

    /// Writes or queues one message.
    pub(crate) fn send(&self, bytes: Bytes, to: Target) -> Result<Flushed, TransportError> {
        self.push(Outgoing {
            bytes,
            to: Some(to),
        })
    }

    pub(crate) fn push(&self, outgoing: Outgoing) -> Result<Flushed, TransportError> {
        self.outbox.push(outgoing, |bytes| self.try_write(bytes))
    }

    /// Writes some of a message, as far as the stream takes it.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match (self.stream.get(), self.websocket.get()) {
            (Some(stream), None) => stream.try_write(bytes),
            (Some(stream), Some(websocket)) => websocket.try_write(stream, bytes),
            (None, _) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Reads and writes until the connection ends; everything is cleaned up afterwards.
    pub(crate) async fn run(&self, stream: Stream, shared: &Shared) {
        let local = stream.set_nodelay().and_then(|()| stream.local_addr());
        let stream = self.stream.get_or_init(|| stream);
        match local {
            Ok(local) => Session::new(self, stream, local, shared).run().await,
            Err(error) => self.forget(shared, error.into()),
        }
    }

    /// Takes the connection out of the table; what it had not written is undeliverable.
    pub(crate) fn forget(&self, shared: &Shared, error: TransportError) {
        shared.connections.remove(self);
        for left in self.outbox.close() {
            if let Some(to) = left.to {
                shared.undeliverable(to, left.bytes, error);
            }
        }
    }
}
