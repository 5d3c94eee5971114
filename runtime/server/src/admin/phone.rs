//! A phone in the browser, at /phone/: it shows a call, and what handlers decide about it, to
//! whoever has no other phone.
//!
//! What is served is in this program and the same for everybody; what it shows it asks for by
//! itself, with the token of whoever looks at it.

use axum::Json;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use evroute_module_api::RpcScope;
use serde_json::{Value, json};

use super::AdminState;
use super::routes::{Route, RouteScope};
use crate::{ListenTransport, Listener};

/// Its own scripts and styles, this port, and WebSockets wherever they are; not inside another
/// page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      connect-src 'self' ws: wss:; media-src blob:; form-action 'none'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// The paths, where the configuration has them.
pub(super) const ROUTES: &[Route] = &[
    file("/phone/", || {
        get(|| async { served("text/html; charset=utf-8", include_str!("phone/index.html")) })
    }),
    file("/phone/phone.css", || {
        get(|| async { served("text/css; charset=utf-8", include_str!("phone/phone.css")) })
    }),
    file("/phone/phone.js", || {
        get(|| async { served(SCRIPT, include_str!("phone/phone.js")) })
    }),
    file("/phone/jssip.js", || {
        get(|| async { served(SCRIPT, include_str!("phone/jssip.js")) })
    }),
    Route {
        path: "/phone/settings",
        scope: RouteScope::Of(RpcScope::READS_SERVER),
        answers: || get(settings),
    },
];

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// One that says nothing of this server.
const fn file(
    path: &'static str,
    answers: fn() -> axum::routing::MethodRouter<AdminState>,
) -> Route {
    Route {
        path,
        scope: RouteScope::Open,
        answers,
    }
}

fn served(content_type: &'static str, text: &'static str) -> Response {
    let heads: [(HeaderName, &str); 4] = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (heads, text).into_response()
}

/// Where the page registers, and by which domain.
async fn settings(State(state): State<AdminState>) -> Json<Value> {
    let status = &state.parts.status;
    let domain = status.tenants().into_iter().find_map(|tenant| {
        let mut domains = tenant.domains.into_iter();
        domains.next()
    });
    let ready = status.ready();
    let listeners = ready.map(|ready| ready.listeners.as_slice());
    let websocket = listeners.and_then(websocket);
    Json(json!({ "domain": domain, "websocket": websocket }))
}

/// The URL of a WebSocket: a secure one, where there is one.
fn websocket(listeners: &[Listener]) -> Option<String> {
    let scheme = |listener: &Listener| match listener.transport {
        ListenTransport::Tls | ListenTransport::Https => Some("wss"),
        ListenTransport::Tcp | ListenTransport::Http => Some("ws"),
        ListenTransport::Udp => None,
    };
    let all = listeners.iter();
    let all = all.filter_map(|listener| Some((scheme(listener)?, listener.address)));
    let (scheme, address) = all.max_by_key(|(scheme, _)| *scheme == "wss")?;
    Some(format!("{scheme}://{address}/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secure_websocket_goes_before_a_plain_one() {
        let listener = |transport, port| Listener {
            transport,
            address: ([127, 0, 0, 1], port).into(),
        };
        let (udp, tcp, tls) = (
            listener(ListenTransport::Udp, 1),
            listener(ListenTransport::Tcp, 2),
            listener(ListenTransport::Tls, 3),
        );
        assert_eq!(websocket(&[udp]), None);
        let plain = websocket(&[udp, tcp]);
        assert_eq!(plain.as_deref(), Some("ws://127.0.0.1:2/"));
        let secure = websocket(&[udp, tls, tcp]);
        assert_eq!(secure.as_deref(), Some("wss://127.0.0.1:3/"));
    }

    #[test]
    fn the_page_asks_for_what_is_served_and_for_nothing_else() {
        let page = include_str!("phone/index.html");
        let paths: Vec<_> = ROUTES.iter().map(|route| route.path).collect();
        for name in page.split(['"']).filter(|part| {
            let is_file = [".js", ".css"].iter().any(|end| part.ends_with(end));
            is_file && !part.contains(' ')
        }) {
            let path = format!("/phone/{name}");
            assert!(paths.contains(&path.as_str()), "{path}");
        }
        // The policy takes no script that stands in the page.
        assert!(!page.contains("<script>") && !page.contains(" onclick="));
    }
}
