//! What clients are accepted with.

use std::path::Path;

use crate::{CertificateError, CertificateFiles, ClientVerification, ServerCertificate};

/// What a tenant, or the server where a tenant says nothing, is shown with over TLS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServerSettings {
    /// The certificate.
    pub files: CertificateFiles,
    /// How those are verified who are shown it; none asks them for no certificate.
    pub clients: Option<ClientVerification>,
}

impl ServerSettings {
    /// Reads their files.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn read(&self) -> Result<ServerCertificate, CertificateError> {
        let verifier = self.clients.as_ref().map(ClientVerification::read);
        ServerCertificate::new(self.files.load()?, &self.files, verifier.transpose()?)
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        let clients = self.clients.iter().flat_map(ClientVerification::paths);
        self.files.paths().chain(clients)
    }
}
