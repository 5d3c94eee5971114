//! The tm module: transactions at work, and every request the server makes itself. Kamailio's `tm`.
//!
//! [`TransactionLayer`] drives the state machines of `evroute-transaction` with locks, a clock and the wire. [`Uac`] is the one
//! path of local requests: whoever makes one (an RPC, a CANCEL for a call given up) goes through it, and so through
//! `tm:local-request`.

mod cancel;
mod capability;
pub mod events;
mod host_addresses;
mod inline_executor;
mod local_identity;
mod look_ups;
mod metrics;
mod module;
mod originate_error;
mod pending_acks;
mod request_match;
mod resolve;
mod rpc;
mod time;
mod transaction_layer;
mod uac;
mod uac_transaction;
mod user;
mod users;
mod way;

pub use inline_executor::{BoxFuture, InlineExecutor, TaskPermit};
pub use local_identity::{DestinationError, LocalEndpoint, LocalIdentity};
pub use module::TmModule;
pub use originate_error::OriginateError;
pub use request_match::{CancelledInvite, NewTransaction, RequestMatch, SendError};
pub use resolve::{ChosenBy, Unresolved, resolve};
pub use rpc::{ArgumentError, parse_uac_start};
pub use time::now_us;
pub use transaction_layer::TransactionLayer;
pub use uac::{FinalAnswer, NewRequest, Sent, Uac};
pub use user::{
    ClientTransaction, ClientUser, Reasons, RetainedRequest, ServerTransaction, ServerUser, User,
};
pub use users::{NotReached, Reached, Users};
