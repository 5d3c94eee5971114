//! The module, for the server's list.

use std::sync::Arc;

use evroute_module_api::config::TenantSections;
use evroute_module_api::{Capability, EventBinding, Metric, Module, ModuleConfig, RpcMethod};

use crate::{Config, capability, events, metrics, rpc};

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct UacModule;

impl Module for UacModule {
    fn name(&self) -> &'static str {
        "uac"
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

    fn configure(&self, sections: &mut TenantSections<'_>) -> Option<Box<dyn ModuleConfig>> {
        Some(Box::new(Config::read(sections)?))
    }
}
