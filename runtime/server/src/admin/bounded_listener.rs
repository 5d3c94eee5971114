//! A listener that has limits.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use evroute_log_throttle::LogThrottle;
use evroute_transport::source;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;

use super::waiting::{Place, Waiting};

/// How long to wait when the system has no descriptor left.
const RETRY: Duration = Duration::from_millis(100);

/// Accepts every connection, and lets so many wait for their header.
pub(super) struct BoundedListener {
    listener: TcpListener,
    waiting: Arc<Waiting>,
    write_deadline: Duration,
    failing: LogThrottle,
}

impl BoundedListener {
    pub(super) fn new(
        listener: TcpListener,
        waiting: Arc<Waiting>,
        write_deadline: Duration,
    ) -> Self {
        Self {
            listener,
            waiting,
            write_deadline,
            failing: LogThrottle::new(),
        }
    }

    /// The next connection. Another one may be evicted for it. May be dropped and asked again:
    /// nothing is lost.
    pub(super) async fn accept(&self) -> (Admitted, Arc<Place>) {
        loop {
            match self.listener.accept().await {
                Ok((stream, remote)) => {
                    let from: IpAddr = source(remote.ip());
                    let admitted = Admitted {
                        stream,
                        write_deadline: self.write_deadline,
                        stalled: None,
                    };
                    return (admitted, self.waiting.enter(from));
                }
                Err(error) => {
                    if let Some(times) = self.failing.happened(Instant::now()) {
                        tracing::warn!(%error, times, "connections to the operator's HTTP cannot be accepted");
                    }
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }
}

/// A connection whose peer has to take what it asked for.
pub(super) struct Admitted {
    stream: TcpStream,
    write_deadline: Duration,
    /// Goes off when the peer has taken nothing for too long.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Admitted {
    /// Gives up on a write that waits for too long.
    fn watch<T>(
        &mut self,
        polled: Poll<io::Result<T>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        let deadline = self.write_deadline;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(deadline)));
        match stalled.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Admitted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Admitted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.watch(polled, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch(polled, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
