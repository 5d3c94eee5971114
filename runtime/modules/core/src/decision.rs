//! Where a request goes: RFC 3261 16.5, and what the operator configured.

use evroute_proxy::{Destination, RelayPolicy, Routed, check_relay};
use evroute_sip::{HeaderName, Message, Scheme, Uri};
use evroute_tenant::TenantIndex;
use evroute_transport::{Flow, Target};

use crate::core::{Core, TenantRouting};
use crate::request_route::Passed;

/// What this server answers to OPTIONS about itself.
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, MESSAGE, SUBSCRIBE, NOTIFY, REFER, INFO, UPDATE, PRACK, PUBLISH";

/// One place to send a request to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Hop {
    /// The new Request-URI; none keeps it.
    pub(crate) uri: Option<String>,
    /// Where to send it, if not where Route and Request-URI say: a URI of an operator's or handler's.
    pub(crate) next_hop: Option<String>,
    /// Where to send it, as an address already: where a contact registered from.
    pub(crate) target: Option<Target>,
}

impl Hop {
    fn as_is(next_hop: Option<&String>) -> Self {
        Self {
            uri: None,
            next_hop: next_hop.cloned(),
            target: None,
        }
    }
}

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Decision {
    /// It is answered here.
    Answer {
        /// The status code.
        code: u16,
        /// The reason phrase.
        reason: String,
        /// Header fields of the answer.
        headers: Vec<(HeaderName<'static>, String)>,
    },
    /// It is sent on, to all of these at once.
    Forward(Vec<Hop>),
}

impl Decision {
    fn answer(code: u16, reason: &str) -> Self {
        Self::Answer {
            code,
            reason: reason.to_owned(),
            headers: Vec::new(),
        }
    }
}

/// Decides. A handler's choice is followed; a request inside a dialog follows the route that we recorded; a request for us
/// is registered, answered or looked up; everything else would be relaying for strangers.
pub(crate) fn decide(
    core: &Core,
    passed: &Passed,
    routed: &Routed,
    flow: &Flow,
    tenant: TenantIndex,
) -> Decision {
    let request = &passed.request;
    let as_is = || Decision::Forward(vec![Hop::as_is(passed.next_hop.as_ref())]);
    if passed.next_hop.is_some() {
        return as_is();
    }
    let Some(uri) = request
        .request_uri()
        .and_then(|uri| Uri::parse(uri.as_bytes()).ok())
    else {
        return Decision::answer(400, "Bad Request-URI");
    };
    let routing = core.routing(tenant);
    let policy = match routing {
        Some(TenantRouting { relays: true, .. }) => RelayPolicy::Allow,
        Some(TenantRouting { relays: false, .. }) | None => RelayPolicy::Refuse,
    };
    let asked = |destination| match check_relay(request, routed, destination, policy) {
        Ok(()) => as_is(),
        Err(refusal) => {
            let (code, reason) = refusal.status();
            Decision::answer(code, reason)
        }
    };
    // Routes that are left lead away, whatever the Request-URI says: only those that we recorded are followed.
    if request.routes().next().is_some() {
        return asked(Destination::AsRequested);
    }
    match (uri.scheme(), core.own.names().is_served_uri(&uri)) {
        (Scheme::Tel, _) => to_user(core, routing, tenant, uri.opaque(), &uri),
        (_, true) => to_us(core, request, flow, tenant, &uri),
        (_, false) if passed.is_redirected => asked(Destination::Chosen),
        (_, false) => asked(Destination::AsRequested),
    }
}

fn to_us(
    core: &Core,
    request: &Message,
    flow: &Flow,
    tenant: TenantIndex,
    uri: &Uri<'_>,
) -> Decision {
    if request.method().as_str() == "REGISTER" {
        return register(core, request, flow, tenant);
    }
    match (uri.user(), request.method().as_str()) {
        (Some(user), _) => to_user(core, core.routing(tenant), tenant, user, uri),
        (None, "OPTIONS") => {
            if let Some(refused) = required_too_much(request) {
                return refused;
            }
            let headers = vec![
                (HeaderName::Allow, ALLOW.to_owned()),
                (HeaderName::Accept, "*/*".to_owned()),
            ];
            Decision::Answer {
                code: 200,
                reason: "OK".to_owned(),
                headers,
            }
        }
        (None, _) => Decision::answer(404, "Not Found"),
    }
}

/// 8.2.2.3: who answers a request must understand what it requires, and this server extends nothing.
fn required_too_much(request: &Message) -> Option<Decision> {
    let options: Vec<_> = request
        .values(HeaderName::Require)
        .map(|option| {
            String::from_utf8_lossy(option)
                .split_ascii_whitespace()
                .collect::<String>()
        })
        .collect();
    let headers = vec![(HeaderName::Unsupported, options.join(", "))];
    let refused = Decision::Answer {
        code: 420,
        reason: "Bad Extension".to_owned(),
        headers,
    };
    (!options.is_empty()).then_some(refused)
}

/// REGISTER: the address of record is that of To (RFC 3261 10.3 step 5).
fn register(core: &Core, request: &Message, flow: &Flow, tenant: TenantIndex) -> Decision {
    let to = request.to().ok().and_then(|to| to.parse_uri().ok());
    let Some((user, host)) = to.as_ref().and_then(|to| Some((to.user()?, to.host()))) else {
        return Decision::answer(404, "Not Found");
    };
    if !to
        .as_ref()
        .is_some_and(|to| core.own.names().is_served_uri(to))
    {
        return Decision::answer(404, "Not Found");
    }
    let done = core
        .locations
        .register(tenant, &aor(user, host), request, flow);
    let known = |name: &str| match name {
        "Contact" => Some(HeaderName::Contact),
        "Min-Expires" => Some(HeaderName::MinExpires),
        "Expires" => Some(HeaderName::Expires),
        "Date" => Some(HeaderName::Date),
        "Unsupported" => Some(HeaderName::Unsupported),
        "Retry-After" => Some(HeaderName::RetryAfter),
        _ => None,
    };
    let headers = done
        .headers
        .into_iter()
        .filter_map(|(name, value)| Some((known(&name)?, value)));
    Decision::Answer {
        code: done.code,
        reason: done.reason.to_owned(),
        headers: headers.collect(),
    }
}

/// A user of ours: a static route, or the contacts that are registered.
fn to_user(
    core: &Core,
    routing: Option<&TenantRouting>,
    tenant: TenantIndex,
    user: &str,
    uri: &Uri<'_>,
) -> Decision {
    if let Some(to) = routing.and_then(|routing| routing.routes.get(user)) {
        let hop = Hop {
            uri: Some(with_user(to, user)),
            next_hop: None,
            target: None,
        };
        return Decision::Forward(vec![hop]);
    }
    let contacts = core.locations.lookup(tenant, &aor(user, uri.host()));
    if contacts.is_empty() {
        return Decision::answer(404, "Not Found");
    }
    let hops = contacts.into_iter().map(|contact| Hop {
        uri: Some(contact.uri),
        next_hop: None,
        target: contact.target,
    });
    Decision::Forward(hops.collect())
}

/// An address of record: hosts compare without case.
fn aor(user: &str, host: &str) -> String {
    format!("{user}@{}", host.to_ascii_lowercase())
}

/// The URI of a static route, with the user that was asked for when it names none itself.
fn with_user(to: &str, user: &str) -> String {
    match (
        Uri::parse(to.as_bytes()).map(|uri| uri.user().is_some()),
        to.split_once(':'),
    ) {
        (Ok(false), Some((scheme, rest))) => format!("{scheme}:{user}@{rest}"),
        _ => to.to_owned(),
    }
}
