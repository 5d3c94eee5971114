//! The registrar of every tenant, as the core asks for it.

use std::sync::Arc;

use evroute_module_core::{Contact, Locations, Registered};
use evroute_module_tm::now_us;
use evroute_module_usrloc::{
    Aor, Config as UsrlocConfig, LocationTable, RegisterError, Timestamp, answer_headers,
    read_register,
};
use evroute_sip::{HeaderName, Message};
use evroute_tenant::TenantIndex;
use evroute_transport::Flow;

use crate::Config;

/// Location tables, by tenant.
pub(crate) struct TenantLocations(Vec<Arc<LocationTable>>);

impl TenantLocations {
    pub(crate) fn new(config: &Config) -> Self {
        let table = |tenant: &crate::TenantConfig| {
            let quota = &tenant.quota;
            Arc::new(LocationTable::new(UsrlocConfig {
                contacts_max: usize::try_from(quota.contacts_max).unwrap_or(usize::MAX),
                aor_contacts_max: usize::try_from(quota.aor_contacts_max).unwrap_or(usize::MAX),
                ..UsrlocConfig::default()
            }))
        };
        Self(config.tenants.iter().map(table).collect())
    }

    /// The tables, for whoever sweeps them.
    pub(crate) fn tables(&self) -> Vec<(TenantIndex, Arc<LocationTable>)> {
        let table = |(at, table): (usize, &Arc<LocationTable>)| {
            Some((TenantIndex::from_position(at)?, Arc::clone(table)))
        };
        self.0.iter().enumerate().filter_map(table).collect()
    }
}

impl Locations for TenantLocations {
    fn lookup(&self, tenant: TenantIndex, aor: &str) -> Vec<Contact> {
        let Some(table) = self.0.get(tenant.position()) else {
            return Vec::new();
        };
        let Some(aor) = aor
            .split_once('@')
            .and_then(|(user, host)| Aor::new(user, host))
        else {
            return Vec::new();
        };
        let found = table.lookup(aor.as_str(), now());
        let contact = |binding: Arc<evroute_module_usrloc::Binding>| Contact {
            uri: binding.uri.clone(),
            target: binding.target(),
        };
        found.into_iter().map(contact).collect()
    }

    fn register(
        &self,
        tenant: TenantIndex,
        aor: &str,
        request: &Message,
        flow: &Flow,
    ) -> Registered {
        let table = self.0.get(tenant.position());
        let aor = aor
            .split_once('@')
            .and_then(|(user, host)| Aor::new(user, host));
        let (Some(table), Some(aor)) = (table, aor) else {
            return Registered {
                code: 404,
                reason: "Not Found",
                headers: Vec::new(),
            };
        };
        let now = now();
        let saved = read_register(request, &aor, flow, now, table.config())
            .and_then(|update| table.save(&aor, update, now));
        match saved {
            Ok(bindings) => {
                let headers = named(answer_headers(request, &bindings, now));
                Registered {
                    code: 200,
                    reason: "OK",
                    headers,
                }
            }
            Err(error) => refused(&error, &aor),
        }
    }
}

fn refused(error: &RegisterError, aor: &Aor) -> Registered {
    tracing::info!(aor = aor.as_str(), %error, "a registration was refused");
    let (code, reason) = error.status();
    Registered {
        code,
        reason,
        headers: named(error.header()),
    }
}

fn named(
    headers: impl IntoIterator<Item = (HeaderName<'static>, String)>,
) -> Vec<(String, String)> {
    headers
        .into_iter()
        .map(|(name, value)| (name.as_str().to_owned(), value))
        .collect()
}

fn now() -> Timestamp {
    Timestamp::from_seconds(now_us() / 1_000_000)
}
