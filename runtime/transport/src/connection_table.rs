//! All connections, found by number and by remote address, and their limits.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::config::TcpConfig;
use crate::connection::{Connection, Remote};
use crate::error::TransportError;
use crate::flow::{ConnectionId, Target};
use crate::places::Places;
use crate::proto::Proto;
use evroute_log_throttle::LogThrottle;

/// The live connections of one transport. Look-ups share the lock; no lock is held while
/// anything outside the table runs.
#[derive(Debug)]
pub(crate) struct ConnectionTable {
    index: RwLock<Index>,
    /// Parent of every connection's own.
    cancel: CancellationToken,
    /// Connections that were closed since others needed their places.
    evicted: AtomicU64,
    reported: LogThrottle,
}

#[derive(Debug, Default)]
struct Index {
    by_id: HashMap<ConnectionId, Arc<Connection>>,
    by_remote: HashMap<Remote, ConnectionId>,
    /// What else a connection is found by.
    aliases: HashMap<ConnectionId, SocketAddr>,
    places: Places,
    last_id: u64,
}

/// A connection to write to.
pub(crate) enum Found {
    /// It was there, or somebody is dialling it.
    Existing(Arc<Connection>),
    /// It was entered just now: whoever got this dials.
    New(Arc<Connection>),
}

/// Who began a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum By {
    Peer,
    Us,
}

/// A connection that was entered, and the one whose place it has.
type Entered = (Arc<Connection>, Option<Arc<Connection>>);

impl ConnectionTable {
    /// An empty table. Cancelling closes all its connections.
    pub(crate) fn new(cancel: CancellationToken) -> Self {
        Self {
            index: RwLock::default(),
            cancel,
            evicted: AtomicU64::new(0),
            reported: LogThrottle::new(),
        }
    }

    /// Enters a connection that was accepted.
    pub(crate) fn accept(
        &self,
        proto: Proto,
        remote: SocketAddr,
        config: &TcpConfig,
    ) -> Result<Arc<Connection>, TransportError> {
        let close = self.cancel.child_token();
        let entered = self
            .write()
            .insert((proto, remote, None), close, config, By::Peer)?;
        Ok(self.settled(entered))
    }

    /// The connection for a target: by its number, by its address, or a new one.
    pub(crate) fn find_or_enter(
        &self,
        to: &Target,
        config: &TcpConfig,
    ) -> Result<Found, TransportError> {
        if let Some(connection) = self.find(to) {
            return Ok(Found::Existing(connection));
        }
        let entered = {
            let mut index = self.write();
            // Somebody may have entered it since.
            if let Some(connection) = index.find(to) {
                return Ok(Found::Existing(connection));
            }
            let close = self.cancel.child_token();
            let remote = (to.proto, to.remote, to.peer.clone());
            index.insert(remote, close, config, By::Us)?
        };
        Ok(Found::New(self.settled(entered)))
    }

    /// Closes the connection that was evicted, if one was.
    fn settled(&self, (entered, evicted): Entered) -> Arc<Connection> {
        if let Some(connection) = evicted {
            self.evicted.fetch_add(1, Ordering::Relaxed);
            connection.close.cancel();
            if let Some(times) = self.reported.happened(Instant::now()) {
                let remote = connection.remote;
                tracing::warn!(%remote, times, "connections give their places to others");
            }
        }
        entered
    }

    /// How many connections were closed since others needed their places.
    pub(crate) fn evicted(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }

    /// A whole message came over a connection, for the first time.
    pub(crate) fn spoke(&self, id: ConnectionId) {
        self.write().places.spoke(id);
    }

    /// What came first over a connection that was accepted makes it one of another protocol.
    pub(crate) fn becomes(&self, connection: &Connection, proto: Proto) {
        let mut index = self.write();
        let before = (connection.proto(), connection.remote, None);
        index.forget(&before, connection.id);
        connection.set_proto(proto);
        if index.by_id.contains_key(&connection.id) {
            let remote = (proto, connection.remote, None);
            index.by_remote.insert(remote, connection.id);
        }
    }

    /// What comes over a connection is HTTP: it is not found by its address any more, so that
    /// nobody sends SIP there.
    pub(crate) fn speaks_http(&self, connection: &Connection) {
        let remote = (connection.proto(), connection.remote, None);
        self.write().forget(&remote, connection.id);
    }

    /// A phone has registered over a connection, maybe with a contact at this address. Whether the
    /// connection is still there; then its end is told.
    pub(crate) fn registered(&self, id: ConnectionId, contact: Option<SocketAddr>) -> bool {
        let mut index = self.write();
        let Some(connection) = index.by_id.get(&id).map(Arc::clone) else {
            return false;
        };
        // Under the lock that it is removed under, so that one of both sees the other.
        connection.set_registered();
        index.places.registered(id, connection.remote.ip());
        if let Some(contact) = contact {
            index.name(&connection, contact);
        }
        true
    }

    /// The connection for a target, by its number or its address; none where there is none.
    pub(crate) fn find(&self, to: &Target) -> Option<Arc<Connection>> {
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
        if to.is_flow {
            // After a restart numbers begin anew: one that was written down may be another's.
            let is_it = |connection: &&Arc<Connection>| connection.remote == to.remote;
            return by_id.filter(is_it).map(Arc::clone);
        }
        let by_remote = |peer| {
            let remote = (to.proto, to.remote, peer);
            self.by_id.get(self.by_remote.get(&remote)?)
        };
        let peer = to.peer.as_ref();
        let by_remote = || {
            // Whom nobody can verify by a name is where it came from.
            let is_address = peer.is_some_and(|peer| peer.is_address());
            by_remote(peer.cloned()).or_else(|| by_remote(None).filter(|_| is_address))
        };
        by_id.or_else(by_remote).map(Arc::clone)
    }

    fn insert(
        &mut self,
        remote: Remote,
        close: CancellationToken,
        config: &TcpConfig,
        by: By,
    ) -> Result<Entered, TransportError> {
        let full = |_| TransportError::TooManyConnections;
        let gives_way = self.places.make_room(remote.1.ip(), config).map_err(full)?;
        let evicted = gives_way.and_then(|id| self.by_id.get(&id).map(Arc::clone));
        if let Some(connection) = &evicted {
            self.remove(connection);
        }
        self.last_id += 1;
        let id = ConnectionId::new(self.last_id);
        let connection = Arc::new(Connection::new(id, remote.clone(), close, config));
        self.by_id.insert(id, Arc::clone(&connection));
        // A second connection with the same remote address means the first is dead.
        self.places.enter(id, remote.1.ip());
        self.by_remote.insert(remote, id);
        if by == By::Us {
            // We dialled it since there is something to say.
            self.places.spoke(id);
        }
        Ok((connection, evicted))
    }

    /// A phone that is called at its contact, in a dialog, may listen there and show no
    /// certificate; what it registered over leads to it (RFC 5923 has this for proxies). Only at
    /// the address it came from: any other may be somebody else's.
    fn name(&mut self, connection: &Connection, contact: SocketAddr) {
        if !connection.proto().is_secure() || contact.ip() != connection.remote.ip() {
            return;
        }
        let id = connection.id;
        if let Some(before) = self.aliases.insert(id, contact) {
            self.forget(&(connection.proto(), before, None), id);
        }
        self.by_remote
            .insert((connection.proto(), contact, None), id);
    }

    fn forget(&mut self, remote: &Remote, id: ConnectionId) {
        if self.by_remote.get(remote) == Some(&id) {
            self.by_remote.remove(remote);
        }
    }

    fn remove(&mut self, connection: &Connection) {
        if self.by_id.remove(&connection.id).is_none() {
            return;
        }
        let remote = (
            connection.proto(),
            connection.remote,
            connection.peer.clone(),
        );
        self.forget(&remote, connection.id);
        if let Some(contact) = self.aliases.remove(&connection.id) {
            self.forget(&(connection.proto(), contact, None), connection.id);
        }
        self.places.leave(connection.id, connection.remote.ip());
    }
}

#[cfg(test)]
mod tests;
