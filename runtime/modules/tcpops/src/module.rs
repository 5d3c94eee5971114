//! The module, for the server's list.

use std::sync::Arc;

use evroute_event::UnknownEvent;
use evroute_module_api::config::TenantSections;
use evroute_module_api::{
    Capability, ConnectionEnds, EventBinding, Metric, Module, ModuleConfig, TransportParts,
};

use crate::closed_connections::ClosedConnections;
use crate::{TcpopsConfig, capability, events, metrics};

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct TcpopsModule;

impl Module for TcpopsModule {
    fn name(&self) -> &'static str {
        "tcpops"
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

    fn connection_ends(
        &self,
        parts: &Arc<TransportParts>,
    ) -> Result<Option<Arc<dyn ConnectionEnds>>, UnknownEvent> {
        Ok(Some(Arc::new(ClosedConnections::new(parts)?)))
    }

    fn configure(&self, sections: &mut TenantSections<'_>) -> Option<Box<dyn ModuleConfig>> {
        Some(Box::new(TcpopsConfig::of(sections.quota)))
    }
}
