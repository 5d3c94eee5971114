//! RPC methods of the tm module.

use std::sync::Arc;

use evroute_event::Cause;
use evroute_module_core::Core;
use evroute_module_tm::{NewRequest, OriginateError, Uac, parse_uac_start};
use evroute_tenant::{TenantIndex, TenantResolver};
use serde_json::{Value, json};

use crate::{Config, DuplicateMethod, RpcError, RpcMethods, RpcParams};

/// How the arguments of `tm.t_uac_start` are named, in Kamailio's order.
const ARGUMENTS: [&str; 6] = ["method", "ruri", "nexthop", "socket", "headers", "body"];

const START: &str = "METHOD RURI [NEXTHOP|.] [SOCKET|.] [HEADERS] [BODY]: sends a request, after tm:local-request; \
                     says its Call-ID, or that a handler dropped it";
const WAIT: &str = "as tm.t_uac_start, and waits for the final answer";

pub(crate) const NOT_STARTED: &str =
    "this tenant has not started; the log says why, and evroute check tries its handlers";

/// Adds `tm.t_uac_start` and `tm.t_uac_wait`.
pub(crate) fn add(
    methods: &mut RpcMethods,
    origin: &Arc<Uac>,
    core: &Arc<Core>,
    config: &Config,
) -> Result<(), DuplicateMethod> {
    let has_one_tenant = config.tenants.len() == 1;
    for (name, doc, waits) in [
        ("tm.t_uac_start", START, false),
        ("tm.t_uac_wait", WAIT, true),
    ] {
        let (origin, core) = (Arc::clone(origin), Arc::clone(core));
        let resolver = Arc::new(config.resolver.clone());
        methods.add(name, doc, move |params| {
            let (origin, core) = (Arc::clone(&origin), Arc::clone(&core));
            let resolver = Arc::clone(&resolver);
            async move {
                let (cause, new) = read(&params, &resolver, has_one_tenant)?;
                if core.is_disabled(cause.tenant) {
                    return Err(RpcError::refused(NOT_STARTED.to_owned()));
                }
                uac(&origin, cause, new, waits).await
            }
        })?;
    }
    Ok(())
}

/// What is to be sent, and for whom.
fn read(
    params: &RpcParams,
    resolver: &TenantResolver,
    has_one_tenant: bool,
) -> Result<(Cause, NewRequest), RpcError> {
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
    let tenant = tenant_of(&new, resolver, has_one_tenant)?;
    Ok((Cause::outside(tenant), new))
}

async fn uac(
    origin: &Arc<Uac>,
    cause: Cause,
    new: NewRequest,
    waits: bool,
) -> Result<Value, RpcError> {
    if waits && new.method == "ACK" {
        let fix = "an ACK is never answered; send it with tm.t_uac_start";
        return Err(RpcError::invalid_params(fix));
    }
    let sent = origin.originate(cause, new).await.map_err(refused)?;
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
fn tenant_of(
    new: &NewRequest,
    resolver: &TenantResolver,
    has_one_tenant: bool,
) -> Result<TenantIndex, RpcError> {
    let host = |text: &str| -> Option<String> {
        let addr = evroute_sip::NameAddr::parse(text.as_bytes()).ok()?;
        Some(addr.parse_uri().ok()?.host().to_owned())
    };
    let from = new.from.as_deref().and_then(host);
    let to = host(&format!("<{}>", new.request_uri));
    let found = [from, to]
        .into_iter()
        .flatten()
        .find_map(|host| resolver.domain(&host));
    let only = has_one_tenant.then_some(TenantIndex::new(0));
    found.or(only).ok_or_else(|| {
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
        | OriginateError::Transaction(_) => RpcError::refused(error.to_string()),
    }
}
