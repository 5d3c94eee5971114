//! How many requests leave for tenants.

use std::sync::Arc;
use std::time::Instant;

use evroute_tenant::{OutgoingRate, OverOutgoingRate, TenantIndex};

use super::LocalIdentity;

impl LocalIdentity {
    /// From now on requests of this tenant are limited and counted so.
    pub fn limit_outgoing(&self, tenant: TenantIndex, rate: Arc<OutgoingRate>) {
        self.tenants
            .read(tenant, |known| known.outgoing.store(Some(rate)));
    }

    /// Takes so many copies of one request of a tenant; see [`OutgoingRate::take`].
    ///
    /// # Errors
    /// [`OverOutgoingRate`]: none may leave.
    pub fn take_outgoing(
        &self,
        tenant: TenantIndex,
        copies: usize,
        is_in_dialog: bool,
    ) -> Result<(), OverOutgoingRate> {
        let copies = u64::try_from(copies).unwrap_or(u64::MAX);
        let taken = self
            .tenants
            .read(tenant, |known| match &*known.outgoing.load() {
                Some(rate) => rate.take(Instant::now(), copies, is_in_dialog),
                None => Ok(()),
            });
        taken.unwrap_or(Ok(()))
    }
}
