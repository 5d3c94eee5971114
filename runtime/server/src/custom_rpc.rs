//! RPC method of the custom module: `custom.raise`.

use std::sync::Arc;

use evroute_event::Cause;
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
}

impl Raiser {
    pub(crate) fn new(config: &Config, tenants: &[Tenant], starts: &Arc<TenantStarts>) -> Self {
        let way = |(configured, tenant): (&crate::TenantConfig, &Tenant)| {
            let queue = tenant.state.share::<CustomTenant>()?;
            Some((configured.id.to_string(), configured.index, queue))
        };
        let ways = config.tenants.iter().zip(tenants).filter_map(way);
        Self {
            ways: Arc::new(ways.collect()),
            starts: Arc::clone(starts),
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

/// Adds `custom.raise`.
pub(crate) fn add(methods: &mut RpcMethods, raiser: &Raiser) -> Result<(), DuplicateMethod> {
    let raiser = raiser.clone();
    let doc = "EVENT [PARAMETERS] [TENANT]: raises custom:event:EVENT for the tenant's handlers";
    methods.add("custom.raise", doc, move |params| {
        let raiser = raiser.clone();
        async move { raiser.raise(&params) }
    })
}
