//! The tm module: transactions at work, and every request the server makes itself. Kamailio's `tm`.
//!
//! [`Layer`] drives the state machines of `evroute-transaction` with locks, a clock and the wire. [`Origin`] is the one
//! path of local requests: whoever makes one (an RPC, a CANCEL for a call given up) goes through it, and so through
//! `tm:local-request`.

mod arrival;
mod asker;
mod cancel;
mod capability;
pub mod events;
mod host_addresses;
mod layer;
mod look_ups;
mod originate;
mod originate_error;
mod own;
mod resolve;
mod rpc;
mod tasks;
mod time;
mod unacknowledged;
mod user;
mod way;

pub use arrival::{Arrival, Named, Newcomer, SendError};
pub use capability::TmModule;
pub use layer::Layer;
pub use originate::{FinalAnswer, NewRequest, Origin, Sent};
pub use originate_error::OriginateError;
pub use own::{DestinationError, Own, Side};
pub use resolve::{ChosenBy, Unresolved, resolve};
pub use rpc::{ArgumentError, parse_uac_start};
pub use tasks::{Later, Place, Tasks};
pub use time::now_us;
pub use user::{ClientSide, ClientUser, Held, Reasons, ServerSide, ServerUser, User};
