//! What a connection is written to and read from.

use std::io;
use std::net::SocketAddr;

use bytes::BytesMut;
use tokio::io::{Interest, Ready};
use tokio::net::TcpStream;

use crate::tls_session::TlsSession;

/// A stream that never waits: with or without TLS.
#[derive(Debug)]
pub(crate) enum Stream {
    /// As it is.
    Plain(TcpStream),
    /// With TLS, after its handshake.
    Tls(Box<TlsSession>),
}

impl Stream {
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(session) => session.tcp(),
        }
    }

    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp().local_addr()
    }

    /// Responses are small and somebody is waiting for each.
    pub(crate) fn set_nodelay(&self) -> io::Result<()> {
        self.tcp().set_nodelay(true)
    }

    pub(crate) async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.tcp().ready(interest).await
    }

    /// Writes some of these bytes. After `WouldBlock` the same bytes must be the next, as TLS may
    /// have encrypted them already.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.try_write(bytes),
            Self::Tls(session) => session.try_write(bytes),
        }
    }

    /// Appends what has come; 0 when no more will.
    pub(crate) fn try_read(&self, buffer: &mut BytesMut, most: usize) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => {
                buffer.reserve(most);
                tcp.try_read_buf(buffer)
            }
            Self::Tls(session) => session.try_read(buffer, most),
        }
    }

    /// Reads what has come into a buffer that is full of something; 0 when no more will.
    pub(crate) fn try_read_slice(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.try_read(buffer),
            Self::Tls(session) => session.try_read_by(&mut |bytes: &[u8]| {
                let length = bytes.len().min(buffer.len());
                let parts = buffer.get_mut(..length).zip(bytes.get(..length));
                if let Some((to, from)) = parts {
                    to.copy_from_slice(from);
                }
                length
            }),
        }
    }

    /// Whether something can be read that the system does not know of any more.
    pub(crate) fn holds_bytes(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(session) => session.holds_bytes(),
        }
    }

    /// Whether something of the stream's own waits to be written: an alert, a new key.
    pub(crate) fn wants_write(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(session) => session.wants_write(),
        }
    }

    /// Writes that.
    pub(crate) fn write_own(&self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(session) => session.write_own(),
        }
    }

    /// Says that nothing follows, in a way that lets what comes be read on.
    pub(crate) fn shut_write(&self) {
        self.finish();
        let tcp = socket2::SockRef::from(self.tcp());
        // One that is gone already need not be told.
        let _ = tcp.shutdown(std::net::Shutdown::Write);
    }

    /// Says that nothing follows, where there is a word for it.
    pub(crate) fn finish(&self) {
        match self {
            Self::Plain(_) => {}
            Self::Tls(session) => session.finish(),
        }
    }
}
