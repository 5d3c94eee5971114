//! HTTP on a connection: one request after the other, until it is closed or becomes a WebSocket.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use evroute_clock::wall_seconds;
use evroute_http::{AnswerFraming, HttpRefusal, HttpReply, HttpRequest};
use tokio::io::Interest;
use tokio::time::{Instant, timeout, timeout_at};

use crate::http_receiver::{HttpAdmission, HttpAnswer};
use crate::proto::Proto;
use crate::session::Session;
use crate::session_end::End;
use crate::websocket::WebSocket;
use crate::websocket_handshake::WebSocketHandshake;

/// Least room for one read, in bytes.
const READ_BYTES: usize = 4096;

/// What tells a client to send its body (RFC 9110 10.1.1).
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// How long, and for how many bytes, what comes behind the last answer is thrown away: closed over
/// it, the connection would be reset, and its peer might not see that answer (RFC 9112 9.6).
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 256 << 10;

/// Why there is no next request.
enum Stop {
    /// The request is told this, and the connection is closed.
    Refused(HttpRefusal),
    /// This connection is at its end.
    End(End),
}

impl From<HttpRefusal> for Stop {
    fn from(refusal: HttpRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<End> for Stop {
    fn from(end: End) -> Self {
        Self::End(end)
    }
}

impl Session<'_> {
    /// Reads the requests of which the first begins so, and answers them. When this returns without
    /// an end, the connection is a WebSocket.
    pub(crate) async fn serve_http(&mut self, begun: &Bytes) -> Result<(), End> {
        let connection = self.connection;
        self.shared.connections.speaks_http(connection);
        let mut input = BytesMut::from(&begun[..]);
        let began = self.message_began_at;
        let served = tokio::select! {
            biased;
            () = connection.close.cancelled() => return Err(End::Asked),
            served = self.serve(&mut input, began) => served,
        };
        let handshake = served?;
        self.message_began_at = None;
        self.counters().http_upgraded.add_one();
        let request = &handshake.request;
        tracing::debug!(remote = %self.flow.remote, asked = request.target, host = request.host(),
            origin = request.text("Origin"), "a connection is a WebSocket");
        self.become_websocket(input.freeze());
        self.told_of_end = self.shared.upgraded(request, &self.flow);
        Ok(())
    }

    /// Leaves in `input` what came behind the handshake.
    async fn serve(
        &self,
        input: &mut BytesMut,
        mut began: Option<Instant>,
    ) -> Result<WebSocketHandshake, End> {
        loop {
            let began_at = match began.take() {
                Some(began_at) => began_at,
                None => self.next_begins(input).await?,
            };
            let deadline = began_at + self.config.message_timeout;
            let end = match self.exchange(input, deadline).await {
                Ok(None) => continue,
                Ok(Some(handshake)) => return Ok(handshake),
                Err(Stop::End(end)) => end,
                Err(Stop::Refused(refusal)) => self.refuse(&refusal).await?,
            };
            if end == End::HttpAnswered {
                self.linger_behind().await;
            }
            return Err(end);
        }
    }

    /// When the next request begins, which may take its time.
    async fn next_begins(&self, input: &mut BytesMut) -> Result<Instant, End> {
        if input.is_empty() {
            let idle = self.shared.config.http.idle_timeout;
            let filled = timeout(idle, self.fill(input)).await;
            filled.map_err(|_| End::Idle)??;
        }
        Ok(Instant::now())
    }

    /// One request and its answer; a handshake, where the connection is a WebSocket by that.
    async fn exchange(
        &self,
        input: &mut BytesMut,
        deadline: Instant,
    ) -> Result<Option<WebSocketHandshake>, Stop> {
        let late = |_| Stop::Refused(HttpRefusal::TOO_SLOW);
        let head = timeout_at(deadline, self.read_head(input)).await;
        let mut request = HttpRequest::parse(&head.map_err(late)??)?;
        let exchange = match self.shared.admit_http(&request, &self.flow) {
            HttpAdmission::Nobody => return self.as_ever(&request).await.map(Some),
            HttpAdmission::Refused(refusal) => return Err(refusal.into()),
            HttpAdmission::Admitted(exchange) => exchange,
        };
        let length = request.body_length()?;
        if length > exchange.body_bytes_max {
            return Err(HttpRefusal::TOO_LARGE.into());
        }
        if request.waits_to_continue()? && input.len() < length {
            self.write(CONTINUE).await?;
        }
        let body = timeout_at(deadline, self.read_body(input, length)).await;
        request.body = body.map_err(late)??;
        let request = Arc::new(request);
        let answer = self.shared.ask_http(exchange.answer, &request).await;
        // Its place is held until the answer is written.
        let _place = exchange.place;
        self.act(answer, &request).await
    }

    /// What was decided about a request.
    async fn act(
        &self,
        answer: HttpAnswer,
        request: &HttpRequest,
    ) -> Result<Option<WebSocketHandshake>, Stop> {
        match answer {
            HttpAnswer::AsEver => self.as_ever(request).await.map(Some),
            HttpAnswer::Upgrade => {
                let config = &self.shared.config.websocket;
                let handshake = WebSocketHandshake::anywhere(request, config)?;
                self.write(handshake.answer().as_bytes()).await?;
                Ok(Some(handshake))
            }
            HttpAnswer::Reply(reply) => {
                let closes = !request.keeps_alive();
                self.reply(&reply, request, closes).await.map(|()| None)
            }
            HttpAnswer::ReplyAndClose(reply) => {
                self.reply(&reply, request, true).await.map(|()| None)
            }
            HttpAnswer::Close => {
                self.counters().http_answered.add_one();
                Err(End::HttpDropped.into())
            }
        }
    }

    /// The answer where nobody else gives one: that of a WebSocket, or none is there.
    async fn as_ever(&self, request: &HttpRequest) -> Result<WebSocketHandshake, Stop> {
        let handshake = WebSocketHandshake::at_path(request, &self.shared.config.websocket)?;
        self.write(handshake.answer().as_bytes()).await?;
        Ok(handshake)
    }

    async fn reply(
        &self,
        reply: &HttpReply,
        request: &HttpRequest,
        closes: bool,
    ) -> Result<(), Stop> {
        let framing = AnswerFraming {
            closes,
            has_body: !request.is_head(),
            seconds: wall_seconds(),
        };
        self.write(&reply.print(&framing)).await?;
        self.counters().http_answered.add_one();
        match closes {
            true => Err(End::HttpAnswered.into()),
            false => Ok(()),
        }
    }

    async fn refuse(&self, refusal: &HttpRefusal) -> Result<End, End> {
        self.counters().http_refused.add_one();
        let (remote, status) = (self.flow.remote, refusal.status);
        tracing::debug!(%remote, status, "HTTP is refused");
        self.write(&refusal.print(wall_seconds())).await?;
        Ok(End::HttpAnswered)
    }

    /// From the first line to the empty one.
    async fn read_head(&self, input: &mut BytesMut) -> Result<Bytes, Stop> {
        let most = self.shared.config.http.header_bytes_max;
        let mut searched = 0_usize;
        loop {
            // RFC 9112 2.2: some clients send an empty line behind a body.
            while input.starts_with(b"\r\n") {
                input.advance(2);
                searched = 0;
            }
            let from = searched.saturating_sub(3);
            let unsearched = input.get(from..).unwrap_or_default();
            let end = memchr::memmem::find(unsearched, b"\r\n\r\n").map(|end| from + end + 4);
            match end {
                Some(end) if end <= most => return Ok(input.split_to(end).freeze()),
                None if input.len() < most => {}
                Some(_) | None => return Err(HttpRefusal::HEAD_TOO_LARGE.into()),
            }
            searched = input.len();
            self.fill(input).await?;
        }
    }

    /// Memory is taken for what has come, not for what is said to come.
    async fn read_body(&self, input: &mut BytesMut, length: usize) -> Result<Bytes, Stop> {
        while input.len() < length {
            self.fill(input).await?;
        }
        Ok(input.split_to(length).freeze())
    }

    /// Waits until more has come.
    async fn fill(&self, input: &mut BytesMut) -> Result<(), End> {
        loop {
            match self.stream.try_read(input, READ_BYTES) {
                Ok(0) => return Err(End::Peer),
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.ready(Interest::READABLE).await?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(End::System(error.kind())),
            }
        }
    }

    /// Writes all of it, in the time that a message may take.
    async fn write(&self, mut bytes: &[u8]) -> Result<(), End> {
        let deadline = Instant::now() + self.config.message_timeout;
        while !bytes.is_empty() {
            match self.stream.try_write(bytes) {
                Ok(taken) => bytes = bytes.get(taken..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let ready = self.ready(Interest::WRITABLE);
                    let ready = timeout_at(deadline, ready).await;
                    ready.map_err(|_| End::SlowReader)??;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(End::System(error.kind())),
            }
        }
        Ok(())
    }

    async fn ready(&self, interest: Interest) -> Result<(), End> {
        let ready = self.stream.ready(interest).await;
        ready.map(drop).map_err(|error| End::System(error.kind()))
    }

    /// Says that nothing follows, and reads on for a moment.
    async fn linger_behind(&self) {
        self.stream.shut_write();
        let reading = async {
            let (mut thrown, mut bytes) = (BytesMut::new(), 0);
            while bytes < LINGER_BYTES_MAX && self.fill(&mut thrown).await.is_ok() {
                bytes += thrown.len();
                thrown.clear();
            }
        };
        let _ = timeout(LINGER, reading).await;
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
