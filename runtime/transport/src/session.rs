//! The task of one connection: reading, writing, and when it ends.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::Interest;
use tokio::time::{Instant, sleep_until, timeout};

use crate::config::TcpConfig;
use crate::connection::Connection;
use crate::error::TransportError;
use crate::flow::{Flow, Inbound};
use crate::framer::{Frame, FrameError, Framer};
use crate::http_receiver::ConnectionEnd;
use crate::outbox::Outgoing;
use crate::reasons::told;
use crate::session_end::End;
use crate::shared::Shared;
use crate::stream::Stream;
use crate::websocket::{WebSocket, WebSocketRead};

/// Least room for one read, in bytes: a few ordinary messages.
const READ_BYTES: usize = 8192;

/// Reads in a row before other tasks run.
const READS_MAX: usize = 16;

/// RFC 5626 4.4.1: what answers a ping.
const PONG: &[u8] = b"\r\n";

/// How long answers may still come when what came behind their requests cannot be read.
const ANSWERS_UNDER_WAY: Duration = Duration::from_secs(1);

/// The task of one connection.
pub(crate) struct Session<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) stream: &'a Stream,
    pub(crate) shared: &'a Shared,
    pub(crate) config: TcpConfig,
    pub(crate) flow: Flow,
    framer: Framer,
    pub(crate) received_at: Instant,
    /// Whether a whole message came already.
    has_spoken: bool,
    /// When the message that is not complete yet began.
    pub(crate) message_began_at: Option<Instant>,
    /// Since when the peer has taken nothing of what waits.
    pub(crate) stalled_since: Option<Instant>,
    /// When a WebSocket was last pinged.
    pub(crate) pinged_at: Instant,
    /// Since when it is there.
    pub(crate) opened_at: Instant,
    /// Who is told when this is over.
    pub(crate) told_of_end: Option<Box<dyn ConnectionEnd>>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        connection: &'a Connection,
        stream: &'a Stream,
        local: SocketAddr,
        shared: &'a Shared,
    ) -> Self {
        let now = Instant::now();
        Self {
            connection,
            stream,
            shared,
            config: shared.config.tcp,
            flow: Flow {
                proto: connection.proto(),
                local,
                remote: connection.remote,
                connection: Some(connection.id),
            },
            framer: Framer::new(shared.config.framing),
            received_at: now,
            has_spoken: false,
            message_began_at: None,
            stalled_since: None,
            pinged_at: now,
            opened_at: now,
            told_of_end: None,
        }
    }

    pub(crate) async fn run(mut self) {
        self.counters().connection_opened();
        let mut end = match self.connection.is_http_only() {
            true => End::Http(Bytes::new()),
            false => self.work_to_end().await,
        };
        if let End::Http(begun) = end {
            end = match self.serve_http(&begun).await {
                Ok(()) => self.work_to_end().await,
                Err(end) => end,
            };
        }
        tracing::debug!(remote = %self.flow.remote, id = %self.connection.id, ?end, "connection ended");
        match end {
            // Something to say may still wait: a 400, answers of a server that shuts down.
            End::Asked | End::Unframed(_) => {
                if end != End::Asked {
                    let _ = timeout(ANSWERS_UNDER_WAY, self.linger()).await;
                }
                // What is not taken in time is reported as undeliverable below.
                let _ = timeout(self.config.flush_timeout, self.flush_all()).await;
            }
            End::Peer
            | End::Idle
            | End::SlowMessage
            | End::SlowReader
            | End::Http(_)
            | End::HttpAnswered
            | End::HttpDropped => {}
            End::System(_) => self.counters().errors.add_one(),
        }
        if let Some(websocket) = self.websocket() {
            websocket.finish(self.stream);
        }
        self.stream.finish();
        self.connection.forget(self.shared, TransportError::Closed);
        // All of them end with the server, and what phones have registered outlives that.
        if self.connection.has_registered() && !self.shared.cancel.is_cancelled() {
            self.shared.closed(&self.flow);
        }
        self.tell_end(&end);
        self.counters().connection_closed();
    }

    pub(crate) fn counters(&self) -> &'a crate::counters::ProtoCounters {
        self.shared.counters.of(self.flow.proto)
    }

    pub(crate) fn websocket(&self) -> Option<&'a WebSocket> {
        self.connection.websocket.get()
    }

    async fn work_to_end(&mut self) -> End {
        match self.work().await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn work(&mut self) -> Result<std::convert::Infallible, End> {
        let mut closing = pin!(self.connection.close.cancelled());
        let mut alarm = pin!(sleep_until(self.deadline()));
        loop {
            let interest = match self.is_written() {
                true => Interest::READABLE,
                false => Interest::READABLE | Interest::WRITABLE,
            };
            let holds_bytes = self.holds_bytes();
            tokio::select! {
                biased;
                () = &mut closing => return Err(End::Asked),
                // Nobody wakes us for what was taken from the system already.
                () = tokio::task::yield_now(), if holds_bytes => self.read()?,
                ready = self.stream.ready(interest) => {
                    let ready = ready.map_err(|error| End::System(error.kind()))?;
                    if ready.is_writable() {
                        self.flush()?;
                    }
                    if ready.is_readable() || ready.is_read_closed() {
                        self.read()?;
                    }
                }
                () = self.connection.outbox.queued() => self.flush()?,
                () = &mut alarm => self.check_deadlines()?,
            }
            // A later deadline is left to the alarm, which goes off early and looks again.
            let deadline = self.deadline();
            if deadline < alarm.deadline() || alarm.is_elapsed() {
                alarm.as_mut().reset(deadline);
            }
        }
    }

    /// Whether nothing waits to be written, of anybody's.
    fn is_written(&self) -> bool {
        let is_owed = self.websocket().is_some_and(WebSocket::wants_write);
        self.connection.outbox.is_empty() && !self.stream.wants_write() && !is_owed
    }

    fn holds_bytes(&self) -> bool {
        match self.websocket() {
            Some(websocket) => websocket.holds_bytes(),
            None => self.stream.holds_bytes(),
        }
    }

    fn read(&mut self) -> Result<(), End> {
        if let Some(websocket) = self.websocket() {
            return self.read_websocket(websocket);
        }
        for _ in 0..READS_MAX {
            match self.stream.try_read(self.framer.buffer_mut(), READ_BYTES) {
                Ok(0) => return Err(End::Peer),
                Ok(_) => self.take_frames()?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.broken(&error)),
            }
        }
        Ok(())
    }

    fn read_websocket(&mut self, websocket: &WebSocket) -> Result<(), End> {
        for _ in 0..READS_MAX {
            match websocket.try_read(self.stream) {
                Ok(WebSocketRead::Message(bytes)) => {
                    self.received_at = Instant::now();
                    self.take_message(bytes);
                }
                Ok(WebSocketRead::Control) => self.received_at = Instant::now(),
                Ok(WebSocketRead::End) => return Err(End::Peer),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.broken(&error)),
            }
        }
        match websocket.has_partial() {
            true => _ = self.message_began_at.get_or_insert(Instant::now()),
            false => self.message_began_at = None,
        }
        Ok(())
    }

    fn take_frames(&mut self) -> Result<(), End> {
        self.received_at = Instant::now();
        loop {
            match self.framer.next_frame() {
                Ok(Some(Frame::Message(bytes))) => {
                    self.message_began_at = None;
                    self.spoke();
                    let flow = self.flow;
                    self.shared.receive(Inbound { bytes, flow });
                }
                Ok(Some(Frame::Oversized(header))) => {
                    self.message_began_at = None;
                    self.shared.oversized(header, self.flow);
                }
                Ok(Some(Frame::Ping)) => self.pong(),
                Ok(None) => break,
                Err(FrameError::Http) if !self.has_spoken => {
                    self.message_began_at.get_or_insert(self.received_at);
                    return Err(End::Http(self.framer.take_rest()));
                }
                Err(error) => {
                    let rest = self.framer.take_rest();
                    self.shared.unframed(rest, self.flow, error);
                    return Err(End::Unframed(error));
                }
            }
        }
        match self.framer.has_partial() {
            true => _ = self.message_began_at.get_or_insert(self.received_at),
            false => self.message_began_at = None,
        }
        Ok(())
    }

    /// Why it cannot be read any more. What TLS or WebSocket says is told: a peer may refuse us
    /// behind the handshake, with what was written to it (RFC 8446 4.4.2.4).
    fn broken(&self, error: &io::Error) -> End {
        if error.kind() == io::ErrorKind::InvalidData {
            let why = told(error);
            if let Some(times) = self.shared.sessions_broken.happened(&why) {
                tracing::info!(remote = %self.flow.remote, proto = %self.flow.proto, error = why,
                    times, "a connection is broken");
            }
        }
        End::System(error.kind())
    }

    /// A message of WebSocket: one of SIP, or line ends that keep the way open.
    fn take_message(&mut self, bytes: Bytes) {
        if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            return self.pong();
        }
        self.spoke();
        let flow = self.flow;
        self.shared.receive(Inbound { bytes, flow });
    }

    fn spoke(&mut self) {
        if !std::mem::replace(&mut self.has_spoken, true) {
            self.shared.connections.spoke(self.connection.id);
        }
    }

    fn pong(&self) {
        self.counters().keep_alives.add_one();
        // A peer who pings faster than it reads gets no answer; nothing is lost by that.
        let _ = self.connection.push(Outgoing {
            bytes: Bytes::from_static(PONG),
            to: None,
        });
    }

    fn flush(&mut self) -> Result<(), End> {
        let own = self.stream.write_own();
        own.map_err(|error| End::System(error.kind()))?;
        if let Some(websocket) = self.websocket() {
            websocket.write_own(self.stream);
        }
        let connection = self.connection;
        let flushed = connection.outbox.flush(|bytes| connection.try_write(bytes));
        let flushed = flushed.map_err(|error| End::System(error.kind()))?;
        self.counters().sent.add(flushed.messages);
        if flushed.is_empty {
            self.stalled_since = None;
        } else if flushed.is_progress || self.stalled_since.is_none() {
            self.stalled_since = Some(Instant::now());
        }
        Ok(())
    }

    /// Writes what comes, and reads nothing, until it is asked to close or nothing can be written.
    async fn linger(&mut self) -> Result<(), End> {
        let mut closing = pin!(self.connection.close.cancelled());
        loop {
            tokio::select! {
                () = &mut closing => return Ok(()),
                ready = self.stream.ready(Interest::WRITABLE), if !self.is_written() => {
                    ready.map_err(|error| End::System(error.kind()))?;
                }
                () = self.connection.outbox.queued() => {}
            }
            self.flush()?;
        }
    }

    async fn flush_all(&mut self) -> Result<(), End> {
        while !self.connection.outbox.is_empty() {
            let writable = self.stream.ready(Interest::WRITABLE).await;
            writable.map_err(|error| End::System(error.kind()))?;
            self.flush()?;
        }
        Ok(())
    }
}
