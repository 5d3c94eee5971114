//! Entries of a table that have changed since they were kept.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Keys of a table whose entries have changed since they were kept: no more than there are entries,
/// and those that were removed meanwhile.
#[derive(Debug, Default)]
pub(crate) struct UnkeptKeys {
    keys: Mutex<HashSet<Arc<str>>>,
    changed: Notify,
}

impl UnkeptKeys {
    /// The entry of this key has changed.
    pub(crate) fn put(&self, key: &Arc<str>) {
        let mut keys = self.lock();
        if keys.insert(Arc::clone(key)) && keys.len() == 1 {
            self.changed.notify_one();
        }
    }

    /// Those of these that were not kept after all.
    pub(crate) fn put_back(&self, unkept: Vec<Arc<str>>) {
        self.lock().extend(unkept);
        self.changed.notify_one();
    }

    /// Some of them, `most` at most, which count as kept from now on.
    pub(crate) fn take(&self, most: usize) -> Vec<Arc<str>> {
        let mut keys = self.lock();
        let taken: Vec<_> = keys.iter().take(most).cloned().collect();
        for key in &taken {
            keys.remove(key);
        }
        taken
    }

    /// Whether all is kept, or on its way.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Waits until there are some.
    pub(crate) async fn changed(&self) {
        while self.lock().is_empty() {
            self.changed.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Arc<str>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
