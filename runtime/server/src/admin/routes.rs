//! The paths of the admin port, each with who may ask for it.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::routing::{MethodRouter, get, post};
use evroute_module_api::{RpcCaller, RpcError, RpcScope};

use super::{AdminState, deploy, health, page, rpc};
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
    let known = ROUTES.iter().find(|route| route.path == path);
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
            tenant: token.caller.admit_named(scope, named_tenant(uri))?,
            caller: Arc::new(token.caller.clone()),
            token,
        })
    }

    /// Takes so many calls beyond the one that came in; false when that is too many now.
    pub(super) fn take(&self, calls: usize) -> bool {
        let calls = u32::try_from(calls).unwrap_or(u32::MAX);
        calls == 0 || self.token.take(calls)
    }
}

/// `tenant` of a query. Names of tenants need no escapes; one that is escaped names nobody.
fn named_tenant(uri: &Uri) -> Option<String> {
    let mut pairs = uri.query()?.split('&');
    pairs.find_map(|pair| Some(pair.strip_prefix("tenant=")?.to_owned()))
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
        let named = |uri| named_tenant(&Uri::from_static(uri));
        assert_eq!(named("/metrics"), None);
        assert_eq!(named("/metrics?a=b&tenant=acme"), Some("acme".to_owned()));
        assert_eq!(named("/metrics?tenants=acme"), None);
        assert_eq!(named("/metrics?tenant="), Some(String::new()));
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
