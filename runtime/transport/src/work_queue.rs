//! Datagrams on their way from the tasks that read sockets to those that work on them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::config::UdpConfig;
use crate::flow::Inbound;
use crate::shared::Shared;

/// Messages in a row before other tasks get their turn.
const MESSAGES_IN_A_ROW: usize = 16;

/// What waits for one worker, in the order in which it came.
#[derive(Debug)]
pub(crate) struct WorkQueue {
    waiting: Mutex<Waiting>,
    filled: Notify,
    messages_max: usize,
    bytes_max: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<Inbound>,
    bytes: usize,
}

/// The queue has no room: the message was dropped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoRoom;

impl WorkQueue {
    pub(crate) fn new(config: &UdpConfig) -> Self {
        Self {
            waiting: Mutex::default(),
            filled: Notify::new(),
            messages_max: config.work_queue_max,
            bytes_max: config.work_queue_bytes_max,
        }
    }

    /// Appends a message, for the worker to take.
    pub(crate) fn push(&self, inbound: Inbound) -> Result<(), NoRoom> {
        let mut waiting = self.lock();
        let bytes = waiting.bytes.saturating_add(inbound.bytes.len());
        if waiting.messages.len() >= self.messages_max || bytes > self.bytes_max {
            return Err(NoRoom);
        }
        let was_empty = waiting.messages.is_empty();
        waiting.bytes = bytes;
        waiting.messages.push_back(inbound);
        drop(waiting);
        // A worker sleeps only after it has found nothing.
        if was_empty {
            self.filled.notify_one();
        }
        Ok(())
    }

    fn pop(&self) -> Option<Inbound> {
        let mut waiting = self.lock();
        let inbound = waiting.messages.pop_front()?;
        waiting.bytes = waiting.bytes.saturating_sub(inbound.bytes.len());
        Some(inbound)
    }

    /// Hands what waits to the receiver, one message after the other, until the transport is
    /// cancelled. What waits then is dropped, as what waits in the sockets is.
    pub(crate) async fn work(self: Arc<Self>, shared: Arc<Shared>) {
        let working = async {
            loop {
                self.filled.notified().await;
                while self.work_some(&shared) {
                    tokio::task::yield_now().await;
                }
            }
        };
        tokio::select! {
            biased;
            () = shared.cancel.cancelled() => {}
            () = working => {}
        }
    }

    /// Whether there may be more.
    fn work_some(&self, shared: &Shared) -> bool {
        for _ in 0..MESSAGES_IN_A_ROW {
            let Some(Inbound { bytes, flow }) = self.pop() else {
                return false;
            };
            shared.receive(bytes, flow);
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing between lock and unlock panics half-way through a change.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::flow::Flow;
    use crate::proto::Proto;

    fn queue(messages: usize, bytes: usize) -> WorkQueue {
        WorkQueue::new(&UdpConfig {
            work_queue_max: messages,
            work_queue_bytes_max: bytes,
            ..UdpConfig::default()
        })
    }

    fn message(bytes: &'static [u8]) -> Inbound {
        let here = "127.0.0.1:5060".parse().unwrap();
        Inbound {
            bytes: Bytes::from_static(bytes),
            flow: Flow {
                proto: Proto::Udp,
                local: here,
                remote: here,
                connection: None,
            },
        }
    }

    #[test]
    fn a_queue_has_room_for_so_many_messages() {
        let queue = queue(2, 100);
        for name in [b"a", b"b"] {
            assert_eq!(queue.push(message(name)), Ok(()));
        }
        assert_eq!(queue.push(message(b"c")), Err(NoRoom));
        assert_eq!(queue.pop().unwrap().bytes, "a");
        assert_eq!(queue.push(message(b"d")), Ok(()));
        assert_eq!(queue.pop().unwrap().bytes, "b");
        assert_eq!(queue.pop().unwrap().bytes, "d");
        assert!(queue.pop().is_none());
    }

    #[test]
    fn a_queue_has_room_for_so_many_bytes() {
        let queue = queue(100, 10);
        assert_eq!(queue.push(message(b"12345678")), Ok(()));
        assert_eq!(queue.push(message(b"123")), Err(NoRoom));
        assert_eq!(queue.push(message(b"12")), Ok(()));
        assert!(queue.pop().is_some());
        assert_eq!(queue.push(message(b"12345678")), Ok(()));
    }
}
