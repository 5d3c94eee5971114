//! What a registry asks of those whom it does not know.

use ureq::http::Uri;

use crate::loopback::is_loopback;

/// A `WWW-Authenticate` header (RFC 7235, section 4.1) of one scheme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Challenge<'a> {
    /// Name and password themselves (RFC 7617).
    Basic,
    /// A token that an authorization service gives for them (RFC 6750; the token authentication of
    /// the distribution specification).
    Bearer(TokenService<'a>),
    /// Another scheme, by its name.
    Other(&'a str),
}

/// Where a token is given, and for what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct TokenService<'a> {
    /// Its URL.
    pub(super) realm: &'a str,
    /// The registry, as the service calls it.
    pub(super) service: Option<&'a str>,
    /// What the token is to be good for.
    pub(super) scope: Option<&'a str>,
}

impl<'a> Challenge<'a> {
    /// Reads the header's value.
    pub(super) fn of(header: &'a str) -> Self {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Self::Basic;
        }
        let is_bearer = scheme.eq_ignore_ascii_case("bearer");
        match parameter(rest, "realm").filter(|_| is_bearer) {
            Some(realm) => Self::Bearer(TokenService {
                realm,
                service: parameter(rest, "service"),
                scope: parameter(rest, "scope"),
            }),
            None => Self::Other(scheme),
        }
    }
}

impl TokenService<'_> {
    /// Whether nobody on the way to it can read a password: by TLS, or because both the registry
    /// that names it and the service are on this machine.
    pub(super) fn is_private(&self, registry_is_loopback: bool) -> bool {
        let Ok(url) = self.realm.parse::<Uri>() else {
            return false;
        };
        match (url.scheme_str(), url.host()) {
            (Some("https"), Some(_)) => true,
            (Some("http"), Some(host)) => registry_is_loopback && is_loopback(host),
            _ => false,
        }
    }
}

/// A parameter of a challenge: `realm="https://..."`, or without quotes where it is a token.
fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = challenge;
    while let Some((key, after)) = rest.split_once('=') {
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_once(',').unwrap_or((after, "")),
        };
        if key
            .trim_start_matches([',', ' '])
            .eq_ignore_ascii_case(name)
        {
            return Some(value.trim_end());
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_a_challenge_are_found_by_name() {
        let challenge =
            "realm=\"https://a.example/t?x=1\",service=r, scope=\"repository:g:pull,push\"";
        let realm = parameter(challenge, "realm");
        assert_eq!(realm, Some("https://a.example/t?x=1"));
        assert_eq!(parameter(challenge, "service"), Some("r"));
        let scope = parameter(challenge, "scope");
        assert_eq!(scope, Some("repository:g:pull,push"));
        assert_eq!(parameter(challenge, "error"), None);
        assert_eq!(parameter("realm=\"x", "realm"), None);
    }

    #[test]
    fn a_challenge_is_of_one_scheme() {
        assert_eq!(Challenge::of("basic realm=\"x\""), Challenge::Basic);
        assert_eq!(Challenge::of("Negotiate"), Challenge::Other("Negotiate"));
        assert_eq!(
            Challenge::of("Bearer scope=\"x\""),
            Challenge::Other("Bearer")
        );
        let Challenge::Bearer(service) = Challenge::of("BEARER realm=\"https://a.example\"") else {
            panic!("it is one");
        };
        assert_eq!((service.service, service.scope), (None, None));
    }

    #[test]
    fn a_password_goes_over_tls_or_stays_on_this_machine() {
        let is_private = |realm, near| {
            let service = TokenService {
                realm,
                service: None,
                scope: None,
            };
            service.is_private(near)
        };
        for realm in ["https://a.example/token", "HTTPS://a.example"] {
            assert!(
                is_private(realm, false) && is_private(realm, true),
                "{realm}"
            );
        }
        assert!(is_private("http://127.0.0.1:5001/token", true));
        assert!(!is_private("http://127.0.0.1:5001/token", false));
        for realm in [
            "http://a.example/token",
            "http://127.0.0.1@a.example/token",
            "http://localhost.example/token",
            "ftp://localhost/token",
            "/token",
            "",
        ] {
            assert!(!is_private(realm, true), "{realm}");
        }
    }
}
