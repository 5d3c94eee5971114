//! The operator's hand: the methods `uac.reg_*`. Names as Kamailio's.

use std::sync::Arc;
use std::time::Instant;

use evroute_module_api::{
    RpcCall, RpcError, RpcMethod, RpcParams, RpcResult, RpcScope, ServerState,
};
use serde_json::{Value as Json, json};

use crate::TrunkTable;
use crate::trunk::Trunk;

pub(crate) const METHODS: &[RpcMethod] = &[
    RpcMethod {
        name: "uac.reg_dump",
        doc: "[TENANT]: trunks, and whether they are registered",
        scope: RpcScope::reads_tenant(0),
        is_large: true,
        call: RpcCall::Sync(dump),
    },
    RpcMethod {
        name: "uac.reg_refresh",
        doc: "TRUNK [TENANT]: registers with a trunk again, now",
        scope: RpcScope::changes_tenant(1),
        is_large: false,
        call: RpcCall::Sync(refresh),
    },
    RpcMethod {
        name: "uac.reg_enable",
        doc: "TRUNK [TENANT]: registers with a trunk from now on",
        scope: RpcScope::changes_tenant(1),
        is_large: false,
        call: RpcCall::Sync(|server, params| set_enabled(server, params, true)),
    },
    RpcMethod {
        name: "uac.reg_disable",
        doc: "TRUNK [TENANT]: is not registered with a trunk any more, until the server starts \
              anew",
        scope: RpcScope::changes_tenant(1),
        is_large: false,
        call: RpcCall::Sync(|server, params| set_enabled(server, params, false)),
    },
];

/// Whose trunks are meant; may be left open where there is one tenant.
fn of(
    server: &ServerState,
    params: &RpcParams,
    position: usize,
) -> Result<Arc<TrunkTable>, RpcError> {
    let tenant = server.tenant_or_only(params.text_opt(position, "tenant")?.as_deref());
    let tenant = tenant.map_err(RpcError::invalid_params)?;
    tenant.share::<TrunkTable>().ok_or_else(|| {
        RpcError::refused(format!(
            "tenant {} has no trunk; write [[tenant.trunk]] in its configuration",
            tenant.id
        ))
    })
}

fn named(server: &ServerState, params: &RpcParams) -> Result<Arc<Trunk>, RpcError> {
    params.only(&["trunk", "tenant"])?;
    let table = of(server, params, 1)?;
    let name = params.text(0, "trunk")?;
    table.named(&name).cloned().ok_or_else(|| {
        let names: Vec<&str> = table.all().map(|one| one.config.name.as_str()).collect();
        let names = names.join(", ");
        RpcError::refused(format!("no trunk is named {name}; there are {names}"))
    })
}

fn dump(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["tenant"])?;
    let table = of(server, params, 0)?;
    let now = Instant::now();
    let shown: Vec<_> = table.all().map(|trunk| shown(trunk, now)).collect();
    Ok(json!({ "trunks": shown }))
}

fn shown(trunk: &Trunk, now: Instant) -> Json {
    let (config, status) = (&trunk.config, trunk.status());
    let left = |at: Option<Instant>| at.map(|at| at.saturating_duration_since(now).as_secs());
    let is_registered = status.is_registered(now);
    json!({
        "name": config.name,
        "registrar": config.registrar,
        "user": config.user,
        "enabled": status.is_enabled,
        "registered": is_registered,
        "expires": left(status.registered_until).filter(|_| is_registered),
        "next_attempt": left(status.next_attempt),
        "failures": status.failures,
        "failed_of": status.failed_of.map(|error| format!("{} {}", error.status, error.reason)),
    })
}

fn refresh(server: &ServerState, params: &RpcParams) -> RpcResult {
    let trunk = named(server, params)?;
    if !trunk.status().is_enabled {
        let name = &trunk.config.name;
        let wrong = format!("trunk {name} is not registered with; enable it by uac.reg_enable");
        return Err(RpcError::refused(wrong));
    }
    trunk.refresh();
    Ok(json!({ "trunk": trunk.config.name }))
}

fn set_enabled(server: &ServerState, params: &RpcParams, is_enabled: bool) -> RpcResult {
    let trunk = named(server, params)?;
    trunk.enable(is_enabled);
    Ok(json!({ "trunk": trunk.config.name, "enabled": is_enabled }))
}
