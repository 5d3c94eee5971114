//! What all sockets of one transport share.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::catch::runs_through;
use crate::config::{Config, UdpConfig};
use crate::connection_table::ConnectionTable;
use crate::counters::Counters;
use crate::ended_connection::EndedConnection;
use crate::error::TransportError;
use crate::flow::{Flow, Inbound, Target};
use crate::framer::FrameError;
use crate::handshake_places::HandshakePlaces;
use crate::http_receiver::HttpReceiver;
use crate::reasons::Reasons;
use crate::receiver::Receiver;
use crate::tls_dialing::TlsDialing;
use crate::work_queue::WorkQueue;
use evroute_log_throttle::LogThrottle;

pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) counters: Counters,
    pub(crate) connections: ConnectionTable,
    pub(crate) tracker: TaskTracker,
    pub(crate) cancel: CancellationToken,
    pub(crate) receiver: Arc<dyn Receiver>,
    /// Who answers HTTP, if anybody does.
    pub(crate) http: OnceLock<Arc<dyn HttpReceiver>>,
    /// Who is asked before TLS is dialled, if anybody is.
    pub(crate) dialing: OnceLock<Arc<dyn TlsDialing>>,
    /// Of each worker; none where the tasks that read sockets do all of the work themselves.
    pub(crate) queues: Box<[Arc<WorkQueue>]>,
    pub(crate) drops: LogThrottle,
    pub(crate) handshakes: Arc<HandshakePlaces>,
    pub(crate) handshakes_failing: Reasons,
    pub(crate) sessions_broken: Reasons,
}

impl Shared {
    /// A datagram came: for the worker of its order.
    pub(crate) fn queue_datagram(&self, inbound: Inbound) {
        match self.queue_of(&inbound) {
            Some(queue) => self.push(queue, inbound),
            None => self.receive(inbound),
        }
    }

    /// A datagram came: to be worked on here and now, unless something of its order is being
    /// worked on or waits. Whether it was worked on.
    pub(crate) fn work_or_queue(&self, inbound: Inbound) -> bool {
        let Some(queue) = self.queue_of(&inbound) else {
            self.receive(inbound);
            return true;
        };
        let is_claimed = queue.claim();
        if is_claimed {
            self.receive(inbound);
            queue.release();
        } else {
            self.push(queue, inbound);
        }
        is_claimed
    }

    fn queue_of(&self, inbound: &Inbound) -> Option<&WorkQueue> {
        let mut order = 0;
        self.call("order_of", || {
            order = self.receiver.order_of(&inbound.bytes, &inbound.flow);
        });
        let worker = order.checked_rem(self.queues.len() as u64)?;
        let worker = usize::try_from(worker).ok()?;
        self.queues.get(worker).map(Arc::as_ref)
    }

    fn push(&self, queue: &WorkQueue, inbound: Inbound) {
        let flow = inbound.flow;
        if queue.push(inbound).is_err() {
            self.drop_datagram(&flow);
        }
    }

    fn drop_datagram(&self, flow: &Flow) {
        self.counters.of(flow.proto).receive_dropped.add_one();
        if let Some(times) = self.drops.happened(Instant::now()) {
            let UdpConfig {
                work_queue_max,
                work_queue_bytes_max,
                ..
            } = self.config.udp;
            tracing::warn!(local = %flow.local, source = %flow.remote, times, work_queue_max,
                work_queue_bytes_max, "datagrams are dropped: too many wait for their worker");
        }
    }

    pub(crate) fn receive(&self, inbound: Inbound) {
        let counters = self.counters.of(inbound.flow.proto);
        counters.received.add_one();
        counters.received_bytes.add(inbound.bytes.len() as u64);
        self.call("receive", || self.receiver.receive(inbound));
    }

    pub(crate) fn unframed(&self, bytes: Bytes, flow: Flow, error: FrameError) {
        self.counters.of(flow.proto).errors.add_one();
        tracing::debug!(remote = %flow.remote, proto = %flow.proto, %error, "stream cannot be framed");
        self.call("unframed", || {
            self.receiver.unframed(Inbound { bytes, flow }, error)
        });
    }

    pub(crate) fn oversized(&self, header: Bytes, flow: Flow) {
        self.counters.of(flow.proto).errors.add_one();
        tracing::debug!(remote = %flow.remote, proto = %flow.proto, "a message is too long");
        let inbound = Inbound {
            bytes: header,
            flow,
        };
        self.call("oversized", || self.receiver.oversized(inbound));
    }

    /// Only for bytes that `send` has taken, and never from within `send`.
    pub(crate) fn undeliverable(&self, to: Target, bytes: Bytes, error: TransportError) {
        self.counters.of(to.proto).errors.add_one();
        tracing::debug!(%to, %error, "undeliverable");
        self.call("undeliverable", || {
            self.receiver.undeliverable(to, bytes, error)
        });
    }

    pub(crate) fn closed(&self, flow: &Flow) {
        self.call("closed", || self.receiver.closed(flow));
    }

    pub(crate) fn ended(&self, ended: &EndedConnection) {
        self.call("ended", || self.receiver.ended(ended));
    }

    pub(crate) fn call(&self, name: &'static str, call: impl FnOnce()) {
        if !runs_through(call) {
            self.counters.receiver_panicked();
            tracing::error!(call = name, "the receiver panicked; the message is lost");
        }
    }
}
