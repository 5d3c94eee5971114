//! Where a request of the server's own goes, before and after handlers.

use evroute_resolver::ChosenBy;
use evroute_sip::{HeaderName, Message};

/// All that decides where a request goes.
#[derive(PartialEq, Eq)]
pub(crate) struct Way {
    forced: Option<String>,
    request_uri: Option<String>,
    routes: Vec<Vec<u8>>,
}

impl Way {
    /// Of this request, whose next hop is forced, or not.
    pub(crate) fn of(request: &Message, forced: Option<&str>) -> Self {
        let routes = request.headers(HeaderName::Route);
        Self {
            forced: forced.map(str::to_owned),
            request_uri: request.request_uri().map(str::to_owned),
            routes: routes.map(<[u8]>::to_vec).collect(),
        }
    }

    /// Who chose the way that the request takes now: whoever asked for it, who may send it
    /// anywhere, unless a handler has changed it.
    pub(crate) fn chosen_by(&self, request: &Message, forced: Option<&str>) -> ChosenBy {
        if Self::of(request, forced) == *self {
            ChosenBy::Operator
        } else {
            ChosenBy::Tenant
        }
    }
}
