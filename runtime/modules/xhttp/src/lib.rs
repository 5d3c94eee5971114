//! The xhttp module: requests of HTTP as an event, `xhttp:request`, whose verdict is their answer.
//! Kamailio's `xhttp`, and of its `websocket` the handshake and `websocket:closed`.
//!
//! HTTP itself is spoken by the transport, which asks [`XhttpReceiver`] about each request. A
//! tenant has so many requests under way as its `[tenant.xhttp]` says, and of one source fewer.

mod capability;
mod closed_reports;
mod config;
pub mod events;
mod metrics;
mod module;
mod receiver;
mod request_places;
mod variables;
mod xhttp_tenant;

pub use config::XhttpConfig;
pub use events::{WebSocketClosed, XhttpRequest, XhttpVerdict};
pub use module::XhttpModule;
pub use receiver::XhttpReceiver;
pub use xhttp_tenant::XhttpTenant;
