//! Who may come in.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use evroute_module_api::{RpcCaller, RpcScope};

use super::AdminState;
use super::routes::{Asking, RouteScope, scope_of};
use super::waiting::Place;

/// Lets a request in or answers it.
///
/// With a token: whoever shows it, and anybody for /health, which says nothing but one word.
/// Without a token the server listens on loopback only, and what is left to fear is the operator's
/// own browser: a page from elsewhere that posts to us (it names its origin) or that has made its
/// own host name point to us (it names that host). Both are refused.
pub(super) async fn gate(
    State(state): State<AdminState>,
    mut request: Request,
    next: Next,
) -> Response {
    let asking = match admitted(&state, &request) {
        Ok(asking) => asking,
        Err(refusal) => return refusal,
    };
    if !take_place(&state, &request) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if let Some(asking) = asking {
        request.extensions_mut().insert(asking);
    }
    next.run(request).await
}

/// Who asks, where the path wants to know; or the refusal.
fn admitted(state: &AdminState, request: &Request) -> Result<Option<Asking>, Response> {
    let scope = match (scope_of(request.uri().path()), &state.token) {
        (RouteScope::Open, Some(_)) => return Ok(None),
        (RouteScope::Open, None) => RpcScope::READS_PROGRAM,
        (RouteScope::Of(scope), _) => scope,
    };
    let caller = caller(state, request)?;
    let asking = Asking::of(caller, scope, request.uri());
    asking.map(Some).map_err(|error| {
        let text = format!("{}\n", error.message);
        (StatusCode::FORBIDDEN, text).into_response()
    })
}

/// Who shows a token, or is on this machine where none is asked for.
fn caller(state: &AdminState, request: &Request) -> Result<RpcCaller, Response> {
    let shown = bearer(request.headers());
    match &state.token {
        Some(token) if shown.is_some_and(|shown| token.is(shown)) => {
            Ok(RpcCaller::operator("token_file"))
        }
        Some(_) => Err(unauthorized()),
        None => match foreign(request.headers(), request.uri()) {
            None => Ok(RpcCaller::operator("loopback")),
            Some(why) => Err((StatusCode::FORBIDDEN, why).into_response()),
        },
    }
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

fn unauthorized() -> Response {
    let text = "a token is needed: send the header \"Authorization: Bearer TOKEN\" (evroute: --token-file)\n";
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
