//! What the first byte of a connection says: whether TLS is spoken on a port that takes both.

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::connection::Connection;
use crate::error::TransportError;
use crate::proto::Proto;
use crate::shared::Shared;
use crate::stream::Stream;
use crate::tls;

/// The first byte of a TLS handshake (RFC 8446 5.1), which begins no message of SIP and no request
/// of HTTP.
const HANDSHAKE: u8 = 0x16;

/// Waits for the first byte of a connection that was accepted without TLS, and runs it. One over
/// which nothing comes may be silent as long as any other; one that is written to first is plain.
pub(crate) async fn open(connection: Arc<Connection>, tcp: TcpStream, shared: Arc<Shared>) {
    let first = tokio::select! {
        biased;
        () = connection.close.cancelled() => return connection.forget(&shared, TransportError::Closed),
        () = connection.outbox.queued() => Ok(None),
        first = timeout(shared.config.tcp.idle_timeout, first_byte(&tcp)) => match first {
            Ok(first) => first,
            Err(_) => return connection.forget(&shared, TransportError::Closed),
        },
    };
    match first {
        Ok(Some(HANDSHAKE)) if shared.config.tls.is_spoken() => {
            shared.connections.becomes(&connection, Proto::Tls);
            let (places, from) = (&shared.handshakes, connection.remote.ip());
            let place = places.enter(connection.id, from, &shared.config.tls);
            tls::accept(connection, tcp, place, shared).await;
        }
        Ok(_) => connection.run(Stream::Plain(tcp), &shared).await,
        Err(error) => connection.forget(&shared, error.into()),
    }
}

/// It stays where it is. None when the peer closes without a byte.
async fn first_byte(tcp: &TcpStream) -> io::Result<Option<u8>> {
    let mut first = [0];
    let read = tcp.peek(&mut first).await?;
    Ok((read > 0).then_some(first[0]))
}
