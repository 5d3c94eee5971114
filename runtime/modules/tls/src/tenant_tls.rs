//! What the module keeps for a tenant.

use std::sync::Arc;

use evroute_certificates::{
    CertificateError, CertificateOwner, ClientSettings, LoadedTls, ServerCertificate, TlsSource,
    TlsTables,
};
use evroute_event::UnknownEvent;
use evroute_module_api::{LiveTenant, TenantPart, Work};
use evroute_tenant::TenantIndex;

use crate::watch::watch;
use crate::{TenantTlsConfig, config};

/// What a tenant speaks TLS with, in the server's tables.
#[derive(Debug)]
pub struct TenantTls {
    /// Where it is; none where nothing of the tenant is open, or where the server has no tables.
    place: Option<Place>,
}

#[derive(Debug)]
struct Place {
    tables: Arc<TlsTables>,
    owner: CertificateOwner,
    tenant: TenantIndex,
    domains: Vec<String>,
    expiring_days: u32,
    source: TlsSource,
}

impl TenantTls {
    pub(crate) const fn unopened() -> Self {
        Self { place: None }
    }

    /// Reads the tenant's files; from now on they are what it speaks TLS with. What it says nothing
    /// of is the server's.
    pub(crate) fn open(
        tenant: TenantIndex,
        config: &TenantTlsConfig,
        tables: Arc<TlsTables>,
    ) -> Result<Self, CertificateError> {
        let own = config.server.as_ref().map(|server| &server.files);
        let client = tables.clients.settings().map(|of_server| ClientSettings {
            authorities: config
                .authorities
                .as_ref()
                .unwrap_or(&of_server.authorities)
                .clone(),
            files: own.or(of_server.files.as_ref()).cloned(),
            pins: config::by_name(config),
        });
        let (source, loaded) = TlsSource::open(config.server.clone(), client)?;
        let place = Place {
            owner: tables.certificates.owner(),
            tables,
            tenant,
            domains: config.domains.clone(),
            expiring_days: config.expiring_days,
            source,
        };
        place.put(loaded);
        Ok(Self { place: Some(place) })
    }

    /// Takes what is new in its files; whether anything was. `is_forced` reads them even where they
    /// look the same.
    ///
    /// # Errors
    /// What is wrong with one of them. What was is left.
    pub(crate) fn reload(&self, is_forced: bool) -> Result<bool, CertificateError> {
        let Some(place) = &self.place else {
            return Ok(false);
        };
        let loaded = place.source.look(is_forced)?;
        let is_new = loaded.is_some();
        if let Some(loaded) = loaded {
            place.put(loaded);
        }
        Ok(is_new)
    }

    /// Its certificate; none where it shows the server's.
    pub(crate) fn certificate(&self) -> Option<Arc<ServerCertificate>> {
        self.place.as_ref()?.source.certificate()
    }

    /// When its certificate ends, and how many days are left, if it is soon. `now` is in seconds.
    pub(crate) fn expiring(&self, now: u64) -> Option<(u64, u32)> {
        let place = self.place.as_ref()?;
        let certificate = place.source.certificate()?;
        let days = u32::try_from(certificate.days_left(now)?).ok()?;
        let is_soon = days < place.expiring_days;
        is_soon.then_some((certificate.not_after?, days))
    }

    /// How often changed files could not be used.
    pub(crate) fn failures(&self) -> u64 {
        let place = self.place.as_ref();
        place.map_or(0, |place| place.source.failures())
    }
}

impl Place {
    fn put(&self, loaded: LoadedTls) {
        let tables = &self.tables;
        if let Some(certificate) = loaded.certificate {
            let certificates = &tables.certificates;
            certificates.put((self.owner, self.tenant), &self.domains, certificate);
        }
        if let Some(client) = loaded.client {
            tables.clients.put(self.tenant, self.owner, client);
        }
    }
}

impl TenantPart for TenantTls {
    /// Looks at the files, and says when the certificate ends soon.
    fn background(self: Arc<Self>, tenant: &LiveTenant) -> Result<Vec<Work>, UnknownEvent> {
        if self.place.is_none() {
            return Ok(Vec::new());
        }
        let expiring = tenant.emitter.port()?;
        Ok(vec![Box::pin(watch(self, tenant.clone(), expiring))])
    }

    fn close(self: Arc<Self>) -> Option<Work> {
        if let Some(place) = &self.place {
            place.tables.certificates.remove(place.owner);
            place.tables.clients.remove(place.tenant, place.owner);
        }
        None
    }
}
