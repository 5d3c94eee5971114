//! Which tenants there are, by their names and by what messages say.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::{MatchKeys, PinError, TenantId, TenantIndex, TenantResolver, TrustedSender};

/// What makes a message a tenant's.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Pins {
    /// Host names, or addresses used as such.
    pub domains: Vec<String>,
    /// Sockets of ours: whatever comes to them.
    pub listeners: Vec<SocketAddr>,
    /// Networks of peers, and peers by their certificates: whatever comes from them.
    pub sources: Vec<TrustedSender>,
}

/// Something that would make messages two tenants'. For the operator: no tenant is told about
/// another.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what} {value:?}: {why}")]
pub struct PinConflict {
    /// `domain`, `listener` or `source`.
    pub what: &'static str,
    /// Which one.
    pub value: String,
    /// What is wrong; [`PinError::Taken`] says whose it is.
    pub why: PinError,
}

/// The tenants that messages can be of. Read without a lock, for every message; changed as a whole,
/// one change after the other.
pub struct TenantDirectory {
    known: ArcSwap<Known>,
    changing: Mutex<()>,
}

#[derive(Clone, Default)]
struct Known {
    resolver: TenantResolver,
    by_name: HashMap<TenantId, TenantIndex>,
}

impl TenantDirectory {
    /// Of these tenants, whose messages the resolver finds.
    #[must_use]
    pub fn new(
        resolver: TenantResolver,
        names: impl IntoIterator<Item = (TenantId, TenantIndex)>,
    ) -> Self {
        let by_name = names.into_iter().collect();
        Self {
            known: ArcSwap::from_pointee(Known { resolver, by_name }),
            changing: Mutex::default(),
        }
    }

    /// From now on these messages are this tenant's, and no others.
    ///
    /// # Errors
    /// [`PinConflict`]; everything is as it was then.
    pub fn admit(
        &self,
        id: &TenantId,
        tenant: TenantIndex,
        pins: &Pins,
    ) -> Result<(), PinConflict> {
        self.change(|known| {
            known.resolver.unpin(tenant);
            known.resolver.pin(pins, tenant)?;
            known.by_name.insert(id.clone(), tenant);
            Ok(())
        })
    }

    /// Whether [`TenantDirectory::admit`] would be refused; for a name that is not known, without
    /// an index.
    ///
    /// # Errors
    /// [`PinConflict`].
    pub fn check(&self, tenant: Option<TenantIndex>, pins: &Pins) -> Result<(), PinConflict> {
        let mut resolver = self.known.load().resolver.clone();
        // Nobody has the last index: lives end before.
        let nobody = TenantIndex::new(u32::MAX);
        if let Some(tenant) = tenant {
            resolver.unpin(tenant);
        }
        resolver.pin(pins, tenant.unwrap_or(nobody))
    }

    /// From now on no message is this tenant's.
    pub fn remove(&self, tenant: TenantIndex) {
        let removed: Result<(), PinConflict> = self.change(|known| {
            known.resolver.unpin(tenant);
            known.by_name.retain(|_, known| *known != tenant);
            Ok(())
        });
        // Nothing is pinned, so nothing is refused.
        removed.unwrap_or_default();
    }

    /// The tenant of a message, see [`TenantResolver::resolve`].
    #[must_use]
    pub fn resolve(&self, match_keys: &MatchKeys<'_>) -> Option<TenantIndex> {
        self.known.load().resolver.resolve(match_keys)
    }

    /// Whose domain this is, see [`TenantResolver::domain`].
    #[must_use]
    pub fn domain(&self, host: &str) -> Option<TenantIndex> {
        self.known.load().resolver.domain(host)
    }

    /// The tenant of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<TenantIndex> {
        // As names are kept: whatever else a peer wrote is nobody's.
        let id: TenantId = name.parse().ok()?;
        self.known.load().by_name.get(&id).copied()
    }

    /// The only tenant there is; none when there are several, or none.
    #[must_use]
    pub fn only(&self) -> Option<TenantIndex> {
        let known = self.known.load();
        let mut all = known.by_name.values();
        all.next().copied().filter(|_| all.next().is_none())
    }

    fn change<E>(&self, change: impl FnOnce(&mut Known) -> Result<(), E>) -> Result<(), E> {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = Known::clone(&self.known.load());
        change(&mut known)?;
        self.known.store(known.into());
        Ok(())
    }
}

impl fmt::Debug for TenantDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantDirectory({})", self.known.load().by_name.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: TenantIndex = TenantIndex::new(0);
    const B: TenantIndex = TenantIndex::new(1);

    fn domains(domains: &[&str]) -> Pins {
        Pins {
            domains: domains.iter().map(|&domain| domain.to_owned()).collect(),
            ..Pins::default()
        }
    }

    fn directory() -> TenantDirectory {
        let directory = TenantDirectory::new(TenantResolver::new(), []);
        let pins = domains(&["a.example", "[2001:db8::1]"]);
        directory.admit(&"a".parse().unwrap(), A, &pins).unwrap();
        directory
    }

    #[test]
    fn a_tenant_is_found_from_its_admission_to_its_removal() {
        let directory = directory();
        assert_eq!(directory.domain("A.example"), Some(A));
        assert_eq!(directory.named("a"), Some(A));
        assert_eq!(directory.only(), Some(A));
        directory
            .admit(&"b".parse().unwrap(), B, &domains(&["b.example"]))
            .unwrap();
        assert_eq!(directory.only(), None);
        directory.remove(A);
        assert_eq!(directory.domain("a.example"), None);
        assert_eq!(directory.domain("2001:db8::1"), None);
        assert_eq!((directory.named("a"), directory.only()), (None, Some(B)));
        assert_eq!(directory.domain("b.example"), Some(B));
    }

    #[test]
    fn what_another_has_is_refused_and_changes_nothing() {
        let directory = directory();
        let pins = domains(&["b.example", "A.EXAMPLE."]);
        let refused = directory.admit(&"b".parse().unwrap(), B, &pins);
        let conflict = PinConflict {
            what: "domain",
            value: "A.EXAMPLE.".to_owned(),
            why: PinError::Taken(A),
        };
        assert_eq!(refused, Err(conflict.clone()));
        assert_eq!(directory.check(None, &pins), Err(conflict));
        assert_eq!(directory.domain("b.example"), None);
        assert_eq!(directory.named("b"), None);
    }

    #[test]
    fn a_change_takes_away_what_is_not_said_again() {
        let directory = directory();
        let source: std::net::IpAddr = "192.0.2.9".parse().unwrap();
        let pins = Pins {
            sources: vec![crate::SourceNetwork::from(source).into()],
            ..domains(&["c.example", "a.example"])
        };
        assert_eq!(directory.check(Some(A), &pins), Ok(()));
        directory.admit(&"a".parse().unwrap(), A, &pins).unwrap();
        assert_eq!(directory.domain("c.example"), Some(A));
        assert_eq!(directory.domain("2001:db8::1"), None);
        let from = MatchKeys {
            source: Some(source),
            ..MatchKeys::default()
        };
        assert_eq!(directory.resolve(&from), Some(A));
        directory
            .admit(&"a".parse().unwrap(), A, &domains(&["a.example"]))
            .unwrap();
        assert_eq!(directory.resolve(&from), None);
    }

    #[test]
    fn a_name_that_is_none_is_nobody() {
        assert_eq!(directory().named("A b"), None);
        assert_eq!(directory().named("z"), None);
    }
}
