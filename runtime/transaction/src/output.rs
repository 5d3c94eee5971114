//! What a table hands to its driver.

use bytes::Bytes;
use smallvec::SmallVec;

use crate::action::{CancelCause, End};
use crate::slab::Id;

/// Outputs of one call, in the order in which to act on them.
pub type Outputs<U> = SmallVec<[Output<U>; 2]>;

/// One thing for the driver to do, after it has released the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output<U> {
    /// Send the bytes: a client's to its next hop, a server's to where its request came from
    /// (18.2.2). If that fails, call [`crate::TransactionTable::transport_error`].
    Send {
        /// The transaction.
        id: Id,
        /// What the driver attached to it.
        user: U,
        /// A whole message.
        bytes: Bytes,
    },
    /// Nothing has answered this INVITE for 200 ms: respond with a 100 (17.2.1).
    TryingDue {
        /// The server transaction.
        id: Id,
        /// What the driver attached to it.
        user: U,
    },
    /// Send a CANCEL for this INVITE, as a client transaction of its own with the INVITE's
    /// branch and next hop (9.1).
    CancelDue {
        /// The INVITE's client transaction.
        id: Id,
        /// What the driver attached to it.
        user: U,
        /// Who wanted it.
        cause: CancelCause,
    },
    /// Nothing was heard to this INVITE although it is to be cancelled, for
    /// [`cancel_silence_max`](crate::Config::cancel_silence_max): its user may act as if it had
    /// been answered 487. It is still repeated, and cancelled if something is heard.
    GivenUp {
        /// The INVITE's client transaction.
        id: Id,
        /// What the driver attached to it.
        user: U,
    },
    /// A response could not be sent; the transaction lives on to absorb (RFC 6026).
    SendFailed {
        /// The server transaction.
        id: Id,
        /// What the driver attached to it.
        user: U,
    },
    /// The transaction is gone from the table, and this is its last output.
    Ended {
        /// Its former name.
        id: Id,
        /// What the driver attached to it.
        user: U,
        /// Why.
        end: End,
    },
}

/// A transaction found by another message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<U> {
    /// The transaction.
    pub id: Id,
    /// What the driver attached to it.
    pub user: U,
}

/// The INVITE a CANCEL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelMatch<U> {
    /// The INVITE's server transaction.
    pub invite: Found<U>,
    /// A final response went out already: the CANCEL has no effect (9.2).
    pub is_answered: bool,
}

/// What a request that came in is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerMatch<U> {
    /// A new transaction: give the request to the user.
    New(Id),
    /// A new CANCEL transaction. Respond 200 to it, or 481 where `target` is `None`; cancel
    /// the target's branches unless it is answered (9.2, 16.10).
    Cancel {
        /// The CANCEL's own transaction.
        id: Id,
        /// The INVITE it names, if that is here.
        target: Option<CancelMatch<U>>,
    },
    /// The request was seen before, or it is the ACK to a non-2xx. The user is not concerned.
    Absorbed(Outputs<U>),
    /// An ACK that belongs to no transaction, which is what the ACK to a 2xx is: forward it
    /// statelessly (16.11). With the INVITE it follows while that is remembered (RFC 6026).
    AckPassed(Option<Found<U>>),
}

/// What a response that came in is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientMatch<U> {
    /// For the user.
    Pass {
        /// The transaction it answers; gone already if `outputs` say so.
        found: Found<U>,
        /// To do beside it: the ACK to send, the CANCEL due, the end.
        outputs: Outputs<U>,
    },
    /// Seen before. The user is not concerned.
    Absorbed(Outputs<U>),
    /// Nothing here is waiting for it: drop it. RFC 6026 (section 7.3) forbids a proxy to
    /// forward what it cannot match.
    Stray,
}

/// The table holds as many transactions as it may. The host's limit: answer 503, or send
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the transaction table is full, transactions_max is {transactions_max}")]
pub struct Full {
    /// The limit that was reached.
    pub transactions_max: usize,
}

/// Why a client transaction was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// No room.
    #[error(transparent)]
    Full(#[from] Full),
    /// A live transaction has this branch and method: branches must be unique (8.1.1.7).
    #[error("branch and method are those of a live transaction")]
    KeyInUse,
}

/// Why a response was not taken. The user's mistake or bad luck; nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RespondError {
    /// The transaction has ended, or never was.
    #[error("the transaction has ended")]
    Gone,
    /// It is a client transaction.
    #[error("a client transaction takes no responses from its user")]
    NotServer,
    /// A final response went out before, and this one may not follow it.
    #[error("a final response was sent before")]
    Answered,
    /// Not 100 to 699.
    #[error("{0} is no status code")]
    Status(u16),
}
