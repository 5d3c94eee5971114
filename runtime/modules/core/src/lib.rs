//! The core module: from a datagram to a decision, and from a decision to the wire.
//!
//! The way of a message is the order of the files: `entrance`, `receive` (parse, validate, tenant,
//! `core:pre-routing`, transaction, with `order`), `request_route` (checks, `core:request`),
//! `decision` (who gets it, with `users` and `static_routes`), `relay` with `outbound` (branches,
//! `core:reply`, the way back) or `local_reply`.

mod authenticate;
mod capability;
mod config;
mod connection_ends;
mod contact_alias;
mod core;
mod decision;
mod event_subject;
pub mod events;
mod flow_tokens;
mod ignored;
mod ingress;
mod local_reply;
mod metrics;
mod module;
mod order;
mod outbound;
mod outgoing_request;
mod pike_config;
mod rate_table;
mod receive;
mod relay;
mod request_route;
mod response_guard;
mod route_permission;
mod routing_context;
mod rpc;
mod sources;
mod static_routes;
mod tenant_pike;
mod unparsed;
mod users;

pub use config::Config;
pub use core::{Core, Parts, TenantRouting};
pub use ignored::Ignored;
pub use ingress::Ingress;
pub use module::CoreModule;
pub use order::{DIALOG_QUEUED_MAX, TENANT_QUEUED_MAX};
pub use static_routes::{RouteMatch, RouteSender, StaticRoute, StaticRoutes};
pub use tenant_pike::{TenantPike, TenantPikeLimits};
