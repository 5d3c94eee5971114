//! One stream connection: reading, writing, and when it ends.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::config::TcpConfig;
use crate::error::TransportError;
use crate::flow::{ConnectionId, Flow, Inbound, Target};
use crate::framer::{Frame, FrameError, Framer};
use crate::outbox::{Flushed, Outbox, Outgoing};
use crate::proto::Proto;
use crate::shared::Shared;

/// Least room for one read, in bytes: a few ordinary messages.
const READ_BYTES: usize = 8192;

/// Reads in a row before other tasks run.
const READS_MAX: usize = 16;

/// RFC 5626 4.4.1: what answers a ping.
const PONG: &[u8] = b"\r\n";

/// A connection as the table and senders see it; dialled ones have no stream at first.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    pub(crate) proto: Proto,
    pub(crate) remote: SocketAddr,
    /// Cancelled to close it; a child of the transport's.
    pub(crate) close: CancellationToken,
    outbox: Outbox,
    stream: OnceLock<TcpStream>,
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The peer closed it.
    Peer,
    /// We were asked to close it, or are shutting down.
    Asked,
    /// Nothing was received for too long.
    Idle,
    /// A message took too long to arrive.
    SlowMessage,
    /// The peer took nothing for too long.
    SlowReader,
    /// The stream could not be cut into messages.
    Unframed(FrameError),
    /// What the system said.
    System(io::ErrorKind),
}

impl Connection {
    pub(crate) fn new(
        id: ConnectionId,
        proto: Proto,
        remote: SocketAddr,
        close: CancellationToken,
        config: &TcpConfig,
    ) -> Self {
        let outbox = Outbox::new(config.write_queue_max, config.write_queue_bytes_max);
        Self {
            id,
            proto,
            remote,
            close,
            outbox,
            stream: OnceLock::new(),
        }
    }

    /// Writes or queues one message.
    pub(crate) fn send(&self, bytes: Bytes, to: Target) -> Result<Flushed, TransportError> {
        self.push(Outgoing {
            bytes,
            to: Some(to),
        })
    }

    fn push(&self, outgoing: Outgoing) -> Result<Flushed, TransportError> {
        self.outbox.push(outgoing, |bytes| match self.stream.get() {
            Some(stream) => stream.try_write(bytes),
            None => Err(io::ErrorKind::WouldBlock.into()),
        })
    }

    /// Reads and writes until the connection ends; everything is cleaned up afterwards.
    pub(crate) async fn run(&self, stream: TcpStream, shared: &Shared) {
        // Responses are small and somebody is waiting for each.
        let local = stream.set_nodelay(true).and_then(|()| stream.local_addr());
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

/// The task of one connection.
struct Session<'a> {
    connection: &'a Connection,
    stream: &'a TcpStream,
    shared: &'a Shared,
    config: TcpConfig,
    flow: Flow,
    framer: Framer,
    received_at: Instant,
    /// Whether a whole message came already.
    has_spoken: bool,
    /// When the message that is not complete yet began.
    message_began_at: Option<Instant>,
    /// Since when the peer has taken nothing of what waits.
    stalled_since: Option<Instant>,
}

impl<'a> Session<'a> {
    fn new(
        connection: &'a Connection,
        stream: &'a TcpStream,
        local: SocketAddr,
        shared: &'a Shared,
    ) -> Self {
        let Connection {
            id, proto, remote, ..
        } = *connection;
        Self {
            connection,
            stream,
            shared,
            config: shared.config.tcp,
            flow: Flow {
                proto,
                local,
                remote,
                connection: Some(id),
            },
            framer: Framer::new(shared.config.framing),
            received_at: Instant::now(),
            has_spoken: false,
            message_began_at: None,
            stalled_since: None,
        }
    }

    async fn run(mut self) {
        let counters = self.shared.counters.of(self.flow.proto);
        counters.connection_opened();
        let end = match self.work().await {
            Ok(never) => match never {},
            Err(end) => end,
        };
        tracing::debug!(remote = %self.flow.remote, id = %self.connection.id, ?end, "connection ended");
        match end {
            // Something to say may still wait: a 400, answers of a server that shuts down.
            End::Asked | End::Unframed(_) => {
                // What is not taken in time is reported as undeliverable below.
                let _ = timeout(self.config.flush_timeout, self.flush_all()).await;
            }
            End::Peer | End::Idle | End::SlowMessage | End::SlowReader => {}
            End::System(_) => counters.errors.add_one(),
        }
        self.connection.forget(self.shared, TransportError::Closed);
        counters.connection_closed();
    }

    async fn work(&mut self) -> Result<std::convert::Infallible, End> {
        let mut closing = pin!(self.connection.close.cancelled());
        let mut alarm = pin!(sleep_until(self.deadline()));
        loop {
            let interest = match self.connection.outbox.is_empty() {
                true => Interest::READABLE,
                false => Interest::READABLE | Interest::WRITABLE,
            };
            tokio::select! {
                biased;
                () = &mut closing => return Err(End::Asked),
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

    fn read(&mut self) -> Result<(), End> {
        for _ in 0..READS_MAX {
            let buffer = self.framer.buffer_mut();
            buffer.reserve(READ_BYTES);
            match self.stream.try_read_buf(buffer) {
                Ok(0) => return Err(End::Peer),
                Ok(_) => self.take_frames()?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(End::System(error.kind())),
            }
        }
        Ok(())
    }

    fn take_frames(&mut self) -> Result<(), End> {
        self.received_at = Instant::now();
        loop {
            match self.framer.next_frame() {
                Ok(Some(Frame::Message(bytes))) => {
                    self.message_began_at = None;
                    if !std::mem::replace(&mut self.has_spoken, true) {
                        self.shared.connections.spoke(self.connection.id);
                    }
                    let flow = self.flow;
                    self.shared.receive(Inbound { bytes, flow });
                }
                Ok(Some(Frame::Oversized(header))) => {
                    self.message_began_at = None;
                    self.shared.oversized(header, self.flow);
                }
                Ok(Some(Frame::Ping)) => self.pong(),
                Ok(None) => break,
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

    fn pong(&self) {
        self.shared
            .counters
            .of(self.flow.proto)
            .keep_alives
            .add_one();
        // A peer who pings faster than it reads gets no answer; nothing is lost by that.
        let _ = self.connection.push(Outgoing {
            bytes: Bytes::from_static(PONG),
            to: None,
        });
    }

    fn flush(&mut self) -> Result<(), End> {
        let flushed = self
            .connection
            .outbox
            .flush(|bytes| self.stream.try_write(bytes));
        let flushed = flushed.map_err(|error| End::System(error.kind()))?;
        self.shared
            .counters
            .of(self.flow.proto)
            .sent
            .add(flushed.messages);
        if flushed.is_empty {
            self.stalled_since = None;
        } else if flushed.is_progress || self.stalled_since.is_none() {
            self.stalled_since = Some(Instant::now());
        }
        Ok(())
    }

    async fn flush_all(&mut self) -> Result<(), End> {
        while !self.connection.outbox.is_empty() {
            let writable = self.stream.writable().await;
            writable.map_err(|error| End::System(error.kind()))?;
            self.flush()?;
        }
        Ok(())
    }

    /// Until when something must have happened.
    fn deadline(&self) -> Instant {
        let after = |since: Option<Instant>, limit: Duration| since.map(|since| since + limit);
        let idle = self.received_at + self.config.idle_timeout;
        let message = after(self.message_began_at, self.config.message_timeout);
        let write = after(self.stalled_since, self.config.write_timeout);
        [message, write]
            .into_iter()
            .flatten()
            .fold(idle, Instant::min)
    }

    fn check_deadlines(&self) -> Result<(), End> {
        let now = Instant::now();
        let is_over = |since: Option<Instant>, limit: Duration| {
            since.is_some_and(|since| now.saturating_duration_since(since) >= limit)
        };
        if is_over(self.message_began_at, self.config.message_timeout) {
            return Err(End::SlowMessage);
        }
        if is_over(self.stalled_since, self.config.write_timeout) {
            return Err(End::SlowReader);
        }
        if is_over(Some(self.received_at), self.config.idle_timeout) {
            return Err(End::Idle);
        }
        Ok(())
    }
}
