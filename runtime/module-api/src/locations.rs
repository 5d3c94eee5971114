//! What the core asks of whichever module knows where users are.

use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;

use evroute_sip::{HeaderName, Message, Uri};
use evroute_tenant::TenantIndex;
use evroute_transport::{ConnectionId, Flow, Target};

/// One place where a user can be reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisteredContact {
    /// The Request-URI to send there.
    pub uri: String,
    /// Where it registered from, when that is where it has to be reached (NAT, connections).
    pub target: Option<Target>,
    /// Where it registered: the side of ours that is known to be reached from there (Kamailio's
    /// `sock` in usrloc).
    pub local: SocketAddr,
    /// The Path of its registration (RFC 3327): Routes of every request that goes there, the first
    /// on top.
    pub path: Vec<String>,
}

/// What came of a REGISTER.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The status code.
    pub code: u16,
    /// The reason phrase.
    pub reason: &'static str,
    /// Header fields of the answer: the contacts that are registered now, or what was wrong.
    pub headers: Vec<(HeaderName<'static>, String)>,
}

/// What comes of a REGISTER.
pub enum Registering {
    /// This, at once.
    Done(Registered),
    /// What this says: the registration is on its way to the disk.
    Waits(Pin<Box<dyn Future<Output = Registered> + Send>>),
}

impl fmt::Debug for Registering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(registered) => registered.fmt(f),
            Self::Waits(_) => f.write_str("Waits"),
        }
    }
}

/// Where users are; see [`Module::locations`](crate::Module::locations).
pub trait Locations: Send + Sync {
    /// The address of record that a URI names, in the one spelling of all that mean it; none where
    /// it names none.
    fn address_of_record(&self, aor: &Uri<'_>) -> Option<String>;

    /// The contacts of the address of record that a URI names, the preferred ones first. Which
    /// spellings mean the same address is this trait's to know (RFC 3261 10.3 step 5).
    fn lookup(&self, tenant: TenantIndex, aor: &Uri<'_>) -> Vec<RegisteredContact>;

    /// Whether the address of record that a URI names has a contact that was registered over just
    /// this way: its connection, or for datagrams its address and port.
    fn is_registered_from(&self, tenant: TenantIndex, aor: &Uri<'_>, flow: &Flow) -> bool;

    /// Carries out a REGISTER for the address of record that its To names: 404 when that names
    /// none. What is answered is on the disk, where the tenant wants it there.
    fn register(
        &self,
        tenant: TenantIndex,
        aor: &Uri<'_>,
        request: &Message,
        flow: &Flow,
    ) -> Registering;

    /// A connection is gone that was registered over: whom it led to cannot be reached any more.
    fn closed(&self, connection: ConnectionId);
}
