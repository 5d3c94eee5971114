//! The running transaction layer: tables, timers and the wire.

mod outputs;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Instant;

use bytes::Bytes;
use evroute_executor::InlineExecutor;
use evroute_identity::LocalIdentity;
use evroute_sip::{Framing, Message, Method};
use evroute_transaction::{
    ClientMatch, ClientRequest, Config, Delivery, End, Full, Id, KeyMaker, RespondError,
    ServerMatch, TimerOverrides, TransactionTable,
};
use evroute_transport::{Proto, Transport, TransportError};

use crate::cancel::CancelSender;
use crate::pending_acks::PendingAcks;
use crate::request_match::{CancelledInvite, NewTransaction, RequestMatch, SendError};
use crate::time::now;
use crate::user::{ClientTransaction, Reasons, RetainedRequest, ServerTransaction, User};

/// How many tables there are: enough that workers seldom meet at one.
const SHARDS: usize = 16;
/// All transactions of the server.
pub struct TransactionLayer {
    shards: Box<[Mutex<TransactionTable<User>>]>,
    keys: KeyMaker,
    transport: OnceLock<Transport>,
    cancel_sender: OnceLock<Weak<dyn CancelSender>>,
    identity: Arc<LocalIdentity>,
    tasks: InlineExecutor,
    pending_acks: PendingAcks,
    requests_without_key: AtomicU64,
}

impl std::fmt::Debug for TransactionLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Layer")
    }
}

impl TransactionLayer {
    /// An empty layer. `config` was checked ([`Config::check`]); its `transactions_max` is that of
    /// all tables together, to which requests are spread by their keys.
    #[must_use]
    pub fn new(
        config: &Config,
        tasks: InlineExecutor,
        identity: Arc<LocalIdentity>,
        now: Instant,
    ) -> Arc<Self> {
        let pending_acks = PendingAcks::new(config.t1_64(), config.transactions_max);
        // The limit is the server's, not each table's.
        let config = Config {
            transactions_max: config.transactions_max.div_ceil(SHARDS),
            ..config.clone()
        };
        let shard = |n| {
            Mutex::new(TransactionTable::new(
                config.clone(),
                now,
                u16::try_from(n).unwrap_or(0),
            ))
        };
        Arc::new(Self {
            shards: (0..SHARDS).map(shard).collect(),
            keys: KeyMaker::new(),
            transport: OnceLock::new(),
            cancel_sender: OnceLock::new(),
            identity,
            tasks,
            pending_acks,
            requests_without_key: AtomicU64::new(0),
        })
    }

    /// Connects the layer to the wire, once.
    pub fn attach(&self, transport: Transport) {
        let _ = self.transport.set(transport);
    }

    /// Says who makes CANCELs, once. Without, none is sent.
    pub fn attach_cancel_sender(&self, sender: Weak<dyn CancelSender>) {
        let _ = self.cancel_sender.set(sender);
    }

    pub(crate) fn cancel_sender(&self) -> Option<Arc<dyn CancelSender>> {
        self.cancel_sender.get().and_then(Weak::upgrade)
    }

    /// The wire; none before [`Self::attach`].
    #[must_use]
    pub fn transport(&self) -> Option<&Transport> {
        self.transport.get()
    }

    /// Where waiting work goes.
    #[must_use]
    pub fn tasks(&self) -> &InlineExecutor {
        &self.tasks
    }

    /// A request came in.
    ///
    /// # Errors
    /// [`Full`] when there is no room for another transaction.
    pub fn request(&self, new_transaction: NewTransaction) -> Result<RequestMatch, Full> {
        let key = match self.keys.server_of(&new_transaction.request) {
            Ok(key) => key,
            Err(error) => {
                self.requests_without_key.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(%error, source = %new_transaction.flow.remote, "a request has no transaction key");
                return Ok(RequestMatch::Absorbed);
            }
        };
        let delivery = delivery(new_transaction.flow.proto);
        let make = |id| {
            let NewTransaction {
                request,
                flow,
                reply_to,
                tenant,
            } = new_transaction;
            User::Server(Arc::new(ServerTransaction {
                id,
                request: RetainedRequest::new(request),
                flow,
                reply_to,
                tenant,
                is_cancelled: false.into(),
                user: OnceLock::new(),
            }))
        };
        let mut table = self.shard(key.shard(SHARDS));
        let matched = table.server(now(), &key, delivery, make)?;
        let own = |table: &TransactionTable<User>, id| match table.user(id) {
            Some(User::Server(transaction)) => Some(Arc::clone(transaction)),
            Some(User::Client(_)) | None => None,
        };
        Ok(match matched {
            ServerMatch::New(id) => {
                own(&table, id).map_or(RequestMatch::Absorbed, RequestMatch::New)
            }
            ServerMatch::Cancel { id, target } => {
                let transaction = own(&table, id);
                drop(table);
                let named = match target.map(|target| (target.is_answered, target.invite.user)) {
                    Some((false, User::Server(invite))) => CancelledInvite::Pending(invite),
                    Some((true, User::Server(_))) => CancelledInvite::Answered,
                    Some((_, User::Client(_))) | None => CancelledInvite::Nothing,
                };
                transaction.map_or(RequestMatch::Absorbed, |transaction| {
                    RequestMatch::Cancel(transaction, named)
                })
            }
            ServerMatch::Absorbed(outputs) => {
                drop(table);
                self.act(outputs.into_iter().collect());
                RequestMatch::Absorbed
            }
            ServerMatch::AckPassed(_) => RequestMatch::Ack,
        })
    }

    /// Answers a request: provisionally, or finally.
    ///
    /// # Errors
    /// [`RespondError`]: the response may not be sent and was not.
    pub fn respond(&self, id: Id, status: u16, response: Bytes) -> Result<(), RespondError> {
        let mut table = self.shard_of(id);
        let outputs = table.respond(now(), id, status, response)?;
        let answered = match table.user(id) {
            Some(User::Server(transaction)) if status >= 200 => Some(Arc::clone(transaction)),
            Some(User::Server(_) | User::Client(_)) | None => None,
        };
        drop(table);
        if let Some(transaction) = answered {
            transaction.request.release();
        }
        self.act(outputs.into_iter().collect());
        Ok(())
    }

    /// 100 Trying for an INVITE to which nothing was answered yet (17.2.1): its sender need not
    /// repeat it. Nothing for any other request.
    pub fn trying(&self, transaction: &ServerTransaction) {
        let is_silent = self.shard_of(transaction.id).is_silent(transaction.id);
        if is_silent {
            let todo = self.try_on(transaction);
            self.act(todo);
        }
    }

    /// Sends a request as a new transaction. Its branch is that of its top Via.
    ///
    /// # Errors
    /// [`SendError`]: nothing was sent.
    pub fn send(
        &self,
        request: Message,
        timers: TimerOverrides,
        transaction: impl FnOnce(Id, Message) -> ClientTransaction,
        proto: Proto,
    ) -> Result<Id, SendError> {
        let key = self.keys.client_of(&request)?;
        let sent = ClientRequest {
            bytes: request.print(),
            delivery: delivery(proto),
            timers,
        };
        let make = |id| User::Client(Arc::new(transaction(id, request)));
        let (id, outputs) = self
            .shard(key.shard(SHARDS))
            .client(now(), &key, sent, make)?;
        self.act(outputs.into_iter().collect());
        Ok(id)
    }

    /// A response came in: whose it is, unless it is a repetition or nobody waits for it.
    pub fn response(&self, response: &Message) -> Option<Arc<ClientTransaction>> {
        let (status, key) = (response.status()?, self.keys.client_of(response).ok()?);
        let ack = |user: &User| match user {
            User::Client(transaction) => transaction
                .request
                .get()
                .map(|request| ack_to(&request, response))
                .unwrap_or_default(),
            User::Server(_) => Bytes::new(),
        };
        let matched = self
            .shard(key.shard(SHARDS))
            .response(now(), &key, status, ack);
        match matched {
            ClientMatch::Pass { found, outputs } => {
                self.act(outputs.into_iter().collect());
                let User::Client(transaction) = found.user else {
                    return None;
                };
                // What is left of an INVITE that was accepted is its sender's to acknowledge.
                if status >= 300 || (status >= 200 && !key.is_invite()) {
                    transaction.request.release();
                }
                Some(transaction)
            }
            ClientMatch::Absorbed(outputs) => {
                self.act(outputs.into_iter().collect());
                None
            }
            ClientMatch::Stray => None,
        }
    }

    /// Bytes that the transport had taken could not be sent after all. For a request that is a 503
    /// (8.1.3.1) from whoever could not be reached; nobody there waits for an ACK.
    pub fn undeliverable(&self, bytes: Bytes, error: TransportError) {
        let Ok(request) = Message::parse(bytes, Framing::Stream) else {
            return;
        };
        if !request.is_request() || request.method() == Method::Ack {
            return;
        }
        let Ok(key) = self.keys.client_of(&request) else {
            return;
        };
        let matched = self
            .shard(key.shard(SHARDS))
            .response(now(), &key, 503, |_| Bytes::new());
        if let ClientMatch::Pass { found, outputs } = matched {
            self.act(outputs.into_iter().collect());
            if let User::Client(transaction) = found.user {
                self.tell_unsent(&transaction, request.call_id(), error);
                let failed = Arc::clone(&transaction.user).failed(transaction, End::TransportError);
                self.tasks.start(failed);
            }
        }
    }

    /// A request did not reach whoever it was for.
    pub(crate) fn tell_unsent(
        &self,
        transaction: &ClientTransaction,
        call_id: Option<&str>,
        error: TransportError,
    ) {
        let tenant = self.identity.tenant(transaction.tenant);
        tracing::info!(tenant, call_id, to = %transaction.target, %error, "a request could not be sent");
    }

    /// How many requests were dropped since the start because nothing in them tells their
    /// transaction.
    #[must_use]
    pub fn requests_without_key(&self) -> u64 {
        self.requests_without_key.load(Ordering::Relaxed)
    }

    /// Gives up a request that was sent: CANCEL goes out when it may, and says these reasons. The
    /// first who gives it up says why.
    pub fn cancel(&self, id: Id, reasons: Reasons) {
        let mut table = self.shard_of(id);
        if let Some(User::Client(transaction)) = table.user(id) {
            let _ = transaction.reasons.set(reasons);
        }
        let outputs = table.cancel(now(), id);
        drop(table);
        self.act(outputs.into_iter().collect());
    }

    /// Forgets a request that is not to be answered.
    pub fn forget(&self, id: Id) {
        self.shard_of(id).forget(id);
    }

    /// How many transactions live.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    /// Whether none lives.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A success to an INVITE is about to go to its caller: until [`Self::settled`] its ACK is part
    /// of what is under way.
    pub fn answered(&self, success: &Message) {
        self.pending_acks.answered(now(), success);
    }

    /// The ACK to a success has come by, or the success itself was not sent after all. `message` is
    /// either.
    pub fn acked(&self, message: &Message) {
        self.pending_acks.acked(message);
    }

    /// How much is not to be cut off: transactions that wait for a final response, refusals
    /// (17.2.1) and successes that wait for their ACK, and work that waits for a handler. Walks all
    /// transactions: for a server that is about to stop.
    #[must_use]
    pub fn under_way(&self) -> usize {
        let open = |shard: &Mutex<TransactionTable<User>>| {
            let table = lock(shard);
            table.states().filter(|state| state.is_under_way()).count()
        };
        let transactions: usize = self.shards.iter().map(open).sum();
        transactions + self.pending_acks.len(now()) + self.tasks.waiting()
    }

    fn shard(&self, place: usize) -> MutexGuard<'_, TransactionTable<User>> {
        // Keys and ids are made for this number of shards.
        #[allow(
            clippy::indexing_slicing,
            reason = "the remainder is below the length, which is SHARDS"
        )]
        lock(&self.shards[place % SHARDS])
    }

    fn shard_of(&self, id: Id) -> MutexGuard<'_, TransactionTable<User>> {
        self.shard(usize::from(id.shard()))
    }
}

/// The ACK to a refusal: 17.1.1.3.
fn ack_to(request: &Message, response: &Message) -> Bytes {
    Message::ack_for(request, response)
        .map(|ack| ack.print())
        .unwrap_or_default()
}

/// What a transport promises.
fn delivery(proto: Proto) -> Delivery {
    match proto {
        Proto::Udp => Delivery::Unreliable,
        Proto::Tcp | Proto::Tls | Proto::Ws | Proto::Wss => Delivery::Reliable,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
