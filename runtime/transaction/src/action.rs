//! What a machine asks for, and the small vocabulary the four machines share.

use std::time::Duration;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::timer::Timer;

/// What one input makes a machine ask for, in order.
pub type Actions = SmallVec<[Action; 4]>;

/// One thing a machine asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Give these bytes to the transport.
    Send(Bytes),
    /// Arm the timer, or move it. Durations count from the input that caused them.
    Set(Timer, Duration),
    /// Disarm the timer.
    Clear(Timer),
    /// Disarm every timer of this transaction.
    ClearAll,
    /// Give the message that was the input to the transaction user.
    Pass,
    /// The user owes the peer a 100 (17.2.1).
    TryingDue,
    /// Now a CANCEL may and should be sent (9.1).
    CancelDue(CancelCause),
    /// The user wanted it cancelled, and nothing was heard of it for so long that he need not wait;
    /// the transaction lives on.
    GivenUp,
    /// A send failed, the user should know; the transaction lives on (RFC 6026 7.1).
    SendFailed,
    /// The transaction is over; always the last action.
    End(End),
}

/// Why a transaction is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// It ran its course.
    Done,
    /// Client: no final response in time (B, F, or 64*T1 after a CANCEL). Server: no ACK (H).
    Timeout,
    /// A send failed.
    TransportError,
    /// Server: the user never answered within the lifetime.
    Unanswered,
}

impl End {
    /// The final response a client's user is to act on as if it had been received: 408 or 503
    /// (8.1.3.1, 16.7, 16.9). RFC 4320 forbids sending that 408 upstream for a non-INVITE.
    #[must_use]
    pub fn status(self) -> Option<u16> {
        match self {
            Self::Timeout => Some(408),
            Self::TransportError => Some(503),
            Self::Done | Self::Unanswered => None,
        }
    }
}

/// Who wants the branch cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelCause {
    /// The user did, through [`crate::TransactionTable::cancel`].
    User,
    /// Timer C fired (16.8).
    TimerC,
    /// `invite_lifetime_max` is over.
    Lifetime,
}

/// What the transport promises about delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// TCP, TLS, WS, WSS, SCTP: nothing is repeated.
    Reliable,
    /// UDP: the machines repeat.
    Unreliable,
}

/// Response classes, as far as the machines tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// 100: hop by hop, does not restart Timer C.
    Trying,
    /// 101 to 199.
    Provisional,
    /// 200 to 299.
    Success,
    /// 300 to 699.
    Failure,
}

impl Class {
    /// The class of a status code; `None` outside 100..=699.
    #[must_use]
    pub fn of(status: u16) -> Option<Self> {
        match status {
            100 => Some(Self::Trying),
            101..=199 => Some(Self::Provisional),
            200..=299 => Some(Self::Success),
            300..=699 => Some(Self::Failure),
            _ => None,
        }
    }

    /// Whether the response ends the wait for an answer.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Trying | Self::Provisional => false,
            Self::Success | Self::Failure => true,
        }
    }
}
