//! `[http]`.

use std::time::Duration;

use evroute_transport::HttpConfig;

use super::checker::Checker;
use crate::raw_config::RawHttp;

impl Checker<'_> {
    /// Without the sockets, which are among the listeners.
    pub(super) fn http(&mut self, raw: &RawHttp) -> HttpConfig {
        let default = HttpConfig::default();
        let header_bytes_max = self.number(
            "http.header_bytes_max",
            raw.header_bytes_max.as_ref(),
            1024..=65_536,
            default.header_bytes_max,
        );
        let idle = self.number(
            "http.idle_seconds_max",
            raw.idle_seconds_max.as_ref(),
            1..=3600,
            default.idle_timeout.as_secs(),
        );
        HttpConfig {
            listen: Vec::new(),
            header_bytes_max,
            idle_timeout: Duration::from_secs(idle),
        }
    }
}
