//! RPC methods about what tenants used.

use std::sync::Arc;

use evroute_module_api::RpcScope;
use evroute_tenant::{LedgerTotals, Tariff};
use serde_json::{Value, json};

use super::{Usage, UsageRow};
use crate::{DuplicateMethod, RpcError, RpcMethods, RpcParams, Status};

/// `tenant.usage`.
pub(crate) fn add(
    methods: &mut RpcMethods,
    usage: &Arc<Usage>,
    tariff: &Tariff,
    status: &Arc<Status>,
) -> Result<(), DuplicateMethod> {
    let (usage, tariff, status) = (Arc::clone(usage), tariff.clone(), Arc::clone(status));
    methods.add(
        "tenant.usage",
        "[TENANT]: what it, or each tenant, used since its counting began, restarts included: \
         events, fuel, host calls, one number for all of it (work), and what the tariff makes of it",
        RpcScope::reads_tenant(0),
        move |params| {
            let told = tell(&usage, &tariff, &status, &params);
            async move { told }
        },
    )?;
    methods.mark_large("tenant.usage");
    Ok(())
}

fn tell(
    usage: &Usage,
    tariff: &Tariff,
    status: &Status,
    params: &RpcParams,
) -> Result<Value, RpcError> {
    params.only(&["tenant"])?;
    let wanted = params.text_opt(0, "tenant")?;
    let rows = usage.rows(wanted.as_deref());
    if rows.is_empty()
        && let Some(wanted) = wanted
    {
        return Err(RpcError::refused(format!("there is no tenant {wanted:?}")));
    }
    let rows = rows.iter().map(|row| tenant(row, tariff));
    Ok(json!({
        "uptime_seconds": status.uptime().as_secs(),
        "is_kept": usage.is_kept(),
        "currency": tariff.currency,
        "tenants": rows.collect::<Vec<_>>(),
    }))
}

fn tenant(row: &UsageRow, tariff: &Tariff) -> Value {
    let mut told = json!({
        "tenant": row.tenant,
        "since": row.since,
        "work": row.used.work(),
        "amount": tariff.amount(&row.used),
    });
    if let Some(told) = told.as_object_mut() {
        let numbers = LedgerTotals::NAMES.into_iter().zip(row.used.numbers());
        told.extend(numbers.map(|(name, number)| (name.to_owned(), number.into())));
        if row.is_gone {
            told.insert("gone".to_owned(), true.into());
        }
    }
    told
}
