//! RPC methods of this module: `pike.*`, Kamailio's module for it.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use evroute_module_api::{
    RpcCall, RpcError, RpcMethod, RpcParams, RpcResult, RpcScope, ServerState,
};
use serde_json::{Value, json};

use crate::rate_table::Banned;
use crate::sources::SourceTable;
use crate::tenant_pike::TenantPike;
use crate::{Core, TenantRouting};

/// How many one answer lists.
const ROWS_MAX: usize = 1_000;

pub(crate) const METHODS: &[RpcMethod] = &[
    RpcMethod {
        name: "pike.list",
        doc: "sources of which nothing is read since they sent too much, for how long, and what was dropped",
        scope: RpcScope::READS_SERVER,
        is_large: true,
        call: RpcCall::Sync(list),
    },
    RpcMethod {
        name: "pike.unban",
        doc: "ADDRESS: reads what comes from there again",
        scope: RpcScope::CHANGES_SERVER,
        is_large: false,
        call: RpcCall::Sync(unban),
    },
    RpcMethod {
        name: "pike.blocked",
        doc: "[TENANT]: sources and users that are blocked since they sent this tenant too much, for how long, and \
              what was refused",
        scope: RpcScope::reads_tenant(0),
        is_large: true,
        call: RpcCall::Sync(blocked),
    },
    RpcMethod {
        name: "pike.unblock",
        doc: "ADDRESS|USER@REALM [TENANT]: lifts the block of a source or a user",
        scope: RpcScope::changes_tenant(1),
        is_large: false,
        call: RpcCall::Sync(unblock),
    },
];

fn sources(server: &ServerState) -> Result<&SourceTable, RpcError> {
    let sources = server.get::<Core>().and_then(|core| core.sources.as_ref());
    sources.ok_or_else(|| {
        let why = "no source is banned here; write messages_per_second_max in [pike]";
        RpcError::refused(why)
    })
}

fn list(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&[])?;
    let banned = sources(server)?.banned(Instant::now(), ROWS_MAX);
    Ok(json!({ "banned": rows("source", "dropped", banned) }))
}

/// A row for each; `by` is what it is known by, and `count` what became of what it sent.
fn rows<K: fmt::Display>(by: &str, count: &str, banned: Vec<Banned<K>>) -> Vec<Value> {
    let row = |banned: Banned<K>| {
        json!({
            by: banned.key.to_string(),
            "seconds": banned.left.as_secs_f64().ceil(),
            count: banned.dropped,
        })
    };
    banned.into_iter().map(row).collect()
}

fn unban(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["address"])?;
    let address = params.text(0, "address")?;
    let address: IpAddr = address
        .parse()
        .map_err(|_| RpcError::invalid_params(format!("{address:?} is no IP address")))?;
    match sources(server)?.unban(address, Instant::now()) {
        true => Ok(json!({ "unbanned": address.to_string() })),
        false => Err(RpcError::refused(format!("{address} is not banned"))),
    }
}

/// Whose blocks are meant; may be left open where there is one tenant.
fn of(
    server: &ServerState,
    params: &RpcParams,
    position: usize,
) -> Result<Arc<TenantPike>, RpcError> {
    let tenant = server.tenant_or_only(params.text_opt(position, "tenant")?.as_deref());
    let tenant = tenant.map_err(RpcError::invalid_params)?;
    let routing = tenant.get::<TenantRouting>();
    let pike = routing.and_then(|routing| routing.pike.clone());
    pike.ok_or_else(|| {
        let why = "nobody is blocked for this tenant; write requests_per_second_max or \
                   user_requests_per_second_max in [tenant.pike]";
        RpcError::refused(why)
    })
}

fn blocked(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["tenant"])?;
    let pike = of(server, params, 0)?;
    let (sources, users) = pike.blocked(Instant::now(), ROWS_MAX);
    Ok(json!({
        "sources": rows("source", "refused", sources),
        "users": rows("user", "refused", users),
    }))
}

fn unblock(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["sender", "tenant"])?;
    let sender = params.text(0, "sender")?;
    match of(server, params, 1)?.unblock(&sender, Instant::now()) {
        true => Ok(json!({ "unblocked": sender })),
        false => Err(RpcError::refused(format!("{sender:?} is not blocked"))),
    }
}
