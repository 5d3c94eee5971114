//! What a transaction belongs to.

use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use evroute_executor::BoxFuture;
use evroute_sip::Message;
use evroute_tenant::TenantIndex;
use evroute_transaction::{End, Id};
use evroute_transport::{Flow, Target};

/// Whoever sent a request through the layer and wants its answers.
pub trait ClientTransactionUser: Send + Sync {
    /// A response that is not a repetition. For an INVITE there may be several.
    fn response(
        self: Arc<Self>,
        transaction: Arc<ClientTransaction>,
        response: Message,
        flow: Flow,
    ) -> BoxFuture;

    /// The transaction is over without a final response: nobody answered, or the request could not
    /// be delivered.
    fn failed(self: Arc<Self>, transaction: Arc<ClientTransaction>, end: End) -> BoxFuture;

    /// Its final answer came and cannot be passed on: it is too large, or too much waits before it.
    fn answer_lost(self: Arc<Self>, transaction: Arc<ClientTransaction>) -> BoxFuture {
        self.failed(transaction, End::TransportError)
    }

    /// It was to be cancelled, and nothing is heard of whoever it was sent to. The transaction
    /// lives on.
    fn abandoned(self: Arc<Self>, transaction: Arc<ClientTransaction>) -> BoxFuture {
        let _ = transaction;
        Box::pin(std::future::ready(()))
    }
}

/// Why an INVITE is given up: the values of the Reason header fields of its CANCEL (RFC 3326), each
/// whole.
pub type Reasons = Arc<[Vec<u8>]>;

/// Whoever answers a request that came in.
pub trait ServerTransactionUser: Send + Sync {
    /// The caller gave up (CANCEL), and the INVITE is not answered yet.
    fn cancelled(self: Arc<Self>, reasons: Reasons) -> BoxFuture;
}

/// The two sides a transaction can be on.
#[derive(Clone)]
pub enum User {
    /// A request came in.
    Server(Arc<ServerTransaction>),
    /// A request goes out.
    Client(Arc<ClientTransaction>),
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Server(_) => "Server",
            Self::Client(_) => "Client",
        })
    }
}

/// A request that may still be needed. A transaction outlives its answer by half a minute to catch
/// repetitions, and its request may be large: whoever answered lets it go.
pub struct RetainedRequest(Mutex<Option<Message>>);

impl RetainedRequest {
    /// Still needed.
    #[must_use]
    pub const fn new(request: Message) -> Self {
        Self(Mutex::new(Some(request)))
    }

    /// The request; none once it has been released.
    #[must_use]
    pub fn get(&self) -> Option<Message> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Nobody needs it any more.
    pub fn release(&self) {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Freed with the lock released.
        drop(held);
    }
}

/// A request that came in, for as long as its transaction lives.
pub struct ServerTransaction {
    /// The transaction.
    pub id: Id,
    /// The request as received, its top Via completed, until it is answered.
    pub request: RetainedRequest,
    /// How it came.
    pub flow: Flow,
    /// Where its responses go.
    pub reply_to: Target,
    /// Whose it is.
    pub tenant: TenantIndex,
    pub(crate) is_cancelled: AtomicBool,
    /// Weak, since the user holds this: it lives for as long as it waits for a branch, and after
    /// that there is nothing to cancel.
    pub(crate) user: OnceLock<Weak<dyn ServerTransactionUser>>,
}

impl ServerTransaction {
    /// Says who is called for a CANCEL. False when a CANCEL came before.
    pub fn attach(&self, user: Weak<dyn ServerTransactionUser>) -> bool {
        let _ = self.user.set(user);
        // Of a CANCEL at the same moment at least one side must see the other; acquire and release
        // alone do not promise it.
        fence(Ordering::SeqCst);
        !self.is_cancelled.load(Ordering::Acquire)
    }

    /// A CANCEL came: what is to be done about it. Before anybody is attached, it is only
    /// remembered.
    #[must_use]
    pub fn cancelled(&self, reasons: Reasons) -> Option<BoxFuture> {
        self.is_cancelled.store(true, Ordering::Release);
        fence(Ordering::SeqCst);
        let user = self.user.get().and_then(Weak::upgrade);
        user.map(|user| user.cancelled(reasons))
    }
}

/// A request that went out, for as long as its transaction lives.
pub struct ClientTransaction {
    /// The transaction.
    pub id: Id,
    /// The request as sent, our Via on top, until it is answered finally; that of an INVITE stays
    /// after a 2xx for whoever acknowledges it.
    pub request: RetainedRequest,
    /// Where it was sent.
    pub target: Target,
    /// Whose it is.
    pub tenant: TenantIndex,
    /// Which branch of a forked request; 0 where there is one.
    pub branch: usize,
    /// Who wants the answers.
    pub user: Arc<dyn ClientTransactionUser>,
    /// Why it was cancelled, once it was
    /// ([`TransactionLayer::cancel`](crate::TransactionLayer::cancel)).
    pub reasons: OnceLock<Reasons>,
}
