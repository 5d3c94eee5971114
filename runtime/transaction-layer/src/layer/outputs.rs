//! What transactions ask for: sending, answering, telling whoever waits. And the clock that makes
//! them ask.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use evroute_sip::{Message, reason_phrase};
use evroute_transaction::{Output, TransactionTable};
use evroute_transport::TransportError;
use smallvec::SmallVec;

use super::{TransactionLayer, lock};
use crate::time::now;
use crate::user::{ServerTransaction, User};

/// How exact transaction timers are.
const TICK: Duration = Duration::from_millis(20);
/// How many timers of one shard fire before its lock is released.
const FIRED_AT_ONCE: usize = 256;

/// What to do with the table released.
pub(super) type Todo = SmallVec<[Output<User>; 4]>;

impl TransactionLayer {
    /// Keeps the timers, until the future is dropped.
    pub async fn keep_time(self: Arc<Self>) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            for shard in &self.shards {
                self.fire(shard);
            }
        }
    }

    fn fire(&self, shard: &Mutex<TransactionTable<User>>) {
        let now = now();
        let mut outputs = Vec::new();
        loop {
            let mut table = lock(shard);
            if table.next_deadline().is_none_or(|at| at > now) {
                return;
            }
            table.fire_due(now, FIRED_AT_ONCE, &mut outputs);
            drop(table);
            self.act(outputs.drain(..).collect());
        }
    }

    /// Does what tables ask for, with no table held.
    pub(super) fn act(&self, mut todo: Todo) {
        while !todo.is_empty() {
            for output in std::mem::take(&mut todo) {
                match output {
                    Output::Send { id, user, bytes } => {
                        if let Err(error) = self.put_on_wire(&user, bytes) {
                            let outputs = self.shard_of(id).transport_error(now(), id);
                            let is_over = |output: &_| matches!(output, Output::Ended { .. });
                            match user {
                                User::Client(transaction) if outputs.iter().any(is_over) => {
                                    let request = transaction.request.get();
                                    let call_id = request.as_ref().and_then(Message::call_id);
                                    self.tell_unsent(&transaction, call_id, error);
                                }
                                User::Client(_) | User::Server(_) => {
                                    tracing::debug!(%error, "not sent");
                                }
                            }
                            todo.extend(outputs);
                        }
                    }
                    Output::TryingDue { user, .. } => {
                        if let User::Server(transaction) = user {
                            todo.extend(self.try_on(&transaction));
                        }
                    }
                    Output::CancelDue { user, cause, .. } => {
                        if let User::Client(transaction) = user {
                            self.cancel_due(&transaction, cause);
                        }
                    }
                    Output::GivenUp { user, .. } => {
                        if let User::Client(transaction) = user {
                            let abandoned = Arc::clone(&transaction.user).abandoned(transaction);
                            self.tasks.start(abandoned);
                        }
                    }
                    Output::SendFailed { .. } => {
                        tracing::debug!("a response could not be delivered");
                    }
                    Output::Ended { user, end, .. } => {
                        if let (User::Client(transaction), Some(_)) = (user, end.status()) {
                            let failed = Arc::clone(&transaction.user).failed(transaction, end);
                            self.tasks.start(failed);
                        }
                    }
                }
            }
        }
    }

    fn put_on_wire(&self, user: &User, bytes: Bytes) -> Result<(), TransportError> {
        let target = match user {
            User::Server(transaction) => &transaction.reply_to,
            User::Client(transaction) => &transaction.target,
        };
        let transport = self.transport.get().ok_or(TransportError::ShuttingDown)?;
        transport.send(bytes, target)
    }

    /// The 100 that keeps the caller from repeating its INVITE.
    pub(super) fn try_on(&self, transaction: &ServerTransaction) -> Todo {
        let trying = transaction
            .request
            .get()
            .and_then(|request| Message::response_to(&request, 100, reason_phrase(100), None).ok());
        let Some(trying) = trying else {
            return Todo::new();
        };
        let mut table = self.shard_of(transaction.id);
        let outputs = table.respond(now(), transaction.id, 100, trying.print());
        outputs
            .map(|outputs| outputs.into_iter().collect())
            .unwrap_or_default()
    }
}
