//! What a tenant's runs may take from the others'.

use evroute_event::LimitKind;
use tokio::sync::SemaphorePermit;

use crate::CpuBudget;
use crate::admission_queue::AdmissionQueue;

/// One tenant's async lane, and its share of the time in which the server runs handlers.
#[derive(Debug)]
pub struct Admission {
    lane: AdmissionQueue,
    budget: Option<CpuBudget>,
}

impl Default for Admission {
    fn default() -> Self {
        Self::new(64, 1024)
    }
}

impl Admission {
    /// A lane for `running_max` runs at the same time and `waiting_max` events before it. The
    /// tenant is alone: it may take all the time there is.
    #[must_use]
    pub fn new(running_max: usize, waiting_max: usize) -> Self {
        Self {
            lane: AdmissionQueue::new(running_max, waiting_max, LimitKind::RunsConcurrent),
            budget: None,
        }
    }

    /// The same for a tenant that is not alone.
    #[must_use]
    pub fn with_budget(self, budget: CpuBudget) -> Self {
        Self {
            budget: Some(budget),
            ..self
        }
    }

    /// How many runs are in the lane now.
    #[must_use]
    pub fn running(&self) -> usize {
        self.lane.running()
    }

    /// How many events wait for a permit now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.lane.waiting()
    }

    /// What the tenant has of the server's time; none when it may take all.
    #[must_use]
    pub fn budget(&self) -> Option<&CpuBudget> {
        self.budget.as_ref()
    }

    /// Waits for a permit of the async lane.
    ///
    /// # Errors
    /// [`LimitKind::RunsConcurrent`] when too many wait already.
    pub(crate) async fn enter(&self) -> Result<SemaphorePermit<'_>, LimitKind> {
        self.lane.enter().await
    }
}
