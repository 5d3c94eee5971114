//! RPC methods of this module: `tls.*`.

use std::sync::Arc;

use evroute_certificates::{ServerCertificate, ServerTls};
use evroute_module_api::{
    RpcCall, RpcError, RpcFuture, RpcMethod, RpcParams, RpcScope, ServerState,
};
use serde_json::{Value as Json, json};
use tokio::task::spawn_blocking;

use crate::TenantTls;
use crate::watch::tell;

pub(crate) const METHODS: &[RpcMethod] = &[
    RpcMethod {
        name: "tls.reload",
        doc: "reads all certificates again, the server's and the tenants'; what cannot be used leaves what was",
        scope: RpcScope::CHANGES_SERVER,
        is_large: false,
        call: RpcCall::Async(reload),
    },
    RpcMethod {
        name: "tls.list",
        doc: "the certificates in use: whose, for which names, and until when, in seconds since 1970",
        scope: RpcScope::READS_SERVER,
        is_large: true,
        call: RpcCall::Sync(list),
    },
];

fn reload(server: Arc<ServerState>, params: RpcParams) -> RpcFuture {
    Box::pin(async move {
        params.only(&[])?;
        let reloaded = spawn_blocking(move || reload_all(&server)).await;
        reloaded.map_err(|error| RpcError::refused(format!("reading them broke: {error}")))
    })
}

fn reload_all(server: &ServerState) -> Json {
    let (mut changed, mut failed) = (Vec::new(), Vec::new());
    let mut note = |name: &str, reloaded: Result<bool, String>| match reloaded {
        Ok(true) => changed.push(name.to_owned()),
        Ok(false) => {}
        Err(why) => failed.push(json!({ "tenant": name, "why": why })),
    };
    if let Some(own) = server.get::<ServerTls>() {
        let reloaded = own.reload(true).map_err(|error| error.to_string());
        own.tell(&reloaded);
        note("", reloaded);
    }
    for (_, tenant) in server.tenants.all() {
        if let Some(tls) = tenant.get::<TenantTls>() {
            let reloaded = tls.reload(true).map_err(|error| error.to_string());
            tell(tenant.id.as_str(), reloaded.clone());
            note(tenant.id.as_str(), reloaded);
        }
    }
    json!({ "changed": changed, "failed": failed })
}

fn list(server: &ServerState, params: &RpcParams) -> Result<Json, RpcError> {
    params.only(&[])?;
    let own = server.get().and_then(ServerTls::certificate);
    let own = own.iter().map(|certificate| row("", certificate));
    let tenants = server.tenants.all();
    let of_tenants = tenants.iter().filter_map(|(_, tenant)| {
        let certificate = tenant.get().and_then(TenantTls::certificate)?;
        Some(row(tenant.id.as_str(), &certificate))
    });
    Ok(json!(own.chain(of_tenants).collect::<Vec<_>>()))
}

/// The server's is that of no tenant.
fn row(tenant: &str, certificate: &ServerCertificate) -> Json {
    json!({
        "tenant": tenant,
        "names": certificate.names,
        "not_after": certificate.not_after,
    })
}
