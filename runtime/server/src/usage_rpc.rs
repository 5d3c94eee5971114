//! RPC methods about what tenants used.

use std::sync::Arc;

use evroute_module_api::RpcScope;
use evroute_tenant::{Ledger, LedgerTotals, OutgoingRate, Tariff};
use serde_json::{Value, json};

use crate::handlers::Handlers;
use crate::{DuplicateMethod, RpcError, RpcMethods, RpcParams, Status};

/// `tenant.usage`.
pub(crate) fn add(
    methods: &mut RpcMethods,
    handlers: &Arc<Handlers>,
    tariff: &Tariff,
    status: &Arc<Status>,
) -> Result<(), DuplicateMethod> {
    let (handlers, tariff, status) = (Arc::clone(handlers), tariff.clone(), Arc::clone(status));
    methods.add(
        "tenant.usage",
        "[TENANT]: what it, or each tenant, used since the server started: events, fuel, host \
         calls, one number for all of it (work), and what the tariff makes of it",
        RpcScope::reads_tenant(0),
        move |params| {
            let usage = usage(&handlers, &tariff, &status, &params);
            async move { usage }
        },
    )
}

fn usage(
    handlers: &Handlers,
    tariff: &Tariff,
    status: &Status,
    params: &RpcParams,
) -> Result<Value, RpcError> {
    params.only(&["tenant"])?;
    let wanted = params.text_opt(0, "tenant")?;
    let mut rows = Vec::new();
    for (_, tenant) in handlers.all() {
        let id = tenant.config.id.as_str();
        if wanted.as_deref().is_some_and(|wanted| wanted != id) {
            continue;
        }
        let totals = tenant.state.get::<Ledger>().map(Ledger::totals);
        let outgoing = tenant.state.get::<OutgoingRate>();
        rows.push(row(id, &totals.unwrap_or_default(), outgoing, tariff));
    }
    if rows.is_empty()
        && let Some(wanted) = wanted
    {
        return Err(RpcError::refused(format!("there is no tenant {wanted:?}")));
    }
    Ok(json!({
        "since_seconds": status.uptime().as_secs(),
        "currency": tariff.currency,
        "tenants": rows,
    }))
}

fn row(
    tenant: &str,
    used: &LedgerTotals,
    outgoing: Option<&OutgoingRate>,
    tariff: &Tariff,
) -> Value {
    json!({
        "tenant": tenant,
        "events": used.runs,
        "events_failed": used.runs_failed,
        "events_refused": used.refused,
        "fuel": used.fuel,
        "hostcalls": used.meter.hostcall_cost,
        "hostcall_bytes": used.meter.hostcall_bytes,
        "log_lines": used.meter.log_lines,
        "log_bytes": used.meter.log_bytes,
        "actions": used.meter.actions,
        "outgoing_requests": outgoing.map_or(0, OutgoingRate::sent),
        "outgoing_refused": outgoing.map_or(0, OutgoingRate::refused),
        "work": used.work(),
        "amount": tariff.amount(used),
    })
}
