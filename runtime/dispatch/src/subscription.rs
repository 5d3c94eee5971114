//! Who listens to what.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use evroute_event::{EventIndex, Subscribed};
use evroute_module_api::RunRecorder;
use evroute_sandbox::{Export, Handler};

use crate::breaker::Pass;
use crate::canary::CallPlace;
use crate::{Admission, CanaryShare, LiveRevision, Revisions};

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

/// One revision's interest in one event.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub(crate) revision: Arc<LiveRevision>,
    pub(crate) export: Export,
    /// The export's place in the handler's list.
    pub(crate) place: usize,
    segments: Vec<String>,
}

impl Subscription {
    /// None where the revision does not handle the event.
    fn of(revision: &Arc<LiveRevision>, event: EventIndex) -> Option<Self> {
        let exports = revision.handler().exports();
        let place = exports.iter().position(|export| export.event == event)?;
        Some(Self {
            revision: Arc::clone(revision),
            export: *exports.get(place)?,
            place,
            segments: revision.filter.of(event),
        })
    }

    /// None while the breaker of the revision is open.
    fn ask<'a>(&'a self, instead_of: Option<&'a LiveRevision>) -> Option<Turn<'a>> {
        let pass = self.revision.pass()?;
        Some(Turn::Ask(Asked {
            subscription: self,
            pass,
            instead_of,
        }))
    }

    pub(crate) fn handler(&self) -> &Arc<Handler> {
        self.revision.handler()
    }

    /// Whether the subscription is about this event filter.
    fn wants(&self, segment: Option<&str>) -> bool {
        self.segments.is_empty()
            || segment.is_some_and(|segment| self.segments.iter().any(|wanted| wanted == segment))
    }
}

/// One handler's interest in one event: of its active revision, and of a canary.
#[derive(Clone, Debug)]
pub(crate) struct HandlerSubscription {
    active: Option<Subscription>,
    canary: Option<(CanaryShare, Option<Subscription>)>,
    /// The revision before, if it is kept, and what it says about the event.
    previous: Option<Option<Subscription>>,
}

/// What becomes of an event at one handler.
pub(crate) enum Turn<'a> {
    /// A revision is asked.
    Ask(Asked<'a>),
    /// The fallback of the active revision counts: its breaker is open.
    Instead(&'a LiveRevision),
}

/// A revision that is asked, and its breaker's leave.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) subscription: &'a Subscription,
    pub(crate) pass: Pass<'a>,
    /// The active revision, where its fallback is this one.
    pub(crate) instead_of: Option<&'a LiveRevision>,
}

impl HandlerSubscription {
    /// None where no revision handles the event.
    fn of(revisions: &Revisions, event: EventIndex) -> Option<Self> {
        let subscription = Self {
            active: Subscription::of(revisions.active(), event),
            canary: revisions
                .canary()
                .map(|(share, canary)| (share, Subscription::of(canary, event))),
            previous: revisions
                .previous()
                .map(|previous| Subscription::of(previous, event)),
        };
        let is_any = subscription.each().next().is_some();
        is_any.then_some(subscription)
    }

    /// Who of the revisions is asked about an event of this segment; none where the one that gets
    /// its call does not want it. `call` is asked only where there is a canary.
    pub(crate) fn turn(
        &self,
        segment: Option<&str>,
        call: impl FnOnce() -> CallPlace,
    ) -> Option<Turn<'_>> {
        if let Some((share, canary)) = &self.canary
            && share.includes(call())
        {
            let canary = canary.as_ref().filter(|canary| canary.wants(segment))?;
            if let Some(turn) = canary.ask(None) {
                return Some(turn);
            }
        }
        let active = self
            .active
            .as_ref()
            .filter(|active| active.wants(segment))?;
        if let Some(turn) = active.ask(None) {
            return Some(turn);
        }
        if active.revision.falls_back_to_previous()
            && let Some(previous) = &self.previous
        {
            let previous = previous
                .as_ref()
                .filter(|previous| previous.wants(segment))?;
            if let Some(turn) = previous.ask(Some(&active.revision)) {
                return Some(turn);
            }
        }
        Some(Turn::Instead(&active.revision))
    }

    fn each(&self) -> impl Iterator<Item = &Subscription> {
        let canary = self.canary.iter().filter_map(|(_, canary)| canary.as_ref());
        self.active.iter().chain(canary)
    }
}

/// Who of one tenant's handlers listens to what. Never changed: a deploy makes new ones.
#[derive(Default)]
pub struct TenantSubscriptions {
    pub(crate) handled: u64,
    pub(crate) by_event: Vec<Vec<HandlerSubscription>>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) recorder: Option<Arc<dyn RunRecorder>>,
    /// Events that met a canary and belong to no call.
    without_call: AtomicU64,
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

    /// With what sees each run, if anything does.
    #[must_use]
    pub fn with_recorder(mut self, recorder: Option<Arc<dyn RunRecorder>>) -> Self {
        self.recorder = recorder;
        self
    }

    /// Adds a handler, after those that were added before: it is asked in this order.
    #[must_use]
    pub fn with_handler(mut self, revisions: &Revisions) -> Self {
        for event in revisions.events() {
            let Some(subscription) = HandlerSubscription::of(revisions, event) else {
                continue;
            };
            let place = event.position();
            while self.by_event.len() <= place {
                self.by_event.push(Vec::new());
            }
            if let Some(list) = self.by_event.get_mut(place) {
                list.push(subscription);
            }
            self.handled |= event.bit();
        }
        self
    }

    /// Where an event stands that belongs to no call.
    pub(crate) fn place_without_call(&self) -> CallPlace {
        CallPlace::of_count(self.without_call.fetch_add(1, Ordering::Relaxed))
    }

    /// Which events of this name its handlers listen to.
    pub(crate) fn subscribed(&self, event: EventIndex) -> Subscribed {
        let subscriptions = self.by_event.get(event.position());
        let mut only = BTreeSet::new();
        let handlers = subscriptions.into_iter().flatten();
        for subscription in handlers.flat_map(HandlerSubscription::each) {
            if subscription.segments.is_empty() {
                return Subscribed::Every;
            }
            only.extend(subscription.segments.iter().cloned());
        }
        Subscribed::Only(only)
    }
}

impl fmt::Debug for TenantSubscriptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantSubscriptions")
            .field("handled", &self.handled)
            .field("by_event", &self.by_event)
            .field("admission", &self.admission)
            .field("is_recorded", &self.recorder.is_some())
            .finish_non_exhaustive()
    }
}
