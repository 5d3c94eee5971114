//! The module, for the server's list.

use std::sync::Arc;

use evroute_module_api::config::TenantSections;
use evroute_module_api::{
    Capability, EventBinding, Metric, Module, ModuleConfig, Naming, RpcMethod, Variable,
};

use crate::{Config, capability, events, metrics, rpc, variables};

/// The module, for the server's list: Kamailio's `htable`, and the `$shv` of its `pv`.
#[derive(Clone, Copy, Debug, Default)]
pub struct HtableModule;

impl Module for HtableModule {
    fn name(&self) -> &'static str {
        "htable"
    }

    fn events(&self) -> Vec<Arc<dyn EventBinding>> {
        events::bindings()
    }

    fn variables(&self) -> &'static [Variable] {
        variables::ROWS
    }

    fn capabilities(&self) -> &'static [Capability] {
        capability::ROWS
    }

    fn labels(&self) -> &'static [(&'static str, Naming)] {
        &[("htable", Naming::Section("table"))]
    }

    fn readable(&self) -> &'static [&'static str] {
        &["htable", "shv"]
    }

    fn metrics(&self) -> &'static [Metric] {
        metrics::ROWS
    }

    fn rpc(&self) -> &'static [RpcMethod] {
        rpc::METHODS
    }

    fn configure(&self, sections: &mut TenantSections<'_>) -> Option<Box<dyn ModuleConfig>> {
        Some(Box::new(Config::read(sections)))
    }
}
