//! Components that were sent and are not yet a revision.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evroute_deploy::ComponentDigest;
use evroute_tenant::TenantId;

/// How many components of one tenant are kept that no revision is made of yet; for one more the
/// oldest goes.
const STAGED_MAX: usize = 4;

/// How many components of one tenant are on their way at the same time.
const UNDER_WAY_MAX: usize = 2;

/// Which tenant has sent which components.
#[derive(Default)]
pub(super) struct Uploads(Mutex<BTreeMap<TenantId, OfTenant>>);

#[derive(Default)]
struct OfTenant {
    staged: VecDeque<ComponentDigest>,
    under_way: usize,
}

/// A place for a component that is on its way.
pub(crate) struct UploadPlace {
    uploads: Arc<Uploads>,
    tenant: TenantId,
}

impl Drop for UploadPlace {
    fn drop(&mut self) {
        if let Some(of_tenant) = self.uploads.all().get_mut(&self.tenant) {
            of_tenant.under_way = of_tenant.under_way.saturating_sub(1);
        }
    }
}

impl Uploads {
    fn all(&self) -> MutexGuard<'_, BTreeMap<TenantId, OfTenant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place; none when the tenant has as many as it may.
    pub(super) fn begin(self: &Arc<Self>, tenant: &TenantId) -> Option<UploadPlace> {
        let mut all = self.all();
        let of_tenant = all.entry(tenant.clone()).or_default();
        if of_tenant.under_way >= UNDER_WAY_MAX {
            return None;
        }
        of_tenant.under_way += 1;
        Some(UploadPlace {
            uploads: Arc::clone(self),
            tenant: tenant.clone(),
        })
    }

    /// Remembers what a tenant has sent.
    pub(super) fn stage(&self, tenant: &TenantId, digest: ComponentDigest) {
        let mut all = self.all();
        let staged = &mut all.entry(tenant.clone()).or_default().staged;
        staged.retain(|known| *known != digest);
        staged.push_back(digest);
        while staged.len() > STAGED_MAX {
            staged.pop_front();
        }
    }

    /// Whether this tenant has sent it. Another's components are none of its business, whether they
    /// are here or not.
    pub(super) fn has(&self, tenant: &TenantId, digest: ComponentDigest) -> bool {
        let all = self.all();
        let of_tenant = all.get(tenant);
        of_tenant.is_some_and(|of_tenant| of_tenant.staged.contains(&digest))
    }

    /// What any tenant has sent.
    pub(super) fn digests(&self) -> BTreeSet<ComponentDigest> {
        let all = self.all();
        let staged = all.values().flat_map(|of_tenant| &of_tenant.staged);
        staged.copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_few_of_each_tenant_are_kept() {
        let uploads = Uploads::default();
        let (one, other): (TenantId, TenantId) = ("one".parse().unwrap(), "other".parse().unwrap());
        let digests: Vec<_> = (0..5_u8).map(|n| ComponentDigest::of(&[n])).collect();
        for digest in &digests {
            uploads.stage(&one, *digest);
        }
        assert!(!uploads.has(&one, digests[0]));
        assert!(uploads.has(&one, digests[1]));
        assert!(!uploads.has(&other, digests[1]));
        uploads.stage(&other, digests[0]);
        assert_eq!(uploads.digests(), digests.into_iter().collect());
    }

    #[test]
    fn places_are_given_back() {
        let uploads = Arc::new(Uploads::default());
        let tenant: TenantId = "one".parse().unwrap();
        let first = uploads.begin(&tenant);
        let second = uploads.begin(&tenant);
        assert!(first.is_some() && second.is_some());
        assert!(uploads.begin(&tenant).is_none());
        assert!(uploads.begin(&"other".parse().unwrap()).is_some());
        drop(first);
        assert!(uploads.begin(&tenant).is_some());
    }
}
