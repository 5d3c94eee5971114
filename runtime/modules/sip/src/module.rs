//! The module, for the server's list.

use evroute_module_api::config::TenantSections;
use evroute_module_api::{Capability, Module, ModuleConfig, Variable};

use crate::{capability, own, variables};

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

    fn configure(&self, _: &mut TenantSections<'_>) -> Option<Box<dyn ModuleConfig>> {
        Some(Box::new(own::Config))
    }
}
