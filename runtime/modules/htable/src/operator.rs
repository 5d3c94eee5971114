//! The operator's hand: writes that are no run's.

use std::sync::Arc;

use crate::overlay::Overlay;
use crate::{HtableTenant, Place, Stored, WriteError};

impl HtableTenant {
    /// Writes from outside a run, at once; none removes. The operator's hand obeys the same limits.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn write(
        self: &Arc<Self>,
        place: Place,
        key: &str,
        value: Option<Stored>,
        now_us: u64,
    ) -> Result<(), WriteError> {
        let mut overlay = Overlay::new(Arc::clone(self), now_us);
        overlay.set(place, key, value, None)?;
        overlay.commit_now()
    }

    /// Removes from outside a run, at once, and says whether there was an entry.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn remove(
        self: &Arc<Self>,
        place: Place,
        key: &str,
        now_us: u64,
    ) -> Result<bool, WriteError> {
        let mut overlay = Overlay::new(Arc::clone(self), now_us);
        let was = overlay.remove(place, key)?;
        overlay.commit_now().map(|()| was)
    }
}
