//! The module, for the server's list.

use std::sync::Arc;

use evroute_event::UnknownEvent;
use evroute_module_api::config::TenantSections;
use evroute_module_api::{
    Capability, EventBinding, Metric, Module, ModuleConfig, TransportParts, Variable,
};
use evroute_transport::HttpReceiver;

use crate::{XhttpConfig, XhttpReceiver, capability, events, metrics, variables};

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct XhttpModule;

impl Module for XhttpModule {
    fn name(&self) -> &'static str {
        "xhttp"
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

    fn metrics(&self) -> &'static [Metric] {
        metrics::ROWS
    }

    fn http(
        &self,
        parts: &Arc<TransportParts>,
    ) -> Result<Option<Arc<dyn HttpReceiver>>, UnknownEvent> {
        Ok(Some(Arc::new(XhttpReceiver::new(parts)?)))
    }

    fn configure(&self, sections: &mut TenantSections<'_>) -> Option<Box<dyn ModuleConfig>> {
        Some(Box::new(XhttpConfig::read(sections)))
    }
}
