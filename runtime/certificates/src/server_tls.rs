//! What the server itself speaks TLS with.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use crate::{
    Authorities, CertificateError, CertificateTable, ClientSettings, ClientTable,
    ServerCertificate, ServerSettings, TlsSource, TlsTables,
};

/// The server's own certificate and authorities, for tenants that have none of their own.
#[derive(Debug, Default)]
pub struct ServerTls {
    tables: Arc<TlsTables>,
    /// None where TLS is not listened on: then nothing has a Via to leave with either.
    source: Option<TlsSource>,
}

impl ServerTls {
    /// Reads its files.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn open(
        server: &ServerSettings,
        authorities: Authorities,
    ) -> Result<Self, CertificateError> {
        let settings = ClientSettings {
            authorities,
            files: Some(server.files.clone()),
            pins: HashMap::new(),
        };
        let (source, loaded) = TlsSource::open(Some(server.clone()), Some(settings.clone()))?;
        let tables = TlsTables {
            certificates: CertificateTable::new(loaded.certificate),
            clients: ClientTable::new(settings, loaded.client),
        };
        Ok(Self {
            tables: Arc::new(tables),
            source: Some(source),
        })
    }

    /// What TLS is spoken with, tenants' included.
    #[must_use]
    pub const fn tables(&self) -> &Arc<TlsTables> {
        &self.tables
    }

    /// Takes what is new in its files; whether anything was. `is_forced` reads them even where they
    /// look the same.
    ///
    /// # Errors
    /// What is wrong with one of them. What was is left.
    pub fn reload(&self, is_forced: bool) -> Result<bool, CertificateError> {
        let Some(source) = &self.source else {
            return Ok(false);
        };
        let Some(loaded) = source.look(is_forced)? else {
            return Ok(false);
        };
        if let Some(certificate) = loaded.certificate {
            self.tables.certificates.set_fallback(certificate);
        }
        if let Some(client) = loaded.client {
            self.tables.clients.set_fallback(client);
        }
        Ok(true)
    }

    /// Its certificate; none where TLS is not spoken.
    #[must_use]
    pub fn certificate(&self) -> Option<Arc<ServerCertificate>> {
        self.source.as_ref().and_then(TlsSource::certificate)
    }

    /// Whether TLS is spoken.
    #[must_use]
    pub const fn is_spoken(&self) -> bool {
        self.source.is_some()
    }

    /// Says in the log what became of a look at its files.
    pub fn tell<E: Display>(&self, reloaded: &Result<bool, E>) {
        match reloaded {
            Ok(true) => tracing::info!("the server speaks TLS with new files"),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "the server keeps what it speaks TLS with");
            }
        }
    }

    /// How often changed files could not be used.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.source.as_ref().map_or(0, TlsSource::failures)
    }
}
