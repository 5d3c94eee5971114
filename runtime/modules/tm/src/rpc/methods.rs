//! RPC methods of this module.

use std::sync::Arc;

use evroute_event::Cause;
use evroute_module_api::{
    RpcCall, RpcError, RpcMethod, RpcParams, RpcResult, RpcScope, ServerState,
};
use evroute_tenant::{TenantDirectory, TenantIndex};
use serde_json::json;

use crate::{NewRequest, OriginateError, Uac, parse_uac_start};

/// How the arguments of `tm.t_uac_start` are named, in Kamailio's order.
const ARGUMENTS: [&str; 6] = ["method", "ruri", "nexthop", "socket", "headers", "body"];

const START: &str = "METHOD RURI [NEXTHOP|.] [SOCKET|.] [HEADERS] [BODY]: sends a request, after tm:local-request; \
                     says its Call-ID, or that a handler dropped it";
const WAIT: &str = "as tm.t_uac_start, and waits for the final answer";

/// `tm.t_uac_start` and `tm.t_uac_wait`.
pub(crate) const METHODS: &[RpcMethod] = &[
    RpcMethod {
        name: "tm.t_uac_start",
        doc: START,
        scope: RpcScope::CHANGES_SERVER,
        is_large: false,
        call: RpcCall::Async(|server, params| {
            Box::pin(async move { call(&server, &params, false).await })
        }),
    },
    RpcMethod {
        name: "tm.t_uac_wait",
        doc: WAIT,
        scope: RpcScope::CHANGES_SERVER,
        is_large: false,
        call: RpcCall::Async(|server, params| {
            Box::pin(async move { call(&server, &params, true).await })
        }),
    },
];

async fn call(server: &ServerState, params: &RpcParams, waits: bool) -> RpcResult {
    let uac = server.share::<Uac>();
    let uac = uac.ok_or_else(|| RpcError::internal("this server sends no requests"))?;
    let (cause, new) = read(params, server)?;
    if !server.is_served(cause.tenant) {
        return Err(RpcError::refused(ServerState::NOT_SERVED));
    }
    send(&uac, cause, new, waits).await
}

/// What is to be sent, and for whom.
fn read(params: &RpcParams, server: &ServerState) -> Result<(Cause, NewRequest), RpcError> {
    params.only(&ARGUMENTS)?;
    let mut arguments = Vec::new();
    for (position, name) in ARGUMENTS.iter().enumerate() {
        arguments.push(params.text_opt(position, name)?.unwrap_or_default());
    }
    if arguments.iter().take(2).any(String::is_empty) {
        arguments.clear();
    }
    let new =
        parse_uac_start(&arguments).map_err(|error| RpcError::invalid_params(error.to_string()))?;
    let tenant = tenant_of(&new, server)?;
    Ok((Cause::outside(tenant), new))
}

async fn send(uac: &Arc<Uac>, cause: Cause, new: NewRequest, waits: bool) -> RpcResult {
    if waits && new.method == "ACK" {
        let fix = "an ACK is never answered; send it with tm.t_uac_start";
        return Err(RpcError::invalid_params(fix));
    }
    let sent = uac.originate(cause, new).await.map_err(refused)?;
    if !waits {
        return Ok(json!({ "call_id": sent.call_id, "sent": true }));
    }
    let answer = sent
        .answer
        .await
        .map_err(|_| RpcError::internal("the request was forgotten"))?;
    Ok(json!({ "call_id": sent.call_id, "code": answer.status, "reason": answer.reason }))
}

/// Whose request it is: the tenant of From's domain, else of the Request-URI's, else the only one.
fn tenant_of(new: &NewRequest, server: &ServerState) -> Result<TenantIndex, RpcError> {
    let host = |text: &str| -> Option<String> {
        let addr = evroute_sip::NameAddr::parse(text.as_bytes()).ok()?;
        Some(addr.parse_uri().ok()?.host().to_owned())
    };
    let from = new.from.as_deref().and_then(host);
    let to = host(&format!("<{}>", new.request_uri));
    let found = [from, to]
        .into_iter()
        .flatten()
        .find_map(|host| server.get::<TenantDirectory>()?.domain(&host));
    let only = || server.get::<TenantDirectory>()?.only();
    found.or_else(only).ok_or_else(|| {
        let fix = "neither From nor the Request-URI is in a tenant's domain; say whose request it is by a From";
        RpcError::invalid_params(fix)
    })
}

fn refused(error: OriginateError) -> RpcError {
    match error {
        OriginateError::Invalid(_) | OriginateError::Hop(_) | OriginateError::TooLarge(_) => {
            RpcError::invalid_params(error.to_string())
        }
        OriginateError::Dropped
        | OriginateError::Unresolved(_)
        | OriginateError::NotReached(_)
        | OriginateError::NoSocket(..)
        | OriginateError::NoListener(_)
        | OriginateError::OverRate(_)
        | OriginateError::Transaction(_) => RpcError::refused(error.to_string()),
    }
}
