//! Connections whose request is not there yet, and which of them is evicted for a newer one.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Poll;

use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

/// How often the system is asked once more for what a connection has sent before it is closed.
const TURNS: usize = 2;

/// How many connections may wait for the header of their request.
#[derive(Clone, Copy, Debug)]
pub(super) struct WaitingLimits {
    /// All together.
    pub(super) all: usize,
    /// Of one source: an IPv4 address, or a /64 of IPv6.
    pub(super) per_source: usize,
}

/// Those that wait for their header, the oldest first. There is always room for one more: of a
/// source that has as many as it may its own oldest is evicted, else the oldest of all.
#[derive(Debug)]
pub(super) struct Waiting {
    limits: WaitingLimits,
    line: Mutex<Line>,
    evicted: AtomicU64,
}

#[derive(Debug, Default)]
struct Line {
    entries: VecDeque<Entry>,
    last_id: u64,
}

#[derive(Debug)]
struct Entry {
    id: u64,
    from: IpAddr,
    gives_way: CancellationToken,
}

impl Waiting {
    pub(super) fn new(limits: WaitingLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            line: Mutex::default(),
            evicted: AtomicU64::new(0),
        })
    }

    /// How many were evicted so far.
    pub(super) fn evicted(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }

    /// A new connection from this source.
    pub(super) fn enter(self: &Arc<Self>, from: IpAddr) -> Arc<Place> {
        let gives_way = CancellationToken::new();
        let mut line = self.lock();
        if let Some(oldest) = line.oldest_in_the_way(from, self.limits) {
            self.evicted.fetch_add(1, Ordering::Relaxed);
            oldest.gives_way.cancel();
        }
        line.last_id += 1;
        let id = line.last_id;
        line.entries.push_back(Entry {
            id,
            from,
            gives_way: gives_way.clone(),
        });
        drop(line);
        Arc::new(Place {
            waiting: Arc::clone(self),
            id,
            from,
            gives_way,
            has_arrived: AtomicBool::new(false),
            permit: OnceLock::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn oldest_in_the_way(&mut self, from: IpAddr, limits: WaitingLimits) -> Option<Entry> {
        let of_source = self.entries.iter().filter(|entry| entry.from == from);
        if of_source.count() >= limits.per_source {
            let oldest = self.entries.iter().position(|entry| entry.from == from)?;
            return self.entries.remove(oldest);
        }
        if self.entries.len() >= limits.all {
            return self.entries.pop_front();
        }
        None
    }
}

/// One connection: in the line until its request is there, and gone when dropped.
#[derive(Debug)]
pub(super) struct Place {
    waiting: Arc<Waiting>,
    id: u64,
    from: IpAddr,
    gives_way: CancellationToken,
    has_arrived: AtomicBool,
    /// What its request holds until the connection ends.
    permit: OnceLock<OwnedSemaphorePermit>,
}

impl Place {
    /// Serves the connection to its end; none when it was evicted for a newer one.
    pub(super) async fn unless_it_gives_way<T>(
        &self,
        serving: impl Future<Output = T>,
    ) -> Option<T> {
        let mut serving = pin!(serving);
        tokio::select! {
            biased;
            served = &mut serving => return Some(served),
            () = self.gives_way.cancelled() => {}
        }
        // Its header may be here and not be read yet: many may come at once.
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
            let polled = poll_fn(|context| Poll::Ready(serving.as_mut().poll(context))).await;
            if let Poll::Ready(served) = polled {
                return Some(served);
            }
        }
        if self.has_arrived.load(Ordering::Relaxed) {
            return Some(serving.await);
        }
        None
    }

    /// Its source: an IPv4 address, or a /64 of IPv6.
    pub(super) fn from(&self) -> IpAddr {
        self.from
    }

    /// The header of its request is there: it is never evicted.
    pub(super) fn arrived(&self) {
        self.has_arrived.store(true, Ordering::Relaxed);
        self.waiting
            .lock()
            .entries
            .retain(|entry| entry.id != self.id);
    }

    /// Holds a permit until the connection ends.
    pub(super) fn hold(&self, permit: OwnedSemaphorePermit) {
        // There is one request on a connection.
        let _ = self.permit.set(permit);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.arrived();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    fn waiting(all: usize, per_source: usize) -> Arc<Waiting> {
        Waiting::new(WaitingLimits { all, per_source })
    }

    fn is_closed(place: &Place) -> bool {
        place.gives_way.is_cancelled()
    }

    #[test]
    fn the_oldest_of_a_source_gives_way_to_its_newest_and_others_keep_their_places() {
        let waiting = waiting(64, 8);
        let honest = waiting.enter(ip(1));
        let silent: Vec<_> = (0..400).map(|_| waiting.enter(ip(2))).collect();
        assert!(!is_closed(&honest));
        let open = silent.iter().filter(|place| !is_closed(place)).count();
        assert_eq!((open, waiting.evicted()), (8, 392));
        assert!(silent.iter().rev().take(8).all(|place| !is_closed(place)));
    }

    #[test]
    fn the_oldest_of_all_gives_way_where_many_sources_wait() {
        let waiting = waiting(64, 8);
        let silent: Vec<_> = (0..65).map(|last| waiting.enter(ip(last))).collect();
        assert!(is_closed(&silent[0]) && !is_closed(&silent[1]));
        let newest = waiting.enter(ip(200));
        assert!(is_closed(&silent[1]) && !is_closed(&newest));
    }

    #[test]
    fn whose_request_is_there_gives_way_to_nobody_and_takes_no_place() {
        let waiting = waiting(2, 2);
        let asked = waiting.enter(ip(1));
        asked.arrived();
        let places: Vec<_> = (0..10).map(|_| waiting.enter(ip(1))).collect();
        assert!(!is_closed(&asked));
        assert_eq!(waiting.evicted(), 8);
        drop(places);
        assert!(waiting.lock().entries.is_empty());
    }
}
