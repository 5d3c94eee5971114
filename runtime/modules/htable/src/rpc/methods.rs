//! RPC methods of this module: `htable.*`, and `pv.shvGet`, `pv.shvSet` for the shared variables.

use std::sync::Arc;

use evroute_module_api::{
    RpcCall, RpcError, RpcMethod, RpcParams, RpcResult, RpcScope, ServerState,
};

use crate::rpc::{self, RpcRefusal};
use crate::{HtableTenant, Stored};

/// Names and arguments as Kamailio's.
pub(crate) const METHODS: &[RpcMethod] = &[
    RpcMethod {
        name: "htable.dump",
        doc: "TABLE [TENANT] [AFTER]: its entries, by key; next in the answer is where to go on after",
        scope: RpcScope::reads_tenant(1),
        is_large: true,
        call: RpcCall::Sync(dump),
    },
    RpcMethod {
        name: "htable.listTables",
        doc: "[TENANT]: name, entries and bytes of each table",
        scope: RpcScope::reads_tenant(0),
        is_large: false,
        call: RpcCall::Sync(list),
    },
    RpcMethod {
        name: "htable.get",
        doc: "TABLE KEY [TENANT]: one entry",
        scope: RpcScope::reads_tenant(2),
        is_large: false,
        call: RpcCall::Sync(get),
    },
    RpcMethod {
        name: "htable.sets",
        doc: "TABLE KEY TEXT [TENANT]: writes a text",
        scope: RpcScope::changes_tenant(3),
        is_large: false,
        call: RpcCall::Sync(sets),
    },
    RpcMethod {
        name: "htable.seti",
        doc: "TABLE KEY NUMBER [TENANT]: writes a number",
        scope: RpcScope::changes_tenant(3),
        is_large: false,
        call: RpcCall::Sync(seti),
    },
    RpcMethod {
        name: "htable.delete",
        doc: "TABLE KEY [TENANT]: removes an entry",
        scope: RpcScope::changes_tenant(2),
        is_large: false,
        call: RpcCall::Sync(delete),
    },
    RpcMethod {
        name: "pv.shvGet",
        doc: "[NAME] [TENANT]: one shared variable, or all that were written",
        scope: RpcScope::reads_tenant(1),
        is_large: false,
        call: RpcCall::Sync(shv_get),
    },
    RpcMethod {
        name: "pv.shvSet",
        doc: "NAME int|str VALUE [TENANT]: writes a shared variable",
        scope: RpcScope::changes_tenant(3),
        is_large: false,
        call: RpcCall::Sync(shv_set),
    },
];

/// Whose tables are meant; may be left open where there is one tenant.
fn of(
    server: &ServerState,
    params: &RpcParams,
    position: usize,
) -> Result<Arc<HtableTenant>, RpcError> {
    let tenant = server.tenant_or_only(params.text_opt(position, "tenant")?.as_deref());
    let tenant = tenant.map_err(RpcError::invalid_params)?;
    let tables = tenant.share();
    tables.ok_or_else(|| RpcError::internal("this tenant keeps no tables"))
}

fn dump(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["table", "tenant", "after"])?;
    let tenant = of(server, params, 1)?;
    let (table, after) = (params.text(0, "table")?, params.text_opt(2, "after")?);
    rpc::dump(&tenant, &table, after.as_deref(), (server.clock)()).map_err(refused)
}

fn list(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["tenant"])?;
    Ok(rpc::list_tables(&*of(server, params, 0)?))
}

fn get(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["table", "key", "tenant"])?;
    let (table, key) = (params.text(0, "table")?, params.text(1, "key")?);
    rpc::get(&*of(server, params, 2)?, &table, &key, (server.clock)()).map_err(refused)
}

fn sets(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["table", "key", "value", "tenant"])?;
    let value = params.text(2, "value")?;
    set(server, params, Stored::Text(value.as_str().into()))
}

fn seti(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["table", "key", "value", "tenant"])?;
    set(server, params, Stored::Int(params.integer(2, "value")?))
}

fn set(server: &ServerState, params: &RpcParams, value: Stored) -> RpcResult {
    let (table, key) = (params.text(0, "table")?, params.text(1, "key")?);
    rpc::set(
        &of(server, params, 3)?,
        &table,
        &key,
        value,
        (server.clock)(),
    )
    .map_err(refused)
}

fn delete(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["table", "key", "tenant"])?;
    let (table, key) = (params.text(0, "table")?, params.text(1, "key")?);
    rpc::delete(&of(server, params, 2)?, &table, &key, (server.clock)()).map_err(refused)
}

fn shv_get(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["name", "tenant"])?;
    let name = params.text_opt(0, "name")?;
    Ok(rpc::shv_get(&*of(server, params, 1)?, name.as_deref()))
}

fn shv_set(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["name", "type", "value", "tenant"])?;
    let value = match params.text(1, "type")?.as_str() {
        "int" => Stored::Int(params.integer(2, "value")?),
        "str" => Stored::Text(params.text(2, "value")?.as_str().into()),
        other => {
            return Err(RpcError::invalid_params(format!(
                "{other:?} is neither int nor str"
            )));
        }
    };
    rpc::shv_set(&of(server, params, 3)?, &params.text(0, "name")?, value).map_err(refused)
}

fn refused(refusal: RpcRefusal) -> RpcError {
    RpcError::refused(refusal.to_string())
}
