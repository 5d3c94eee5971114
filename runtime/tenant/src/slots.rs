//! What is kept for each tenant while tenants come and go.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::TenantIndex;

/// How many tenants share a page: what is copied when one of them changes.
const PAGE: usize = 256;

/// One page; none where none of its tenants is there.
type Page<T> = Option<Arc<Vec<Option<Arc<T>>>>>;

/// One thing for each tenant, found by index without a lock. Tenants come and go: a change copies
/// a page and the list of pages, so that 10,000 tenants are added one by one without copying all
/// of them each time, and the pages of tenants that have gone take no room.
///
/// Readers that have found something keep it until they drop it.
pub struct TenantSlots<T>(ArcSwap<Vec<Page<T>>>);

impl<T> TenantSlots<T> {
    /// Nobody is there.
    #[must_use]
    pub fn new() -> Self {
        Self(ArcSwap::from_pointee(Vec::new()))
    }

    /// What is kept for a tenant, to be kept by the caller; none when it is not there.
    #[must_use]
    pub fn get(&self, tenant: TenantIndex) -> Option<Arc<T>> {
        let pages = self.0.load();
        slot(&pages, tenant).cloned()
    }

    /// Looks at what is kept for a tenant, without counting a reference to it.
    pub fn read<R>(&self, tenant: TenantIndex, look: impl FnOnce(&Arc<T>) -> R) -> Option<R> {
        let pages = self.0.load();
        slot(&pages, tenant).map(look)
    }

    /// Keeps this for a tenant, in place of what was.
    pub fn put(&self, tenant: TenantIndex, kept: Arc<T>) {
        self.set(tenant, Some(kept));
    }

    /// Keeps nothing for a tenant any more. Whoever found it before may hold it still.
    pub fn remove(&self, tenant: TenantIndex) -> Option<Arc<T>> {
        let removed = self.get(tenant);
        self.set(tenant, None);
        removed
    }

    /// All that is kept, in the order of the indices.
    #[must_use]
    pub fn all(&self) -> Vec<(TenantIndex, Arc<T>)> {
        let pages = self.0.load();
        let mut all = Vec::new();
        for (number, page) in pages.iter().enumerate() {
            let slots = page.iter().flat_map(|page| page.iter()).enumerate();
            all.extend(slots.filter_map(|(place, kept)| {
                let index = TenantIndex::from_position(number * PAGE + place)?;
                Some((index, Arc::clone(kept.as_ref()?)))
            }));
        }
        all
    }

    /// How many tenants something is kept for.
    #[must_use]
    pub fn count(&self) -> usize {
        let pages = self.0.load();
        let pages = pages.iter().flatten();
        pages.map(|page| page.iter().flatten().count()).sum()
    }

    fn set(&self, tenant: TenantIndex, kept: Option<Arc<T>>) {
        let (number, place) = (tenant.position() / PAGE, tenant.position() % PAGE);
        self.0.rcu(|pages| {
            let mut pages = Vec::clone(pages);
            if pages.len() <= number {
                pages.resize(number + 1, None);
            }
            if let Some(page) = pages.get_mut(number) {
                let mut slots = page.as_deref().cloned().unwrap_or_default();
                if slots.len() <= place {
                    slots.resize(place + 1, None);
                }
                if let Some(slot) = slots.get_mut(place) {
                    slot.clone_from(&kept);
                }
                *page = slots.iter().any(Option::is_some).then(|| Arc::new(slots));
            }
            pages
        });
    }
}

fn slot<T>(pages: &[Page<T>], tenant: TenantIndex) -> Option<&Arc<T>> {
    let page = pages.get(tenant.position() / PAGE)?.as_ref()?;
    page.get(tenant.position() % PAGE)?.as_ref()
}

impl<T> Default for TenantSlots<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> FromIterator<(TenantIndex, Arc<T>)> for TenantSlots<T> {
    fn from_iter<I: IntoIterator<Item = (TenantIndex, Arc<T>)>>(tenants: I) -> Self {
        let slots = Self::new();
        for (tenant, kept) in tenants {
            slots.put(tenant, kept);
        }
        slots
    }
}

impl<T> fmt::Debug for TenantSlots<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantSlots({})", self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(number: u32) -> TenantIndex {
        TenantIndex::new(number)
    }

    #[test]
    fn each_tenant_finds_its_own_on_whatever_page() {
        let slots = TenantSlots::new();
        let numbers = [0, 1, 255, 256, 70_000];
        for number in numbers {
            slots.put(at(number), Arc::new(number));
        }
        for number in numbers {
            assert_eq!(slots.get(at(number)).as_deref(), Some(&number));
        }
        for absent in [2, 254, 257, 69_999, 70_001, 1_000_000] {
            assert_eq!(slots.get(at(absent)), None, "{absent}");
        }
        let all: Vec<_> = slots.all().into_iter().map(|(_, kept)| *kept).collect();
        assert_eq!(all, numbers);
        assert_eq!(slots.count(), numbers.len());
    }

    #[test]
    fn what_is_removed_is_freed_with_its_last_reader() {
        let slots = TenantSlots::new();
        slots.put(at(300), Arc::new("a"));
        slots.put(at(301), Arc::new("b"));
        let reader = slots.get(at(300)).unwrap();
        let weak = Arc::downgrade(&reader);
        drop(slots.remove(at(300)));
        assert_eq!(slots.get(at(300)), None);
        assert_eq!(slots.get(at(301)).as_deref(), Some(&"b"));
        assert_eq!(*reader, "a", "a run that is under way ends on it");
        drop(reader);
        assert!(weak.upgrade().is_none(), "nobody holds it any more");
        assert_eq!(slots.remove(at(300)), None);
    }

    #[test]
    fn pages_of_tenants_that_have_gone_take_no_room() {
        let slots = TenantSlots::new();
        for number in 0..2000 {
            slots.put(at(number), Arc::new(number));
            slots.remove(at(number));
        }
        assert!(slots.0.load().iter().all(Option::is_none));
        assert_eq!(slots.count(), 0);
    }

    #[test]
    fn a_second_thing_replaces_the_first() {
        let slots: TenantSlots<u8> = [(at(3), Arc::new(1)), (at(3), Arc::new(2))]
            .into_iter()
            .collect();
        assert_eq!(slots.read(at(3), |kept| **kept), Some(2));
        assert_eq!(slots.count(), 1);
    }
}
