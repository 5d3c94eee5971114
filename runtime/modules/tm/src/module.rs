//! The module, for the server's list.

use std::sync::Arc;

use evroute_module_api::{Capability, EventBinding, Metric, Module, RpcMethod};

use crate::{capability, events, metrics, rpc};

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct TmModule;

impl Module for TmModule {
    fn name(&self) -> &'static str {
        "tm"
    }

    fn events(&self) -> Vec<Arc<dyn EventBinding>> {
        events::bindings()
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
}
