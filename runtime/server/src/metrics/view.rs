//! What one look at GET /metrics shows, and what of it finds no room.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many series of handlers the page of all tenants shows; where there are more, it shows the
/// sums of each tenant alone, so that its size does not depend on how many handlers there are.
pub(super) const HANDLER_SERIES_MAX: usize = 1000;

/// How many bytes the series of tenants may take on the page of all tenants. With what is of no
/// tenant the page stays below 5 MB, whatever tenants there are.
const TENANT_BYTES_MAX: usize = 4_500_000;

/// What the labels of a series cost besides their values: names, quotes, the number.
const BYTES_BESIDES: usize = 24;

/// The look that is taken now. One is at a time.
#[derive(Debug, Default)]
pub(super) struct View(Mutex<Look>);

#[derive(Debug, Default)]
struct Look {
    /// Of one tenant, in full; none is all of them.
    tenant: Option<String>,
    shows_handlers: bool,
    bytes_left: usize,
    hidden: u64,
}

impl View {
    /// Begins a look at one tenant, or at all. `handler_series` is how many series handlers have.
    pub(super) fn begin(&self, tenant: Option<&str>, handler_series: usize) {
        *self.look() = Look {
            tenant: tenant.map(str::to_owned),
            shows_handlers: tenant.is_some() || handler_series <= HANDLER_SERIES_MAX,
            bytes_left: TENANT_BYTES_MAX,
            hidden: 0,
        };
    }

    /// How many series the look did not show.
    pub(super) fn hidden(&self) -> u64 {
        self.look().hidden
    }

    /// Whether series of no tenant are shown.
    pub(super) fn shows_server(&self) -> bool {
        self.look().tenant.is_none()
    }

    /// Whether numbers that are zero are shown: of one tenant everything is.
    pub(super) fn shows_zero(&self) -> bool {
        self.look().tenant.is_some()
    }

    /// Whether a tenant's series is shown, which takes so many bytes with its name and the values
    /// of its labels.
    pub(super) fn shows(&self, tenant: &str, bytes: usize) -> bool {
        self.look().shows(tenant, bytes)
    }

    /// The same of a series of a handler.
    pub(super) fn shows_handler(&self, tenant: &str, bytes: usize) -> bool {
        let mut look = self.look();
        if look.shows_handlers {
            return look.shows(tenant, bytes);
        }
        look.hidden += 1;
        false
    }

    /// A look is whole even if a writer panicked: it is set at once.
    fn look(&self) -> MutexGuard<'_, Look> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Look {
    fn shows(&mut self, tenant: &str, bytes: usize) -> bool {
        if let Some(only) = &self.tenant {
            return only == tenant;
        }
        match self
            .bytes_left
            .checked_sub(bytes.saturating_add(BYTES_BESIDES))
        {
            Some(left) => {
                self.bytes_left = left;
                true
            }
            None => {
                self.hidden += 1;
                false
            }
        }
    }
}
