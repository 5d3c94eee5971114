//! The tm module: every request the server makes itself, and the events of its own transactions.
//! Kamailio's `tm`, as far as that is a user agent client; the transactions are driven by
//! `evroute-transaction-layer`.
//!
//! [`Uac`] is the one path of local requests: whoever makes one (an RPC, a CANCEL for a call given
//! up) goes through it, and so through `tm:local-request`.

mod cancel;
mod capability;
pub mod events;
mod metrics;
mod module;
mod new_request;
mod originate_error;
mod over_flow;
mod rpc;
mod uac;
mod uac_transaction;
mod users;
mod way;

pub use module::TmModule;
pub use new_request::{NewRequest, Sent};
pub use originate_error::OriginateError;
pub use rpc::{UacArgumentError, parse_uac_start};
pub use uac::Uac;
pub use users::{NotReached, Reached, Users};
