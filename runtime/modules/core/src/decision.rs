//! Where a request goes: RFC 3261 16.5, and what the operator configured.

use std::net::SocketAddr;

use evroute_module_api::{Registered, Registering};
use evroute_proxy::{Destination, RelayPolicy, Routed, check_relay};
use evroute_resolver::ChosenBy;
use evroute_sip::{HeaderName, Message, Method, Scheme, Uri, reason_phrase};
use evroute_tenant::TenantIndex;
use evroute_transport::{Flow, Target};

use crate::core::Core;
use crate::outgoing_request::RoutedRequest;
use crate::route_permission::Asking;
use crate::users::to_user;

/// What this server answers to OPTIONS about itself.
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, MESSAGE, SUBSCRIBE, NOTIFY, REFER, INFO, UPDATE, PRACK, PUBLISH";

/// One place to send a request to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct BranchTarget {
    /// The new Request-URI; none keeps it.
    pub(crate) uri: Option<String>,
    /// Where to send it, if not where Route and Request-URI say: a URI of an operator's or
    /// handler's.
    pub(crate) next_hop: Option<String>,
    /// Where to send it, as an address already: where a contact registered from.
    pub(crate) target: Option<Target>,
    /// Who chose where it goes.
    pub(crate) chosen_by: ChosenBy,
    /// The side of ours to send it from, where there is one: where a contact registered.
    pub(crate) local: Option<SocketAddr>,
    /// Routes to put on top: the Path that a contact registered by (RFC 3327 5.4).
    pub(crate) routes: Vec<String>,
}

impl BranchTarget {
    /// The status that stands for it when it cannot be reached: a phone that is gone is temporarily
    /// unavailable (480); for another server, as if it had answered 503 (RFC 3261 16.9).
    pub(crate) const fn unreachable(&self) -> u16 {
        match self.local {
            Some(_) => 480,
            None => 503,
        }
    }

    pub(crate) fn as_is(next_hop: Option<&String>) -> Self {
        Self {
            uri: None,
            next_hop: next_hop.cloned(),
            target: None,
            chosen_by: ChosenBy::Tenant,
            local: None,
            routes: Vec::new(),
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
    Forward(Vec<BranchTarget>),
}

impl Decision {
    pub(crate) fn answer(code: u16, reason: &str) -> Self {
        Self::Answer {
            code,
            reason: reason.to_owned(),
            headers: Vec::new(),
        }
    }
}

/// What becomes of a request, now or in a while.
#[derive(Debug)]
pub(crate) enum Decided {
    /// This.
    Now(Decision),
    /// A REGISTER: [`registered`] says what, when it is known what came of it.
    Registering(Registering),
}

impl From<Decision> for Decided {
    fn from(decision: Decision) -> Self {
        Self::Now(decision)
    }
}

/// Decides. A handler's choice is followed; a request inside a dialog follows the route that we
/// recorded; a request for us is registered, answered or looked up; what the operator's routes lead
/// out goes out; everything else would be relaying for strangers.
pub(crate) fn decide(
    core: &Core,
    routed_request: &RoutedRequest,
    routed: &Routed,
    flow: &Flow,
    tenant: TenantIndex,
) -> Decided {
    let request = &routed_request.request;
    if let Some(refused) = insecure(core, request) {
        return refused.into();
    }
    let as_is = || Decision::Forward(vec![BranchTarget::as_is(routed_request.next_hop.as_ref())]);
    if routed_request.next_hop.is_some() {
        return as_is().into();
    }
    let Some(uri) = request
        .request_uri()
        .and_then(|uri| Uri::parse(uri.as_bytes()).ok())
    else {
        return Decision::answer(400, "Bad Request-URI").into();
    };
    let policy = match core.relays(tenant) {
        true => RelayPolicy::Allow,
        false => RelayPolicy::Refuse,
    };
    let asked = |destination| match check_relay(request, routed, destination, policy) {
        Ok(()) => as_is(),
        Err(refusal) => {
            let (code, reason) = refusal.status();
            Decision::answer(code, reason)
        }
    };
    // Routes that are left lead away, whatever the Request-URI says: only those that we recorded
    // are followed.
    if request.routes().next().is_some() {
        return asked(Destination::AsRequested).into();
    }
    if let Some(decided) = core.by_token(routed, flow, tenant) {
        return decided.into();
    }
    let asking = Asking {
        request,
        user: routed_request.sender.as_ref(),
        flow,
        tenant,
    };
    let decided = match (uri.scheme(), core.identity.names().is_served_uri(&uri)) {
        (Scheme::Tel, _) => to_user(core, &asking, uri.opaque(), &uri),
        (_, true) if request.method() == Method::Register => {
            return register(core, request, flow, tenant);
        }
        (_, true) => to_us(core, &asking, &uri),
        (_, false) if routed_request.is_redirected => asked(Destination::Chosen),
        (_, false) => match asked(Destination::AsRequested) {
            Decision::Forward(as_is) => {
                let phone = phone_in_dialog(core, request, tenant, &uri);
                Decision::Forward(phone.map_or(as_is, |phone| vec![phone]))
            }
            refused @ Decision::Answer { .. } => core
                .foreign_route(&asking, uri.host())
                .map_or(refused, |hop| Decision::Forward(vec![hop])),
        },
    };
    decided.into()
}

/// Whom a request in a dialog is for, when its phone is not where its URI says: whoever the alias
/// leads to that we wrote into its Contact. One whose connection is gone may have registered again.
fn phone_in_dialog(
    core: &Core,
    request: &Message,
    tenant: TenantIndex,
    uri: &Uri<'_>,
) -> Option<BranchTarget> {
    if !request.is_in_dialog() {
        return None;
    }
    let aliased = core.aliased(tenant, uri);
    let Some(phone) = &aliased else {
        return registered_phone(core, request, tenant, uri);
    };
    if phone.flow().is_some_and(|flow| core.is_alive(&flow)) {
        return aliased;
    }
    let registered = registered_phone(core, request, tenant, uri).map(|registered| BranchTarget {
        uri: phone.uri.clone(),
        ..registered
    });
    registered.or(aliased)
}

/// Whom a request in a dialog is for, when it names a contact that leads nowhere from here and that
/// is registered: a browser's, which is `.invalid` (RFC 7118 5), or one behind a NAT. It is reached
/// as its calls reach it, over the way of its REGISTER.
fn registered_phone(
    core: &Core,
    request: &Message,
    tenant: TenantIndex,
    uri: &Uri<'_>,
) -> Option<BranchTarget> {
    let to = request.to().ok()?;
    let contacts = core.locations.lookup(tenant, &to.parse_uri().ok()?);
    let is_it = |contact: &str| {
        Uri::parse(contact.as_bytes()).is_ok_and(|known| {
            let is_host = known.host().eq_ignore_ascii_case(uri.host());
            is_host && (known.user(), known.port()) == (uri.user(), uri.port())
        })
    };
    let mut contacts = contacts.into_iter();
    let contact = contacts.find(|one| one.target.is_some() && is_it(&one.uri))?;
    Some(BranchTarget {
        uri: None,
        next_hop: None,
        target: contact.target,
        chosen_by: ChosenBy::Contact,
        local: Some(contact.local),
        routes: Vec::new(),
    })
}

/// RFC 3261 26.2.2: a `sips` URI is reached over TLS or not at all, and without TLS this server has
/// no way to speak for one either (RFC 5630 5.1.1.1).
fn insecure(core: &Core, request: &Message) -> Option<Decision> {
    let uri = Uri::parse(request.request_uri()?.as_bytes()).ok()?;
    let is_refused = uri.scheme() == Scheme::Sips && !core.identity.is_secure();
    is_refused.then(|| Decision::answer(416, reason_phrase(416)))
}

fn to_us(core: &Core, asking: &Asking<'_>, uri: &Uri<'_>) -> Decision {
    let request = asking.request;
    match (uri.user(), request.method().as_str()) {
        (Some(user), _) => to_user(core, asking, user, uri),
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
        // 8.2.1 comes before 8.2.2.1: whom it is for does not matter when nobody here knows what is
        // asked for (21.5.2).
        (None, _) if matches!(request.method(), Method::Other(_)) => {
            Decision::answer(501, reason_phrase(501))
        }
        (None, _) => Decision::answer(404, "Not Found"),
    }
}

/// 8.2.2.3: who answers a request must understand what it requires, and this server extends
/// nothing.
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
fn register(core: &Core, request: &Message, flow: &Flow, tenant: TenantIndex) -> Decided {
    let to = request.to();
    let aor = to.as_ref().ok().and_then(|to| to.parse_uri().ok());
    let Some(aor) = aor.filter(|aor| core.identity.names().is_served_aor(aor)) else {
        return Decision::answer(404, "Not Found").into();
    };
    Decided::Registering(core.locations.register(tenant, &aor, request, flow))
}

/// What came of a REGISTER.
pub(crate) fn registered(
    core: &Core,
    request: &Message,
    flow: &Flow,
    registered: Registered,
) -> Decision {
    let Registered {
        code,
        reason,
        headers,
    } = registered;
    let has_contact = headers.iter().any(|(name, _)| *name == HeaderName::Contact);
    if let (true, Some(connection)) = (code == 200 && has_contact, flow.connection)
        && let Some(transport) = core.layer.transport()
    {
        // Calls come back over it.
        let address = contact_address(request, flow);
        if !transport.registered(connection, address) {
            core.locations.closed(connection);
        }
    }
    Decision::Answer {
        code,
        reason: reason.to_owned(),
        headers,
    }
}

/// The address of the first contact, where it is one.
fn contact_address(request: &Message, flow: &Flow) -> Option<SocketAddr> {
    let contact = request.contacts().next()?.ok()?.addr()?;
    let uri = contact.parse_uri().ok()?;
    let port = uri.port().unwrap_or(flow.proto.default_port());
    Some(SocketAddr::new(uri.host_ip()?, port))
}
