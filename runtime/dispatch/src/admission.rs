//! What a tenant's runs may take from the others'.

use std::sync::Arc;

use evroute_event::LimitKind;
use evroute_sandbox::Used;
use evroute_tenant::{EventRates, Ledger, UsedUpRate};
use tokio::time::Instant;

use crate::CpuBudget;
use crate::admission_queue::AdmissionQueue;
use crate::fair_queue::Urgency;
use crate::fair_share::FairPermit;

/// One tenant's async lane, and its share of the time in which the server runs handlers.
#[derive(Debug)]
pub struct Admission {
    lane: AdmissionQueue,
    budget: Option<CpuBudget>,
    rates: Option<EventRates>,
    ledger: Arc<Ledger>,
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
            rates: None,
            ledger: Arc::default(),
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

    /// The same with so many events and so much fuel in a second.
    #[must_use]
    pub fn with_rates(self, rates: Option<EventRates>) -> Self {
        Self { rates, ..self }
    }

    /// The same, where this ledger says what the tenant used.
    #[must_use]
    pub fn with_ledger(self, ledger: Arc<Ledger>) -> Self {
        Self { ledger, ..self }
    }

    /// What the tenant used so far.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Takes one event of the tenant's rates.
    ///
    /// # Errors
    /// The rate that is used up.
    pub(crate) fn take_event(&self) -> Result<(), LimitKind> {
        let Some(rates) = &self.rates else {
            return Ok(());
        };
        let taken = rates.take_event(Instant::now().into_std());
        taken.map_err(|rate| match rate {
            UsedUpRate::Events => LimitKind::TenantEventRate,
            UsedUpRate::Fuel => LimitKind::TenantFuelRate,
        })
    }

    /// Charges the tenant for a run that has ended.
    pub(crate) fn charge(&self, used: &Used, has_returned: bool) {
        self.ledger.charge(used.fuel, &used.meter, has_returned);
        if let Some(rates) = &self.rates {
            rates.charge_fuel(Instant::now().into_std(), used.fuel);
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

    /// What the tenant has of the server's time; none when it may take all, as long as it is alone.
    #[must_use]
    pub fn budget(&self) -> Option<&CpuBudget> {
        self.budget.as_ref().filter(|budget| !budget.is_alone())
    }

    /// How many runs had to wait for time so far.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.budget.as_ref().map_or(0, CpuBudget::throttled)
    }

    /// Waits for a permit of the async lane.
    ///
    /// # Errors
    /// [`LimitKind::RunsConcurrent`] when too many wait already.
    pub(crate) async fn enter(&self, urgency: Urgency) -> Result<FairPermit, LimitKind> {
        self.lane.enter(urgency).await
    }
}
