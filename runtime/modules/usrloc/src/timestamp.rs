//! Time, always handed in.

/// Seconds since 1970. Registrations may outlive the process, so they count by the
/// calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(u64);

impl Timestamp {
    /// That many seconds after 1970 began.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970 began.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// Later by that many seconds.
    #[must_use]
    pub const fn plus(self, seconds: u32) -> Self {
        Self(self.0.saturating_add(seconds as u64))
    }

    /// Seconds until `later`; 0 when that is past.
    #[must_use]
    pub const fn until(self, later: Self) -> u64 {
        later.0.saturating_sub(self.0)
    }
}
