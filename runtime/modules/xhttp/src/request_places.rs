//! How many requests of a tenant are under way, and whose they are.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use evroute_transport::source;

/// The places of one tenant's requests.
#[derive(Debug)]
pub(crate) struct RequestPlaces {
    max: usize,
    per_source_max: usize,
    taken: Mutex<Taken>,
}

/// Never more sources than places.
#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_source: HashMap<IpAddr, usize>,
}

/// One place, until it is dropped.
#[derive(Debug)]
pub(crate) struct RequestPlace {
    places: Arc<RequestPlaces>,
    source: IpAddr,
}

/// Why there is no place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NoPlace {
    /// The tenant has as many as it may.
    Full,
    /// The source has as many as it may.
    SourceFull,
}

impl RequestPlaces {
    pub(crate) fn new(max: usize, per_source_max: usize) -> Arc<Self> {
        Arc::new(Self {
            max,
            per_source_max,
            taken: Mutex::default(),
        })
    }

    /// A place for a request from there.
    pub(crate) fn enter(self: &Arc<Self>, from: IpAddr) -> Result<RequestPlace, NoPlace> {
        let source = source(from);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_source = taken.by_source.get(&source).copied().unwrap_or_default();
        if of_source >= self.per_source_max {
            return Err(NoPlace::SourceFull);
        }
        if taken.all >= self.max {
            return Err(NoPlace::Full);
        }
        taken.all += 1;
        taken.by_source.insert(source, of_source + 1);
        Ok(RequestPlace {
            places: Arc::clone(self),
            source,
        })
    }

    /// How many are taken.
    pub(crate) fn taken(&self) -> usize {
        self.taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .all
    }
}

impl Drop for RequestPlace {
    fn drop(&mut self) {
        let taken = self.places.taken.lock();
        let mut taken = taken.unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        let left = taken.by_source.get(&self.source).copied().unwrap_or(1);
        match left {
            0 | 1 => drop(taken.by_source.remove(&self.source)),
            more => drop(taken.by_source.insert(self.source, more - 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_its_share_and_leaves_places_to_others() {
        let places = RequestPlaces::new(3, 2);
        let from = |last: u8| places.enter(IpAddr::from([192, 0, 2, last]));
        let first = from(1).unwrap();
        let second = from(1).unwrap();
        assert_eq!(from(1).err(), Some(NoPlace::SourceFull));
        let other = from(2).unwrap();
        assert_eq!(from(3).err(), Some(NoPlace::Full));
        drop(first);
        assert_eq!(places.taken(), 2);
        let again = from(1).unwrap();
        drop((second, other, again));
        assert_eq!(places.taken(), 0);
        assert!(places.taken.lock().unwrap().by_source.is_empty());
    }

    #[test]
    fn a_64_of_ipv6_is_one_source() {
        let places = RequestPlaces::new(9, 1);
        let from = |ip: &str| places.enter(ip.parse().unwrap());
        let _first = from("2001:db8:1:2::1").unwrap();
        assert_eq!(from("2001:db8:1:2::9").err(), Some(NoPlace::SourceFull));
        assert!(from("2001:db8:1:3::1").is_ok());
    }
}
