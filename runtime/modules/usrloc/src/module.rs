//! The module, for the server's list.

use std::sync::Arc;

use evroute_module_api::config::TenantSections;
use evroute_module_api::{
    Capability, EventBinding, Locations, Metric, MetricKind, Module, ModuleConfig, RpcMethod,
    TenantState, unless_none,
};
use evroute_tenant::TenantSlots;

use crate::{Config, LocationTable, Registrar, capability, events, rpc};

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct UsrlocModule;

const METRICS: &[Metric] = &[
    Metric::new(
        "contacts",
        MetricKind::Gauge,
        &["tenant"],
        "Registered contacts",
        |server| {
            server.by_tenant(|table: &LocationTable| {
                vec![(Vec::new(), u64::try_from(table.len()).unwrap_or(u64::MAX))]
            })
        },
    ),
    Metric::new(
        "contact_pings",
        MetricKind::Counter,
        &["tenant", "outcome"],
        "OPTIONS to contacts behind a NAT: answered, missed, or not sent",
        |server| {
            let labelled = |(outcome, count): (&str, u64)| (vec![outcome.to_owned()], count);
            server.by_tenant(|table: &LocationTable| {
                table.flow_counts().pings().map(labelled).to_vec()
            })
        },
    ),
    Metric::new(
        "contacts_lost",
        MetricKind::Counter,
        &["tenant", "cause"],
        "Contacts that were not found any more before their time was over, since nobody is there",
        |server| {
            let labelled = |(cause, count): (&str, u64)| (vec![cause.to_owned()], count);
            server.by_tenant(|table: &LocationTable| {
                table.flow_counts().losses().map(labelled).to_vec()
            })
        },
    ),
    Metric::new(
        "contact_events_lost",
        MetricKind::Counter,
        &["tenant"],
        "Changes of contacts of which no handler was told since too many waited",
        |server| server.by_tenant(|table: &LocationTable| unless_none(table.events_lost())),
    ),
];

impl Module for UsrlocModule {
    fn name(&self) -> &'static str {
        "usrloc"
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
        METRICS
    }

    fn locations(
        &self,
        tenants: &Arc<TenantSlots<TenantState>>,
        clock: fn() -> u64,
    ) -> Option<Arc<dyn Locations>> {
        Some(Arc::new(Registrar::new(tenants, clock)))
    }

    fn configure(&self, sections: &mut TenantSections<'_>) -> Option<Box<dyn ModuleConfig>> {
        Some(Box::new(Config::read(sections)))
    }
}
