//! TCP: accepting and dialling, also for what runs over it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, timeout};

use crate::connection::Connection;
use crate::error::TransportError;
use crate::flow::Target;
use crate::opening;
use crate::proto::Proto;
use crate::shared::Shared;
use crate::stream::Stream;
use crate::tls;
use evroute_log_throttle::LogThrottle;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;

/// A pause after a failed accept: what fails is a lack of file handles, which lasts.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Opens a listening socket.
pub(crate) fn listen(addr: SocketAddr) -> std::io::Result<TcpListener> {
    let domain = socket2::Domain::for_address(addr);
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None)?;
    // Restarting must not wait for old connections to time out. On Unix this does not let
    // two programs listen at once.
    socket.set_reuse_address(true)?;
    if addr.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// A socket that connections are accepted at.
pub(crate) struct StreamListener {
    pub(crate) proto: Proto,
    pub(crate) tcp: TcpListener,
    /// Whether HTTP is spoken there and no SIP.
    pub(crate) is_http_only: bool,
}

/// Accepts connections until the transport is cancelled.
pub(crate) async fn accept(listener: StreamListener, shared: Arc<Shared>) {
    let proto = listener.proto;
    let failing = LogThrottle::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = shared.cancel.cancelled() => return,
            accepted = listener.tcp.accept() => accepted,
        };
        match accepted {
            Ok((stream, remote)) => admit(stream, remote, &listener, &shared),
            Err(error) => {
                shared.counters.of(proto).errors.add_one();
                if let Some(times) = failing.happened(Instant::now().into_std()) {
                    tracing::warn!(%error, %proto, times, "connections cannot be accepted");
                }
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn admit(stream: TcpStream, remote: SocketAddr, at: &StreamListener, shared: &Arc<Shared>) {
    let (config, proto) = (&shared.config, at.proto);
    let accepted = shared.connections.accept(proto, remote, &config.tcp);
    if let Ok(connection) = &accepted
        && at.is_http_only
    {
        connection.set_http_only();
    }
    match accepted {
        Ok(connection) if proto == Proto::Tls => {
            let places = &shared.handshakes;
            let place = places.enter(connection.id, remote.ip(), &config.tls);
            let accepted = tls::accept(connection, stream, place, Arc::clone(shared));
            shared.tracker.spawn(accepted);
        }
        Ok(connection) => {
            let opened = opening::open(connection, stream, Arc::clone(shared));
            shared.tracker.spawn(opened);
        }
        Err(error) => {
            let counters = shared.counters.of(proto);
            counters.dropped.add_one();
            counters.refused.add_one();
            tracing::debug!(%remote, %error, "connection refused");
        }
    }
}

/// Dials a connection that was just entered into the table, and runs it.
pub(crate) async fn dial(connection: Arc<Connection>, to: Target, shared: Arc<Shared>) {
    let dialled = tokio::select! {
        biased;
        () = connection.close.cancelled() => Err(TransportError::ShuttingDown),
        dialled = reach(&to, &shared) => dialled,
    };
    match dialled {
        Ok(stream) => match &to.peer {
            Some(peer) => tls::dialled(&connection, stream, peer, &shared).await,
            None => connection.run(Stream::Plain(stream), &shared).await,
        },
        Err(error) => connection.forget(&shared, error),
    }
}

async fn reach(to: &Target, shared: &Shared) -> Result<TcpStream, TransportError> {
    shared.admit_dial(to).await?;
    match timeout(shared.config.tcp.connect_timeout, connect(to)).await {
        Ok(dialled) => dialled.map_err(TransportError::from),
        Err(_) => Err(TransportError::ConnectTimeout),
    }
}

async fn connect(to: &Target) -> std::io::Result<TcpStream> {
    let socket = match to.remote {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    let local = to.local.map(|local| local.ip());
    if let Some(ip) = local.filter(|ip| !ip.is_unspecified() && ip.is_ipv4() == to.remote.is_ipv4())
    {
        socket.bind(SocketAddr::new(ip, 0))?;
    }
    socket.connect(to.remote).await
}
