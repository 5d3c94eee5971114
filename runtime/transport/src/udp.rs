//! UDP: one socket per listening address.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::config::UdpConfig;
use crate::error::TransportError;
use crate::flow::Target;
use crate::proto::Proto;
use crate::shared::Shared;

/// One listening address. Answers leave from the socket their request came in by.
#[derive(Debug)]
pub(crate) struct UdpPort {
    pub(crate) local: SocketAddr,
    socket: UdpSocket,
    queue: Mutex<Queue>,
    /// Whether the queue is in use, so that senders need not lock it to know.
    is_queueing: AtomicBool,
    queued: Notify,
    queue_max: usize,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<(Target, Bytes)>,
    is_closed: bool,
}

impl UdpPort {
    /// Opens the socket. No SO_REUSEPORT: with it a second server on the same port would
    /// not be told, and would silently get a share of the messages.
    pub(crate) fn bind(addr: SocketAddr, config: &UdpConfig) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(addr), Type::DGRAM, None)?;
        if addr.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        // Asking for more than the system allows is no error; it gives what it has.
        socket.set_recv_buffer_size(config.receive_buffer_bytes)?;
        socket.set_send_buffer_size(config.send_buffer_bytes)?;
        socket.set_nonblocking(true)?;
        socket.bind(&addr.into())?;
        let socket = UdpSocket::from_std(socket.into())?;
        Ok(Self {
            local: socket.local_addr()?,
            socket,
            queue: Mutex::default(),
            is_queueing: AtomicBool::new(false),
            queued: Notify::new(),
            queue_max: config.send_queue_max,
        })
    }

    /// Resolves when there may be a datagram.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await
    }

    /// Reads a datagram into the buffer: its length, and who sent it.
    pub(crate) fn try_read(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.socket.try_recv_from(buffer)
    }

    /// Sends, or queues while the kernel has no room. `Ok(true)`: sent.
    pub(crate) fn send(&self, bytes: Bytes, to: Target) -> Result<bool, TransportError> {
        if !self.is_queueing.load(Ordering::Acquire) {
            match self.send_now(&bytes, to.remote) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                sent => return sent.map(|()| true).map_err(TransportError::from),
            }
        }
        let mut queue = self.lock();
        if queue.is_closed {
            return Err(TransportError::ShuttingDown);
        }
        if queue.waiting.len() >= self.queue_max {
            return Err(TransportError::QueueFull);
        }
        queue.waiting.push_back((to, bytes));
        self.is_queueing.store(true, Ordering::Release);
        self.queued.notify_one();
        Ok(false)
    }

    /// Past tokio's readiness, which starts as not ready and would queue the first sends.
    fn send_now(&self, bytes: &[u8], remote: SocketAddr) -> io::Result<()> {
        SockRef::from(&self.socket)
            .send_to(bytes, &SockAddr::from(remote))
            .map(drop)
    }

    /// Sends what was queued, until the transport is cancelled and nothing waits any more.
    pub(crate) async fn flush(self: Arc<Self>, shared: Arc<Shared>) {
        loop {
            tokio::select! {
                biased;
                () = shared.cancel.cancelled() => break,
                () = self.flush_queued(&shared) => {}
            }
        }
        let limit = shared.config.tcp.flush_timeout;
        let _ = timeout(limit, self.flush_all(&shared)).await;
        let left = {
            let mut queue = self.lock();
            queue.is_closed = true;
            std::mem::take(&mut queue.waiting)
        };
        for (to, bytes) in left {
            shared.undeliverable(to, bytes, TransportError::ShuttingDown);
        }
    }

    async fn flush_queued(&self, shared: &Shared) {
        self.queued.notified().await;
        self.flush_all(shared).await;
    }

    /// May be dropped half-way: a datagram leaves the queue only after it was sent.
    async fn flush_all(&self, shared: &Shared) {
        while let Some((to, bytes)) = self.first() {
            let sent = self
                .socket
                .async_io(Interest::WRITABLE, || self.send_now(&bytes, to.remote));
            let sent = sent.await;
            self.drop_first();
            match sent {
                Ok(()) => shared.counters.of(Proto::Udp).sent.add_one(),
                Err(error) => shared.undeliverable(to, bytes, error.into()),
            }
        }
    }

    fn first(&self) -> Option<(Target, Bytes)> {
        self.lock().waiting.front().cloned()
    }

    fn drop_first(&self) {
        let mut queue = self.lock();
        queue.waiting.pop_front();
        // Senders may overtake only when nothing waits.
        self.is_queueing
            .store(!queue.waiting.is_empty(), Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing between lock and unlock panics half-way through a change.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
