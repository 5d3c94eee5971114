//! What went over the sockets, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::proto::Proto;

/// Totals per protocol since the start.
#[derive(Debug, Default)]
pub struct Counters {
    protos: [ProtoCounters; Proto::ALL.len()],
    receiver_panics: AtomicU64,
}

/// How the handshakes of one protocol ended, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HandshakeTotals {
    /// Those that came to their end.
    pub done: u64,
    /// Those in which something came that could not be agreed on, or nothing any more.
    pub failed: u64,
    /// Those that took too long.
    pub late: u64,
    /// Those whose place was needed for another.
    pub evicted: u64,
    /// Those that were stopped before they began, see [`TlsDialing`](crate::TlsDialing).
    pub dropped: u64,
}

/// Totals of one protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProtoTotals {
    /// Messages handed to the receiver.
    pub received: u64,
    /// Messages the kernel took.
    pub sent: u64,
    /// Bytes of the messages handed to the receiver.
    pub received_bytes: u64,
    /// Bytes of the messages that were taken for sending.
    pub sent_bytes: u64,
    /// Messages that were received and dropped, since too many waited for a worker.
    pub receive_dropped: u64,
    /// Messages and connections refused for a limit: full queues, too many connections.
    pub dropped: u64,
    /// Of those, connections of peers.
    pub refused: u64,
    /// Of those, messages for whose connection there was no place.
    pub undialled: u64,
    /// Failed sends, connects, accepts and reads, and streams that could not be framed.
    pub errors: u64,
    /// Keep-alives: CRLF pings on streams (RFC 5626), datagrams of line ends or NULs.
    pub keep_alives: u64,
    /// Requests of STUN that were answered with the address that they came from.
    pub stun_answered: u64,
    /// Those that asked for more than that.
    pub stun_refused: u64,
    /// Messages of STUN that were broken, or no requests for a binding.
    pub stun_dropped: u64,
    /// Requests of HTTP that began a WebSocket.
    pub http_upgraded: u64,
    /// Requests of HTTP that were decided by whoever answers them.
    pub http_answered: u64,
    /// Requests of HTTP that got nothing.
    pub http_refused: u64,
    /// Handshakes of TLS.
    pub handshakes: HandshakeTotals,
    /// Connections open now.
    pub connections: u64,
    /// Connections that were opened, by peers and by us.
    pub opened: u64,
}

#[derive(Debug, Default)]
pub(crate) struct ProtoCounters {
    pub(crate) received: Counter,
    pub(crate) sent: Counter,
    pub(crate) received_bytes: Counter,
    pub(crate) sent_bytes: Counter,
    pub(crate) receive_dropped: Counter,
    pub(crate) dropped: Counter,
    pub(crate) refused: Counter,
    pub(crate) undialled: Counter,
    pub(crate) errors: Counter,
    pub(crate) keep_alives: Counter,
    pub(crate) stun_answered: Counter,
    pub(crate) stun_refused: Counter,
    pub(crate) stun_dropped: Counter,
    pub(crate) http_upgraded: Counter,
    pub(crate) http_answered: Counter,
    pub(crate) http_refused: Counter,
    pub(crate) handshakes: HandshakeCounters,
    opened: Counter,
    closed: Counter,
}

#[derive(Debug, Default)]
pub(crate) struct HandshakeCounters {
    pub(crate) done: Counter,
    pub(crate) failed: Counter,
    pub(crate) late: Counter,
    pub(crate) evicted: Counter,
    pub(crate) dropped: Counter,
}

impl HandshakeCounters {
    fn totals(&self) -> HandshakeTotals {
        HandshakeTotals {
            done: self.done.get(),
            failed: self.failed.get(),
            late: self.late.get(),
            evicted: self.evicted.get(),
            dropped: self.dropped.get(),
        }
    }
}

/// A number that only grows. Relaxed: it orders nothing.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn add(&self, number: u64) {
        if number > 0 {
            self.0.fetch_add(number, Ordering::Relaxed);
        }
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl ProtoCounters {
    pub(crate) fn connection_opened(&self) {
        self.opened.add_one();
    }

    pub(crate) fn connection_closed(&self) {
        self.closed.add_one();
    }
}

impl Counters {
    /// The totals of one protocol now.
    #[must_use]
    pub fn totals(&self, proto: Proto) -> ProtoTotals {
        let counters = self.of(proto);
        ProtoTotals {
            received: counters.received.get(),
            sent: counters.sent.get(),
            received_bytes: counters.received_bytes.get(),
            sent_bytes: counters.sent_bytes.get(),
            receive_dropped: counters.receive_dropped.get(),
            dropped: counters.dropped.get(),
            refused: counters.refused.get(),
            undialled: counters.undialled.get(),
            errors: counters.errors.get(),
            keep_alives: counters.keep_alives.get(),
            stun_answered: counters.stun_answered.get(),
            stun_refused: counters.stun_refused.get(),
            stun_dropped: counters.stun_dropped.get(),
            http_upgraded: counters.http_upgraded.get(),
            http_answered: counters.http_answered.get(),
            http_refused: counters.http_refused.get(),
            handshakes: counters.handshakes.totals(),
            // Read in this order, `closed` cannot be ahead of `opened` by much; by any, it is 0.
            opened: counters.opened.get(),
            connections: counters.opened.get().saturating_sub(counters.closed.get()),
        }
    }

    /// How often the receiver panicked.
    #[must_use]
    pub fn receiver_panics(&self) -> u64 {
        self.receiver_panics.load(Ordering::Relaxed)
    }

    pub(crate) fn receiver_panicked(&self) {
        self.receiver_panics.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn of(&self, proto: Proto) -> &ProtoCounters {
        let [udp, tcp, tls, ws, wss] = &self.protos;
        match proto {
            Proto::Udp => udp,
            Proto::Tcp => tcp,
            Proto::Tls => tls,
            Proto::Ws => ws,
            Proto::Wss => wss,
        }
    }
}
