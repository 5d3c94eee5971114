//! Which contacts are reached over which connection, and what becomes of them when it is gone.

use std::collections::HashMap;
use std::sync::PoisonError;

use evroute_transport::ConnectionId;

use super::contents::Contents;
use super::flow_counts::LostFlow;
use super::record::Entry;
use super::shard::Shard;
use crate::aor::Aor;
use crate::timestamp::Timestamp;

/// Contacts that are reached over a connection and nowhere else: their numbers, and whose they are.
#[derive(Debug, Default)]
pub(super) struct ByConnection(HashMap<ConnectionId, HashMap<u64, Aor>>);

impl ByConnection {
    pub(super) fn add(&mut self, entry: &Entry) {
        if let Some(connection) = entry.binding.connection() {
            let contacts = self.0.entry(connection).or_default();
            contacts.insert(entry.number, entry.binding.aor.clone());
        }
    }

    pub(super) fn remove(&mut self, entry: &Entry) {
        let Some(connection) = entry.binding.connection() else {
            return;
        };
        if let Some(contacts) = self.0.get_mut(&connection) {
            contacts.remove(&entry.number);
            if contacts.is_empty() {
                self.0.remove(&connection);
            }
        }
    }
}

impl Contents {
    pub(super) fn connection_closed(&self, connection: ConnectionId, now: Timestamp) -> u64 {
        let mut lost = 0;
        for shard in &self.shards {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            lost += shard.lose(connection, now);
        }
        self.flow_counts.lost(LostFlow::ConnectionClosed, lost);
        if lost > 0 {
            self.ends(now);
        }
        lost
    }
}

impl Shard {
    fn lose(&mut self, connection: ConnectionId, now: Timestamp) -> u64 {
        let lost = self.by_connection.0.remove(&connection).unwrap_or_default();
        for (&number, aor) in &lost {
            self.end(aor, number, LostFlow::ConnectionClosed, now);
        }
        u64::try_from(lost.len()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::testing::{NOW, aor, at, register};
    use crate::{ChangeCause, Config, LocationTable};

    fn found(table: &LocationTable, users: [&str; 3]) -> [usize; 3] {
        users.map(|user| table.lookup(aor(user).as_str(), NOW).len())
    }

    #[test]
    fn with_a_connection_go_those_that_registered_over_it_and_no_others() {
        let table = LocationTable::new(Config::default());
        for (user, connection) in [("a", Some(1)), ("b", Some(2)), ("c", None)] {
            register(&table, user, connection, NOW);
        }
        let users = ["a", "b", "c"];
        assert_eq!(table.connection_closed(ConnectionId::new(1), NOW), 1);
        assert_eq!(found(&table, users), [0, 1, 1]);
        assert_eq!(table.connection_closed(ConnectionId::new(1), NOW), 0);
        let expired = table.expired(NOW, 9);
        let lost: Vec<_> = expired.iter().map(|expired| expired.lost).collect();
        assert_eq!(lost, [Some(ChangeCause::ConnectionClosed)]);
        assert_eq!(table.len(), 2);
    }

    #[test]
    fn who_has_registered_over_another_connection_stays() {
        let table = LocationTable::new(Config::default());
        register(&table, "a", Some(1), NOW);
        register(&table, "a", Some(2), at(1001));
        assert_eq!(table.connection_closed(ConnectionId::new(1), at(1001)), 0);
        assert_eq!(table.lookup(aor("a").as_str(), at(1001)).len(), 1);
    }

    #[test]
    fn who_comes_back_before_it_was_taken_out_is_one_contact() {
        let table = LocationTable::new(Config::default());
        register(&table, "a", Some(1), NOW);
        table.connection_closed(ConnectionId::new(1), NOW);
        register(&table, "a", Some(2), at(1001));
        assert_eq!(table.lookup(aor("a").as_str(), at(1001)).len(), 1);
        assert!(table.expired(at(1001), 9).is_empty());
        assert_eq!(table.len(), 1);
    }
}
