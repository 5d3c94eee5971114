//! How many handshakes may be under way, and which gives way to a new one.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::config::TlsConfig;
use crate::flow::ConnectionId;
use crate::places::source;

/// The handshakes that are under way. A new one is never refused: it takes the place of the oldest
/// of its own source, or, where all places are taken, of the oldest of the source that has most. So
/// peers who begin and do not go on cost others at most a second try.
#[derive(Debug, Default)]
pub(crate) struct HandshakePlaces {
    by_source: Mutex<BySource>,
}

#[derive(Debug, Default)]
struct BySource {
    sources: HashMap<IpAddr, BTreeMap<ConnectionId, CancellationToken>>,
    all: usize,
}

/// The place of one handshake, until this is dropped.
#[derive(Debug)]
pub(crate) struct HandshakePlace {
    of: Arc<HandshakePlaces>,
    id: ConnectionId,
    source: IpAddr,
    evicted: CancellationToken,
}

impl HandshakePlaces {
    /// A place for the handshake of a connection from this address. Nothing was allocated for its
    /// session yet.
    pub(crate) fn enter(
        self: &Arc<Self>,
        id: ConnectionId,
        from: IpAddr,
        config: &TlsConfig,
    ) -> HandshakePlace {
        let (source, evicted) = (source(from), CancellationToken::new());
        self.lock().enter(id, source, evicted.clone(), config);
        HandshakePlace {
            of: Arc::clone(self),
            id,
            source,
            evicted,
        }
    }

    fn lock(&self) -> MutexGuard<'_, BySource> {
        self.by_source
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl BySource {
    fn enter(
        &mut self,
        id: ConnectionId,
        source: IpAddr,
        evicted: CancellationToken,
        config: &TlsConfig,
    ) {
        let own = self.sources.get(&source).map_or(0, BTreeMap::len);
        let crowded = if own >= config.handshakes_per_source_max {
            Some(source)
        } else if self.all >= config.handshakes_max {
            let largest = self.sources.iter().max_by_key(|(_, held)| held.len());
            largest.map(|(source, _)| *source)
        } else {
            None
        };
        if let Some(crowded) = crowded {
            self.evict_oldest(crowded);
        }
        self.sources.entry(source).or_default().insert(id, evicted);
        self.all += 1;
    }

    fn evict_oldest(&mut self, source: IpAddr) {
        let held = self.sources.get(&source);
        let oldest = held.and_then(|held| held.first_key_value().map(|(id, _)| *id));
        if let Some(evicted) = oldest.and_then(|id| self.leave(id, source)) {
            evicted.cancel();
        }
    }

    fn leave(&mut self, id: ConnectionId, source: IpAddr) -> Option<CancellationToken> {
        let held = self.sources.get_mut(&source)?;
        let evicted = held.remove(&id)?;
        if held.is_empty() {
            self.sources.remove(&source);
        }
        self.all = self.all.saturating_sub(1);
        Some(evicted)
    }
}

impl HandshakePlace {
    /// Resolves when another handshake has this place.
    pub(crate) async fn evicted(&self) {
        self.evicted.cancelled().await;
    }
}

impl Drop for HandshakePlace {
    fn drop(&mut self) {
        self.of.lock().leave(self.id, self.source);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(all: usize, of_source: usize) -> (Arc<HandshakePlaces>, TlsConfig) {
        let config = TlsConfig {
            handshakes_max: all,
            handshakes_per_source_max: of_source,
            ..TlsConfig::default()
        };
        (Arc::default(), config)
    }

    #[test]
    fn a_source_with_as_many_as_it_may_loses_its_own_oldest() {
        let (places, config) = places(9, 2);
        let enter =
            |id, ip: &str| places.enter(ConnectionId::new(id), ip.parse().unwrap(), &config);
        let (other, first, second) = (
            enter(1, "192.0.2.1"),
            enter(2, "192.0.2.2"),
            enter(3, "192.0.2.2"),
        );
        let third = enter(4, "192.0.2.2");
        let is_evicted = [&other, &first, &second, &third].map(|one| one.evicted.is_cancelled());
        assert_eq!(is_evicted, [false, true, false, false]);
        drop(second);
        let fourth = enter(5, "192.0.2.2");
        assert!(!third.evicted.is_cancelled() && !fourth.evicted.is_cancelled());
    }

    #[test]
    fn when_all_places_are_taken_the_source_with_most_loses_its_oldest() {
        let (places, config) = places(3, 3);
        let enter =
            |id, ip: &str| places.enter(ConnectionId::new(id), ip.parse().unwrap(), &config);
        let (quiet, first, second) = (
            enter(1, "192.0.2.1"),
            enter(2, "192.0.2.2"),
            enter(3, "192.0.2.2"),
        );
        let newest = enter(4, "192.0.2.3");
        let is_evicted = [&quiet, &first, &second, &newest].map(|one| one.evicted.is_cancelled());
        assert_eq!(is_evicted, [false, true, false, false]);
        drop((quiet, first, second, newest));
        let left = places.lock();
        assert!(left.all == 0 && left.sources.is_empty());
    }
}
