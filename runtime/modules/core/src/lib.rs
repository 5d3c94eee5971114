//! The core module: from a datagram to a decision, and from a decision to the wire.
//!
//! The way of a message is the order of the files: `entrance`, `receive` (parse, validate, tenant, `core:pre-routing`, transaction, with `order`),
//! `request_route` (checks, `core:request`), `decision` (who gets it), `relay` with `outbound` (branches, `core:reply`, the way back) or
//! `local_reply`.

mod arrived;
mod capability;
mod core;
mod decision;
mod entrance;
pub mod events;
mod ignored;
mod leaving;
mod local_reply;
mod location;
mod order;
mod outbound;
mod receive;
mod relay;
mod request_route;
mod unparsed;
mod unsettled;

pub use capability::CoreModule;
pub use core::{Core, Parts, TenantRouting};
pub use entrance::Entrance;
pub use ignored::Ignored;
pub use location::{Contact, Locations, Registered};
pub use order::{DIALOG_QUEUED_MAX, TENANT_QUEUED_MAX};
