//! RPC methods of this module: `pike.*`, Kamailio's module for it.

use std::net::IpAddr;
use std::time::Instant;

use evroute_module_api::{
    RpcCall, RpcError, RpcMethod, RpcParams, RpcResult, RpcScope, ServerState,
};
use serde_json::json;

use crate::Core;
use crate::sources::{BannedSource, SourceTable};

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
    let row = |banned: BannedSource| {
        json!({
            "source": banned.source.to_string(),
            "seconds": banned.left.as_secs_f64().ceil(),
            "dropped": banned.dropped,
        })
    };
    Ok(json!({ "banned": banned.into_iter().map(row).collect::<Vec<_>>() }))
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
