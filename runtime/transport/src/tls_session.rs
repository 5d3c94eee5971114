//! TLS over a connection, after its handshake.
//!
//! The session is driven where a plain stream is: whoever sends encrypts and writes at once, under
//! a lock that is held across neither a wait nor an event, and the connection's own task does the
//! rest. It looks like a stream that takes bytes whole or says `WouldBlock`.

use std::io::{self, BufRead, IoSlice, Read, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::BytesMut;
use rustls::Connection as Tls;
use tokio::net::TcpStream;

/// The most that is encrypted at once, in bytes: one record (RFC 8446 5.1). What was encrypted is
/// kept until the system takes it, so that this bounds it, too.
const RECORD_BYTES: usize = 16_384;

/// A session and what it runs over.
#[derive(Debug)]
pub(crate) struct TlsSession {
    tcp: TcpStream,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    tls: Tls,
    /// Bytes of whoever writes that are encrypted and that the system has not taken all. They were
    /// not reported as written yet.
    encrypted: usize,
    /// The session cannot go on.
    is_broken: bool,
}

/// The connection below, which never waits.
struct Wire<'a>(&'a TcpStream);

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TlsSession {
    pub(crate) fn new(tcp: TcpStream, tls: Tls) -> Self {
        let state = State {
            tls,
            encrypted: 0,
            is_broken: false,
        };
        Self {
            tcp,
            state: Mutex::new(state),
        }
    }

    pub(crate) fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    /// Encrypts a record's worth and writes it. `Ok` is what was taken to its last byte; until it
    /// was, the answer is `WouldBlock`, and the next call must have the same bytes.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.lock();
        if state.is_broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if state.encrypted == 0 {
            state.send(&self.tcp)?;
            let record = bytes.get(..RECORD_BYTES).unwrap_or(bytes);
            state.encrypted = state.tls.writer().write(record)?;
        }
        state.send(&self.tcp)?;
        Ok(std::mem::take(&mut state.encrypted))
    }

    /// Appends at most so many bytes; 0 when the peer has closed, with or without saying so: a
    /// message that was cut off has no end that framing would find.
    pub(crate) fn try_read(&self, buffer: &mut BytesMut, most: usize) -> io::Result<usize> {
        self.try_read_by(&mut |bytes: &[u8]| {
            let bytes = bytes.get(..most).unwrap_or(bytes);
            buffer.extend_from_slice(bytes);
            bytes.len()
        })
    }

    /// Hands what has come to `take`, which says how much of it was taken.
    pub(crate) fn try_read_by(&self, take: &mut dyn FnMut(&[u8]) -> usize) -> io::Result<usize> {
        let mut state = self.lock();
        loop {
            match state.tls.reader().fill_buf() {
                Ok([]) => return Ok(0),
                Ok(bytes) => {
                    let length = take(bytes);
                    state.tls.reader().consume(length);
                    return Ok(length);
                }
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            state.tls.read_tls(&mut Wire(&self.tcp))?;
            let processed = state.tls.process_new_packets();
            // An alert, the answer to a new key: what is not taken now is written by the task.
            let _ = state.send(&self.tcp);
            if let Err(error) = processed {
                state.is_broken = true;
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
        }
    }

    /// Whether something is decrypted and was not read.
    pub(crate) fn holds_bytes(&self) -> bool {
        let mut state = self.lock();
        state
            .tls
            .reader()
            .fill_buf()
            .is_ok_and(|bytes| !bytes.is_empty())
    }

    /// Whether something of the session's own waits to be written.
    pub(crate) fn wants_write(&self) -> bool {
        self.lock().tls.wants_write()
    }

    /// Writes what waits of the session's own, as far as the system takes it.
    pub(crate) fn write_own(&self) -> io::Result<()> {
        match self.lock().send(&self.tcp) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            sent => sent,
        }
    }

    /// Says that nothing follows (`close_notify`). What the system does not take is left.
    pub(crate) fn finish(&self) {
        let mut state = self.lock();
        state.tls.send_close_notify();
        let _ = state.send(&self.tcp);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing between lock and unlock panics half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Writes everything that is encrypted, or says `WouldBlock`.
    fn send(&mut self, tcp: &TcpStream) -> io::Result<()> {
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut Wire(tcp)) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.is_broken |= error.kind() != io::ErrorKind::WouldBlock;
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}
