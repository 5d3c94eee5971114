//! TLS: the handshake of a connection.

use std::io;
use std::sync::Arc;

use evroute_certificates::{ChosenCertificate, client_identity, dialled_identity, refusal};
use evroute_tenant::{TlsHandshake, VerifiedBy};
use rustls::pki_types::ServerName;
use rustls::server::Acceptor;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::{LazyConfigAcceptor, TlsConnector};

use crate::connection::Connection;
use crate::error::TransportError;
use crate::handshake_places::HandshakePlace;
use crate::negotiated::negotiated;
use crate::reasons::told;
use crate::shared::Shared;
use crate::stream::Stream;
use crate::tls_peer::TlsPeer;
use crate::tls_session::TlsSession;

/// Why a handshake did not come to its end.
#[derive(Debug)]
enum HandshakeEnd {
    /// The connection was closed meanwhile, by us.
    Closed,
    /// Its place was needed for another.
    Evicted,
    /// It took longer than it may.
    Late,
    /// What came cannot be agreed on, or nothing came any more.
    Failed(io::Error),
}

/// Runs a connection that was accepted: its handshake, then what it is for.
pub(crate) async fn accept(
    connection: Arc<Connection>,
    tcp: TcpStream,
    place: HandshakePlace,
    shared: Arc<Shared>,
) {
    let limit = shared.config.tls.handshake_timeout;
    let shaken = tokio::select! {
        biased;
        () = connection.close.cancelled() => Err(HandshakeEnd::Closed),
        () = place.evicted() => Err(HandshakeEnd::Evicted),
        shaken = timeout(limit, shake(tcp, &shared)) => match shaken {
            Ok(shaken) => shaken.map_err(HandshakeEnd::Failed),
            Err(_) => Err(HandshakeEnd::Late),
        },
    };
    drop(place);
    run(&connection, shaken, TransportError::Closed, &shared).await;
}

/// Runs a connection that we have dialled.
pub(crate) async fn dialled(
    connection: &Connection,
    tcp: TcpStream,
    peer: &TlsPeer,
    shared: &Shared,
) {
    let limit = shared.config.tls.handshake_timeout;
    let shaken = tokio::select! {
        biased;
        () = connection.close.cancelled() => Err(HandshakeEnd::Closed),
        shaken = timeout(limit, verified(tcp, peer, shared)) => match shaken {
            Ok(shaken) => shaken.map_err(HandshakeEnd::Failed),
            Err(_) => Err(HandshakeEnd::Late),
        },
    };
    run(connection, shaken, TransportError::Handshake, shared).await;
}

async fn run(
    connection: &Connection,
    shaken: Result<(TlsSession, TlsHandshake), HandshakeEnd>,
    without: TransportError,
    shared: &Shared,
) {
    match shaken {
        Ok((session, handshake)) => {
            let _ = connection.handshake.set(Arc::new(handshake));
            let counters = shared.counters.of(connection.proto());
            counters.handshakes.done.add_one();
            connection.run(Stream::Tls(Box::new(session)), shared).await;
        }
        Err(end) => {
            tell(connection, &end, shared);
            connection.forget(shared, without);
        }
    }
}

/// The server's side. Which certificate is shown is decided by the name in the ClientHello.
async fn shake(tcp: TcpStream, shared: &Shared) -> io::Result<(TlsSession, TlsHandshake)> {
    // Its messages are small, and somebody waits for each.
    tcp.set_nodelay(true)?;
    let hello = LazyConfigAcceptor::new(Acceptor::default(), tcp).await?;
    let name = hello.client_hello().server_name().map(str::to_owned);
    let certificates = &shared.config.tls.tables.certificates;
    let chosen = match shared.config.tls.sni_must_match {
        true => certificates.choose_by_name(name.as_deref()),
        false => certificates.choose(name.as_deref()),
    };
    let Some(ChosenCertificate {
        config,
        verified_by,
    }) = chosen
    else {
        if let Some(refusal) = refusal() {
            // It ends with an error, after its alert.
            let _ = hello.into_stream(refusal).await;
        }
        return Err(io::Error::other("no certificate for the name asked for"));
    };
    let (tcp, tls) = hello.into_stream(config).await?.into_inner();
    let shown = tls.peer_certificates().and_then(<[_]>::first);
    let peer = shown.map(|certificate| client_identity(certificate, verified_by));
    let handshake = negotiated(&tls, name.as_deref(), peer);
    Ok((TlsSession::new(tcp, tls.into()), handshake))
}

/// The client's side. Whom it is to is in the name, which is asked for and verified.
async fn verified(
    tcp: TcpStream,
    peer: &TlsPeer,
    shared: &Shared,
) -> io::Result<(TlsSession, TlsHandshake)> {
    tcp.set_nodelay(true)?;
    let config = shared.config.tls.tables.clients.client_config(peer.tenant);
    let config = config.ok_or_else(|| io::Error::other("no authorities to verify anybody by"))?;
    let name = ServerName::try_from(peer.name.to_string()).map_err(io::Error::other)?;
    let connecting = TlsConnector::from(config).connect(name, tcp);
    let (tcp, tls) = connecting.await?.into_inner();
    let shown = tls.peer_certificates().and_then(<[_]>::first);
    let verified_by = VerifiedBy::Tenant(peer.tenant);
    let identity = shown.map(|certificate| dialled_identity(certificate, &peer.name, verified_by));
    // What is asked for by us names whom we call; an address is asked for by no name (RFC 6066 3).
    let asked = (!peer.is_address()).then_some(&*peer.name);
    let handshake = negotiated(&tls, asked, identity);
    Ok((TlsSession::new(tcp, tls.into()), handshake))
}

fn tell(connection: &Connection, end: &HandshakeEnd, shared: &Shared) {
    let handshakes = &shared.counters.of(connection.proto()).handshakes;
    let why = match end {
        HandshakeEnd::Closed => return,
        HandshakeEnd::Evicted => {
            handshakes.evicted.add_one();
            "its place was needed for another".to_owned()
        }
        HandshakeEnd::Late => {
            handshakes.late.add_one();
            "it took too long".to_owned()
        }
        HandshakeEnd::Failed(error) => {
            handshakes.failed.add_one();
            told(error)
        }
    };
    if let Some(times) = shared.handshakes_failing.happened(&why) {
        let name = connection.peer.as_ref().map(|peer| &*peer.name);
        tracing::info!(remote = %connection.remote, name, error = why, times,
            "a TLS handshake failed");
    }
}
