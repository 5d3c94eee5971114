//! The module, for the server's list.

use std::sync::Arc;

use evroute_module_api::config::TenantSections;
use evroute_module_api::{Capability, EventBinding, Metric, Module, ModuleConfig, TypedBinding};

use crate::events::{PreRouting, ReceiveParseError, Reply, Request};
use crate::{Config, capability, metrics};

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct CoreModule;

impl Module for CoreModule {
    fn name(&self) -> &'static str {
        "core"
    }

    fn events(&self) -> Vec<Arc<dyn EventBinding>> {
        vec![
            Arc::new(TypedBinding::<PreRouting>::default()),
            Arc::new(TypedBinding::<Request>::default()),
            Arc::new(TypedBinding::<Reply>::default()),
            Arc::new(TypedBinding::<ReceiveParseError>::default()),
        ]
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
