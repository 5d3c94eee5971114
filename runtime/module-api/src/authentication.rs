//! What the core asks of whichever module knows who users are.

use std::pin::Pin;

use evroute_event::AuthenticatedUser;
use evroute_sip::{HeaderName, Message};
use evroute_tenant::{PeerIdentity, TenantIndex};
use evroute_transport::Flow;

/// What came of asking who sent a request.
#[derive(Clone, Debug)]
pub enum Authenticated {
    /// Nobody has to say who he is for a request like this.
    NotAsked,
    /// Somebody has shown it.
    User(Proof),
    /// Nobody has; this is the answer.
    Refused(AuthenticationRefusal),
}

/// Who sent a request, and what of it was for this server alone.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Who.
    pub user: AuthenticatedUser,
    /// The header field that showed it, which does not go on.
    pub header: HeaderName<'static>,
    /// The values of that field that are for others, and do.
    pub of_others: Vec<Vec<u8>>,
}

/// An answer in the place of routing.
#[derive(Clone, Debug)]
pub struct AuthenticationRefusal {
    /// The status code: 401 or 407 with challenges, 403, or 503 with Retry-After.
    pub code: u16,
    /// The reason phrase.
    pub reason: &'static str,
    /// Header fields of the answer.
    pub headers: Vec<(HeaderName<'static>, String)>,
}

/// Asking who sent a request.
pub enum AuthenticationStep<'a> {
    /// It is known.
    Done(Authenticated),
    /// Something is waited for: a database.
    Waits(Pin<Box<dyn Future<Output = Authenticated> + Send + 'a>>),
}

impl std::fmt::Debug for AuthenticationStep<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Done(done) => f.debug_tuple("Done").field(done).finish(),
            Self::Waits(_) => f.write_str("Waits"),
        }
    }
}

/// Who users are; see [`Module::authentication`](crate::Module::authentication).
pub trait Authentication: Send + Sync {
    /// Who sent a request of this tenant, as far as its rules ask; `peer` is who its connection is
    /// to, where a certificate has shown that. Never asked about ACK and CANCEL, which nobody can
    /// be challenged for.
    fn authenticate<'a>(
        &self,
        tenant: TenantIndex,
        request: &'a Message,
        flow: &'a Flow,
        peer: Option<&PeerIdentity>,
    ) -> AuthenticationStep<'a>;
}
