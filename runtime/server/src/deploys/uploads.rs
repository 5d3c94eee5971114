//! Components that were sent and are not yet a revision, and how often they are tried.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use evroute_deploy::ComponentDigest;
use evroute_tenant::TenantId;

use super::DeployError;

/// How many components of one tenant are kept that no revision is made of yet; for one more the
/// oldest goes.
const STAGED_MAX: usize = 4;

/// How many components of one tenant are on their way at the same time.
const UNDER_WAY_MAX: usize = 2;

/// The time in which tries are counted.
const TRIES_WITHIN: Duration = Duration::from_secs(3600);

/// Which tenant has sent which components.
#[derive(Default)]
pub(super) struct Uploads(Mutex<BTreeMap<TenantId, OfTenant>>);

#[derive(Default)]
struct OfTenant {
    staged: VecDeque<ComponentDigest>,
    under_way: usize,
    is_trying: bool,
    tries: u32,
    counted_since: Option<Instant>,
}

/// A place for a component that is on its way.
pub(crate) struct UploadPlace {
    uploads: Arc<Uploads>,
    tenant: TenantId,
}

/// Leave to compile and try one component.
pub(super) struct Try {
    uploads: Arc<Uploads>,
    tenant: TenantId,
}

impl Drop for Try {
    fn drop(&mut self) {
        if let Some(of_tenant) = self.uploads.all().get_mut(&self.tenant) {
            of_tenant.is_trying = false;
        }
    }
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

    /// Gives leave to try a component: one of a tenant at a time, and not more within an hour than
    /// `most`, since compiling is the server's time whether anything comes of it or not.
    pub(super) fn begin_try(
        self: &Arc<Self>,
        tenant: &TenantId,
        most: u32,
        now: Instant,
    ) -> Result<Try, DeployError> {
        let mut all = self.all();
        let of_tenant = all.entry(tenant.clone()).or_default();
        if of_tenant.is_trying {
            return Err(DeployError::refused(
                "another component of this tenant is being tried; try again in a moment",
            ));
        }
        let since = *of_tenant.counted_since.get_or_insert(now);
        if now.duration_since(since) >= TRIES_WITHIN {
            (of_tenant.counted_since, of_tenant.tries) = (Some(now), 0);
        }
        if of_tenant.tries >= most {
            return Err(DeployError::Refused(format!(
                "components of this tenant were tried {most} times within the hour, as often as \
                 they may be (twice changes_per_hour_max in [tenant.deploy]); wait, or ask the \
                 operator"
            )));
        }
        of_tenant.tries += 1;
        of_tenant.is_trying = true;
        Ok(Try {
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
    fn tries_are_one_at_a_time_and_counted_by_the_hour() {
        let uploads = Arc::new(Uploads::default());
        let tenant: TenantId = "one".parse().unwrap();
        let begun = Instant::now();
        let first = uploads.begin_try(&tenant, 2, begun).ok();
        assert!(first.is_some());
        assert!(
            uploads.begin_try(&tenant, 2, begun).is_err(),
            "one at a time"
        );
        assert!(
            uploads
                .begin_try(&"other".parse().unwrap(), 2, begun)
                .is_ok()
        );
        drop(first);
        assert!(uploads.begin_try(&tenant, 2, begun).is_ok());
        assert!(
            uploads.begin_try(&tenant, 2, begun).is_err(),
            "two within the hour"
        );
        assert!(uploads.begin_try(&tenant, 2, begun + TRIES_WITHIN).is_ok());
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
