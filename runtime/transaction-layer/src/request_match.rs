//! What goes into the layer and what comes of it.

use std::sync::Arc;

use evroute_sip::Message;
use evroute_tenant::TenantIndex;
use evroute_transaction::{ClientError, KeyError};
use evroute_transport::{Flow, Target};

use crate::user::ServerTransaction;

/// What a request that came in is.
pub enum RequestMatch {
    /// A new transaction.
    New(Arc<ServerTransaction>),
    /// A CANCEL, in a transaction of its own, and the INVITE it names.
    Cancel(Arc<ServerTransaction>, CancelledInvite),
    /// A repetition, or the ACK to a refusal: done with.
    Absorbed,
    /// An ACK to a 2xx: to be forwarded.
    Ack,
}

/// The INVITE that a CANCEL names.
pub enum CancelledInvite {
    /// There is none here.
    Nothing,
    /// It has its final answer: the CANCEL comes too late and has no effect (9.2).
    Answered,
    /// It waits for its answer.
    Pending(Arc<ServerTransaction>),
}

/// Why a request was not sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SendError {
    /// Its answers could not be distinguished from others.
    #[error("no transaction for it: {0}")]
    Key(#[from] KeyError),
    /// No room, or the branch is taken.
    #[error(transparent)]
    Transaction(#[from] ClientError),
}

/// Whom a request that came in belongs to, before it has a transaction.
pub struct NewTransaction {
    /// The request, its top Via completed.
    pub request: Message,
    /// How it came.
    pub flow: Flow,
    /// Where its responses go.
    pub reply_to: Target,
    /// Whose it is.
    pub tenant: TenantIndex,
}
