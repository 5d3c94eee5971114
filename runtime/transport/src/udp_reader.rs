//! Datagrams on their way from a socket to who works on them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::flow::{Flow, Inbound, Target};
use crate::proto::Proto;
use crate::shared::Shared;
use crate::stun::{self, StunAnswer};
use crate::udp::UdpPort;

/// No datagram is longer.
const DATAGRAM_BYTES_MAX: usize = 65_535;

/// Datagrams in a row before other tasks get their turn. Where there are fewer, the task that reads
/// works on them: to wake a thread for them costs more than it gains.
const READS_MAX: usize = 16;

/// A task that has found something at every look for so long does not keep up. A peer that answers
/// at once is found at every look as well, but not for as long as this.
const BEHIND_AFTER: Duration = Duration::from_millis(20);

/// So many datagrams go to the queues when the task that reads does not keep up, and after one that
/// took longer than [`UdpConfig::in_place_max`](crate::UdpConfig::in_place_max).
const HANDED_OVER: u32 = 4_000;

/// The one task that reads a socket, so that datagrams keep their order.
pub(crate) struct UdpReader {
    port: Arc<UdpPort>,
    shared: Arc<Shared>,
    buffer: Vec<u8>,
    came: Vec<Inbound>,
    /// Datagrams since others had their turn.
    in_a_row: usize,
    /// Since when it has found something at every look, and worked on it.
    busy_since: Option<Instant>,
    /// Datagrams until it works on some itself again.
    hand_over: u32,
}

impl UdpReader {
    pub(crate) fn new(port: Arc<UdpPort>, shared: Arc<Shared>) -> Self {
        Self {
            port,
            shared,
            buffer: vec![0; DATAGRAM_BYTES_MAX],
            came: Vec::with_capacity(READS_MAX),
            in_a_row: 0,
            busy_since: None,
            hand_over: 0,
        }
    }

    /// Reads datagrams until the transport is cancelled.
    pub(crate) async fn read(mut self) {
        let cancel = self.shared.cancel.clone();
        let reading = async {
            loop {
                if let Err(error) = self.port.readable().await {
                    let local = self.port.local;
                    tracing::error!(%local, %error, "the socket cannot be read any more");
                    return;
                }
                while self.read_some() {
                    // To yield wakes another thread, to look again does not.
                    if self.in_a_row >= READS_MAX {
                        self.in_a_row = 0;
                        tokio::task::yield_now().await;
                    }
                }
                self.in_a_row = 0;
            }
        };
        tokio::select! {
            biased;
            () = cancel.cancelled() => {}
            () = reading => {}
        }
    }

    /// Whether there may be more.
    fn read_some(&mut self) -> bool {
        let is_queued = !self.shared.queues.is_empty();
        for _ in 0..READS_MAX {
            match self.port.try_read(&mut self.buffer) {
                Ok((len, remote)) => {
                    self.in_a_row += 1;
                    let Some(inbound) = self.inbound(len, remote) else {
                        continue;
                    };
                    match is_queued {
                        true => self.came.push(inbound),
                        false => self.shared.receive(inbound),
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return self.hand_on(true);
                }
                Err(error) => {
                    // On some systems an earlier send's ICMP error comes up here.
                    self.shared.counters.of(Proto::Udp).errors.add_one();
                    let local = self.port.local;
                    tracing::debug!(%local, %error, "receive failed");
                }
            }
        }
        self.hand_on(false);
        true
    }

    /// A datagram that is a message; nothing for one that only keeps a binding open.
    fn inbound(&self, len: usize, remote: SocketAddr) -> Option<Inbound> {
        let datagram = self.buffer.get(..len).unwrap_or_default();
        // Phones keep NAT bindings open with CRLF, with NULs or with nothing at all.
        let is_filler = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
        if datagram.iter().all(is_filler) {
            self.shared.counters.of(Proto::Udp).keep_alives.add_one();
            return None;
        }
        if let Some(answer) = stun::answer(datagram, remote) {
            self.answer_stun(answer, remote);
            return None;
        }
        let flow = Flow {
            proto: Proto::Udp,
            local: self.port.local,
            remote,
            connection: None,
        };
        let bytes = Bytes::copy_from_slice(datagram);
        Some(Inbound { bytes, flow })
    }

    fn answer_stun(&self, answer: StunAnswer, remote: SocketAddr) {
        let counters = self.shared.counters.of(Proto::Udp);
        let bytes = match answer {
            StunAnswer::Mapped(bytes) => {
                counters.stun_answered.add_one();
                bytes
            }
            StunAnswer::Unknown(bytes) => {
                counters.stun_refused.add_one();
                bytes
            }
            StunAnswer::Nothing => {
                tracing::debug!(source = %remote, "a message of STUN gets no answer");
                return counters.stun_dropped.add_one();
            }
        };
        // A phone that gets none asks again.
        let _ = self.port.send(bytes, Target::new(Proto::Udp, remote));
    }

    /// Works on what came, or hands it to the queues. `is_all`: there was no more in the socket.
    /// Whether something may have come meanwhile.
    fn hand_on(&mut self, is_all: bool) -> bool {
        let is_behind = |since: Instant| since.elapsed() > BEHIND_AFTER;
        if !self.came.is_empty() && self.busy_since.is_some_and(is_behind) {
            self.hand_over = HANDED_OVER;
        }
        let most = self.shared.config.udp.in_place_max;
        let mut worked_since = None;
        for inbound in self.came.drain(..) {
            if !is_all || self.hand_over > 0 {
                self.hand_over = self.hand_over.saturating_sub(1);
                self.shared.queue_datagram(inbound);
                continue;
            }
            let begun = Instant::now();
            if self.shared.work_or_queue(inbound) {
                worked_since.get_or_insert(begun);
                if begun.elapsed() > most {
                    self.hand_over = HANDED_OVER;
                }
            }
        }
        self.busy_since = worked_since.map(|begun| self.busy_since.unwrap_or(begun));
        worked_since.is_some()
    }
}
