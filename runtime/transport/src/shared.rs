//! What all sockets of one transport share.

use std::sync::Arc;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::catch::runs_through;
use crate::config::Config;
use crate::connection_table::ConnectionTable;
use crate::counters::Counters;
use crate::error::SendError;
use crate::flow::{Flow, Inbound, Target};
use crate::framer::FrameError;
use crate::receiver::Receiver;

pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) counters: Counters,
    pub(crate) connections: ConnectionTable,
    pub(crate) tracker: TaskTracker,
    pub(crate) cancel: CancellationToken,
    pub(crate) receiver: Arc<dyn Receiver>,
}

impl Shared {
    pub(crate) fn receive(&self, bytes: Bytes, flow: Flow) {
        let counters = self.counters.of(flow.proto);
        counters.received.add_one();
        counters.received_bytes.add(bytes.len() as u64);
        self.call("receive", || self.receiver.receive(Inbound { bytes, flow }));
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
    pub(crate) fn undeliverable(&self, to: Target, bytes: Bytes, error: SendError) {
        self.counters.of(to.proto).errors.add_one();
        tracing::debug!(%to, %error, "undeliverable");
        self.call("undeliverable", || {
            self.receiver.undeliverable(to, bytes, error)
        });
    }

    fn call(&self, name: &'static str, call: impl FnOnce()) {
        if !runs_through(call) {
            self.counters.receiver_panicked();
            tracing::error!(call = name, "the receiver panicked; the message is lost");
        }
    }
}
