//! What waits to be written to one connection.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use crate::error::TransportError;
use crate::flow::Target;

/// A bounded queue of messages in front of a stream. Writes go straight to the stream while
/// nothing waits; the rest is for the connection's task to flush.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    queued: Notify,
    messages_max: usize,
    bytes_max: usize,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Outgoing>,
    bytes: usize,
    /// Bytes of the first message that the stream has taken already.
    written: usize,
    is_closed: bool,
}

/// A message that waits. `None`: a keep-alive, which nobody misses.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) bytes: Bytes,
    pub(crate) to: Option<Target>,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flushed {
    /// Messages (not keep-alives) written to their last byte.
    pub(crate) messages: u64,
    /// Whether the stream took any byte.
    pub(crate) is_progress: bool,
    /// Whether nothing waits any more.
    pub(crate) is_empty: bool,
}

impl Outbox {
    pub(crate) fn new(messages_max: usize, bytes_max: usize) -> Self {
        Self {
            queue: Mutex::default(),
            queued: Notify::new(),
            messages_max,
            bytes_max,
        }
    }

    /// Writes or queues one message. `try_write` is only called in order, for one message
    /// at a time; a broken stream is reported here once and found by the reading task.
    pub(crate) fn push(
        &self,
        outgoing: Outgoing,
        try_write: impl FnMut(&[u8]) -> io::Result<usize>,
    ) -> Result<Flushed, TransportError> {
        let mut queue = self.lock();
        if queue.is_closed {
            return Err(TransportError::Closed);
        }
        // An empty queue takes a message of any length, or long ones could never be sent.
        let is_full = queue.waiting.len() >= self.messages_max
            || queue.bytes.saturating_add(outgoing.bytes.len()) > self.bytes_max;
        if is_full && !queue.waiting.is_empty() {
            return Err(TransportError::QueueFull);
        }
        let was_empty = queue.waiting.is_empty();
        queue.bytes += outgoing.bytes.len();
        queue.waiting.push_back(outgoing);
        if !was_empty {
            // Whoever made the queue non-empty has woken the task.
            return Ok(Flushed {
                messages: 0,
                is_progress: false,
                is_empty: false,
            });
        }
        match queue.flush(try_write) {
            Ok(flushed) => {
                if !flushed.is_empty {
                    self.queued.notify_one();
                }
                Ok(flushed)
            }
            Err(error) => {
                queue.drop_first();
                Err(error.into())
            }
        }
    }

    /// Writes what waits, as far as the stream takes it.
    pub(crate) fn flush(
        &self,
        try_write: impl FnMut(&[u8]) -> io::Result<usize>,
    ) -> io::Result<Flushed> {
        self.lock().flush(try_write)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().waiting.is_empty()
    }

    /// Resolves after a push left something for the task to flush.
    pub(crate) async fn queued(&self) {
        self.queued.notified().await;
    }

    /// Refuses all further messages and returns those that were not written to their end.
    pub(crate) fn close(&self) -> VecDeque<Outgoing> {
        let mut queue = self.lock();
        queue.is_closed = true;
        queue.bytes = 0;
        std::mem::take(&mut queue.waiting)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing between lock and unlock panics half-way through a change.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn flush(
        &mut self,
        mut try_write: impl FnMut(&[u8]) -> io::Result<usize>,
    ) -> io::Result<Flushed> {
        let mut flushed = Flushed {
            messages: 0,
            is_progress: false,
            is_empty: true,
        };
        while let Some(first) = self.waiting.front() {
            let rest = first.bytes.get(self.written..).unwrap_or_default();
            match try_write(rest) {
                Ok(taken) => {
                    flushed.is_progress |= taken > 0;
                    self.written += taken;
                    if taken >= rest.len() {
                        flushed.messages += u64::from(first.to.is_some());
                        self.drop_first();
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    flushed.is_empty = false;
                    return Ok(flushed);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(flushed)
    }

    fn drop_first(&mut self) {
        if let Some(first) = self.waiting.pop_front() {
            self.bytes = self.bytes.saturating_sub(first.bytes.len());
        }
        self.written = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::proto::Proto;

    fn message(text: &'static str) -> Outgoing {
        let remote = SocketAddr::from(([127, 0, 0, 1], 5060));
        Outgoing {
            bytes: text.into(),
            to: Some(Target::new(Proto::Tcp, remote)),
        }
    }

    /// A stream that takes `room` more bytes.
    fn stream<'a>(
        wire: &'a mut Vec<u8>,
        mut room: usize,
    ) -> impl FnMut(&[u8]) -> io::Result<usize> + 'a {
        move |bytes| {
            if room == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let taken = bytes.len().min(room);
            wire.extend_from_slice(&bytes[..taken]);
            room -= taken;
            Ok(taken)
        }
    }

    #[test]
    fn messages_leave_whole_and_in_order_however_little_the_stream_takes() {
        let (outbox, mut wire) = (Outbox::new(8, 1000), Vec::new());
        let first = outbox
            .push(message("first,"), stream(&mut wire, 2))
            .unwrap();
        assert_eq!(
            first,
            Flushed {
                messages: 0,
                is_progress: true,
                is_empty: false
            }
        );
        // Room now would let the second overtake the first.
        outbox
            .push(message("second"), stream(&mut wire, 100))
            .unwrap();
        let mut written = 0;
        while !outbox.is_empty() {
            written += outbox.flush(stream(&mut wire, 3)).unwrap().messages;
        }
        assert_eq!((wire.as_slice(), written), (&b"first,second"[..], 2));
    }

    #[test]
    fn a_full_queue_refuses_and_an_empty_one_takes_any_length() {
        let outbox = Outbox::new(2, 10);
        let blocked = |_: &[u8]| Err(io::ErrorKind::WouldBlock.into());
        assert!(
            outbox
                .push(message("longer than ten bytes"), blocked)
                .is_ok()
        );
        assert_eq!(
            outbox.push(message("x"), blocked),
            Err(TransportError::QueueFull)
        );
        let outbox = Outbox::new(2, 10);
        assert!(outbox.push(message("a"), blocked).is_ok());
        assert!(outbox.push(message("b"), blocked).is_ok());
        assert_eq!(
            outbox.push(message("c"), blocked),
            Err(TransportError::QueueFull)
        );
    }

    #[test]
    fn a_closed_outbox_gives_back_what_was_not_written() {
        let (outbox, mut wire) = (Outbox::new(8, 1000), Vec::new());
        outbox.push(message("first"), stream(&mut wire, 5)).unwrap();
        outbox
            .push(message("second"), stream(&mut wire, 1))
            .unwrap();
        outbox.push(message("third"), stream(&mut wire, 0)).unwrap();
        let left: Vec<_> = outbox.close().into_iter().map(|left| left.bytes).collect();
        assert_eq!(left, ["second", "third"]);
        assert_eq!(
            outbox.push(message("x"), stream(&mut wire, 9)),
            Err(TransportError::Closed)
        );
    }

    #[test]
    fn a_broken_stream_is_reported_to_the_sender() {
        let outbox = Outbox::new(8, 1000);
        let broken = |_: &[u8]| Err(io::ErrorKind::BrokenPipe.into());
        let error = outbox.push(message("x"), broken).unwrap_err();
        assert_eq!(error, TransportError::System(io::ErrorKind::BrokenPipe));
        assert!(
            outbox.is_empty(),
            "what was reported must not be reported again"
        );
    }
}
