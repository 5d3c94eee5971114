//! HTTP on a connection of SIP: a WebSocket begins with it, everything else ends with its answer.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::Interest;
use tokio::time::timeout_at;

use crate::http_head::{HEAD_BYTES_MAX, HttpRefusal, WebSocketHandshake, end_of_head};
use crate::proto::Proto;
use crate::session::{End, Session};
use crate::websocket::WebSocket;

impl Session<'_> {
    /// Reads the request that begins so, and answers it. When this returns without an end, the
    /// connection is a WebSocket.
    pub(crate) async fn serve_http(&mut self, begun: &Bytes) -> Result<(), End> {
        let deadline = self.message_began_at.unwrap_or(self.received_at);
        let deadline = deadline + self.config.message_timeout;
        let mut head = BytesMut::from(&begun[..]);
        let served = tokio::select! {
            biased;
            () = self.connection.close.cancelled() => return Err(End::Asked),
            served = timeout_at(deadline, self.answer(&mut head)) => served,
        };
        let handshake = match served {
            Ok(handshake) => handshake?,
            Err(_) => {
                self.counters().http_refused.add_one();
                return Err(End::SlowMessage);
            }
        };
        self.message_began_at = None;
        self.counters().http_upgraded.add_one();
        tracing::debug!(remote = %self.flow.remote, path = handshake.path, host = handshake.host,
            origin = handshake.origin, "a connection is a WebSocket");
        self.become_websocket(head.freeze());
        Ok(())
    }

    /// Leaves in `head` what came behind it.
    async fn answer(&self, head: &mut BytesMut) -> Result<WebSocketHandshake, End> {
        let read = match self.read_head(head).await? {
            Some(end) => {
                let request = head.split_to(end);
                WebSocketHandshake::read(&request, &self.shared.config.websocket)
            }
            None => Err(HttpRefusal::BAD_REQUEST),
        };
        match read {
            Ok(handshake) => {
                self.write(handshake.answer().as_bytes()).await?;
                Ok(handshake)
            }
            Err(refusal) => {
                self.counters().http_refused.add_one();
                tracing::debug!(remote = %self.flow.remote, status = refusal.status, "HTTP is refused");
                self.write(refusal.answer().as_bytes()).await?;
                Err(End::HttpAnswered)
            }
        }
    }

    /// Where the head ends; none when it is too long.
    async fn read_head(&self, head: &mut BytesMut) -> Result<Option<usize>, End> {
        loop {
            if let Some(end) = end_of_head(head) {
                return Ok(Some(end));
            }
            let Some(room) = HEAD_BYTES_MAX
                .checked_sub(head.len())
                .filter(|room| *room > 0)
            else {
                return Ok(None);
            };
            match self.stream.try_read(head, room) {
                Ok(0) => return Err(End::Peer),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.ready(Interest::READABLE).await?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(End::System(error.kind())),
            }
        }
    }

    async fn write(&self, mut bytes: &[u8]) -> Result<(), End> {
        while !bytes.is_empty() {
            match self.stream.try_write(bytes) {
                Ok(taken) => bytes = bytes.get(taken..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.ready(Interest::WRITABLE).await?;
                }
                Err(error) => return Err(End::System(error.kind())),
            }
        }
        Ok(())
    }

    async fn ready(&self, interest: Interest) -> Result<(), End> {
        let ready = self.stream.ready(interest).await;
        ready.map(drop).map_err(|error| End::System(error.kind()))
    }

    /// From here on each message of SIP is one of WebSocket. `rest` came behind the handshake.
    fn become_websocket(&mut self, rest: Bytes) {
        let proto = match self.flow.proto.is_secure() {
            true => Proto::Wss,
            false => Proto::Ws,
        };
        self.counters().connection_closed();
        self.flow.proto = proto;
        self.counters().connection_opened();
        let most = self.shared.config.framing.message_bytes_max;
        let websocket = WebSocket::new(rest.to_vec(), most);
        let _ = self.connection.websocket.set(websocket);
        self.shared.connections.becomes(self.connection, proto);
    }
}
