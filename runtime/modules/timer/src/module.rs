//! The module, for the server's list.

use std::sync::Arc;

use evroute_module_api::config::TenantSections;
use evroute_module_api::{Capability, EventBinding, Module, ModuleConfig};

use crate::{Config, capability, events};

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimerModule;

impl Module for TimerModule {
    fn name(&self) -> &'static str {
        "timer"
    }

    fn events(&self) -> Vec<Arc<dyn EventBinding>> {
        events::bindings()
    }

    fn capabilities(&self) -> &'static [Capability] {
        capability::ROWS
    }

    fn configure(&self, sections: &mut TenantSections<'_>) -> Option<Box<dyn ModuleConfig>> {
        Some(Box::new(Config::read(sections)))
    }
}
