//! Components that could not be compiled, so that they are not tried again and again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use evroute_deploy::ComponentDigest;
use evroute_tenant::TenantId;

use crate::loader::Compiling;

/// How long a refusal is remembered: what was a matter of a busy machine is tried again then. A
/// restart, which another version or other limits take, forgets them all.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Refusals that are remembered of one tenant; for one more its oldest goes.
const REFUSALS_MAX: usize = 32;

/// The longest reason, in bytes.
const REASON_BYTES_MAX: usize = 1024;

/// What was refused of each tenant. None is told what was refused of another.
#[derive(Default)]
pub(super) struct RefusedComponents(Mutex<BTreeMap<TenantId, VecDeque<Refused>>>);

struct Refused {
    digest: ComponentDigest,
    why: String,
    /// The compiler has only ended over it once: who killed it is not known.
    is_doubtful: bool,
    at: Instant,
}

impl RefusedComponents {
    /// Why a component was refused, and how long ago.
    pub(super) fn why(
        &self,
        tenant: &TenantId,
        digest: ComponentDigest,
        now: Instant,
    ) -> Option<(String, Duration)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut of_tenant = all.get(tenant)?.iter();
        let refused = of_tenant.find(|one| one.digest == digest && !one.is_doubtful)?;
        let ago = now.saturating_duration_since(refused.at);
        (ago < REMEMBERED).then(|| (refused.why.clone(), ago))
    }

    /// A component is no handler. What the compiler has refused is remembered, and what it has
    /// ended over twice.
    pub(super) fn remember(
        &self,
        tenant: &TenantId,
        digest: ComponentDigest,
        (compiling, why): (Compiling, &str),
        now: Instant,
    ) {
        if compiling == Compiling::Done {
            return;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_tenant = all.entry(tenant.clone()).or_default();
        of_tenant.retain(|one| now.saturating_duration_since(one.at) < REMEMBERED);
        let known = of_tenant.iter().position(|one| one.digest == digest);
        let was_known = known.and_then(|place| of_tenant.remove(place)).is_some();
        if of_tenant.len() >= REFUSALS_MAX {
            of_tenant.pop_front();
        }
        let end = why.floor_char_boundary(REASON_BYTES_MAX);
        of_tenant.push_back(Refused {
            digest,
            why: why.get(..end).unwrap_or_default().to_owned(),
            is_doubtful: compiling == Compiling::Broke && !was_known,
            at: now,
        });
    }

    /// Forgets what was refused of a tenant that is gone.
    pub(super) fn forget(&self, tenant: &TenantId) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(tenant);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_remembered_for_its_tenant_and_for_a_while() {
        let refused = RefusedComponents::default();
        let (acme, beta): (TenantId, TenantId) = ("acme".parse().unwrap(), "beta".parse().unwrap());
        let (bomb, now) = (ComponentDigest::of(b"bomb"), Instant::now());
        let why = "too dear ".repeat(1000);
        refused.remember(&acme, bomb, (Compiling::Refused, &why), now);
        let later = now + Duration::from_secs(599);
        let (why, ago) = refused.why(&acme, bomb, later).unwrap();
        assert_eq!((why.len(), ago.as_secs()), (REASON_BYTES_MAX, 599));
        assert_eq!(refused.why(&acme, bomb, now + REMEMBERED), None);
        assert_eq!(refused.why(&beta, bomb, now), None);
        refused.forget(&acme);
        assert_eq!(refused.why(&acme, bomb, now), None);
    }

    #[test]
    fn a_compiler_that_was_killed_once_is_tried_again_and_twice_is_not() {
        let refused = RefusedComponents::default();
        let (acme, now): (TenantId, _) = ("acme".parse().unwrap(), Instant::now());
        let one = ComponentDigest::of(b"one");
        refused.remember(&acme, one, (Compiling::Done, "not granted"), now);
        refused.remember(&acme, one, (Compiling::Broke, "killed"), now);
        assert_eq!(refused.why(&acme, one, now), None);
        refused.remember(&acme, one, (Compiling::Broke, "killed"), now);
        assert!(refused.why(&acme, one, now).is_some());
    }

    #[test]
    fn however_many_are_refused_the_memory_has_an_end() {
        let refused = RefusedComponents::default();
        let (acme, now): (TenantId, _) = ("acme".parse().unwrap(), Instant::now());
        let bomb = |number: u32| ComponentDigest::of(&number.to_be_bytes());
        for number in 0..1000 {
            refused.remember(&acme, bomb(number), (Compiling::Refused, "no"), now);
        }
        assert_eq!(refused.why(&acme, bomb(967), now), None);
        assert!((968..1000).all(|number| refused.why(&acme, bomb(number), now).is_some()));
    }
}
