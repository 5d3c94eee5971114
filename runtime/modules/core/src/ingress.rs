//! Where messages come in: shut until the server is ready.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use bytes::Bytes;
use evroute_proxy::add_received_and_rport;
use evroute_sip::{Framing, Message, ParseErrorKind, reason_phrase, validate};
use evroute_transport::{
    EndedConnection, Flow, FrameError, Inbound, Receiver, Target, TransportError,
};

use crate::core::Core;

/// What the transport hands messages to. Before [`Ingress::open`] datagrams are dropped: their
/// senders repeat them, and may find it open then. Nobody repeats a request on a connection: it is
/// answered 503 with Retry-After. It does not wait, since by the end of a long start its sender may
/// have given up, and phones would ring for nobody.
#[derive(Debug)]
pub struct Ingress {
    core: OnceLock<Arc<Core>>,
    is_open: AtomicBool,
}

impl Ingress {
    /// A closed entrance.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            core: OnceLock::new(),
            is_open: AtomicBool::new(false),
        })
    }

    /// Says who will be behind it, once. To be called before the transport begins to read.
    pub fn attach(&self, core: Arc<Core>) {
        let _ = self.core.set(core);
    }

    /// Lets messages in, from now on.
    pub fn open(&self) {
        self.is_open.store(true, Ordering::Release);
    }

    fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }
}

impl Receiver for Ingress {
    fn order_of(&self, datagram: &[u8], flow: &Flow) -> u64 {
        let core = self.core.get();
        core.map_or(0, |core| core.order_of_datagram(datagram, flow))
    }

    fn receive(&self, inbound: Inbound) {
        let Some(core) = self.core.get() else { return };
        if !core.admits(&inbound.flow) {
            return;
        }
        if self.is_open() {
            core.receive_measured(inbound);
        } else if inbound.flow.proto.is_reliable() {
            core.reject_while_starting(inbound);
        }
    }

    fn unframed(&self, inbound: Inbound, error: FrameError) {
        let Some(core) = self.core.get().filter(|_| self.is_open()) else {
            return;
        };
        // The connection closes after this call, so the answer must be sent within it.
        if let Err(mut refused) = Message::parse(inbound.bytes.clone(), Framing::Stream) {
            match error {
                // Whatever of it is missing will not be waited for.
                FrameError::HeaderTooLong | FrameError::BodyTooLong => {
                    refused.kind = ParseErrorKind::MessageTooLong;
                }
                FrameError::MissingContentLength
                | FrameError::BadContentLength
                | FrameError::ConflictingContentLength
                | FrameError::Http
                | FrameError::BareCr => {}
            }
            if error == FrameError::BodyTooLong {
                core.response_too_large(&inbound);
            }
            core.answer_unparsed(&refused, &inbound.flow);
        }
        let reason = error.to_string();
        Arc::clone(core).tell_unparsed(inbound, reason, None);
    }

    fn oversized(&self, inbound: Inbound) {
        let Some(core) = self.core.get() else { return };
        // Its body is not there, so it does not read as a message.
        if let Err(mut refused) = Message::parse(inbound.bytes.clone(), Framing::Stream) {
            refused.kind = ParseErrorKind::MessageTooLong;
            if self.is_open() {
                Arc::clone(core).unparsed(inbound, &refused);
            } else {
                core.answer_unparsed(&refused, &inbound.flow);
            }
        }
    }

    fn closed(&self, flow: &Flow) {
        if let (Some(core), Some(connection)) = (self.core.get(), flow.connection) {
            core.locations.closed(connection);
        }
    }

    fn ended(&self, ended: &EndedConnection) {
        if let Some(core) = self.core.get() {
            core.connection_ended(ended);
        }
    }

    fn undeliverable(&self, to: Target, bytes: Bytes, error: TransportError) {
        tracing::debug!(%to, %error, "not sent after all");
        if let Some(core) = self.core.get() {
            core.layer.undeliverable(bytes, error);
        }
    }
}

impl Core {
    /// Whether a message from there is read at all. What is not costs a look into a table.
    fn admits(&self, flow: &Flow) -> bool {
        let sources = self.sources.as_ref();
        sources.is_none_or(|sources| sources.admits(flow.remote.ip(), Instant::now()))
    }

    /// Reads a message, and notes how long that took where its source may not take long: with its
    /// handlers, as far as they run at once.
    fn receive_measured(self: &Arc<Self>, inbound: Inbound) {
        let ip = inbound.flow.remote.ip();
        let sources = self.sources.as_ref();
        let Some(sources) = sources.filter(|sources| sources.measures(ip)) else {
            return Arc::clone(self).receive(inbound);
        };
        let begun = Instant::now();
        Arc::clone(self).receive(inbound);
        let now = Instant::now();
        sources.worked(ip, now.saturating_duration_since(begun), now);
    }

    /// A message came on a connection while nobody is let in yet.
    fn reject_while_starting(&self, inbound: Inbound) {
        let Ok(mut message) = Message::parse(inbound.bytes, Framing::Stream) else {
            return;
        };
        let is_answered = message.is_request()
            && add_received_and_rport(&mut message, inbound.flow.remote).is_ok()
            && validate(&message).is_ok();
        if is_answered {
            self.answer_without_state(&message, &inbound.flow, 503, reason_phrase(503));
        }
    }
}
