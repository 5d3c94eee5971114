//! Digest authentication (RFC 7616, for SIP RFC 3261 22 and RFC 8760), both sides of it.
//!
//! Texts in, texts out: no socket, no clock, no store. A server makes a [`Challenge`] with a nonce
//! of [`Nonces`], reads what comes back as an [`Authorization`], looks up the [`Ha1`] of its user
//! and asks [`check`]. A client reads challenges and asks [`answer`].

mod algorithm;
mod answer;
mod auth_params;
mod authorization;
mod challenge;
mod check;
mod ha1;
mod nc_windows;
mod nonces;

pub use algorithm::{Algorithm, HexHash};
pub use answer::{AnswerError, Credentials, Retry, answer};
pub use auth_params::MalformedAuth;
pub use authorization::Authorization;
pub use challenge::Challenge;
pub use check::{SignedRequest, Unproven, check};
pub use ha1::Ha1;
pub use nonces::{KnownNonce, NonceFault, Nonces};
