//! Who may come in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use evroute_clock::wall_seconds;
use evroute_log_throttle::LogThrottle;
use evroute_module_api::{RpcAccess, RpcCaller, RpcError, RpcScope};

use super::AdminState;
use super::audit::AuditedAction;
use super::routes::{Asking, RouteScope, scope_of};
use super::waiting::Place;
use crate::tokens::{AddressRates, CallLimit, ShownToken};
use crate::{Token, TokenStore};

/// What asks too often, and with wrong tokens.
const FAILURES: CallLimit = CallLimit {
    per_second: 1,
    seconds_at_once: 20,
};

/// What one address may call, whoever it is: twice what one token may. Of this machine there is no
/// limit: what comes by a proxy on it is many.
const CALLS_OF_ADDRESS: CallLimit = CallLimit {
    per_second: 200,
    seconds_at_once: 5,
};

/// Who comes in, and what of it is counted.
#[derive(Debug)]
pub(super) struct Doorkeeper {
    /// That of the configuration, an operator's.
    token: Option<Token>,
    tokens: Arc<TokenStore>,
    /// Whether nobody but this machine can ask.
    is_loopback: bool,
    failures: AddressRates,
    calls: AddressRates,
    failing: LogThrottle,
    refused: [AtomicU64; Refused::ALL.len()],
}

/// Why somebody did not come in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    /// No token, or not a right one.
    Token,
    /// The token does not reach what was asked for.
    Scope,
    /// Too many calls.
    Rate,
}

impl Refused {
    pub(super) const ALL: [Self; 3] = [Self::Token, Self::Scope, Self::Rate];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Scope => "scope",
            Self::Rate => "rate",
        }
    }

    const fn position(self) -> usize {
        match self {
            Self::Token => 0,
            Self::Scope => 1,
            Self::Rate => 2,
        }
    }
}

impl Doorkeeper {
    pub(super) fn new(token: Option<Token>, tokens: Arc<TokenStore>, is_loopback: bool) -> Self {
        Self {
            token,
            tokens,
            is_loopback,
            failures: AddressRates::new(FAILURES, Instant::now()),
            calls: AddressRates::new(CALLS_OF_ADDRESS, Instant::now()),
            failing: LogThrottle::new(),
            refused: Default::default(),
        }
    }

    /// How many did not come in, and why.
    pub(super) fn refused(&self) -> Vec<(Vec<String>, u64)> {
        let reasons = Refused::ALL.iter().zip(&self.refused);
        let sample = |(reason, count): (&Refused, &AtomicU64)| {
            (
                vec![reason.as_str().to_owned()],
                count.load(Ordering::Relaxed),
            )
        };
        reasons.map(sample).collect()
    }

    pub(super) fn count(&self, reason: Refused) {
        if let Some(count) = self.refused.get(reason.position()) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes so many calls of an address; false when that is too many now, which is counted.
    pub(super) fn take_calls(&self, from: Option<IpAddr>, calls: usize) -> bool {
        let calls = u32::try_from(calls).unwrap_or(u32::MAX);
        let may = from
            .filter(|from| !from.is_loopback())
            .is_none_or(|from| self.calls.take(from, calls, Instant::now()));
        if !may {
            self.count(Refused::Rate);
        }
        may
    }

    /// Whether this machine's users are operators without a token: until the first token of an
    /// operator is made.
    fn trusts_loopback(&self) -> bool {
        self.is_loopback && self.token.is_none() && !self.tokens.has_operator()
    }

    /// Who shows a token, or is on this machine where none is asked for. A wrong token is never as
    /// good as none.
    fn caller(&self, request: &Request, from: Option<IpAddr>) -> Result<ShownToken, Box<Response>> {
        let Some(shown) = bearer(request.headers()) else {
            if !self.trusts_loopback() {
                self.count(Refused::Token);
                return Err(refusal(unauthorized()));
            }
            return match foreign(request.headers(), request.uri()) {
                None => Ok(ShownToken::without_limit(RpcCaller::operator("loopback"))),
                Some(why) => Err(refusal((StatusCode::FORBIDDEN, why))),
            };
        };
        if self.token.as_ref().is_some_and(|token| token.is(shown)) {
            return Ok(ShownToken::without_limit(RpcCaller::operator("token_file")));
        }
        match self.tokens.shown(shown, wall_seconds()) {
            Some(shown) if shown.take(1) => Ok(shown),
            Some(_) => {
                self.count(Refused::Rate);
                Err(refusal(too_many()))
            }
            None => Err(refusal(self.failed(from))),
        }
    }

    /// A wrong token. Tokens cannot be guessed: what is limited is the work and the log.
    fn failed(&self, from: Option<IpAddr>) -> Response {
        let now = Instant::now();
        self.count(Refused::Token);
        if let Some(times) = self.failing.happened(now) {
            let from = from.map(|from| from.to_string());
            tracing::warn!(
                from,
                times,
                "a token that is nobody's was shown to the admin port"
            );
        }
        match from.is_none_or(|from| self.failures.take(from, 1, now)) {
            true => unauthorized(),
            false => too_many(),
        }
    }
}

/// Lets a request in or answers it.
///
/// Whoever shows a token is whom it names, on loopback as well; anybody may ask for /health, which
/// says nothing but one word. As long as no operator's token exists, a server that listens on
/// loopback takes whoever shows none for its operator, and what is left to fear is the operator's
/// own browser: a page from elsewhere that posts to us (it names its origin) or that has made its
/// own host name point to us (it names that host). Both are refused.
pub(super) async fn gate(
    State(state): State<AdminState>,
    mut request: Request,
    next: Next,
) -> Response {
    let place = request.extensions().get::<Arc<Place>>();
    let from = place.map(|place| place.from());
    let scope = scope_of(request.uri().path());
    let asking = match admitted(&state, &request, scope, from) {
        Ok(asking) => asking,
        Err(refusal) => return *refusal,
    };
    if !take_place(&state, &request) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let Some(asking) = asking else {
        return next.run(request).await;
    };
    request.extensions_mut().insert(asking.clone());
    let path = request.uri().path().to_owned();
    let answer = next.run(request).await;
    if let (RouteScope::Of(scope), Some(from)) = (scope, from)
        && scope.access == RpcAccess::Change
    {
        audit(&state, &asking, (&path, from), answer.status());
    }
    answer
}

/// Keeps what was changed by a path.
fn audit(state: &AdminState, asking: &Asking, (path, from): (&str, IpAddr), status: StatusCode) {
    let refusal = RpcError::refused(format!("HTTP {}", status.as_u16()));
    state.parts.audit.record(&AuditedAction {
        caller: &asking.caller,
        from,
        method: path,
        tenant: asking.tenant.as_deref(),
        outcome: match status.is_success() {
            true => Ok(()),
            false => Err(&refusal),
        },
    });
}

/// Who asks, where the path wants to know; or the refusal.
fn admitted(
    state: &AdminState,
    request: &Request,
    scope: RouteScope,
    from: Option<IpAddr>,
) -> Result<Option<Asking>, Box<Response>> {
    let doorkeeper = &state.doorkeeper;
    let scope = match scope {
        RouteScope::Open if !doorkeeper.trusts_loopback() => return Ok(None),
        RouteScope::Open => RpcScope::READS_PROGRAM,
        RouteScope::Of(scope) => scope,
    };
    let shown = doorkeeper.caller(request, from).inspect_err(|answer| {
        // A page of another origin, in the operator's own browser.
        if answer.status() == StatusCode::FORBIDDEN {
            let (nobody, path) = (RpcCaller::operator("nobody"), request.uri().path());
            let error = RpcError::new(RpcError::FORBIDDEN, "a page of another origin");
            refused_for_scope(state, &nobody, (path, from), &error);
        }
    })?;
    // After the token: whoever shares an address with many wrong ones is let in.
    if !doorkeeper.take_calls(from, 1) {
        return Err(refusal(too_many()));
    }
    let asking = Asking::of(shown.clone(), scope, request.uri());
    asking.map(Some).map_err(|error| {
        doorkeeper.count(Refused::Scope);
        refused_for_scope(state, &shown.caller, (request.uri().path(), from), &error);
        refusal((StatusCode::FORBIDDEN, format!("{}\n", error.message)))
    })
}

/// Keeps who asked for what a token does not reach.
fn refused_for_scope(
    state: &AdminState,
    caller: &RpcCaller,
    (path, from): (&str, Option<IpAddr>),
    error: &RpcError,
) {
    let own = caller.tenant().map(|tenant| tenant.as_str());
    state.parts.audit.record(&AuditedAction {
        caller,
        from: from.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        method: path,
        tenant: own,
        outcome: Err(error),
    });
}

fn refusal(answer: impl IntoResponse) -> Box<Response> {
    Box::new(answer.into_response())
}

/// Takes a place among the requests that are answered, until the connection ends; /health has its
/// own.
fn take_place(state: &AdminState, request: &Request) -> bool {
    let places = match request.uri().path() {
        "/health" => &state.health_requests,
        _ => &state.requests,
    };
    let permit = Arc::clone(places).try_acquire_owned();
    let place = request.extensions().get::<Arc<Place>>();
    match (permit, place) {
        (Ok(permit), Some(place)) => {
            place.hold(permit);
            true
        }
        (Ok(_), None) | (Err(_), _) => false,
    }
}

pub(super) fn too_many() -> Response {
    let text = "too many calls; try again later\n";
    (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1")], text).into_response()
}

fn unauthorized() -> Response {
    let text = "a token is needed: send the header \"Authorization: Bearer TOKEN\" (evroute: evroute login, or \
                --token-file)\n";
    (
        StatusCode::UNAUTHORIZED,
        [(WWW_AUTHENTICATE, "Bearer")],
        text,
    )
        .into_response()
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.as_bytes().split_at_checked(7)?;
    scheme
        .eq_ignore_ascii_case(b"bearer ")
        .then_some(token.trim_ascii())
}

/// Why a request without a token comes from somewhere else; none when it does not.
fn foreign(headers: &HeaderMap, target: &Uri) -> Option<&'static str> {
    let text = |name| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let host = text(HOST).or_else(|| target.authority().map(|authority| authority.as_str()));
    if !host.is_none_or(is_literal) {
        return Some("use an IP address or localhost as the host of this server's URL\n");
    }
    match text(ORIGIN) {
        Some(origin) if origin.strip_prefix("http://") != host => {
            Some("requests from pages of other origins are refused\n")
        }
        Some(_) | None => None,
    }
}

/// Whether a host (with or without port) is an address or `localhost`, so that no name server has a
/// say in it.
fn is_literal(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((ip, "")) => return ip.parse::<Ipv6Addr>().is_ok(),
            Some((ip, port)) => {
                let port = port.strip_prefix(':');
                return ip.parse::<Ipv6Addr>().is_ok() && port.is_some_and(is_port);
            }
            None => return false,
        },
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    let is_host = name.eq_ignore_ascii_case("localhost") || name.parse::<Ipv4Addr>().is_ok();
    is_host && port.is_none_or(is_port)
}

/// Digits, at most as many as a port has; there may be none (RFC 3986 section 3.2.3).
fn is_port(text: &str) -> bool {
    text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        foreign(&headers, &Uri::from_static("/rpc")).is_some()
    }

    #[test]
    fn own_requests_come_in() {
        for host in [
            "127.0.0.1:8060",
            "localhost:8060",
            "LOCALHOST",
            "[::1]:8060",
            "10.0.0.1",
            "[::1]",
            "localhost:",
        ] {
            assert!(!refused(host, None), "{host}");
        }
        assert!(!refused("127.0.0.1:8060", Some("http://127.0.0.1:8060")));
    }

    #[test]
    fn pages_from_elsewhere_do_not() {
        for host in [
            "evil.example:8060",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "",
            "[::1",
            "[::1].evil.example",
            "[::1]evil.example:8060",
            "[::1]:8060@evil.example",
            "[::1]]",
            "[127.0.0.1]",
            "[[::1]",
            "::1",
            "127.0.0.1:8060@evil.example",
            "127.0.0.1:evil.example",
            "127.0.0.1:80:80",
            "127.0.0.1:123456",
            "user@127.0.0.1",
            "localhost@evil.example",
            "localhost.",
            " 127.0.0.1",
            "127.0.0.1/evil",
            "127.1",
            "0x7f.0.0.1",
        ] {
            assert!(refused(host, None), "{host}");
        }
        for origin in [
            "http://evil.example",
            "null",
            "https://127.0.0.1:8060",
            "http://127.0.0.1:80",
        ] {
            assert!(refused("127.0.0.1:8060", Some(origin)), "{origin}");
        }
    }
}
