//! Permits to run beside the workers, given to tenants by weight.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::ShareWeight;
use crate::fair_queue::{FairQueue, FlowId, Urgency};

/// So many permits for runs, for which several wait: who is next is decided by what each was given
/// already. See [`ShareWeight`].
#[derive(Debug)]
pub struct FairShare {
    begin: Instant,
    permits: usize,
    flows: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    queue: FairQueue<Waiter>,
    free: usize,
}

/// Somebody who waits, and how long the run is expected to take.
#[derive(Debug)]
struct Waiter {
    granted: oneshot::Sender<FairPermit>,
    expected: Duration,
}

/// One of those who share; it shares no more when this is dropped.
#[derive(Debug)]
pub(crate) struct FairFlow {
    share: Arc<FairShare>,
    id: FlowId,
}

/// Somebody's place in the queue, given back when dropped: a caller may stop waiting.
struct Waiting<'a> {
    flow: &'a FairFlow,
    /// None when it has waited to the end.
    receiver: Option<oneshot::Receiver<FairPermit>>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Some(receiver) = self.receiver.take() else {
            return;
        };
        // With it, a permit that was given and not looked at.
        drop(receiver);
        let is_waiting = |waiter: &Waiter| !waiter.granted.is_closed();
        let FairFlow { share, id } = self.flow;
        share.state().queue.retain(*id, is_waiting);
    }
}

/// Leave for one run, released when dropped.
#[derive(Debug)]
pub(crate) struct FairPermit {
    share: Arc<FairShare>,
    flow: FlowId,
    expected: Duration,
    took: Option<Duration>,
}

impl FairShare {
    /// With so many permits, at least one.
    #[must_use]
    pub fn new(permits: usize) -> Arc<Self> {
        let permits = permits.max(1);
        Arc::new(Self {
            begin: Instant::now(),
            permits,
            flows: AtomicU64::new(0),
            state: Mutex::new(State {
                queue: FairQueue::new(),
                free: permits,
            }),
        })
    }

    /// How many permits there are.
    #[must_use]
    pub fn permits(&self) -> usize {
        self.permits
    }

    /// How many are given.
    pub(crate) fn given(&self) -> usize {
        self.permits.saturating_sub(self.state().free)
    }

    /// One more to share with.
    pub(crate) fn join(self: &Arc<Self>, share: ShareWeight) -> FairFlow {
        let id = self.flows.fetch_add(1, Ordering::Relaxed);
        self.state().queue.join(id, share, self.begin.elapsed());
        FairFlow {
            share: Arc::clone(self),
            id,
        }
    }

    /// Gives what is free to those who are next. Whoever has stopped waiting is passed over.
    fn give(self: &Arc<Self>) {
        let mut given = Vec::new();
        let mut state = self.state();
        while state.free > 0 && !state.queue.is_empty() {
            let now = self.begin.elapsed();
            let Some((flow, waiter)) = state.queue.pop(now, Duration::ZERO) else {
                break;
            };
            if waiter.granted.is_closed() {
                continue;
            }
            state.free -= 1;
            state.queue.settle(flow, Duration::ZERO, waiter.expected);
            let permit = self.permit(flow, waiter.expected);
            given.push((waiter.granted, permit));
        }
        drop(state);
        for (granted, permit) in given {
            // Whoever has just stopped waiting releases it by that.
            let _ = granted.send(permit);
        }
    }

    fn permit(self: &Arc<Self>, flow: FlowId, expected: Duration) -> FairPermit {
        FairPermit {
            share: Arc::clone(self),
            flow,
            expected,
            took: None,
        }
    }

    /// Each change is whole before the next: a queue, a number.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FairFlow {
    /// Waits for a permit for a run that is expected to take so long.
    pub(crate) async fn permit(&self, urgency: Urgency, expected: Duration) -> FairPermit {
        if let Some(permit) = self.try_permit(expected) {
            return permit;
        }
        let (granted, receiver) = oneshot::channel();
        let waiter = Waiter { granted, expected };
        let mut waiting = Waiting {
            flow: self,
            receiver: Some(receiver),
        };
        self.share.state().queue.push(self.id, urgency, waiter);
        // One may have been released meanwhile.
        self.share.give();
        let granted = match &mut waiting.receiver {
            Some(receiver) => receiver.await,
            None => return std::future::pending().await,
        };
        // Nothing of it is in the queue any more.
        waiting.receiver = None;
        match granted {
            Ok(permit) => permit,
            // Only when the flow has left, which is borrowed here.
            Err(_) => std::future::pending().await,
        }
    }

    /// A permit that is free, for which nobody waits.
    pub(crate) fn try_permit(&self, expected: Duration) -> Option<FairPermit> {
        let mut state = self.share.state();
        if state.free == 0 || !state.queue.is_empty() {
            return None;
        }
        state.free -= 1;
        state.queue.settle(self.id, Duration::ZERO, expected);
        drop(state);
        Some(self.share.permit(self.id, expected))
    }
}

impl Drop for FairFlow {
    fn drop(&mut self) {
        self.share.state().queue.leave(self.id);
    }
}

impl FairPermit {
    /// Releases it: the run took so long.
    pub(crate) fn settle(mut self, took: Duration) {
        self.took = Some(took);
    }
}

impl Drop for FairPermit {
    fn drop(&mut self) {
        let mut state = self.share.state();
        state.free += 1;
        if let Some(took) = self.took {
            state.queue.settle(self.flow, self.expected, took);
        }
        drop(state);
        self.share.give();
    }
}

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn whoever_took_much_waits_for_who_took_little() {
        let share = FairShare::new(1);
        let [greedy, modest] = [(); 2].map(|()| share.join(ShareWeight::default()));
        let held = greedy.try_permit(MS).unwrap();
        let mut again = pin!(greedy.permit(Urgency::New, MS));
        let mut other = pin!(modest.permit(Urgency::New, MS));
        assert!(poll(again.as_mut()).is_pending() && poll(other.as_mut()).is_pending());
        held.settle(50 * MS);
        assert!(poll(again.as_mut()).is_pending(), "it owes");
        let Poll::Ready(permit) = poll(other.as_mut()) else {
            panic!("the other one is next");
        };
        permit.settle(MS);
        let Poll::Ready(_held) = poll(again.as_mut()) else {
            panic!("nobody else waits");
        };
        assert_eq!(share.given(), 1);
    }

    #[test]
    fn who_stops_waiting_loses_no_permit_whenever_that_is() {
        let share = FairShare::new(1);
        let flow = share.join(ShareWeight::default());
        let held = flow.try_permit(MS).unwrap();
        let mut before = Box::pin(flow.permit(Urgency::New, MS));
        let mut after = Box::pin(flow.permit(Urgency::New, MS));
        let mut last = Box::pin(flow.permit(Urgency::New, MS));
        for waiting in [&mut before, &mut after, &mut last] {
            assert!(poll(waiting.as_mut()).is_pending());
        }
        drop(before);
        for _ in 0..1000 {
            let mut gone = Box::pin(flow.permit(Urgency::InDialog, MS));
            assert!(poll(gone.as_mut()).is_pending());
        }
        drop(held);
        // It was given the permit, and never looked.
        drop(after);
        assert!(poll(last.as_mut()).is_ready());
    }

    #[test]
    fn who_leaves_is_not_counted() {
        let share = FairShare::new(2);
        let flow = share.join(ShareWeight::default());
        let permits = [MS; 2].map(|expected| flow.try_permit(expected).unwrap());
        assert!(flow.try_permit(MS).is_none());
        drop(flow);
        assert_eq!(share.given(), 2);
        drop(permits);
        assert_eq!(share.given(), 0);
    }
}
