//! Who listens to what.

use std::collections::BTreeSet;
use std::sync::Arc;

use evroute_event::{EventIndex, FailPolicy, Subscribed};
use evroute_log_throttle::LogThrottle;
use evroute_sandbox::{Export, Handler};

use crate::Admission;

/// How many failed runs of one handler are logged in ten seconds. Each line names its call; beyond,
/// the number goes with the next line.
const FAILURE_LINES_MAX: u32 = 20;

/// Restricts a subscription to some event filters: `htable:expired:calls` asks for the table
/// `calls` only.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    only: Vec<(EventIndex, String)>,
}

impl Filter {
    /// Lets through what was named; an event that was not named at all is not restricted.
    #[must_use]
    pub fn new(only: Vec<(EventIndex, String)>) -> Self {
        Self { only }
    }

    fn of(&self, event: EventIndex) -> Vec<String> {
        self.only
            .iter()
            .filter(|(named, _)| *named == event)
            .map(|(_, segment)| segment.clone())
            .collect()
    }
}

/// One handler's interest in one event.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub(crate) handler: Arc<Handler>,
    pub(crate) export: Export,
    pub(crate) policy: FailPolicy,
    /// One for all events of the handler.
    pub(crate) failures: Arc<LogThrottle>,
    segments: Vec<String>,
}

impl Subscription {
    /// Whether the subscription is about this event filter.
    pub(crate) fn wants(&self, segment: Option<&str>) -> bool {
        self.segments.is_empty()
            || segment.is_some_and(|segment| self.segments.iter().any(|wanted| wanted == segment))
    }
}

/// Who of one tenant's handlers listens to what. Never changed: a deploy makes new ones.
#[derive(Default, Debug)]
pub struct TenantSubscriptions {
    pub(crate) handled: u64,
    pub(crate) by_event: Vec<Vec<Subscription>>,
    pub(crate) admission: Arc<Admission>,
}

impl TenantSubscriptions {
    /// Nobody listens to anything; `admission` is what the tenant's runs may take.
    #[must_use]
    pub fn new(admission: Arc<Admission>) -> Self {
        Self {
            admission,
            ..Self::default()
        }
    }

    /// Adds a handler, after those that were added before: it is asked in this order.
    #[must_use]
    pub fn with_handler(
        mut self,
        handler: &Arc<Handler>,
        policy: FailPolicy,
        filter: &Filter,
    ) -> Self {
        let failures = Arc::new(LogThrottle::lines(FAILURE_LINES_MAX));
        for export in handler.exports() {
            let place = export.event.position();
            while self.by_event.len() <= place {
                self.by_event.push(Vec::new());
            }
            let subscription = Subscription {
                handler: Arc::clone(handler),
                export: *export,
                policy,
                failures: Arc::clone(&failures),
                segments: filter.of(export.event),
            };
            if let Some(list) = self.by_event.get_mut(place) {
                list.push(subscription);
            }
            self.handled |= export.event.bit();
        }
        self
    }

    /// Which events of this name its handlers listen to.
    pub(crate) fn subscribed(&self, event: EventIndex) -> Subscribed {
        let subscriptions = self.by_event.get(event.position());
        let mut only = BTreeSet::new();
        for subscription in subscriptions.into_iter().flatten() {
            if subscription.segments.is_empty() {
                return Subscribed::Every;
            }
            only.extend(subscription.segments.iter().cloned());
        }
        Subscribed::Only(only)
    }
}
