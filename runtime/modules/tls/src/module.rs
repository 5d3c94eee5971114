//! The module, for the server's list.

use evroute_module_api::config::TenantSections;
use evroute_module_api::{Metric, Module, ModuleConfig, RpcMethod};

use crate::{TenantTlsConfig, metrics, rpc};

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct TlsModule;

impl Module for TlsModule {
    fn name(&self) -> &'static str {
        "tls"
    }

    fn rpc(&self) -> &'static [RpcMethod] {
        rpc::METHODS
    }

    fn metrics(&self) -> &'static [Metric] {
        metrics::ROWS
    }

    fn configure(&self, sections: &mut TenantSections<'_>) -> Option<Box<dyn ModuleConfig>> {
        let config = TenantTlsConfig::read(sections)?;
        Some(Box::new(config))
    }
}
