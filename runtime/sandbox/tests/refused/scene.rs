//! A server that knows the event of timers, and a tenant.

use std::sync::Arc;
use std::time::Duration;

use evroute_module_api::{HandlerContext, Module, TenantState, Variables};
use evroute_module_timer::TimerModule;
use evroute_module_wasi::WasiModule;
use evroute_sandbox::{ComponentLimits, ComponentRefusal, Handler, Sandbox, SandboxConfig};
use evroute_tenant::{Grants, Revision, RunLimits, TenantIndex};

/// A handler of this component.
pub(crate) fn prepared(component: &[u8], limits: RunLimits) -> Result<Handler, ComponentRefusal> {
    prepared_within(component, limits, ComponentLimits::default())
}

/// The same where a component may have this much.
pub(crate) fn prepared_within(
    component: &[u8],
    limits: RunLimits,
    component_limits: ComponentLimits,
) -> Result<Handler, ComponentRefusal> {
    let config = SandboxConfig {
        runs_concurrent_max: 1,
        component: component_limits,
        // Short beside what a start takes here, so that a deadline of a millisecond is one.
        tick: Duration::from_micros(100),
        ..SandboxConfig::default()
    };
    let modules: [&dyn Module; 2] = [&TimerModule, &WasiModule];
    let capabilities = modules
        .iter()
        .flat_map(|module| module.capabilities().to_vec());
    let sandbox = Sandbox::new(&config, capabilities.collect(), TimerModule.events()).unwrap();
    let handler_context = HandlerContext {
        handler: "any".parse().unwrap(),
        revision: Revision::FIRST,
        grants: Grants::default(),
        limits,
        tenant: Arc::new(TenantState::new(
            "demo".parse().unwrap(),
            TenantIndex::new(0),
        )),
        variables: Arc::new(Variables::default()),
    };
    Handler::prepare(&sandbox, component, Arc::new(handler_context))
}

/// Why a component is not taken.
pub(crate) fn why(component: &[u8]) -> ComponentRefusal {
    prepared(component, RunLimits::default()).unwrap_err()
}
