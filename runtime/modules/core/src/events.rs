//! What the core raises, from the first byte of a message to its way out.

mod parse_error;
mod pre_routing;
mod reply;
mod request;

pub use parse_error::ReceiveParseError;
pub use pre_routing::{PreRouting, PreRoutingVerdict};
pub use reply::{Reply, ReplyVerdict};
pub use request::{Request, RequestVerdict};
