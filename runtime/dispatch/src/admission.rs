//! What a tenant's runs may take from the others'.

use evroute_event::Quota;
use tokio::sync::SemaphorePermit;

use crate::Share;
use crate::door::Door;

/// One tenant's async lane, and its share of the time in which the server runs handlers.
#[derive(Debug)]
pub struct Admission {
    lane: Door,
    share: Option<Share>,
}

impl Default for Admission {
    fn default() -> Self {
        Self::new(64, 1024)
    }
}

impl Admission {
    /// A lane for `running_max` runs at the same time and `waiting_max` events before it. The tenant is alone: it may take
    /// all the time there is.
    #[must_use]
    pub fn new(running_max: usize, waiting_max: usize) -> Self {
        Self {
            lane: Door::new(running_max, waiting_max, Quota::RunsConcurrent),
            share: None,
        }
    }

    /// The same for a tenant that is not alone.
    #[must_use]
    pub fn with_share(self, share: Share) -> Self {
        Self {
            share: Some(share),
            ..self
        }
    }

    /// How many runs are in the lane now.
    #[must_use]
    pub fn running(&self) -> usize {
        self.lane.running()
    }

    /// How many events wait for their turn now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.lane.waiting()
    }

    /// What the tenant has of the server's time; none when it may take all.
    #[must_use]
    pub fn share(&self) -> Option<&Share> {
        self.share.as_ref()
    }

    /// Waits for a turn in the async lane.
    ///
    /// # Errors
    /// [`Quota::RunsConcurrent`] when too many wait already.
    pub(crate) async fn enter(&self) -> Result<SemaphorePermit<'_>, Quota> {
        self.lane.enter().await
    }
}
