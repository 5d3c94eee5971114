//! What is answered to who has not shown who he is.

use evroute_digest_auth::{Algorithm, Challenge};
use evroute_module_api::AuthenticationRefusal;
use evroute_sip::HeaderName;

use crate::Asked;

/// A challenge for each of these algorithms, in their order.
pub(crate) fn challenge(
    asked: &Asked,
    algorithms: &[Algorithm],
    nonce: &str,
    is_stale: bool,
) -> AuthenticationRefusal {
    let (code, reason) = asked.status();
    let (name, _) = asked.headers();
    let challenge = |algorithm: &Algorithm| {
        let challenge = Challenge::new(&asked.realm, *algorithm, nonce, is_stale);
        (name, challenge.to_string())
    };
    AuthenticationRefusal {
        code,
        reason,
        headers: algorithms.iter().map(challenge).collect(),
    }
}

/// He is who he says, and speaks for somebody else.
pub(crate) fn forbidden() -> AuthenticationRefusal {
    AuthenticationRefusal {
        code: 403,
        reason: "Forbidden",
        headers: Vec::new(),
    }
}

/// It is not known now whether he is who he says.
pub(crate) fn later(milliseconds: u64) -> AuthenticationRefusal {
    let seconds = milliseconds.div_ceil(1_000).max(1);
    AuthenticationRefusal {
        code: 503,
        reason: "Service Unavailable",
        headers: vec![(HeaderName::RetryAfter, seconds.to_string())],
    }
}
