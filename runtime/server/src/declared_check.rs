//! Whether a tenant has what the code of a handler names.

use evroute_sandbox::Declared;
use evroute_tenant::Grants;

use crate::{HandlerConfig, TenantConfig};

/// Looks at each table and database, whether it is there and granted.
///
/// The error is one sentence for all of them, with the lines to add.
pub(crate) fn check(
    declared: &Declared,
    tenant: &TenantConfig,
    handler: &HandlerConfig,
) -> Result<(), String> {
    let tables = declared.tables.iter().map(|name| Named {
        kind: "table",
        grant: "htable",
        name,
        exists: tenant.has("table", name),
    });
    let databases = declared.databases.iter().map(|name| Named {
        kind: "database",
        grant: "sql",
        name,
        exists: tenant.has("database", name),
    });
    let named = tables.chain(databases);
    let missing: Vec<_> = named
        .filter_map(|named| named.missing(&handler.grants))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(missing.join("; "))
}

/// One thing that code names.
struct Named<'a> {
    kind: &'static str,
    grant: &'static str,
    name: &'a str,
    exists: bool,
}

impl Named<'_> {
    fn missing(&self, grants: &Grants) -> Option<String> {
        let Self {
            kind, grant, name, ..
        } = self;
        let section = format!("[[tenant.{kind}]] with name = \"{name}\"");
        let granted = format!("\"{grant}:{name}\" to the handler's grants");
        match (self.exists, grants.may(grant, Some(name))) {
            (true, true) => None,
            (true, false) => Some(format!(
                "it uses {kind} {name:?}, which was not granted; add {granted}"
            )),
            (false, true) => Some(format!(
                "it uses {kind} {name:?}, which this tenant does not have; add a {section}"
            )),
            (false, false) => Some(format!(
                "it uses {kind} {name:?}, which this tenant does not have; add a {section}, and {granted}"
            )),
        }
    }
}
