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
    worked_by: WorkedBy,
}

/// Who works on a message of a queue. There is one at a time, so that they keep their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum WorkedBy {
    #[default]
    Nobody,
    Worker,
    /// By the task that read it, since nothing waited.
    Reader,
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
        waiting.bytes = bytes;
        waiting.messages.push_back(inbound);
        let is_noticed = waiting.messages.len() > 1 || waiting.worked_by != WorkedBy::Nobody;
        drop(waiting);
        // A worker sleeps only after it has found nothing, and a reader wakes it if it leaves some.
        if !is_noticed {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Whether whoever read a message may work on it, as nothing is before it. Then the worker
    /// waits for [`Self::release`].
    pub(crate) fn claim(&self) -> bool {
        let mut waiting = self.lock();
        let is_free = waiting.messages.is_empty() && waiting.worked_by == WorkedBy::Nobody;
        if is_free {
            waiting.worked_by = WorkedBy::Reader;
        }
        is_free
    }

    /// Ends what [`Self::claim`] began. The worker takes what came meanwhile.
    pub(crate) fn release(&self) {
        let mut waiting = self.lock();
        waiting.worked_by = WorkedBy::Nobody;
        let is_empty = waiting.messages.is_empty();
        drop(waiting);
        if !is_empty {
            self.filled.notify_one();
        }
    }

    /// The next message for the worker, who has done what it had before.
    fn pop(&self) -> Option<Inbound> {
        let mut waiting = self.lock();
        if waiting.worked_by == WorkedBy::Reader {
            return None;
        }
        let inbound = waiting.messages.pop_front();
        waiting.worked_by = match &inbound {
            Some(_) => WorkedBy::Worker,
            None => WorkedBy::Nobody,
        };
        let inbound = inbound?;
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
            let Some(inbound) = self.pop() else {
                return false;
            };
            shared.receive(inbound);
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
    fn one_at_a_time_works_on_a_queue() {
        let queue = queue(10, 100);
        assert!(queue.claim());
        assert!(!queue.claim(), "it is worked on by a reader");
        assert_eq!(queue.push(message(b"a")), Ok(()));
        assert!(queue.pop().is_none(), "it is worked on by a reader");
        queue.release();
        assert!(!queue.claim(), "one waits");
        assert_eq!(queue.pop().unwrap().bytes, "a");
        assert!(!queue.claim(), "it is worked on by the worker");
        assert!(queue.pop().is_none());
        assert!(queue.claim(), "the worker has done all of it");
    }

    #[tokio::test]
    async fn a_worker_is_woken_for_what_waits_and_nobody_works_on() {
        let queue = queue(10, 100);
        let is_woken = async || {
            let woken = tokio::time::timeout(std::time::Duration::ZERO, queue.filled.notified());
            woken.await.is_ok()
        };
        assert!(queue.claim());
        assert_eq!(queue.push(message(b"a")), Ok(()));
        assert!(!is_woken().await, "a reader works on it");
        queue.release();
        assert!(is_woken().await, "the reader has left one");
        assert!(queue.pop().is_some());
        assert_eq!(queue.push(message(b"b")), Ok(()));
        assert!(!is_woken().await, "the worker looks again by itself");
        assert!(queue.pop().is_some());
        assert!(queue.pop().is_none());
        assert!(queue.claim());
        queue.release();
        assert!(!is_woken().await, "the reader has left none");
        assert_eq!(queue.push(message(b"c")), Ok(()));
        assert!(is_woken().await);
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
