//! WebSocket over a stream, after its handshake (RFC 6455, RFC 7118).
//!
//! As TLS, it is driven where a plain stream is: under a lock, by whoever sends and by the
//! connection's own task. One message of WebSocket is one of SIP (RFC 7118 5).

use std::io::{self, Read, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Message, Utf8Bytes};

use crate::stream::Stream;

/// Bytes that are read and written at once. The library's own size is 128 KiB for each connection,
/// from its beginning.
const BUFFER_BYTES: usize = 4096;

/// What may wait beside one message: pongs, a close.
const WRITE_BYTES_MORE: usize = 4096;

/// The framing of one connection.
pub(crate) struct WebSocket {
    state: Mutex<State>,
}

struct State {
    context: WebSocketContext,
    /// Bytes of a message that is framed and that the stream has not taken all.
    framed: usize,
    /// Whether a pong or a close waits for the stream.
    owes: bool,
    /// Whether all that came was read.
    is_drained: bool,
    /// Bytes that came since the last message.
    since_message: usize,
}

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum WebSocketRead {
    /// A message of SIP.
    Message(Bytes),
    /// Something of WebSocket's own.
    Control,
    /// Nothing follows.
    End,
}

/// The stream below, which never waits.
struct Wire<'a> {
    stream: &'a Stream,
    read: usize,
}

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.try_read_slice(buffer)?;
        self.read += read;
        Ok(read)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.try_write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl WebSocket {
    /// The server's side of a connection on which these bytes came behind the handshake. No message
    /// may be longer than `message_bytes_max`.
    pub(crate) fn new(rest: Vec<u8>, message_bytes_max: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(BUFFER_BYTES)
            .max_write_buffer_size(message_bytes_max + WRITE_BYTES_MORE + BUFFER_BYTES)
            .max_message_size(Some(message_bytes_max))
            .max_frame_size(Some(message_bytes_max));
        let since_message = rest.len();
        let context = WebSocketContext::from_partially_read(rest, Role::Server, Some(config));
        Self {
            state: Mutex::new(State {
                context,
                framed: 0,
                owes: false,
                is_drained: false,
                since_message,
            }),
        }
    }

    /// Frames a whole message and writes it. `Ok` when it has left to its last byte; until then the
    /// answer is `WouldBlock`, and the next call must have the same bytes.
    pub(crate) fn try_write(&self, stream: &Stream, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.lock();
        if state.framed == 0 {
            state.flush(stream)?;
            let bytes = Bytes::copy_from_slice(bytes);
            // RFC 7118 5: text where it is UTF-8, which browsers read as such.
            let message = match Utf8Bytes::try_from(bytes.clone()) {
                Ok(text) => Message::Text(text),
                Err(_) => Message::Binary(bytes.clone()),
            };
            let mut wire = Wire { stream, read: 0 };
            match state.context.write(&mut wire, message) {
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => written.map_err(as_io)?,
            }
            state.framed = bytes.len();
        }
        state.flush(stream)?;
        Ok(std::mem::take(&mut state.framed))
    }

    /// The next thing that came.
    pub(crate) fn try_read(&self, stream: &Stream) -> io::Result<WebSocketRead> {
        let mut state = self.lock();
        let mut wire = Wire { stream, read: 0 };
        let read = state.context.read(&mut wire);
        state.since_message += wire.read;
        let read = match read {
            Ok(Message::Text(text)) => Ok(WebSocketRead::Message(text.into())),
            Ok(Message::Binary(bytes)) => Ok(WebSocketRead::Message(bytes)),
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_)) => {
                Ok(WebSocketRead::Control)
            }
            Err(Error::ConnectionClosed | Error::AlreadyClosed) => Ok(WebSocketRead::End),
            Err(Error::Protocol(
                tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
            )) => Ok(WebSocketRead::End),
            Err(error) => Err(as_io(error)),
        };
        if read.is_ok() {
            state.since_message = 0;
        }
        state.is_drained = read
            .as_ref()
            .is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        // A pong that is not taken now is written by the task.
        state.write_own(stream);
        read
    }

    /// Asks the peer for a pong.
    pub(crate) fn ping(&self, stream: &Stream) {
        let mut state = self.lock();
        if state.framed > 0 {
            // Something is on its way, which shows as much.
            return;
        }
        let mut wire = Wire { stream, read: 0 };
        let _ = state.context.write(&mut wire, Message::Ping(Bytes::new()));
        state.write_own(stream);
    }

    /// Says that nothing follows. What the stream does not take is left.
    pub(crate) fn finish(&self, stream: &Stream) {
        let mut state = self.lock();
        let mut wire = Wire { stream, read: 0 };
        let _ = state.context.close(&mut wire, None);
        let _ = state.flush(stream);
    }

    /// Whether something can be read that the stream does not know of any more.
    pub(crate) fn holds_bytes(&self) -> bool {
        !self.lock().is_drained
    }

    /// Whether a message has begun and is not complete.
    pub(crate) fn has_partial(&self) -> bool {
        self.lock().since_message > 0
    }

    /// Whether something of its own waits to be written.
    pub(crate) fn wants_write(&self) -> bool {
        self.lock().owes
    }

    /// Writes that.
    pub(crate) fn write_own(&self, stream: &Stream) {
        self.lock().write_own(stream);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing between lock and unlock panics half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Writes all that is framed, or says `WouldBlock`.
    fn flush(&mut self, stream: &Stream) -> io::Result<()> {
        let flushed = self.context.flush(&mut Wire { stream, read: 0 });
        flushed.map_err(as_io)
    }

    fn write_own(&mut self, stream: &Stream) {
        let flushed = self.flush(stream);
        self.owes = flushed.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
    }
}

fn as_io(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::ConnectionClosed | Error::AlreadyClosed => io::ErrorKind::BrokenPipe.into(),
        error => io::Error::new(io::ErrorKind::InvalidData, error),
    }
}

impl std::fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebSocket")
    }
}
