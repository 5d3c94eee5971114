//! How many requests leave for tenants.

use std::sync::Arc;
use std::time::Instant;

use evroute_tenant::{OutgoingRate, OverOutgoingRate, TenantId, TenantIndex};

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
        let rate = self
            .tenants
            .read(tenant, |known| known.outgoing.load_full())
            .flatten();
        let copies = u64::try_from(copies).unwrap_or(u64::MAX);
        rate.map_or(Ok(()), |rate| {
            rate.take(Instant::now(), copies, is_in_dialog)
        })
    }

    /// The same number of each tenant whose requests are counted.
    #[must_use]
    pub fn outgoing(&self, number: fn(&OutgoingRate) -> u64) -> Vec<(TenantId, u64)> {
        let tenants = self.tenants.all().into_iter();
        let counted = tenants.filter_map(|(_, known)| {
            let rate = known.outgoing.load_full()?;
            Some((known.identity.id.clone(), number(&rate)))
        });
        counted.collect()
    }
}
