//! The module, for the server's list.

use evroute_module_api::config::TenantSections;
use evroute_module_api::{Capability, Metric, Module, ModuleConfig, Variable};

use crate::{capability, metrics, own, variables};

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct SipModule;

impl Module for SipModule {
    fn name(&self) -> &'static str {
        "sip"
    }

    fn variables(&self) -> &'static [Variable] {
        variables::ROWS
    }

    fn capabilities(&self) -> &'static [Capability] {
        capability::ROWS
    }

    fn metrics(&self) -> &'static [Metric] {
        metrics::ROWS
    }

    fn configure(&self, _: &mut TenantSections<'_>) -> Option<Box<dyn ModuleConfig>> {
        Some(Box::new(own::Config))
    }
}
