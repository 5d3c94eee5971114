//! Who computes.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};

/// The cryptography of every TLS session of this program. It is handed to each builder and never
/// made the process's default: where two parts of a program set one, the second panics.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
