//! The module, for the server's list.

use evroute_module_api::config::TenantSections;
use evroute_module_api::{Metric, Module, ModuleConfig, RpcMethod};

use crate::{RecordingsConfig, metrics, rpc};

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecordingsModule;

impl Module for RecordingsModule {
    fn name(&self) -> &'static str {
        "recordings"
    }

    fn rpc(&self) -> &'static [RpcMethod] {
        rpc::METHODS
    }

    fn metrics(&self) -> &'static [Metric] {
        metrics::ROWS
    }

    fn configure(&self, sections: &mut TenantSections<'_>) -> Option<Box<dyn ModuleConfig>> {
        let config = RecordingsConfig::read(sections)?;
        Some(Box::new(config))
    }
}
