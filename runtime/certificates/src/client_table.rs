//! What each tenant dials with.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use evroute_tenant::TenantIndex;
use rustls::ClientConfig;

use crate::{CertificateOwner, ClientSettings};

/// What connections are dialled with over TLS: by tenant, and for tenants that say nothing. They
/// change while the server runs; connections keep what they began with.
#[derive(Debug, Default)]
pub struct ClientTable {
    /// What a tenant says nothing of.
    settings: Option<ClientSettings>,
    of_tenants: RwLock<OfTenants>,
}

#[derive(Debug, Default)]
struct OfTenants {
    fallback: Option<Arc<ClientConfig>>,
    by_tenant: HashMap<TenantIndex, (CertificateOwner, Arc<ClientConfig>)>,
}

impl ClientTable {
    /// One in which tenants that say nothing dial with these, of which this was read.
    #[must_use]
    pub fn new(settings: ClientSettings, fallback: Option<Arc<ClientConfig>>) -> Self {
        let of_tenants = OfTenants {
            fallback,
            by_tenant: HashMap::new(),
        };
        Self {
            settings: Some(settings),
            of_tenants: RwLock::new(of_tenants),
        }
    }

    /// What tenants dial with that say nothing; none where nothing is dialled over TLS.
    #[must_use]
    pub const fn settings(&self) -> Option<&ClientSettings> {
        self.settings.as_ref()
    }

    /// What a tenant dials with; none where nothing is dialled over TLS.
    #[must_use]
    pub fn client_config(&self, tenant: TenantIndex) -> Option<Arc<ClientConfig>> {
        let of_tenants = self
            .of_tenants
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let own = of_tenants.by_tenant.get(&tenant).map(|(_, config)| config);
        own.or(of_tenants.fallback.as_ref()).map(Arc::clone)
    }

    /// From now on tenants that say nothing dial with this.
    pub fn set_fallback(&self, config: Arc<ClientConfig>) {
        self.write().fallback = Some(config);
    }

    /// From now on a tenant dials with this, whoever said something else before.
    pub fn put(&self, tenant: TenantIndex, owner: CertificateOwner, config: Arc<ClientConfig>) {
        self.write().by_tenant.insert(tenant, (owner, config));
    }

    /// Takes back what this owner has put, where nobody has put another since.
    pub fn remove(&self, tenant: TenantIndex, owner: CertificateOwner) {
        let mut of_tenants = self.write();
        let is_own = of_tenants
            .by_tenant
            .get(&tenant)
            .is_some_and(|(by, _)| *by == owner);
        if is_own {
            of_tenants.by_tenant.remove(&tenant);
        }
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, OfTenants> {
        self.of_tenants
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
