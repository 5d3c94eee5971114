//! The module, for the server's list.

use std::sync::Arc;

use evroute_module_api::config::TenantSections;
use evroute_module_api::{
    Authentication, Capability, EventBinding, Metric, Module, ModuleConfig, RpcMethod, TenantState,
};
use evroute_tenant::TenantSlots;

use crate::{Authenticator, Config, capability, events, metrics, rpc};

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuthModule;

impl Module for AuthModule {
    fn name(&self) -> &'static str {
        "auth"
    }

    fn events(&self) -> Vec<Arc<dyn EventBinding>> {
        events::bindings()
    }

    fn capabilities(&self) -> &'static [Capability] {
        capability::ROWS
    }

    fn rpc(&self) -> &'static [RpcMethod] {
        rpc::METHODS
    }

    fn metrics(&self) -> &'static [Metric] {
        metrics::ROWS
    }

    fn authentication(
        &self,
        tenants: &Arc<TenantSlots<TenantState>>,
        clock: fn() -> u64,
    ) -> Option<Arc<dyn Authentication>> {
        Some(Arc::new(Authenticator::new(tenants, clock)))
    }

    fn configure(&self, sections: &mut TenantSections<'_>) -> Option<Box<dyn ModuleConfig>> {
        Some(Box::new(Config::read(sections)?))
    }
}
