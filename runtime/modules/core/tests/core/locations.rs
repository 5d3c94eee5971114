//! The registrar, as the server plugs it in.

use std::sync::Arc;

use evroute_module_api::TenantState;
use evroute_module_core::TenantRouting;
use evroute_module_usrloc::{Config, LocationTable, Registrar};
use evroute_tenant::{TenantIndex, TenantSlots};

/// Of these tenants. Time stands still.
pub(crate) fn registrar(tenants: &[TenantRouting]) -> Registrar {
    let state = |(tenant, index): (&TenantRouting, u32)| {
        let table = LocationTable::new(Config::default());
        let id = tenant.name.parse().unwrap();
        let index = TenantIndex::new(index);
        let state = TenantState::new(id, index).with(Arc::new(table));
        (index, Arc::new(state))
    };
    let states: TenantSlots<_> = tenants.iter().zip(0..).map(state).collect();
    Registrar::new(&Arc::new(states), || 1_000_000_000_000)
}
