//! The module, for the server's list.

use std::sync::Arc;

use evroute_module_api::config::TenantSections;
use evroute_module_api::{Capability, EventBinding, Module, ModuleConfig, TypedBinding};

use crate::events::Timer;
use crate::{Config, capability};

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimerModule;

impl Module for TimerModule {
    fn name(&self) -> &'static str {
        "timer"
    }

    fn events(&self) -> Vec<Arc<dyn EventBinding>> {
        vec![Arc::new(TypedBinding::<Timer>::default())]
    }

    fn capabilities(&self) -> &'static [Capability] {
        capability::ROWS
    }

    fn configure(&self, sections: &mut TenantSections<'_>) -> Option<Box<dyn ModuleConfig>> {
        Some(Box::new(Config::read(sections)))
    }
}
