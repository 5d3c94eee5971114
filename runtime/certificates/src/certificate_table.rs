//! Which certificate a client is shown, by the name that it asks for (SNI, RFC 6066 3).

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use evroute_tenant::{TenantIndex, VerifiedBy};
use rustls::ServerConfig;

use crate::ServerCertificate;

/// The certificates of one server: one for whoever asks for no name or for one that nobody has, and
/// those of tenants by name. They come and go while it runs.
#[derive(Debug, Default)]
pub struct CertificateTable {
    index: RwLock<Index>,
}

/// What a client is accepted with.
#[derive(Clone, Debug)]
pub struct ChosenCertificate {
    /// What it is shown, and how it is verified.
    pub config: Arc<ServerConfig>,
    /// Whose word that is.
    pub verified_by: VerifiedBy,
}

/// Who has put a certificate into a table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CertificateOwner(u64);

#[derive(Debug, Default)]
struct Index {
    fallback: Option<Arc<ServerCertificate>>,
    of_owners: HashMap<CertificateOwner, Entry>,
    by_name: HashMap<Box<str>, Vec<Claim>>,
    last: u64,
}

#[derive(Debug)]
struct Entry {
    certificate: Arc<ServerCertificate>,
    tenant: TenantIndex,
    names: Vec<Box<str>>,
}

/// Who wants to be shown for a name. Whose domain it is goes before whose certificate has it; the
/// newest of the first, since a tenant that changes is there twice for a moment, and the oldest of
/// the second, so that nobody takes a name that somebody has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Claim {
    owner: CertificateOwner,
    is_domain: bool,
}

impl CertificateTable {
    /// One that shows this to whoever asks for no name that somebody has.
    #[must_use]
    pub fn new(fallback: Option<Arc<ServerCertificate>>) -> Self {
        let index = Index {
            fallback,
            ..Index::default()
        };
        Self {
            index: RwLock::new(index),
        }
    }

    /// What a client that asks for this name is accepted with: of whose domain it is, else of a
    /// certificate with the name, else of one with `*.` and the rest of it, else the server's own.
    /// None where there is not even that.
    #[must_use]
    pub fn choose(&self, name: Option<&str>) -> Option<ChosenCertificate> {
        let index = self.read();
        let named = name.and_then(|name| index.named(&plain(name)));
        named.or_else(|| index.own())
    }

    /// The same, but the server's own only for a name that it is for: who asks for no name, or for
    /// one that nobody has, is shown none.
    #[must_use]
    pub fn choose_by_name(&self, name: Option<&str>) -> Option<ChosenCertificate> {
        let (index, name) = (self.read(), plain(name?));
        index.named(&name).or_else(|| {
            let own = index.fallback.as_ref()?;
            own.is_for(&name).then(|| index.own()).flatten()
        })
    }

    /// From now on this is the server's own. Connections keep what they began with.
    pub fn set_fallback(&self, certificate: Arc<ServerCertificate>) {
        self.write().fallback = Some(certificate);
    }

    /// The server's own; none where it has none.
    #[must_use]
    pub fn fallback(&self) -> Option<Arc<ServerCertificate>> {
        self.read().fallback.clone()
    }

    /// A new owner, of nothing yet.
    #[must_use]
    pub fn owner(&self) -> CertificateOwner {
        let mut index = self.write();
        index.last += 1;
        CertificateOwner(index.last)
    }

    /// Puts an owner's certificate in place of the one it had. `domains` are its own; the names
    /// that the certificate itself is for count as well.
    pub fn put(
        &self,
        (owner, tenant): (CertificateOwner, TenantIndex),
        domains: &[String],
        certificate: Arc<ServerCertificate>,
    ) {
        let mut index = self.write();
        index.remove(owner);
        let own = domains.iter().map(|name| (name.to_ascii_lowercase(), true));
        let named = certificate.names.iter().map(|name| (name.clone(), false));
        let mut names = Vec::new();
        for (name, is_domain) in own.chain(named) {
            let name: Box<str> = name.into();
            let claims = index.by_name.entry(name.clone()).or_default();
            claims.push(Claim { owner, is_domain });
            names.push(name);
        }
        let entry = Entry {
            certificate,
            tenant,
            names,
        };
        index.of_owners.insert(owner, entry);
    }

    /// Takes an owner's certificate out.
    pub fn remove(&self, owner: CertificateOwner) {
        self.write().remove(owner);
    }

    fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As names are kept.
fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

impl Index {
    fn own(&self) -> Option<ChosenCertificate> {
        let own = self.fallback.as_ref()?;
        Some(ChosenCertificate {
            config: Arc::clone(&own.config),
            verified_by: VerifiedBy::Server,
        })
    }

    fn named(&self, name: &str) -> Option<ChosenCertificate> {
        let claims = self.by_name.get(name).or_else(|| {
            let (_, rest) = name.split_once('.')?;
            self.by_name.get(format!("*.{rest}").as_str())
        })?;
        let of_domain = claims.iter().filter(|claim| claim.is_domain);
        let chosen = of_domain
            .max_by_key(|claim| claim.owner)
            .or_else(|| claims.iter().min_by_key(|claim| claim.owner))?;
        let entry = self.of_owners.get(&chosen.owner)?;
        Some(ChosenCertificate {
            config: Arc::clone(&entry.certificate.config),
            verified_by: VerifiedBy::Tenant(entry.tenant),
        })
    }

    fn remove(&mut self, owner: CertificateOwner) {
        let Some(entry) = self.of_owners.remove(&owner) else {
            return;
        };
        for name in entry.names {
            let Some(claims) = self.by_name.get_mut(&name) else {
                continue;
            };
            claims.retain(|claim| claim.owner != owner);
            if claims.is_empty() {
                self.by_name.remove(&name);
            }
        }
    }
}
