//! Which connections have a place, and which is evicted when there is none left.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv6Addr};

use crate::config::TcpConfig;
use crate::flow::ConnectionId;

/// The part of all places that only connections have over which a phone has registered: a quarter.
const REGISTERED_PART: usize = 4;

/// The standing of every connection. A connection is silent until a whole message came over it;
/// then it speaks; it is registered once a phone has registered over it. Numbers grow, so the
/// lowest is the oldest.
#[derive(Debug, Default)]
pub(crate) struct Places {
    by_source: HashMap<IpAddr, Source>,
    silent: BTreeSet<ConnectionId>,
    all: usize,
    registered: usize,
}

/// The connections of one [`source`].
#[derive(Debug, Default)]
struct Source {
    all: usize,
    /// Those that are not registered.
    others: BTreeSet<ConnectionId>,
}

/// No place, and none that could be evicted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Full;

impl Places {
    /// Says which is evicted for a new connection from this address; none when there is room.
    ///
    /// A source that has as many as it may loses its own oldest silent one. When all places are
    /// taken, or all that are not kept for registered ones, the oldest silent one of all is
    /// evicted; else the oldest that is not registered of the source that has most of them, if that
    /// has more than the newcomer's.
    ///
    /// # Errors
    /// [`Full`].
    pub(crate) fn make_room(
        &self,
        from: IpAddr,
        config: &TcpConfig,
    ) -> Result<Option<ConnectionId>, Full> {
        let own = self.by_source.get(&source(from));
        if own.is_some_and(|own| own.all >= config.connections_per_source_max) {
            let silent = |own: &Source| {
                own.others
                    .iter()
                    .find(|id| self.silent.contains(id))
                    .copied()
            };
            return own.and_then(silent).map(Some).ok_or(Full);
        }
        let kept = config.connections_max / REGISTERED_PART;
        let others = self.all.saturating_sub(self.registered);
        let others_max = config.connections_max.saturating_sub(kept);
        if self.all < config.connections_max && others < others_max {
            return Ok(None);
        }
        let mine = own.map_or(0, |own| own.others.len());
        let largest = || {
            let sources = self.by_source.values();
            let largest = sources.max_by_key(|source| source.others.len())?;
            let oldest = largest.others.first().copied();
            oldest.filter(|_| largest.others.len() > mine + 1)
        };
        let gives_way = self.silent.first().copied().or_else(largest);
        gives_way.map(Some).ok_or(Full)
    }

    /// Enters a connection, silent at first.
    pub(crate) fn enter(&mut self, id: ConnectionId, from: IpAddr) {
        let source = self.by_source.entry(source(from)).or_default();
        source.all += 1;
        source.others.insert(id);
        self.silent.insert(id);
        self.all += 1;
    }

    /// It is not silent any more.
    pub(crate) fn spoke(&mut self, id: ConnectionId) {
        self.silent.remove(&id);
    }

    /// A phone has registered over it.
    pub(crate) fn registered(&mut self, id: ConnectionId, from: IpAddr) {
        self.silent.remove(&id);
        let source = self.by_source.get_mut(&source(from));
        if source.is_some_and(|source| source.others.remove(&id)) {
            self.registered += 1;
        }
    }

    /// It is gone.
    pub(crate) fn leave(&mut self, id: ConnectionId, from: IpAddr) {
        let key = source(from);
        let Some(source) = self.by_source.get_mut(&key) else {
            return;
        };
        self.silent.remove(&id);
        self.all = self.all.saturating_sub(1);
        if !source.others.remove(&id) {
            self.registered = self.registered.saturating_sub(1);
        }
        source.all = source.all.saturating_sub(1);
        if source.all == 0 {
            self.by_source.remove(&key);
        }
    }
}

/// Whom a limit per source counts together: an IPv4 address, also where it is written as an IPv6
/// one, or all of a /64. That is the least that one subscriber has (RFC 6177 2), so that counting
/// single addresses would limit nobody.
#[must_use]
pub fn source(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(connections_max: usize, connections_per_source_max: usize) -> TcpConfig {
        TcpConfig {
            connections_max,
            connections_per_source_max,
            ..TcpConfig::default()
        }
    }

    /// Connections as a table would enter them.
    struct Table {
        places: Places,
        config: TcpConfig,
        from: HashMap<ConnectionId, IpAddr>,
        last_id: u64,
    }

    impl Table {
        fn new(connections_max: usize, per_source_max: usize) -> Self {
            Self {
                places: Places::default(),
                config: config(connections_max, per_source_max),
                from: HashMap::new(),
                last_id: 0,
            }
        }

        /// A new connection, and which was evicted for it.
        fn accept(&mut self, ip: &str) -> Result<(ConnectionId, Option<ConnectionId>), Full> {
            let ip = ip.parse().unwrap();
            let evicted = self.places.make_room(ip, &self.config)?;
            if let Some(id) = evicted {
                self.places.leave(id, self.from.remove(&id).unwrap());
            }
            self.last_id += 1;
            let id = ConnectionId::new(self.last_id);
            self.places.enter(id, ip);
            self.from.insert(id, ip);
            Ok((id, evicted))
        }

        fn speaking(&mut self, ip: &str) -> ConnectionId {
            let (id, _) = self.accept(ip).unwrap();
            self.places.spoke(id);
            id
        }

        fn registered(&mut self, ip: &str) -> ConnectionId {
            let (id, _) = self.accept(ip).unwrap();
            self.places.registered(id, self.from[&id]);
            id
        }

        fn holds(&self, id: ConnectionId) -> bool {
            self.from.contains_key(&id)
        }
    }

    #[test]
    fn a_source_that_has_as_many_as_it_may_gives_up_its_own_oldest_silent_one() {
        let mut table = Table::new(99, 3);
        let other = table.accept("192.0.2.9").unwrap().0;
        table.speaking("192.0.2.1");
        let [first, second] = [(); 2].map(|()| table.accept("192.0.2.1").unwrap().0);
        let (third, evicted) = table.accept("192.0.2.1").unwrap();
        assert_eq!(evicted, Some(first));
        for id in [second, third] {
            table.places.spoke(id);
        }
        assert_eq!(table.accept("192.0.2.1"), Err(Full));
        assert!(table.holds(other) && table.accept("192.0.2.2").is_ok());
    }

    #[test]
    fn one_source_is_a_64_of_ipv6_and_one_address_of_ipv4_however_written() {
        for [first, same, other] in [
            ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"],
            ["192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.2"],
        ] {
            let mut table = Table::new(99, 1);
            let id = table.speaking(first);
            assert_eq!(table.accept(same), Err(Full), "{same}");
            assert!(table.accept(other).is_ok(), "{other}");
            table.places.leave(id, first.parse().unwrap());
            assert!(table.accept(same).is_ok(), "{same}");
        }
    }

    #[test]
    fn eight_addresses_that_hold_silent_connections_keep_nobody_out() {
        let defaults = TcpConfig::default();
        let (most, per_source) = (
            defaults.connections_max,
            defaults.connections_per_source_max,
        );
        assert!(8 * per_source <= most / 2, "nor do they take most places");
        let mut table = Table::new(most, per_source);
        let phone = table.registered("203.0.113.1");
        for connection in 0..2000 {
            for address in 1..=64 {
                let ip = format!("192.0.2.{address}");
                assert!(table.accept(&ip).is_ok(), "{connection} of {ip}");
            }
        }
        assert!(table.holds(phone) && table.places.all <= most);
        let new_transaction = table.speaking("203.0.113.2");
        assert!(table.holds(new_transaction));
    }

    #[test]
    fn who_has_most_gives_way_where_nobody_is_silent_and_a_part_is_kept_for_the_registered() {
        let mut table = Table::new(16, 16);
        let phones = [(); 2].map(|()| table.registered("203.0.113.1"));
        let first = table.speaking("192.0.2.1");
        for _ in 0..10 {
            table.speaking("192.0.2.1");
        }
        let few = table.speaking("192.0.2.2");
        // Twelve are there that are not registered: four places are kept.
        let (new_transaction, evicted) = table.accept("192.0.2.3").unwrap();
        assert_eq!(evicted, Some(first));
        // It registers, and so do others, until all places are taken.
        table
            .places
            .registered(new_transaction, table.from[&new_transaction]);
        for _ in 0..2 {
            table.registered("203.0.113.4");
        }
        assert_eq!((table.places.all, table.places.registered), (16, 5));
        for id in phones {
            assert!(table.holds(id));
        }
        assert!(table.holds(few));
        // Nobody who has as many as the others takes a place from them.
        let mut table = Table::new(4, 4);
        for ip in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
            table.speaking(ip);
        }
        assert_eq!(table.accept("192.0.2.4"), Err(Full));
    }

    #[test]
    fn what_is_counted_is_what_is_there() {
        let mut table = Table::new(9, 9);
        let [one, two] = [(); 2].map(|()| table.registered("192.0.2.1"));
        let ip = table.from[&one];
        table.places.registered(one, ip);
        assert_eq!((table.places.all, table.places.registered), (2, 2));
        for id in [one, two] {
            table.places.leave(id, ip);
        }
        table.places.leave(two, ip);
        assert_eq!((table.places.all, table.places.registered), (0, 0));
        assert!(table.places.by_source.is_empty() && table.places.silent.is_empty());
    }
}
