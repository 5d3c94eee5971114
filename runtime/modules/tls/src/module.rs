//! The module, for the server's list.

use std::sync::Arc;

use evroute_event::UnknownEvent;
use evroute_module_api::config::TenantSections;
use evroute_module_api::{
    Capability, EventBinding, Metric, Module, ModuleConfig, RpcMethod, TransportParts, Variable,
};
use evroute_transport::TlsDialing;

use crate::dialing::AskedDialing;
use crate::{TenantTlsConfig, capability, events, metrics, rpc, variables};

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct TlsModule;

impl Module for TlsModule {
    fn name(&self) -> &'static str {
        "tls"
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

    fn rpc(&self) -> &'static [RpcMethod] {
        rpc::METHODS
    }

    fn metrics(&self) -> &'static [Metric] {
        metrics::ROWS
    }

    fn tls_dialing(
        &self,
        parts: &Arc<TransportParts>,
    ) -> Result<Option<Arc<dyn TlsDialing>>, UnknownEvent> {
        Ok(Some(Arc::new(AskedDialing::new(parts)?)))
    }

    fn configure(&self, sections: &mut TenantSections<'_>) -> Option<Box<dyn ModuleConfig>> {
        let config = TenantTlsConfig::read(sections)?;
        Some(Box::new(config))
    }
}
