//! The paths of the admin port, each with who may ask for it.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::routing::{MethodRouter, get, post};
use evroute_clock::wall_seconds;
use evroute_module_api::{RpcCaller, RpcError, RpcScope};

use super::{AdminState, deploy, feed, health, page, phone, rpc};
use crate::tokens::ShownToken;

/// One path.
pub(super) struct Route {
    pub(super) path: &'static str,
    pub(super) scope: RouteScope,
    pub(super) answers: fn() -> MethodRouter<AdminState>,
}

/// Who may ask for a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RouteScope {
    /// Anybody, without a token: it says one word.
    Open,
    /// Whom this admits. The tenant that it is about stands in the query, as `tenant`.
    Of(RpcScope),
}

/// Paths that do not exist are for nobody in particular; each call of /rpc has a scope of its own.
const EVERY_TOKEN: RouteScope = RouteScope::Of(RpcScope::READS_PROGRAM);

/// All of them.
pub(super) const ROUTES: &[Route] = &[
    Route {
        path: "/",
        scope: RouteScope::Of(RpcScope::READS_SERVER),
        answers: || get(page::status_page),
    },
    Route {
        path: "/deploy",
        scope: RouteScope::Of(RpcScope::changes_tenant(0)),
        // It counts by itself, and takes a component piece by piece.
        answers: || post(deploy::deploy).layer(DefaultBodyLimit::disable()),
    },
    Route {
        path: "/health",
        scope: RouteScope::Open,
        answers: || get(health::health),
    },
    Route {
        path: "/logs",
        scope: RouteScope::Of(RpcScope::reads_tenant(0)),
        answers: || get(feed::logs),
    },
    Route {
        path: "/runs",
        scope: RouteScope::Of(RpcScope::reads_tenant(0)),
        answers: || get(feed::runs),
    },
    Route {
        path: "/metrics",
        scope: RouteScope::Of(RpcScope::reads_tenant(0)),
        answers: || get(health::metrics),
    },
    Route {
        path: "/rpc",
        scope: EVERY_TOKEN,
        answers: || post(rpc::rpc),
    },
];

/// Who may ask for this path.
pub(super) fn scope_of(path: &str) -> RouteScope {
    let mut all = ROUTES.iter().chain(phone::ROUTES);
    let known = all.find(|route| route.path == path);
    known.map_or(EVERY_TOKEN, |route| route.scope)
}

/// Who asks, and the tenant that is asked about: for an operator whom the query names, for a tenant
/// itself. Stands in the request's extensions.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub(super) caller: Arc<RpcCaller>,
    /// Read by the paths that are about a tenant; for an operator none is all of them.
    pub(super) tenant: Option<String>,
    token: ShownToken,
}

impl Asking {
    /// # Errors
    /// [`RpcError::FORBIDDEN`] when the caller's token does not reach what is asked for.
    pub(super) fn of(token: ShownToken, scope: RpcScope, uri: &Uri) -> Result<Self, RpcError> {
        Ok(Self {
            tenant: token.caller.admit_named(scope, in_query(uri, "tenant"))?,
            caller: Arc::new(token.caller.clone()),
            token,
        })
    }

    /// Whether the token is still good: what goes on for long asks again.
    pub(super) fn is_valid(&self) -> bool {
        self.token.is_valid(wall_seconds())
    }

    /// Takes so many calls beyond the one that came in; false when that is too many now.
    pub(super) fn take(&self, calls: usize) -> bool {
        let calls = u32::try_from(calls).unwrap_or(u32::MAX);
        calls == 0 || self.token.take(calls)
    }
}

/// A value of a query, the first of its name, without its escapes (RFC 3986 section 2.1).
pub(super) fn in_query(uri: &Uri, name: &str) -> Option<String> {
    let mut pairs = uri
        .query()?
        .split('&')
        .filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.split_first_chunk::<2>().filter(|_| *first == b'%');
        let escaped = escaped.and_then(|(digits, after)| {
            let digits = std::str::from_utf8(digits).ok()?;
            Some((u8::from_str_radix(digits, 16).ok()?, after))
        });
        let (byte, after) = escaped.unwrap_or((*first, after));
        bytes.push(byte);
        rest = after;
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_path_only_as_it_is_written() {
        assert_eq!(scope_of("/health"), RouteScope::Open);
        for path in ["//health", "/health/", "/Health", "/nowhere", ""] {
            assert_eq!(scope_of(path), EVERY_TOKEN, "{path}");
        }
    }

    #[test]
    fn a_query_names_one_tenant() {
        let named = |uri| in_query(&Uri::from_static(uri), "tenant");
        assert_eq!(named("/metrics"), None);
        assert_eq!(named("/metrics?a=b&tenant=acme"), Some("acme".to_owned()));
        assert_eq!(named("/metrics?tenants=acme"), None);
        assert_eq!(named("/metrics?tenant="), Some(String::new()));
        for (escaped, meant) in [
            ("a%40b", "a@b"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz%41", "%zzA"),
        ] {
            let uri: Uri = format!("/logs?call_id={escaped}").parse().unwrap();
            assert_eq!(in_query(&uri, "call_id").as_deref(), Some(meant));
        }
    }

    #[test]
    fn the_first_tenant_of_a_query_is_checked_and_is_the_one_that_is_shown() {
        let caller = RpcCaller::of_tenant("ci", "acme".parse().unwrap());
        let caller = ShownToken::without_limit(caller);
        let scope = RpcScope::reads_tenant(0);
        let asking = |uri| Asking::of(caller.clone(), scope, &Uri::from_static(uri));
        let tenant = |uri| asking(uri).unwrap().tenant;
        assert_eq!(tenant("/x"), Some("acme".to_owned()));
        assert_eq!(
            tenant("/x?tenant=acme&tenant=beta"),
            Some("acme".to_owned())
        );
        assert!(asking("/x?tenant=beta&tenant=acme").is_err());
    }
}
