//! What the core raises, from the first byte of a message to its way out.

use std::sync::Arc;

use evroute_module_api::{EventBinding, TypedBinding};

mod parse_error;
mod pre_routing;
mod reply;
mod request;
mod source_blocked;

pub use parse_error::ReceiveParseError;
pub use pre_routing::{PreRouting, PreRoutingVerdict};
pub use reply::{Reply, ReplyVerdict};
pub use request::{Request, RequestVerdict};
pub use source_blocked::SourceBlocked;

/// All of them, in the order of the reference.
pub(crate) fn bindings() -> Vec<Arc<dyn EventBinding>> {
    vec![
        Arc::new(TypedBinding::<PreRouting>::default()),
        Arc::new(TypedBinding::<Request>::default()),
        Arc::new(TypedBinding::<Reply>::default()),
        Arc::new(TypedBinding::<ReceiveParseError>::default()),
        Arc::new(TypedBinding::<SourceBlocked>::default()),
    ]
}
