//! What a request of the server's own asks of whoever knows where the tenant's users are.

use std::net::SocketAddr;

use evroute_sip::Uri;
use evroute_tenant::TenantIndex;
use evroute_transport::Target;

use evroute_resolver::ChosenBy;

/// Where a user of the tenant's own domains is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reached {
    /// The Request-URI to send there.
    pub request_uri: String,
    /// The address, where that is known: where a contact registered from.
    pub target: Option<Target>,
    /// The side of ours to send it from.
    pub local: Option<SocketAddr>,
    /// Routes to put on top, the first above the others: the Path of a registration (RFC 3327 5.4).
    pub routes: Vec<String>,
    /// Who chose where it goes.
    pub chosen_by: ChosenBy,
}

/// Who knows where users are. The core implements it.
pub trait Users: Send + Sync {
    /// Where the user is reached whom a Request-URI names: nothing where the URI names no user of
    /// our domains and is to be followed as it is. Of several contacts the preferred one: a request
    /// of the server's own does not fork.
    ///
    /// # Errors
    /// [`NotReached`] for a user of ours without route or contact.
    fn find(&self, tenant: TenantIndex, uri: &Uri<'_>) -> Result<Option<Reached>, NotReached>;
}

/// A user of ours has neither route nor contact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotReached;
