//! `[websocket]`.

use evroute_transport::WebSocketConfig;

use super::checker::Checker;
use crate::raw_config::RawWebSocket;

/// Pages that may be named.
const ORIGINS_MAX: usize = 256;

impl Checker<'_> {
    /// Without the section there is no WebSocket.
    pub(super) fn websocket(&mut self, raw: Option<&RawWebSocket>) -> WebSocketConfig {
        let Some(raw) = raw else {
            return WebSocketConfig::default();
        };
        let path = raw.path.as_ref().map_or("/", |at| at.get_ref());
        if let Some(at) = &raw.path
            && (!path.starts_with('/') || path.contains(['?', '#', ' ']))
        {
            let wrong = format!("{path:?} is no path");
            let fix = "write it as it stands in the URL that phones connect to: \"/sip\"";
            self.wrong(at, "websocket.path", wrong, fix);
        }
        for at in &raw.origins {
            let origin = at.get_ref();
            let is_origin = origin.split_once("://").is_some_and(|(scheme, host)| {
                !scheme.is_empty() && !host.is_empty() && !host.contains('/')
            });
            if origin != "*" && !is_origin {
                let wrong = format!("{origin:?} is no origin");
                let fix = "write scheme and host, and the port where it is not the usual one: \
                           \"https://phone.example.com\"";
                self.wrong(at, "websocket.origins", wrong, fix);
            }
        }
        if let Some(at) = raw.origins.get(ORIGINS_MAX) {
            let fix = format!("name {ORIGINS_MAX} at most, or \"*\"");
            self.wrong(at, "websocket.origins", "there are too many", &fix);
        }
        let origins = raw.origins.iter();
        WebSocketConfig {
            path: Some(path.to_owned()),
            origins: origins.map(|at| at.get_ref().clone()).collect(),
        }
    }
}
