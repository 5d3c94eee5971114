//! Calls by real phones (SIPp) through the real server, with handlers on every request.

// All of this is test code; saying so lets clippy see it.
#[cfg(test)]
mod answers;
#[cfg(test)]
mod arrivals;
#[cfg(test)]
mod authentication;
#[cfg(test)]
mod beside;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod chaos;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod deploy_events;
#[cfg(test)]
mod deploys;
#[cfg(test)]
mod descriptors;
#[cfg(test)]
mod events;
#[cfg(test)]
mod floods;
#[cfg(test)]
mod http;
#[cfg(test)]
mod kept_tables;
#[cfg(test)]
mod lanes;
#[cfg(test)]
mod log;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod nat;
#[cfg(test)]
mod old_phones;
#[cfg(test)]
mod one_revision;
#[cfg(test)]
mod origin;
#[cfg(test)]
mod originate;
#[cfg(test)]
mod phone_page;
// The same server that the sql module is tested against.
#[cfg(test)]
#[path = "../../runtime/modules/sql/src/tests/postgres_server.rs"]
#[allow(dead_code, reason = "killing it is for the module's own tests")]
mod postgres_server;
#[cfg(test)]
mod preprocessor;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod registrations;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod soak;
#[cfg(test)]
mod start;
#[cfg(test)]
mod subscriber_table;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod tls_clients;
#[cfg(test)]
mod tls_peers;
#[cfg(test)]
mod tls_reload;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod torture;
#[cfg(test)]
mod trunks;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod watch;
#[cfg(test)]
mod websocket;
