//! The registrar, as the server plugs it in.

use std::sync::Arc;

use evroute_module_api::TenantState;
use evroute_module_core::TenantRouting;
use evroute_module_usrloc::{Config, LocationTable, Registrar};
use evroute_tenant::TenantIndex;

/// Of these tenants. Time stands still.
pub(crate) fn registrar(tenants: &[TenantRouting]) -> Registrar {
    let state = |(tenant, index): (&TenantRouting, u32)| {
        let table = LocationTable::new(Config::default());
        let id = tenant.name.parse().unwrap();
        Arc::new(TenantState::new(id, TenantIndex::new(index)).with(Arc::new(table)))
    };
    let states: Vec<_> = tenants.iter().zip(0..).map(state).collect();
    Registrar::new(&states, || 1_000_000_000_000)
}
