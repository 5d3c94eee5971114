//! Who gets what the network brings.

use bytes::Bytes;

use crate::ended_connection::EndedConnection;
use crate::error::TransportError;
use crate::flow::{Flow, Inbound, Target};
use crate::framer::FrameError;

/// The core behind the sockets. All calls come inline from the tasks of the transport:
/// whoever is called does its synchronous work at once and spawns what must wait. Calling
/// [`Transport::send`](crate::Transport::send) from inside is fine.
///
/// A panic inside ends neither the task nor the connection; it is counted and logged.
pub trait Receiver: Send + Sync {
    /// What a datagram keeps its order with, as a number: those with the same number are handed to
    /// [`receive`](Self::receive) one after the other, in the order in which they came; others at
    /// the same time. Called for every datagram by the task that reads the socket, where there are
    /// several workers: to be answered at once, from the bytes alone.
    ///
    /// The same for all, unless the receiver knows better.
    fn order_of(&self, datagram: &[u8], flow: &Flow) -> u64 {
        let _ = (datagram, flow);
        0
    }

    /// A message came.
    fn receive(&self, inbound: Inbound);

    /// A stream cannot be cut into messages any more. `inbound` has the bytes from the start
    /// of the bad message as far as they came. A 400 sent from within this call on the same
    /// connection is still written; then the connection is closed.
    fn unframed(&self, inbound: Inbound, error: FrameError) {
        let _ = (inbound, error);
    }

    /// A message on a stream is longer than
    /// [`FramingLimits::message_bytes_max`](crate::FramingLimits::message_bytes_max). `inbound`
    /// has its start line and header fields; the body is skipped, and the connection stays.
    fn oversized(&self, inbound: Inbound) {
        let _ = inbound;
    }

    /// A connection is gone that a phone had registered over
    /// ([`Transport::registered`](crate::Transport::registered)); what is sent to its flow from now
    /// on fails at once. Not called when the transport is cancelled.
    fn closed(&self, flow: &Flow) {
        let _ = flow;
    }

    /// A connection is gone whose end somebody wanted to be told
    /// ([`Transport::tell_end`](crate::Transport::tell_end)). Not called when the transport is
    /// cancelled.
    fn ended(&self, ended: &EndedConnection) {
        let _ = ended;
    }

    /// Bytes that [`send`](crate::Transport::send) had taken could not be sent after all.
    /// Never called from within `send`.
    fn undeliverable(&self, to: Target, bytes: Bytes, error: TransportError) {
        let _ = (to, bytes, error);
    }
}
