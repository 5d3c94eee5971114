//! The components that handlers share, found by digest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use evroute_aot::WasmDigest;

use crate::shared_component::SharedComponent;
use crate::{ComponentRefusal, Sandbox};

/// How many places there are before those are looked for whose component nobody holds any more.
const SWEEP_MIN: usize = 64;

/// One component's place: whoever makes it holds the lock, and others wait for it.
type Place = Arc<Mutex<Weak<SharedComponent>>>;

/// The components that live, as long as a handler holds them.
pub(crate) struct ComponentTable(Mutex<Places>);

struct Places {
    by_digest: HashMap<WasmDigest, Place>,
    sweep_at: usize,
}

impl Default for ComponentTable {
    fn default() -> Self {
        Self(Mutex::new(Places {
            by_digest: HashMap::new(),
            sweep_at: SWEEP_MIN,
        }))
    }
}

impl ComponentTable {
    fn place(&self, digest: WasmDigest) -> Place {
        let mut places = lock(&self.0);
        if places.by_digest.len() >= places.sweep_at {
            places.by_digest.retain(|_, place| is_held(place));
            places.sweep_at = SWEEP_MIN.max(2 * places.by_digest.len());
        }
        Arc::clone(places.by_digest.entry(digest).or_default())
    }
}

/// Whether a component lives there, or is being made.
fn is_held(place: &Place) -> bool {
    Arc::strong_count(place) > 1 || lock(place).strong_count() > 0
}

/// What is in there is whole even if somebody panicked while holding it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sandbox {
    /// The component with these bytes: that of another handler, or a new one. Of several threads
    /// that ask for one at the same time the first makes it, which takes as long as compiling does.
    pub(crate) fn component(
        &self,
        component: &[u8],
    ) -> Result<Arc<SharedComponent>, ComponentRefusal> {
        let digest = WasmDigest::of(component);
        let place = self.components.place(digest);
        let mut place = lock(&place);
        if let Some(there) = place.upgrade() {
            return Ok(there);
        }
        let made = Arc::new(SharedComponent::make(self, component, digest)?);
        *place = Arc::downgrade(&made);
        Ok(made)
    }

    /// How many components are compiled and held, however many handlers share them.
    #[must_use]
    pub fn components_held(&self) -> usize {
        let places = lock(&self.components.0);
        let held = places.by_digest.values().filter(|place| {
            // One that is being made is not held yet.
            place.try_lock().is_ok_and(|place| place.strong_count() > 0)
        });
        held.count()
    }
}
