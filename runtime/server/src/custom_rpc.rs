//! RPC method of the custom module: `custom.raise`.

use std::sync::Arc;

use evroute_dispatch::{Dispatcher, Subscribed};
use evroute_event::{Cause, Event};
use evroute_module_custom::events::CustomEvent;
use evroute_module_custom::{CustomTenant, from_json};
use evroute_module_tm::now_us;
use evroute_tenant::TenantIndex;
use serde_json::{Value, json};

use crate::tenants::Tenant;
use crate::tm_rpc::NOT_STARTED;
use crate::{Config, DuplicateMethod, RpcError, RpcMethods, RpcParams, TenantStarts};

/// The way into every tenant's queue of events, by the tenant's name.
#[derive(Clone)]
pub(crate) struct Raiser {
    ways: Arc<Vec<(String, TenantIndex, Arc<CustomTenant>)>>,
    starts: Arc<TenantStarts>,
    dispatcher: Arc<Dispatcher>,
}

impl Raiser {
    pub(crate) fn new(
        config: &Config,
        tenants: &[Tenant],
        starts: &Arc<TenantStarts>,
        dispatcher: &Arc<Dispatcher>,
    ) -> Self {
        let way = |(configured, tenant): (&crate::TenantConfig, &Tenant)| {
            let queue = tenant.state.share::<CustomTenant>()?;
            Some((configured.id.to_string(), configured.index, queue))
        };
        let ways = config.tenants.iter().zip(tenants).filter_map(way);
        Self {
            ways: Arc::new(ways.collect()),
            starts: Arc::clone(starts),
            dispatcher: Arc::clone(dispatcher),
        }
    }

    fn raise(&self, params: &RpcParams) -> Result<Value, RpcError> {
        params.only(&["event", "parameters", "tenant"])?;
        let name = params.text(0, "event")?;
        let given = match params.get(1, "parameters") {
            None => serde_json::Map::new(),
            Some(Value::Object(given)) => given.clone(),
            Some(_) => return Err(RpcError::invalid_params("parameters is not an object")),
        };
        let (tenant, index, way) = self.tenant(params.text_opt(2, "tenant")?)?;
        if !self.starts.is_served(*index) {
            return Err(RpcError::refused(NOT_STARTED.to_owned()));
        }
        let event = from_json(&name, given, now_us());
        let event = event.map_err(|error| RpcError::invalid_params(error.to_string()))?;
        // Asked at each call: handlers are replaced while the server runs.
        if let Some(custom) = self.dispatcher.find(CustomEvent::NAME.as_str()) {
            let subscribed = self.dispatcher.subscribed(*index, custom);
            if !subscribed.includes(&name) {
                return Err(RpcError::refused(unheard(tenant, &name, &subscribed)));
            }
        }
        let queued = way.queue.put(Cause::outside(*index), event);
        queued.map_err(|_| RpcError::refused("too many events wait already; try again later"))?;
        Ok(json!({ "event": name, "tenant": tenant, "queued": true }))
    }

    fn tenant(
        &self,
        name: Option<String>,
    ) -> Result<&(String, TenantIndex, Arc<CustomTenant>), RpcError> {
        let known = || {
            self.ways
                .iter()
                .map(|(name, ..)| name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        match (name, self.ways.as_slice()) {
            (None, [only]) => Ok(only),
            (None, _) => Err(RpcError::invalid_params(format!(
                "say whose handlers are asked, tenant: {}",
                known()
            ))),
            (Some(name), tenants) => tenants
                .iter()
                .find(|(tenant, ..)| *tenant == name)
                .ok_or_else(|| {
                    RpcError::invalid_params(format!(
                        "there is no tenant {name:?}; there is {}",
                        known()
                    ))
                }),
        }
    }
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

/// Adds `custom.raise`.
pub(crate) fn add(methods: &mut RpcMethods, raiser: &Raiser) -> Result<(), DuplicateMethod> {
    let raiser = raiser.clone();
    let doc = "EVENT [PARAMETERS] [TENANT]: raises custom:event:EVENT for the tenant's handlers";
    methods.add("custom.raise", doc, move |params| {
        let raiser = raiser.clone();
        async move { raiser.raise(&params) }
    })
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
