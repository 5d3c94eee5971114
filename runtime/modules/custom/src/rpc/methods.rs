//! RPC method of this module: `custom.raise`.

use evroute_event::{Cause, Subscribed};
use evroute_module_api::{
    RpcCall, RpcError, RpcMethod, RpcParams, RpcResult, RpcScope, ServerState,
};
use serde_json::{Value, json};

use crate::events::CustomEvent;
use crate::{CustomTenant, from_json};

/// `custom.raise`.
pub(crate) const METHODS: &[RpcMethod] = &[RpcMethod {
    name: "custom.raise",
    doc: "EVENT [PARAMETERS] [TENANT]: raises custom:event:EVENT for the tenant's handlers",
    scope: RpcScope::changes_tenant(2),
    is_large: false,
    call: RpcCall::Sync(raise),
}];

fn raise(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["event", "parameters", "tenant"])?;
    let name = params.text(0, "event")?;
    let given = match params.get(1, "parameters") {
        None => serde_json::Map::new(),
        Some(Value::Object(given)) => given.clone(),
        Some(_) => return Err(RpcError::invalid_params("parameters is not an object")),
    };
    let tenant = server.tenant_or_only(params.text_opt(2, "tenant")?.as_deref());
    let tenant = tenant.map_err(RpcError::invalid_params)?;
    if !server.is_served(tenant.index) {
        return Err(RpcError::refused(ServerState::NOT_SERVED));
    }
    let event = from_json(&name, given, (server.clock)());
    let event = event.map_err(|error| RpcError::invalid_params(error.to_string()))?;
    // Asked at each call: handlers are replaced while the server runs.
    let port = server.emitter.port::<CustomEvent>();
    let port = port.map_err(|error| RpcError::internal(error.to_string()))?;
    let subscribed = port.subscribed(tenant.index);
    if !subscribed.includes(&name) {
        let why = unheard(tenant.id.as_str(), &name, &subscribed);
        return Err(RpcError::refused(why));
    }
    let way = tenant.get::<CustomTenant>();
    let way = way.ok_or_else(|| RpcError::internal("this tenant has no queue of events"))?;
    let place = way.reserve();
    let place =
        place.map_err(|_| RpcError::refused("too many events wait already; try again later"))?;
    place.put(Cause::outside(tenant.index), event);
    Ok(json!({ "event": name, "tenant": tenant.id.as_str(), "queued": true }))
}

/// That nobody listens to an event, and to which ones somebody does.
fn unheard(tenant: &str, name: &str, subscribed: &Subscribed) -> String {
    let begin = format!("no handler of tenant {tenant} handles custom:event:{name}");
    match subscribed {
        Subscribed::Only(names) if !names.is_empty() => {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            format!("{begin}; its handlers handle {}", names.join(", "))
        }
        Subscribed::Only(_) | Subscribed::Every => {
            format!("{begin}, nor any other custom:event")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn who_raises_what_nobody_handles_is_told_what_somebody_does() {
        let nothing = Subscribed::Only(BTreeSet::new());
        assert_eq!(
            unheard("demo", "nihgt", &nothing),
            "no handler of tenant demo handles custom:event:nihgt, nor any other custom:event"
        );
        let two = ["night", "day"].map(str::to_owned);
        assert_eq!(
            unheard("demo", "nihgt", &Subscribed::Only(BTreeSet::from(two))),
            "no handler of tenant demo handles custom:event:nihgt; its handlers handle day, night"
        );
    }
}
