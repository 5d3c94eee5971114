//! Who users are: digest authentication of REGISTER and of what a tenant's users send (RFC 3261
//! 22). Kamailio's `auth` and `auth_db`.
//!
//! A tenant without `[tenant.auth]` asks nobody. With it, the core asks [`Authenticator`] for each
//! request before handlers see it: [`Rules`] say whether anybody has to show who he is, and for
//! which realm; [`Subscribers`] have the hashes; the answer is a user, or a refusal to send.

mod auth_result;
mod auth_tenant;
mod authenticator;
mod capability;
mod config;
mod credentials;
pub mod events;
mod failed_attempts;
mod failure_reports;
mod metrics;
mod module;
mod refusals;
mod rpc;
mod rules;
mod store;
mod subscriber;
mod subscriber_cache;
mod subscriber_error;
mod subscriber_file;
mod subscriber_queries;
mod subscribers;

pub use auth_result::{AuthCounts, AuthResult};
pub use auth_tenant::AuthTenant;
pub use authenticator::Authenticator;
pub use config::Config;
pub use failed_attempts::FailureLimits;
pub use module::AuthModule;
pub use rules::{Asked, Rules};
pub use store::Store;
pub use subscriber::Subscriber;
pub use subscriber_error::SubscriberError;
pub use subscriber_queries::SubscriberTable;
pub use subscribers::{Replaces, Subscribers};
