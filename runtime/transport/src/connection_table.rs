//! All connections, found by number and by remote address, and their limits.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};

use tokio_util::sync::CancellationToken;

use crate::config::TcpConfig;
use crate::connection::Connection;
use crate::error::SendError;
use crate::flow::{ConnectionId, Target};
use crate::proto::Proto;

/// The live connections of one transport. Look-ups share the lock; no lock is held while
/// anything outside the table runs.
#[derive(Debug)]
pub(crate) struct ConnectionTable {
    index: RwLock<Index>,
    /// Parent of every connection's own.
    cancel: CancellationToken,
}

#[derive(Debug, Default)]
struct Index {
    by_id: HashMap<ConnectionId, Arc<Connection>>,
    by_remote: HashMap<(Proto, SocketAddr), ConnectionId>,
    /// By [`source`].
    per_source: HashMap<IpAddr, usize>,
    last_id: u64,
}

/// A connection to write to.
pub(crate) enum Found {
    /// It was there, or somebody is dialling it.
    Existing(Arc<Connection>),
    /// It was entered just now: whoever got this dials.
    New(Arc<Connection>),
}

impl ConnectionTable {
    /// An empty table. Cancelling closes all its connections.
    pub(crate) fn new(cancel: CancellationToken) -> Self {
        Self {
            index: RwLock::default(),
            cancel,
        }
    }

    /// Enters a connection that was accepted.
    pub(crate) fn accept(
        &self,
        proto: Proto,
        remote: SocketAddr,
        config: &TcpConfig,
    ) -> Result<Arc<Connection>, SendError> {
        self.write()
            .insert(proto, remote, self.cancel.child_token(), config)
    }

    /// The connection for a target: by its number, by its address, or a new one.
    pub(crate) fn find_or_enter(
        &self,
        to: &Target,
        config: &TcpConfig,
    ) -> Result<Found, SendError> {
        if let Some(connection) = self.find(to) {
            return Ok(Found::Existing(connection));
        }
        let mut index = self.write();
        // Somebody may have entered it since.
        match index.find(to) {
            Some(connection) => Ok(Found::Existing(connection)),
            None => index
                .insert(to.proto, to.remote, self.cancel.child_token(), config)
                .map(Found::New),
        }
    }

    fn find(&self, to: &Target) -> Option<Arc<Connection>> {
        self.index
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .find(to)
    }

    /// The connection of that number.
    pub(crate) fn get(&self, id: ConnectionId) -> Option<Arc<Connection>> {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        index.by_id.get(&id).map(Arc::clone)
    }

    /// Forgets a connection.
    pub(crate) fn remove(&self, connection: &Connection) {
        self.write().remove(connection);
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index {
    fn find(&self, to: &Target) -> Option<Arc<Connection>> {
        let by_id = to.connection.and_then(|id| self.by_id.get(&id));
        by_id
            .or_else(|| self.by_id.get(self.by_remote.get(&(to.proto, to.remote))?))
            .map(Arc::clone)
    }

    fn insert(
        &mut self,
        proto: Proto,
        remote: SocketAddr,
        close: CancellationToken,
        config: &TcpConfig,
    ) -> Result<Arc<Connection>, SendError> {
        let source = source(remote.ip());
        let from_source = self.per_source.get(&source).copied().unwrap_or(0);
        if self.by_id.len() >= config.connections_max
            || from_source >= config.connections_per_source_max
        {
            return Err(SendError::TooManyConnections);
        }
        self.last_id += 1;
        let id = ConnectionId::new(self.last_id);
        let connection = Arc::new(Connection::new(id, proto, remote, close, config));
        self.by_id.insert(id, Arc::clone(&connection));
        // A second connection with the same remote address means the first is dead.
        self.by_remote.insert((proto, remote), id);
        self.per_source.insert(source, from_source + 1);
        Ok(connection)
    }

    fn remove(&mut self, connection: &Connection) {
        if self.by_id.remove(&connection.id).is_none() {
            return;
        }
        let remote = (connection.proto, connection.remote);
        if self.by_remote.get(&remote) == Some(&connection.id) {
            self.by_remote.remove(&remote);
        }
        let source = source(connection.remote.ip());
        match self.per_source.get_mut(&source) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => drop(self.per_source.remove(&source)),
        }
    }
}

/// Whom a limit per source counts together: an IPv4 address, also where it is written as an IPv6 one, or all of a /64.
/// That is the least that one subscriber has (RFC 6177 2), so that counting single addresses would limit nobody.
fn source(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote(last: u8, port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, last], port))
    }

    fn config(connections_max: usize, connections_per_source_max: usize) -> TcpConfig {
        TcpConfig {
            connections_max,
            connections_per_source_max,
            ..TcpConfig::default()
        }
    }

    #[test]
    fn limits_count_all_connections_and_those_of_one_source() {
        let (table, config) = (ConnectionTable::new(CancellationToken::new()), config(3, 2));
        let accept = |addr| table.accept(Proto::Tcp, addr, &config);
        let first = accept(remote(1, 1)).unwrap();
        accept(remote(1, 2)).unwrap();
        assert_eq!(
            accept(remote(1, 3)).unwrap_err(),
            SendError::TooManyConnections
        );
        accept(remote(2, 1)).unwrap();
        assert_eq!(
            accept(remote(3, 1)).unwrap_err(),
            SendError::TooManyConnections
        );
        table.remove(&first);
        table.remove(&first);
        accept(remote(1, 3)).unwrap();
        assert_eq!(
            accept(remote(1, 4)).unwrap_err(),
            SendError::TooManyConnections
        );
    }

    #[test]
    fn one_source_is_a_64_of_ipv6_and_one_address_of_ipv4_however_written() {
        for [first, same, other] in [
            [
                "[2001:db8:1:2::1]:1",
                "[2001:db8:1:2:ffff::9]:1",
                "[2001:db8:1:3::1]:1",
            ],
            [
                "192.0.2.1:1",
                "[::ffff:192.0.2.1]:1",
                "[::ffff:192.0.2.2]:1",
            ],
        ] {
            let (table, config) = (ConnectionTable::new(CancellationToken::new()), config(9, 1));
            let accept = |addr: &str| table.accept(Proto::Tcp, addr.parse().unwrap(), &config);
            let entered = accept(first).unwrap();
            assert_eq!(
                accept(same).unwrap_err(),
                SendError::TooManyConnections,
                "{same}"
            );
            accept(other).unwrap();
            table.remove(&entered);
            accept(same).unwrap();
        }
    }

    #[test]
    fn the_number_counts_before_the_address_and_dead_numbers_fall_back_to_it() {
        let (table, config) = (ConnectionTable::new(CancellationToken::new()), config(9, 9));
        let first = table.accept(Proto::Tcp, remote(1, 1), &config).unwrap();
        let second = table.accept(Proto::Tcp, remote(1, 2), &config).unwrap();
        let mut to = Target::new(Proto::Tcp, remote(1, 1));
        to.connection = Some(second.id);
        assert_eq!(table.find(&to).unwrap().id, second.id);
        table.remove(&second);
        assert_eq!(table.find(&to).unwrap().id, first.id);
        table.remove(&first);
        assert!(matches!(
            table.find_or_enter(&to, &config),
            Ok(Found::New(_))
        ));
        assert!(matches!(
            table.find_or_enter(&to, &config),
            Ok(Found::Existing(_))
        ));
    }

    #[test]
    fn a_newer_connection_with_the_same_address_survives_the_older_one() {
        let (table, config) = (ConnectionTable::new(CancellationToken::new()), config(9, 9));
        let older = table.accept(Proto::Tcp, remote(1, 1), &config).unwrap();
        let newer = table.accept(Proto::Tcp, remote(1, 1), &config).unwrap();
        table.remove(&older);
        let to = Target::new(Proto::Tcp, remote(1, 1));
        assert_eq!(table.find(&to).unwrap().id, newer.id);
    }
}
