//! Whom the end of a connection is told.

use std::sync::{Mutex, MutexGuard, PoisonError};

use evroute_tenant::TenantIndex;

/// Tenants of one connection: those whose requests came over it first. A proxy in front of many has
/// more; each of them would be told of one end.
const TENANTS_MAX: usize = 8;

/// The tenants that are told of the end of a connection.
#[derive(Debug, Default)]
pub(crate) struct ToldTenants(Mutex<Vec<TenantIndex>>);

impl ToldTenants {
    /// One more; false where there are as many as may be.
    pub(crate) fn add(&self, tenant: TenantIndex) -> bool {
        let mut tenants = self.lock();
        if tenants.contains(&tenant) {
            return true;
        }
        let has_room = tenants.len() < TENANTS_MAX;
        if has_room {
            tenants.push(tenant);
        }
        has_room
    }

    /// All of them, who are told once.
    pub(crate) fn take(&self) -> Vec<TenantIndex> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<TenantIndex>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_eight_tenants_are_told_and_each_once() {
        let told = ToldTenants::default();
        let tenants: Vec<_> = (0..10).map(TenantIndex::new).collect();
        for _ in 0..2 {
            let added: Vec<_> = tenants.iter().map(|tenant| told.add(*tenant)).collect();
            assert_eq!(added.iter().filter(|added| **added).count(), 8);
        }
        assert_eq!(told.take(), tenants[..8]);
        assert_eq!(told.take(), []);
    }
}
