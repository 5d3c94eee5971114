//! Reading what the operator wrote: every mistake with its line, what is wrong and what to do.
//!
//! A module reads its sections of a tenant in a `config.rs` of its own ([`TenantSections`]) and
//! checks the values with [`Findings`]; the server puts the file together and prints the mistakes.

mod client_certificates;
mod error;
mod findings;
mod names;
mod nearest;
mod peer_verification;
mod section;
mod shape;
mod tenant_sections;

/// A value and where it stands in the file.
pub type At<T> = toml::Spanned<T>;

pub use client_certificates::RawClientCertificates;
pub use error::{ConfigError, ConfigErrors};
pub use findings::Findings;
pub use names::Names;
pub use nearest::nearest;
pub use peer_verification::PeerVerification;
pub use section::Section;
pub use tenant_sections::{Earlier, TenantSections};
