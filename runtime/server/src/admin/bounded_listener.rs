//! A listener that has a limit.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use evroute_transport::Seldom;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long to wait when the system has no descriptor left.
const RETRY: Duration = Duration::from_millis(100);

/// Accepts so many connections at the same time and leaves the rest in the system's queue.
pub(super) struct BoundedListener {
    listener: TcpListener,
    places: Arc<Semaphore>,
    failing: Seldom,
}

impl BoundedListener {
    pub(super) fn new(listener: TcpListener, connections_max: usize) -> Self {
        Self {
            listener,
            places: Arc::new(Semaphore::new(connections_max)),
            failing: Seldom::new(),
        }
    }
}

impl BoundedListener {
    /// The next connection, once there is a place for it. May be dropped and asked again: nothing is lost.
    pub(super) async fn accept(&self) -> Admitted {
        // The semaphore is never closed, so there is always a place in the end.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    return Admitted {
                        stream,
                        _place: place,
                    };
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

/// A connection and the place that it takes.
pub(super) struct Admitted {
    stream: TcpStream,
    _place: Option<OwnedSemaphorePermit>,
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
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
