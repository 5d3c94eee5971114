//! What the operator may say: `[[tenant.table]]`, and the tenant's quota of tables.

use std::any::Any;
use std::sync::Arc;

use evroute_journal::Journal;
use evroute_module_api::config::{At, Names, TenantSections};
use evroute_module_api::{ModuleConfig, NewTenant, OpenFault, Opening, TenantPart};
use serde::Deserialize;

use crate::HtableTenant;

/// A tenant's tables and shared variables.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// `[[tenant.table]]`
    pub tables: Vec<TableConfig>,
    /// What the tables may hold together.
    pub total: TotalConfig,
    /// What the shared variables may hold.
    pub shared: ShvConfig,
}

/// One table as the tenant configured it. Kamailio's `htable` modparam.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableConfig {
    /// Its name, unique within the tenant.
    pub name: String,
    /// How long an entry lives when its writer does not say, in seconds; 0, the default, for good.
    /// Kamailio's `autoexpire`.
    pub expire_seconds: u32,
    /// How many entries it holds. Default 10,000.
    pub entries_max: u64,
    /// How many bytes its keys and values have together.
    pub bytes_max: u64,
    /// Whether it outlives the server. Default false.
    pub persist: bool,
}

/// How much all tables of a tenant may hold together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TotalConfig {
    /// Entries of all tables.
    pub entries_max: u64,
    /// Bytes of all tables' keys and values.
    pub bytes_max: u64,
}

/// How much a tenant's shared variables may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ShvConfig {
    /// How many variables may have been written.
    pub entries_max: u64,
    /// How many bytes their names and values have together.
    pub bytes_max: u64,
}

/// `[[tenant.table]]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    name: At<String>,
    expire_seconds: Option<At<i64>>,
    entries_max: Option<At<i64>>,
    persist: Option<bool>,
}

impl Config {
    /// Reads and checks the tenant's sections.
    pub(crate) fn read(sections: &mut TenantSections<'_>) -> Self {
        let raw: Vec<RawTable> = sections.list("table");
        let (quota, check) = (sections.quota, &mut *sections.findings);
        let mut names = Names::default();
        let table = |raw: RawTable| {
            check.word(&raw.name, "tenant.table.name");
            names.claim(check, &raw.name, "tenant.table.name");
            let (expire, entries) = (raw.expire_seconds.as_ref(), raw.entries_max.as_ref());
            let seconds = 0..=i64::from(u32::MAX);
            TableConfig {
                expire_seconds: check.number("tenant.table.expire_seconds", expire, seconds, 0),
                entries_max: check.number(
                    "tenant.table.entries_max",
                    entries,
                    1..=1_000_000_000,
                    10_000,
                ),
                bytes_max: quota.table_bytes_max,
                persist: raw.persist.unwrap_or(false),
                name: raw.name.into_inner(),
            }
        };
        Self {
            tables: raw.into_iter().map(table).collect(),
            total: TotalConfig {
                entries_max: quota.table_entries_max,
                bytes_max: quota.table_bytes_max,
            },
            shared: ShvConfig {
                entries_max: quota.shv_entries_max,
                bytes_max: quota.shv_bytes_max,
            },
        }
    }
}

impl ModuleConfig for Config {
    fn keep(&self, tenant: &NewTenant<'_>) -> Arc<dyn TenantPart> {
        let tables = self.tables.clone();
        let part = HtableTenant::with_total(tables, self.total, self.shared);
        Arc::new(part.of_tenant(tenant.id))
    }

    fn open<'a>(&'a self, tenant: &'a NewTenant<'a>) -> Opening<'a> {
        Box::pin(async move {
            let fault = |why: String| {
                let fix = "or write persist = false in its [[tenant.table]]";
                OpenFault::Tenant(format!("tables cannot be kept: {why}; {fix}"))
            };
            let Some(journal) = tenant.state.share::<Journal>() else {
                return Ok(self.keep(tenant));
            };
            // What runs have just changed is read again.
            let before = tenant
                .before
                .map(|before| Arc::clone(before) as Arc<dyn Any + Send + Sync>);
            if let Some(before) = before.and_then(|before| before.downcast::<HtableTenant>().ok()) {
                let flushed = before.flush().await;
                flushed.map_err(|error| fault(error.to_string()))?;
            }
            let (config, id, quota) = (self.clone(), tenant.id.clone(), *tenant.quota);
            let open = move || HtableTenant::open(config, &journal, &id, &quota);
            let opened = tokio::task::spawn_blocking(open).await;
            let opened = opened.map_err(|broken| fault(broken.to_string()))?;
            let opened = opened.map_err(|error| fault(error.to_string()))?;
            Ok(Arc::new(opened) as Arc<dyn TenantPart>)
        })
    }
}
