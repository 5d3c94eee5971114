//! The sections of one tenant, as a module reads them.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::path::Path;

use evroute_tenant::TenantQuota;
use serde::de::DeserializeOwned;

use super::{Findings, PeerVerification, Section};

/// The sections of one `[[tenant]]`. A module reads those that are its own.
#[derive(Debug)]
pub struct TenantSections<'a> {
    /// What the tenant may hold.
    pub quota: &'a TenantQuota,
    /// Where embedded databases live.
    pub data_dir: &'a Path,
    /// Who verifies its peers.
    pub peers: PeerVerification,
    /// What is wrong.
    pub findings: &'a mut Findings,
    /// The tenant's own section.
    pub tenant: &'a Section<'a>,
    /// What modules remember of the tenants before.
    pub earlier: &'a mut Earlier,
}

/// What modules remember from one tenant to the next, by its type.
#[derive(Default, Debug)]
pub struct Earlier(HashMap<TypeId, Box<dyn Any>>);

impl TenantSections<'_> {
    /// `[[tenant.key]]`, each as `T` has it; none when their shape is wrong, which is noted.
    pub fn list<T: DeserializeOwned>(&mut self, key: &'static str) -> Vec<T> {
        self.tenant.read(key, self.findings).unwrap_or_default()
    }

    /// `[tenant.key]`; the default when it is not there or its shape is wrong, which is noted.
    pub fn one<T: DeserializeOwned + Default>(&mut self, key: &'static str) -> T {
        self.tenant.read(key, self.findings).unwrap_or_default()
    }

    /// Whether there is a `[[tenant.key]]` of this name, right or wrong as it may be otherwise.
    #[must_use]
    pub fn has(&self, key: &str, name: &str) -> bool {
        self.tenant.names(key).any(|known| known == name)
    }

    /// The tenant's domains; whoever reads them for the server says what is wrong with them.
    pub fn domains(&mut self) -> Vec<String> {
        let Some(toml::Value::Array(domains)) = self.one::<Option<toml::Value>>("domains") else {
            return Vec::new();
        };
        let texts = domains.iter().filter_map(toml::Value::as_str);
        texts.map(str::to_owned).collect()
    }

    /// What this module remembers of the tenants before this one.
    pub fn earlier<T: Any + Default>(&mut self) -> &mut T {
        let memory = self.earlier.0.entry(TypeId::of::<T>());
        let memory = memory.or_insert_with(|| Box::new(T::default()));
        #[allow(clippy::expect_used, reason = "it is kept by its type")]
        memory.downcast_mut().expect("a memory of this type")
    }
}
