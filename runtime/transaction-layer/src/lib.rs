//! The running transaction layer: the state machines of `evroute-transaction` with locks, a clock
//! and the wire.
//!
//! What goes into it is a request or a response that came in ([`TransactionLayer::request`],
//! [`TransactionLayer::response`]), a request that is to be sent ([`TransactionLayer::send`]), an
//! answer ([`TransactionLayer::respond`]). Whoever sent a request hears of its answers as a
//! [`ClientTransactionUser`]. It makes no request of its own: a CANCEL is due to a
//! [`CancelSender`].

mod cancel;
mod layer;
mod pending_acks;
mod request_match;
mod time;
mod user;

pub use cancel::CancelSender;
pub use layer::TransactionLayer;
pub use request_match::{CancelledInvite, NewTransaction, RequestMatch, SendError};
pub use user::{
    ClientTransaction, ClientTransactionUser, Reasons, RetainedRequest, ServerTransaction,
    ServerTransactionUser, User,
};
