//! What the core asks of whoever knows where users are.

use evroute_sip::Message;
use evroute_tenant::TenantIndex;
use evroute_transport::{Flow, Target};

/// One place where a user can be reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contact {
    /// The Request-URI to send there.
    pub uri: String,
    /// Where it registered from, when that is where it has to be reached (NAT, connections).
    pub target: Option<Target>,
}

/// What came of a REGISTER.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The status code.
    pub code: u16,
    /// The reason phrase.
    pub reason: &'static str,
    /// Header fields of the answer: the contacts that are registered now, or what was wrong.
    pub headers: Vec<(String, String)>,
}

/// Where users are. The usrloc module implements it.
pub trait Locations: Send + Sync {
    /// The contacts of an address of record (`user@domain`), the preferred ones first.
    fn lookup(&self, tenant: TenantIndex, aor: &str) -> Vec<Contact>;

    /// Carries out a REGISTER for an address of record.
    fn register(
        &self,
        tenant: TenantIndex,
        aor: &str,
        request: &Message,
        flow: &Flow,
    ) -> Registered;
}
