//! The module, for the server's list.

use evroute_module_api::config::TenantSections;
use evroute_module_api::{Capability, Metric, Module, ModuleConfig, Naming};

use crate::{Config, capability, metrics};

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct SqlModule;

impl Module for SqlModule {
    fn name(&self) -> &'static str {
        "sql"
    }

    fn capabilities(&self) -> &'static [Capability] {
        capability::ROWS
    }

    fn labels(&self) -> &'static [(&'static str, Naming)] {
        &[("sql", Naming::Section("database"))]
    }

    fn readable(&self) -> &'static [&'static str] {
        &["sql"]
    }

    fn metrics(&self) -> &'static [Metric] {
        metrics::ROWS
    }

    fn configure(&self, sections: &mut TenantSections<'_>) -> Option<Box<dyn ModuleConfig>> {
        Some(Box::new(Config::read(sections)))
    }
}
