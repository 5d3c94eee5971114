use core::fmt::{self, Debug, Formatter};
use core::mem::ManuallyDrop;
use core::ops::Deref;

/// A handle that is not given back before the run ends.
///
/// Handles end with the run; giving one back earlier would be a call of the server each. Something that opens many, one after
/// the other, takes them from [`bindings`](crate::bindings) instead, where dropping gives them back.
pub struct Kept<T>(ManuallyDrop<T>);

impl<T> From<T> for Kept<T> {
    #[inline]
    fn from(handle: T) -> Self {
        Self(ManuallyDrop::new(handle))
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Debug> Debug for Kept<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
