//! No message of a PostgreSQL server is longer than what a result may be.
//!
//! The driver makes room for a whole message before it looks at it, and a message may have 1 GiB:
//! one row, or the text of an error. It cannot be told a limit, so what the server says passes here
//! first, and the connection ends with an error as soon as a header announces too much.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What the length of a message counts of its header: its own four bytes (PostgreSQL's manual,
/// 55.7).
const LENGTH_BYTES: u32 = 4;

/// Set when a message was longer than the limit: what the driver then says is that its connection
/// is gone.
#[derive(Clone, Debug, Default)]
pub(super) struct Exceeded(Arc<AtomicBool>);

impl Exceeded {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A connection to a server on which each message of the server's is looked at: its kind in one
/// byte, its length in four, then that much. To be put around a connection after what precedes the
/// first such message (TLS).
#[derive(Debug)]
pub(super) struct MessageSizeLimiter<S> {
    stream: S,
    message_bytes_max: u32,
    exceeded: Exceeded,
    /// What has come of the header, and how many bytes of it.
    header: [u8; 5],
    header_bytes: usize,
    /// How many bytes of the message are still to come.
    bytes_left: usize,
}

impl<S> MessageSizeLimiter<S> {
    pub(super) fn new(stream: S, message_bytes_max: u32) -> (Self, Exceeded) {
        let exceeded = Exceeded::default();
        let limiter = Self {
            stream,
            message_bytes_max,
            exceeded: exceeded.clone(),
            header: [0; 5],
            header_bytes: 0,
            bytes_left: 0,
        };
        (limiter, exceeded)
    }

    /// Follows what has come. `false`: a message is longer than the limit, or shorter than its
    /// header.
    fn follow(&mut self, mut bytes: &[u8]) -> bool {
        while let Some((first, rest)) = bytes.split_first() {
            if self.bytes_left > 0 {
                let passed = self.bytes_left.min(bytes.len());
                self.bytes_left -= passed;
                bytes = bytes.get(passed..).unwrap_or_default();
                continue;
            }
            if let Some(place) = self.header.get_mut(self.header_bytes) {
                *place = *first;
            }
            self.header_bytes += 1;
            bytes = rest;
            if self.header_bytes == self.header.len() {
                let [_, length @ ..] = self.header;
                let length = u32::from_be_bytes(length);
                if !(LENGTH_BYTES..=self.message_bytes_max).contains(&length) {
                    return false;
                }
                self.bytes_left = usize::try_from(length - LENGTH_BYTES).unwrap_or(usize::MAX);
                self.header_bytes = 0;
            }
        }
        true
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for MessageSizeLimiter<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let come = buffer.filled().get(before..).unwrap_or_default();
        if self.follow(come) {
            return Poll::Ready(Ok(()));
        }
        self.exceeded.0.store(true, Ordering::Release);
        Poll::Ready(Err(io::Error::other("a message is larger than the limit")))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for MessageSizeLimiter<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    /// What the driver reads when the server says this in pieces of this size, and whether the
    /// limit was met.
    async fn read(said: &[u8], piece_bytes: usize, message_bytes_max: u32) -> (Vec<u8>, bool) {
        let (mut limiter, exceeded) = MessageSizeLimiter::new(said, message_bytes_max);
        let mut piece = vec![0; piece_bytes];
        let mut heard = Vec::new();
        while let Ok(1..) = limiter.read(&mut piece).await.inspect(|read| {
            heard.extend_from_slice(&piece[..*read]);
        }) {}
        (heard, exceeded.is_set())
    }

    #[tokio::test]
    async fn messages_pass_as_they_are_and_the_first_that_is_too_long_ends_the_connection() {
        let both = b"D\0\0\0\x08fourI\0\0\0\x04";
        for piece_bytes in 1..16 {
            assert_eq!(read(both, piece_bytes, 8).await, (both.to_vec(), false));
            for wrong in [
                &b"D\0\0\0\x09fives"[..],
                b"D\xff\xff\xff\xff",
                b"D\0\0\0\x03",
            ] {
                let said = [&both[..], wrong, b"rest"].concat();
                let (heard, is_exceeded) = read(&said, piece_bytes, 8).await;
                assert!(is_exceeded);
                assert!(both.starts_with(&heard) || heard.len() < both.len() + 5);
            }
        }
    }

    #[tokio::test]
    async fn of_a_message_that_is_long_and_allowed_nothing_is_missing() {
        let length = 80_000_u32;
        let mut said = vec![b'D'];
        said.extend((length + 4).to_be_bytes());
        said.extend((0..length).map(|place| place.to_le_bytes()[0]));
        assert_eq!(read(&said, 1000, u32::MAX).await, (said.clone(), false));
    }
}
