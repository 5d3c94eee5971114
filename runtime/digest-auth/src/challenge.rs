//! WWW-Authenticate and Proxy-Authenticate.

use std::borrow::Cow;
use std::fmt;

use crate::algorithm::Algorithm;
use crate::auth_params::{AuthParams, MalformedAuth, escaped, unescaped};

/// What a server asks for: the value of one WWW-Authenticate or Proxy-Authenticate header field.
/// Printed by [`fmt::Display`]; a server that takes several algorithms sends one for each, the
/// best first (RFC 8760 2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// Whose user names and passwords are meant.
    pub realm: Cow<'a, str>,
    /// What the answer is made of, as it stands between the quotes.
    pub nonce: Cow<'a, str>,
    /// What the client gives back as it is.
    pub opaque: Option<Cow<'a, str>>,
    /// The hash. `None` for one that is not known here.
    pub algorithm: Option<Algorithm>,
    /// Whether the hash of the password is hashed once more with the nonce (`-sess`). Never asked
    /// for by this server.
    pub is_session: bool,
    /// Whether the answer before this was right, but for its nonce.
    pub is_stale: bool,
    /// Whether `qop=auth` is offered.
    pub has_auth: bool,
    /// Whether `qop=auth-int` is offered, which covers the body.
    pub has_auth_int: bool,
}

impl<'a> Challenge<'a> {
    /// A challenge of a server, with `qop="auth"`: RFC 3261 22.4 item 8 asks for one.
    #[must_use]
    pub fn new(realm: &'a str, algorithm: Algorithm, nonce: &'a str, is_stale: bool) -> Self {
        Self {
            realm: Cow::Borrowed(realm),
            nonce: Cow::Borrowed(nonce),
            opaque: None,
            algorithm: Some(algorithm),
            is_session: false,
            is_stale,
            has_auth: true,
            has_auth_int: false,
        }
    }

    /// Reads the value of a header field.
    ///
    /// # Errors
    /// [`MalformedAuth`].
    pub fn parse(value: &'a [u8]) -> Result<Self, MalformedAuth> {
        let params = AuthParams::parse(value)?;
        let (algorithm, is_session) = algorithm(params.get("algorithm"));
        let qop = params.get("qop").unwrap_or_default();
        let offers = |name: &str| {
            qop.split(',')
                .any(|one| one.trim().eq_ignore_ascii_case(name))
        };
        let is_stale = params.get("stale");
        Ok(Self {
            realm: unescaped(params.required("realm")?),
            nonce: Cow::Borrowed(params.required("nonce")?),
            opaque: params.get("opaque").map(Cow::Borrowed),
            algorithm,
            is_session,
            is_stale: is_stale.is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
            has_auth: offers("auth"),
            has_auth_int: offers("auth-int"),
        })
    }
}

/// What `algorithm` says, and whether it is of a session. MD5 where it is missing (RFC 7616 3.3).
pub(crate) fn algorithm(written: Option<&str>) -> (Option<Algorithm>, bool) {
    let Some(name) = written else {
        return (Some(Algorithm::Md5), false);
    };
    let session = name.len().checked_sub(SESSION.len()).and_then(|at| {
        let (name, end) = (name.get(..at)?, name.get(at..)?);
        end.eq_ignore_ascii_case(SESSION).then_some(name)
    });
    (Algorithm::named(session.unwrap_or(name)), session.is_some())
}

const SESSION: &str = "-sess";

impl fmt::Display for Challenge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let realm = escaped(&self.realm);
        write!(f, "Digest realm=\"{realm}\", nonce=\"{}\"", self.nonce)?;
        if let Some(opaque) = &self.opaque {
            write!(f, ", opaque=\"{opaque}\"")?;
        }
        if self.is_stale {
            f.write_str(", stale=true")?;
        }
        if let Some(algorithm) = self.algorithm {
            let session = if self.is_session { SESSION } else { "" };
            write!(f, ", algorithm={algorithm}{session}")?;
        }
        match (self.has_auth, self.has_auth_int) {
            (true, true) => f.write_str(", qop=\"auth,auth-int\""),
            (true, false) => f.write_str(", qop=\"auth\""),
            (false, true) => f.write_str(", qop=\"auth-int\""),
            (false, false) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_printed_as_phones_know_it() {
        let challenge = Challenge::new("acme.example", Algorithm::Sha256, "n", false);
        assert_eq!(
            challenge.to_string(),
            "Digest realm=\"acme.example\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\""
        );
        let stale = Challenge::new("a\"b", Algorithm::Md5, "n", true);
        assert_eq!(
            stale.to_string(),
            "Digest realm=\"a\\\"b\", nonce=\"n\", stale=true, algorithm=MD5, qop=\"auth\""
        );
    }

    #[test]
    fn what_is_printed_is_read_again() {
        for algorithm in Algorithm::ALL {
            for number in 0..16_u8 {
                let mut challenge = Challenge::new("a \"b\"", algorithm, "n", number & 1 > 0);
                challenge.is_session = number & 2 > 0;
                challenge.has_auth_int = number & 4 > 0;
                challenge.opaque = (number & 8 > 0).then_some(Cow::Borrowed("o"));
                let text = challenge.to_string();
                assert_eq!(Challenge::parse(text.as_bytes()), Ok(challenge));
            }
        }
    }

    #[test]
    fn an_unknown_algorithm_is_not_taken_for_another() {
        assert_eq!(algorithm(None), (Some(Algorithm::Md5), false));
        assert_eq!(
            algorithm(Some("sha-256-SESS")),
            (Some(Algorithm::Sha256), true)
        );
        assert_eq!(algorithm(Some("AKAv1-MD5")), (None, false));
        assert_eq!(algorithm(Some("-sess")), (None, true));
        assert_eq!(algorithm(Some("ä-sess")), (None, true));
        assert_eq!(algorithm(Some("sessä")), (None, false));
    }
}
