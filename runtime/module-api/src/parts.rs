//! Things by their type.

use std::any::{Any, TypeId};
use std::sync::Arc;

/// Shared things, one of each type.
#[derive(Default)]
pub(crate) struct Parts(Vec<(TypeId, Arc<dyn Any + Send + Sync>)>);

impl Parts {
    /// Adds one. A second of the same type replaces the first.
    pub(crate) fn put(&mut self, part: Arc<dyn Any + Send + Sync>) {
        let key = (*part).type_id();
        self.0.retain(|(known, _)| *known != key);
        self.0.push((key, part));
    }

    /// The one of this type.
    pub(crate) fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.part::<T>()?.downcast_ref()
    }

    /// The same, to be kept.
    pub(crate) fn share<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        Arc::clone(self.part::<T>()?).downcast().ok()
    }

    fn part<T: Any>(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        let key = TypeId::of::<T>();
        let mut parts = self.0.iter();
        parts.find_map(|(known, part)| (*known == key).then_some(part))
    }
}
