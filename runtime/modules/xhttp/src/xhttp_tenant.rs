//! What the module keeps for a tenant.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use evroute_event::{Port, UnknownEvent};
use evroute_http::{HttpRefusal, HttpRequest};
use evroute_module_api::{EventReports, LiveTenant, QuotaRefusals, TenantPart, Work};
use evroute_tenant::{TenantId, TenantIndex};

use crate::request_places::{NoPlace, RequestPlace, RequestPlaces};
use crate::{WebSocketClosed, XhttpConfig};

/// A tenant's limits, and what is under way.
#[derive(Debug)]
pub struct XhttpTenant {
    pub(crate) id: TenantId,
    pub(crate) config: XhttpConfig,
    pub(crate) closed: EventReports<WebSocketClosed>,
    /// Where `websocket:closed` is raised, once the tenant is served.
    tells: OnceLock<(Port<WebSocketClosed>, TenantIndex)>,
    places: Arc<RequestPlaces>,
    refused: [QuotaRefusals; XhttpLimit::ALL.len()],
}

/// A limit that a request or its answer has met.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum XhttpLimit {
    /// `body_bytes_max`
    BodyBytes,
    /// `answer_bytes_max`
    AnswerBytes,
    /// `requests_max`
    Requests,
    /// `requests_per_source_max`
    RequestsPerSource,
    /// `answer_seconds_max`
    AnswerSeconds,
}

impl XhttpLimit {
    /// All of them, each at its place.
    pub(crate) const ALL: [Self; 5] = [
        Self::BodyBytes,
        Self::AnswerBytes,
        Self::Requests,
        Self::RequestsPerSource,
        Self::AnswerSeconds,
    ];

    /// Its key in `[tenant.xhttp]`.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::BodyBytes => "body_bytes_max",
            Self::AnswerBytes => "answer_bytes_max",
            Self::Requests => "requests_max",
            Self::RequestsPerSource => "requests_per_source_max",
            Self::AnswerSeconds => "answer_seconds_max",
        }
    }
}

impl XhttpTenant {
    pub(crate) fn new(id: TenantId, config: XhttpConfig) -> Self {
        Self {
            id,
            config,
            closed: EventReports::new(config.events_queued_max),
            tells: OnceLock::new(),
            places: RequestPlaces::new(config.requests_max, config.requests_per_source_max),
            refused: Default::default(),
        }
    }

    /// Whether a handler wants to know which WebSockets are closed.
    pub(crate) fn tells_of_closed(&self) -> bool {
        let tells = self.tells.get();
        tells.is_some_and(|(port, tenant)| port.is_handled(*tenant))
    }

    /// A place for a request whose head has come; what it is told otherwise.
    pub(crate) fn admit(
        &self,
        head: &HttpRequest,
        from: IpAddr,
    ) -> Result<RequestPlace, HttpRefusal> {
        if head.body_length()? > self.config.body_bytes_max {
            self.met(XhttpLimit::BodyBytes);
            return Err(HttpRefusal::TOO_LARGE);
        }
        self.places.enter(from).map_err(|full| match full {
            NoPlace::Full => {
                self.met(XhttpLimit::Requests);
                HttpRefusal::UNAVAILABLE
            }
            NoPlace::SourceFull => {
                self.met(XhttpLimit::RequestsPerSource);
                HttpRefusal::TOO_MANY
            }
        })
    }

    /// A limit was met: it is counted, and logged now and then.
    pub(crate) fn met(&self, limit: XhttpLimit) {
        let refused = self.refused.get(limit as usize);
        if let Some(times) = refused.and_then(QuotaRefusals::refuse) {
            let (tenant, limit) = (self.id.as_str(), limit.key());
            tracing::warn!(
                tenant,
                limit,
                times,
                "a request of HTTP meets a limit of [tenant.xhttp]"
            );
        }
    }

    /// How often each limit was met.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (XhttpLimit, u64)> {
        let counts = self.refused.iter().map(QuotaRefusals::count);
        XhttpLimit::ALL.into_iter().zip(counts)
    }

    /// How many requests are under way.
    pub(crate) fn under_way(&self) -> usize {
        self.places.taken()
    }
}

impl TenantPart for XhttpTenant {
    /// Tells handlers of WebSockets that were closed.
    fn background(self: Arc<Self>, tenant: &LiveTenant) -> Result<Vec<Work>, UnknownEvent> {
        let _ = self.tells.set((tenant.emitter.port()?, tenant.index));
        self.closed.raise(tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_stand_at_their_places() {
        for (place, limit) in XhttpLimit::ALL.into_iter().enumerate() {
            assert_eq!(place, limit as usize, "{}", limit.key());
        }
    }
}
