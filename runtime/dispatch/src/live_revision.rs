//! One revision that gets events.

use std::sync::Arc;

use evroute_event::{AnyVerdict, FailPolicy, LimitKind};
use evroute_log_throttle::LogThrottle;
use evroute_module_api::EventBinding;
use evroute_sandbox::Handler;
use evroute_tenant::{EventRateLimits, EventRates, Revision, UsedUpRate};
use tokio::time::Instant;

use crate::breaker::Pass;
use crate::run_length::RunLength;
use crate::{Breaker, BreakerConfig, BreakerFallback, Filter, Observer, RevisionStats};

/// How many failed runs of one revision are logged in ten seconds. Each line names its call;
/// beyond, the number goes with the next line.
const FAILURE_LINES_MAX: u32 = 20;

/// One revision of a handler, ready to run, and what became of its runs. Made by
/// [`Dispatcher::revision`](crate::Dispatcher::revision); whoever puts it in force again goes on
/// counting where it was.
#[derive(Debug)]
pub struct LiveRevision {
    handler: Arc<Handler>,
    pub(crate) policy: FailPolicy,
    pub(crate) filter: Filter,
    pub(crate) failures: LogThrottle,
    stats: RevisionStats,
    breaker: Option<Breaker>,
    rates: Option<EventRates>,
    /// Whether its runs belong on the workers.
    pub(crate) run_length: RunLength,
}

/// What is decided of a revision beside its component.
#[derive(Clone, Debug, Default)]
pub struct RevisionConfig {
    /// What counts where one of its runs returns no verdict.
    pub fail_policy: FailPolicy,
    /// Which event filters it asks for.
    pub filter: Filter,
    /// When it is not asked any more; none is never.
    pub breaker: Option<BreakerConfig>,
    /// How many events its runs begin for in a second, and how much fuel they burn.
    pub rates: EventRateLimits,
}

impl LiveRevision {
    pub(crate) fn new(
        handler: Arc<Handler>,
        config: RevisionConfig,
        bindings: &[Arc<dyn EventBinding>],
        observer: &Arc<dyn Observer>,
    ) -> Self {
        let RevisionConfig {
            fail_policy,
            filter,
            breaker,
            rates,
        } = config;
        let context = handler.handler_context();
        let breaker =
            breaker.map(|config| Breaker::new(config, Arc::clone(context), Arc::clone(observer)));
        Self {
            run_length: RunLength::default(),
            rates: EventRates::new(rates, Instant::now().into_std()),
            breaker,
            stats: RevisionStats::new(&handler, bindings),
            handler,
            policy: fail_policy,
            filter,
            failures: LogThrottle::lines(FAILURE_LINES_MAX),
        }
    }

    /// What runs.
    #[must_use]
    pub fn handler(&self) -> &Arc<Handler> {
        &self.handler
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> Revision {
        self.handler.handler_context().revision
    }

    /// What became of its runs.
    #[must_use]
    pub fn stats(&self) -> &RevisionStats {
        &self.stats
    }

    /// Its circuit breaker, if it has one.
    #[must_use]
    pub fn breaker(&self) -> Option<&Breaker> {
        self.breaker.as_ref()
    }

    /// Takes one event of the handler's rates.
    ///
    /// # Errors
    /// The rate that is used up.
    pub(crate) fn take_event(&self) -> Result<(), LimitKind> {
        let Some(rates) = &self.rates else {
            return Ok(());
        };
        let taken = rates.take_event(Instant::now().into_std());
        taken.map_err(|rate| match rate {
            UsedUpRate::Events => LimitKind::HandlerEventRate,
            UsedUpRate::Fuel => LimitKind::HandlerFuelRate,
        })
    }

    /// Charges the handler's rates for a run that has ended.
    pub(crate) fn charge_fuel(&self, fuel: u64) {
        if let Some(rates) = &self.rates {
            rates.charge_fuel(Instant::now().into_std(), fuel);
        }
    }

    /// Leave for a run; none while the breaker is open.
    pub(crate) fn pass(&self) -> Option<Pass<'_>> {
        match &self.breaker {
            None => Some(Pass::ALWAYS),
            Some(breaker) => breaker.pass(),
        }
    }

    /// Its fallback counted for an event.
    pub(crate) fn count_instead(&self) {
        if let Some(breaker) = &self.breaker {
            breaker.count_instead();
        }
    }

    /// What counts for an event while the breaker is open.
    pub(crate) fn instead(&self, binding: &dyn EventBinding) -> AnyVerdict {
        self.count_instead();
        let breaker = self.breaker.as_ref();
        match breaker.map(|breaker| breaker.config().fallback) {
            Some(BreakerFallback::Policy(policy)) => binding.on_failure(policy),
            Some(BreakerFallback::Reject(code)) => binding
                .rejection(code)
                .unwrap_or_else(|| binding.on_failure(FailPolicy::Closed)),
            Some(BreakerFallback::PreviousRevision) | None => binding.on_failure(self.policy),
        }
    }

    /// Whether the revision before is asked while the breaker is open.
    pub(crate) fn falls_back_to_previous(&self) -> bool {
        let breaker = self.breaker.as_ref();
        breaker
            .is_some_and(|breaker| breaker.config().fallback == BreakerFallback::PreviousRevision)
    }
}
