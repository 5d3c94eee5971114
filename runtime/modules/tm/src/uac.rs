//! The one path of every request the server makes itself.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, Weak};

use bytes::Bytes;
use evroute_clock::now_us;
use evroute_event::{Cause, EditScope, Emitter, Endpoint, Port, Subject, UnknownEvent};
use evroute_identity::{LocalEndpoint, LocalIdentity};
use evroute_module_api::PeerContact;
use evroute_proxy::{
    BranchMaker, HopHeaders, NextHop, RecordRoute, add_via_and_record_route, check_secure,
    select_next_hop,
};
use evroute_resolver::Resolver;
use evroute_sip::{EditError, HeaderName, Message, Method, RequestBuilder, Uri, with_one_tag};
use evroute_tenant::TenantIndex;
use evroute_transaction::TimerOverrides;
use evroute_transaction_layer::{
    ClientTransaction, ClientTransactionUser, RetainedRequest, ServerTransaction, TransactionLayer,
};
use evroute_transport::{Proto, Target};
use tokio::sync::oneshot;

use crate::events::{LocalRequest, LocalRequestVerdict, LocalResponse};
use crate::new_request::{NewRequest, Sent};
use crate::originate_error::OriginateError;
use crate::uac_transaction::UacTransaction;
use crate::users::{NotReached, Reached, Users};
use crate::way::Way;

/// Makes requests.
pub struct Uac {
    pub(crate) layer: Arc<TransactionLayer>,
    pub(crate) identity: Arc<LocalIdentity>,
    pub(crate) resolver: Arc<Resolver>,
    branches: BranchMaker,
    local_request: Port<LocalRequest>,
    local_response: Port<LocalResponse>,
    users: OnceLock<Weak<dyn Users>>,
}

impl std::fmt::Debug for Uac {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Uac")
    }
}

impl Uac {
    /// The originator of this server.
    ///
    /// # Errors
    /// [`UnknownEvent`] when this module's events are not in the server's list.
    pub fn new(
        layer: Arc<TransactionLayer>,
        identity: Arc<LocalIdentity>,
        resolver: Arc<Resolver>,
        emitter: &Emitter,
    ) -> Result<Arc<Self>, UnknownEvent> {
        let uac = Arc::new(Self {
            layer,
            identity,
            resolver,
            branches: BranchMaker::new(),
            local_request: emitter.port()?,
            local_response: emitter.port()?,
            users: OnceLock::new(),
        });
        let me = Arc::downgrade(&uac);
        uac.layer.attach_cancel_sender(me);
        Ok(uac)
    }

    /// From now on requests to users of our domains go where these are. Once.
    pub fn attach_users(&self, users: Weak<dyn Users>) {
        let _ = self.users.set(users);
    }

    /// Branches for requests that go out, and tags.
    #[must_use]
    pub fn branches(&self) -> &BranchMaker {
        &self.branches
    }

    /// Makes a request, asks the handlers of `tm:local-request` once, and sends it as they left it.
    /// The next hop is chosen after them, so a new Request-URI changes where it goes. Where nobody
    /// chose one, a user of our domains is reached by their route or contact.
    ///
    /// # Errors
    /// [`OriginateError`]: nothing was sent.
    pub async fn originate(
        self: &Arc<Self>,
        cause: Cause,
        new: NewRequest,
    ) -> Result<Sent, OriginateError> {
        let request = self.build(cause, &new)?;
        let asked = Way::of(&request, new.next_hop.as_deref());
        let (socket, contact) = (new.socket, new.contact);
        let subject = self
            .ask(cause, request, new.next_hop, EditScope::Routing)
            .await?;
        let Subject {
            message: Some(mut request),
            next_hop: forced,
            ..
        } = subject
        else {
            return Err(OriginateError::Dropped);
        };
        let mut chosen_by = asked.chosen_by(&request, forced.as_deref());
        let reached = match &forced {
            Some(_) => None,
            None => self.reach(cause.tenant, &request)?,
        };
        if let Some(reached) = &reached {
            chosen_by = reached.chosen_by;
            put(&mut request, reached)?;
        }
        let known = reached.as_ref().and_then(|reached| reached.target.clone());
        let target = match known {
            Some(target) => {
                check_secure(&request, target.proto)?;
                target
            }
            None => {
                let hop = select_next_hop(&mut request, forced.as_deref())?;
                let targets = self.resolver.resolve(&hop, cause.tenant, chosen_by).await?;
                targets.first
            }
        };
        let target = self.leaving_by(target, socket, reached.and_then(|reached| reached.local))?;
        let is_in_dialog = request.is_in_dialog();
        self.identity.take_outgoing(cause.tenant, 1, is_in_dialog)?;
        let (reported, answer) = oneshot::channel();
        let call_id = request.call_id().unwrap_or_default().to_owned();
        if request.method() == Method::Ack {
            // 17.1: no transaction, so nothing repeats it, and nobody answers.
            let target = self.put_via(&mut request, target, None)?;
            self.send_once(cause, &call_id, request.print(), &target);
        } else {
            let user = Arc::new(UacTransaction::new(Arc::clone(self), cause, reported));
            let over = (target, TimerOverrides::default());
            let (target, timers) = over;
            self.begin(cause, request, (target, timers, contact.as_ref()), user)?;
        }
        Ok(Sent { call_id, answer })
    }

    /// Where a user of ours is, unless Routes lead elsewhere.
    fn reach(
        &self,
        tenant: TenantIndex,
        request: &Message,
    ) -> Result<Option<Reached>, OriginateError> {
        if request.routes().next().is_some() {
            return Ok(None);
        }
        let users = self.users.get().and_then(Weak::upgrade);
        let uri = request.request_uri();
        let parsed = uri.and_then(|uri| Uri::parse(uri.as_bytes()).ok());
        let (Some(users), Some(uri), Some(parsed)) = (users, uri, parsed) else {
            return Ok(None);
        };
        let found = users.find(tenant, &parsed);
        found.map_err(|NotReached| OriginateError::NotReached(uri.to_owned()))
    }

    /// The target with the listener that a message leaves by: the one that was asked for, or the
    /// one that a contact knows.
    fn leaving_by(
        &self,
        target: Target,
        socket: Option<(Proto, SocketAddr)>,
        known: Option<SocketAddr>,
    ) -> Result<Target, OriginateError> {
        let local = match socket {
            None => target.local.or(known),
            Some((proto, local)) => {
                let endpoint = self
                    .identity
                    .endpoint(proto, target.remote.ip(), Some(local));
                let is_ours = endpoint.is_some_and(|endpoint| endpoint.local == local);
                if proto != target.proto || !is_ours {
                    return Err(OriginateError::NoSocket(proto, local));
                }
                Some(local)
            }
        };
        Ok(Target { local, ..target })
    }

    /// Raises `tm:local-request` for a request that is about to leave.
    ///
    /// # Errors
    /// [`OriginateError::Dropped`].
    pub(crate) async fn ask(
        &self,
        cause: Cause,
        request: Message,
        next_hop: Option<String>,
        edits: EditScope,
    ) -> Result<Subject, OriginateError> {
        let subject = Subject {
            message: Some(request),
            edits,
            next_hop,
            time_us: now_us(),
            ..Subject::default()
        };
        if !self.local_request.is_handled(cause.tenant) {
            return Ok(subject);
        }
        match self
            .local_request
            .emit(cause, LocalRequest { subject })
            .await
        {
            (event, LocalRequestVerdict::Send) => Ok(event.subject),
            (_, LocalRequestVerdict::Drop) => Err(OriginateError::Dropped),
        }
    }

    /// Raises `tm:local-response` for a response that was sent.
    pub async fn responded(&self, transaction: &ServerTransaction, response: Message) {
        let cause = Cause::outside(transaction.tenant);
        if !self.local_response.is_handled(cause.tenant) {
            return;
        }
        let proto = transaction.flow.proto.as_param();
        let subject = Subject {
            message: Some(response),
            source: Some(Endpoint {
                proto,
                address: transaction.flow.remote,
            }),
            received: Some(Endpoint {
                proto,
                address: transaction.flow.local,
            }),
            time_us: now_us(),
            ..Subject::default()
        };
        self.local_response
            .emit(cause, LocalResponse { subject })
            .await;
    }

    pub(crate) fn begin(
        &self,
        cause: Cause,
        mut request: Message,
        (target, timers, contact): (Target, TimerOverrides, Option<&PeerContact>),
        user: Arc<dyn ClientTransactionUser>,
    ) -> Result<(), OriginateError> {
        let target = self.put_via(&mut request, target, contact)?;
        if !target
            .proto
            .takes(request.printed_len(), target.remote.ip())
        {
            return Err(OriginateError::TooLarge(target));
        }
        let proto = target.proto;
        let transaction = |id, request| ClientTransaction {
            id,
            request: RetainedRequest::new(request),
            target,
            tenant: cause.tenant,
            branch: 0,
            user,
            reasons: OnceLock::new(),
        };
        self.layer.send(request, timers, transaction, proto)?;
        Ok(())
    }

    /// Sends a request that has no transaction.
    pub(crate) fn send_once(&self, cause: Cause, call_id: &str, request: Bytes, target: &Target) {
        let Some(transport) = self.layer.transport() else {
            return;
        };
        if let Err(error) = transport.send(request, target) {
            let tenant = self.identity.tenant(cause.tenant);
            tracing::info!(tenant, call_id, to = %target, %error, "no ACK was sent");
        }
    }

    pub(crate) fn put_via(
        &self,
        request: &mut Message,
        target: Target,
        contact: Option<&PeerContact>,
    ) -> Result<Target, OriginateError> {
        let endpoint = self
            .identity
            .endpoint(target.proto, target.remote.ip(), target.local);
        let LocalEndpoint { local, sent_by } =
            endpoint.ok_or_else(|| OriginateError::NoListener(target.clone()))?;
        let needs_contact = contact.is_some() || request.method() == Method::Invite;
        if needs_contact && request.header(HeaderName::Contact).is_none() {
            let transport = match target.proto {
                Proto::Udp => "",
                Proto::Tcp => ";transport=tcp",
                Proto::Tls => ";transport=tls",
                Proto::Ws => ";transport=ws",
                Proto::Wss => ";transport=wss",
            };
            let (user, params) = match contact {
                Some(PeerContact { user, params }) => (format!("{user}@"), params.as_str()),
                None => (String::new(), ""),
            };
            let contact = format!("<sip:{user}{sent_by}{transport}{params}>");
            request.append_header(HeaderName::Contact, contact)?;
        }
        let branch = self.branches.unique(self.branches.loop_hash(request));
        let hop_headers = HopHeaders {
            via: &sent_by,
            branch: &branch,
            record_route: RecordRoute::No,
            tenant: "",
        };
        add_via_and_record_route(request, &hop_headers)?;
        Ok(Target {
            local: Some(local),
            ..target
        })
    }

    pub(crate) fn build(&self, cause: Cause, new: &NewRequest) -> Result<Message, OriginateError> {
        let unique = self.branches.token();
        let towards = new.next_hop.as_deref().unwrap_or(&new.request_uri);
        let hop = Uri::parse(towards.as_bytes())
            .ok()
            .and_then(|uri| NextHop::of_uri(&uri).ok());
        let prefer = new.socket.map(|(_, local)| local);
        let endpoint =
            hop.and_then(|hop| self.identity.endpoint(hop.proto, hop.addr()?.ip(), prefer));
        let home = || self.identity.home(cause.tenant);
        let host = endpoint.map_or_else(home, |endpoint| endpoint.sent_by.to_string());
        let from = new.from.clone().unwrap_or_else(|| format!("<sip:{host}>"));
        let uri = called(&new.request_uri);
        let to = new.to.clone().unwrap_or_else(|| format!("<{uri}>"));
        let mut builder = RequestBuilder::new(new.method.as_str(), &uri)
            .from(&with_one_tag(&from, &unique)?)
            .to(&to);
        builder = match &new.sequence {
            Some((call_id, number)) => builder.call_id(call_id).cseq(*number),
            None => builder.call_id(&format!("{unique}@{host}")),
        };
        for (name, value) in &new.headers {
            builder = builder.header(name, value);
        }
        if let Some((content_type, body)) = &new.body {
            builder = builder.body(content_type, body.clone());
        }
        Ok(builder.build()?)
    }
}

/// Makes a request one to where a user is reached.
fn put(request: &mut Message, reached: &Reached) -> Result<(), EditError> {
    request.set_request_uri(&called(&reached.request_uri))?;
    for route in reached.routes.iter().rev() {
        request.prepend_header(HeaderName::Route, route)?;
    }
    Ok(())
}

/// A URI as a Request-URI has it (RFC 3261 19.1.1); what is none is refused where it is built in.
fn called(uri: &str) -> Cow<'_, str> {
    Uri::parse(uri.as_bytes()).map_or(Cow::Borrowed(uri), |uri| uri.as_request_uri())
}
