//! The module, for the server's list.

use std::sync::Arc;

use evroute_module_api::config::TenantSections;
use evroute_module_api::{Capability, EventBinding, Metric, Module, ModuleConfig};

use crate::{Config, capability, events, metrics};

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeployModule;

impl Module for DeployModule {
    fn name(&self) -> &'static str {
        "deploy"
    }

    fn events(&self) -> Vec<Arc<dyn EventBinding>> {
        events::bindings()
    }

    fn capabilities(&self) -> &'static [Capability] {
        capability::ROWS
    }

    fn metrics(&self) -> &'static [Metric] {
        metrics::ROWS
    }

    fn configure(&self, sections: &mut TenantSections<'_>) -> Option<Box<dyn ModuleConfig>> {
        Some(Box::new(Config::read(sections)))
    }
}
