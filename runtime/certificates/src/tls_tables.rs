//! What TLS is spoken with, both ways.

use crate::{CertificateTable, ClientTable};

/// What TLS is spoken with. It may change at any time; connections keep what they began with.
#[derive(Debug, Default)]
pub struct TlsTables {
    /// What clients are shown.
    pub certificates: CertificateTable,
    /// What connections are dialled with.
    pub clients: ClientTable,
}
