//! Whoever waits for the answer to a request of the server's own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use evroute_event::{Cause, EditScope};
use evroute_executor::BoxFuture;
use evroute_module_api::PeerAnswer;
use evroute_proxy::select_next_hop;
use evroute_resolver::ChosenBy;
use evroute_sip::{EditError, HeaderName, Message, RequestBuilder};
use evroute_transaction::End;
use evroute_transaction_layer::{ClientTransaction, ClientTransactionUser};
use evroute_transport::{Flow, Target};
use tokio::sync::oneshot;

use crate::originate_error::OriginateError;
use crate::uac::Uac;

/// How many dialogs one INVITE of our own may make: proxies on its way fork it, and every phone
/// that answers is one.
const DIALOGS_MAX: usize = 16;

/// Waits for the final answer to a local request, passes it on, and acknowledges every success.
pub(crate) struct UacTransaction {
    uac: Arc<Uac>,
    cause: Cause,
    reported: Mutex<Option<oneshot::Sender<PeerAnswer>>>,
    acks: Mutex<Vec<DialogAck>>,
}

/// The ACK of one dialog, by the To tag of its success.
struct DialogAck {
    tag: String,
    /// As it was sent; none as long as handlers are asked, and where one of them dropped it.
    sent: Option<(Bytes, Target)>,
}

/// What is to be done about a success.
enum Due {
    /// It is the first of its dialog.
    Ask,
    /// Its ACK was made before: it is sent again (13.2.2.4).
    Again(Bytes, Target),
    /// Nothing: handlers are being asked, or one of them dropped the ACK.
    Nothing,
    /// One dialog too many.
    TooMany,
}

impl UacTransaction {
    pub(crate) const fn new(
        uac: Arc<Uac>,
        cause: Cause,
        reported: oneshot::Sender<PeerAnswer>,
    ) -> Self {
        Self {
            uac,
            cause,
            reported: Mutex::new(Some(reported)),
            acks: Mutex::new(Vec::new()),
        }
    }

    fn tell(&self, status: u16, reason: String, message: Option<Message>) {
        let reported = self
            .reported
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(reported) = reported {
            // Nobody may be waiting any more.
            let _ = reported.send(PeerAnswer {
                status,
                reason,
                message,
            });
        }
    }

    fn acks(&self) -> MutexGuard<'_, Vec<DialogAck>> {
        self.acks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a success of this To tag asks for. Handlers are asked once for each dialog.
    fn due(&self, tag: &str) -> Due {
        let mut acks = self.acks();
        if let Some(known) = acks.iter().find(|ack| ack.tag == tag) {
            return match &known.sent {
                Some((bytes, target)) => Due::Again(bytes.clone(), target.clone()),
                None => Due::Nothing,
            };
        }
        if acks.len() >= DIALOGS_MAX {
            return Due::TooMany;
        }
        acks.push(DialogAck {
            tag: tag.to_owned(),
            sent: None,
        });
        Due::Ask
    }

    /// The ACK to a 2xx of a local INVITE (RFC 3261 13.2.2.4): a request of our own like any other,
    /// made once and sent again for every repetition of the 2xx.
    async fn acknowledge(&self, invite: &Message, success: &Message, invited: &Target) {
        let tag = success.to().ok().and_then(|to| to.tag().map(str::to_owned));
        let tag = tag.unwrap_or_default();
        let (tenant, call_id) = (
            self.uac.identity.tenant(self.cause.tenant),
            invite.call_id().unwrap_or_default(),
        );
        match self.due(&tag) {
            Due::Nothing => {}
            Due::TooMany => {
                tracing::info!(
                    tenant,
                    call_id,
                    DIALOGS_MAX,
                    "no ACK was sent: too many dialogs"
                );
            }
            Due::Again(bytes, target) => {
                self.uac.send_once(self.cause, call_id, bytes, &target);
            }
            Due::Ask => match self.make_ack(invite, success, invited).await {
                Ok((bytes, target)) => {
                    if let Some(ack) = self.acks().iter_mut().find(|ack| ack.tag == tag) {
                        ack.sent = Some((bytes.clone(), target.clone()));
                    }
                    self.uac.send_once(self.cause, call_id, bytes, &target);
                }
                Err(error) => tracing::info!(tenant, call_id, %error, "no ACK was sent"),
            },
        }
    }

    async fn make_ack(
        &self,
        invite: &Message,
        success: &Message,
        invited: &Target,
    ) -> Result<(Bytes, Target), OriginateError> {
        let (uac, cause) = (&self.uac, self.cause);
        let ack = ack_to_success(invite, success)?;
        let subject = uac.ask(cause, ack, None, EditScope::Content).await?;
        let mut ack = subject.message.ok_or(OriginateError::Dropped)?;
        // A phone that was called over its flow is not where its Contact says.
        let target = if invited.is_flow && ack.routes().next().is_none() {
            invited.clone()
        } else {
            let hop = select_next_hop(&mut ack, None)?;
            let found = uac.resolver.resolve(&hop, cause.tenant, ChosenBy::Tenant);
            found.await?.first
        };
        let target = uac.put_via(&mut ack, target, None)?;
        Ok((ack.print(), target))
    }
}

/// ACK to a 2xx: a new request within the dialog that the response made, with its route set.
fn ack_to_success(invite: &Message, response: &Message) -> Result<Message, EditError> {
    let contact = response
        .contacts()
        .next()
        .and_then(Result::ok)
        .and_then(|contact| contact.addr());
    let target = contact.and_then(|addr| addr.parse_uri().ok());
    let target = target.map(|uri| uri.as_request_uri().into_owned());
    let target = target.unwrap_or_else(|| invite.request_uri().unwrap_or_default().to_owned());
    let text = |name| {
        let value = response.header(name).unwrap_or_default();
        String::from_utf8_lossy(&value).into_owned()
    };
    let mut routes: Vec<Vec<u8>> = response
        .record_routes()
        .flatten()
        .map(|route| route.raw().to_vec())
        .collect();
    routes.reverse();
    let mut builder = RequestBuilder::new("ACK", &target)
        .from(&text(HeaderName::From))
        .to(&text(HeaderName::To))
        .call_id(invite.call_id().unwrap_or_default())
        .cseq(invite.cseq().map(|cseq| cseq.number).unwrap_or(1));
    for route in routes {
        builder = builder.header("Route", route);
    }
    builder.build()
}

impl ClientTransactionUser for UacTransaction {
    fn response(
        self: Arc<Self>,
        transaction: Arc<ClientTransaction>,
        response: Message,
        _: Flow,
    ) -> BoxFuture {
        Box::pin(async move {
            let status = response.status().unwrap_or_default();
            if status < 200 {
                return;
            }
            let reason =
                String::from_utf8_lossy(response.reason().unwrap_or_default()).into_owned();
            self.tell(status, reason, Some(response.clone()));
            // What is not an INVITE that was accepted has let its request go.
            if let Some(invite) = transaction.request.get() {
                let invited = &transaction.target;
                self.acknowledge(&invite, &response, invited).await;
            }
        })
    }

    fn failed(self: Arc<Self>, _: Arc<ClientTransaction>, end: End) -> BoxFuture {
        let status = end.status().unwrap_or(408);
        self.tell(status, evroute_sip::reason_phrase(status).to_owned(), None);
        Box::pin(std::future::ready(()))
    }
}
