//! The revisions of one handler that get its events.

use std::collections::BTreeSet;
use std::sync::Arc;

use evroute_event::EventIndex;

use crate::{CanaryShare, LiveRevision};

/// Who gets the events of one handler: the active revision, and a canary its share of the calls.
#[derive(Clone, Debug)]
pub struct Revisions {
    active: Arc<LiveRevision>,
    canary: Option<(CanaryShare, Arc<LiveRevision>)>,
    previous: Option<Arc<LiveRevision>>,
}

impl Revisions {
    /// One revision gets all events.
    #[must_use]
    pub fn new(active: Arc<LiveRevision>) -> Self {
        Self {
            active,
            canary: None,
            previous: None,
        }
    }

    /// The same, but this revision gets a share of the calls.
    #[must_use]
    pub fn with_canary(self, share: CanaryShare, canary: Arc<LiveRevision>) -> Self {
        Self {
            canary: Some((share, canary)),
            ..self
        }
    }

    /// The same, with the revision that is asked while the breaker of the active one is open, where
    /// that is its fallback.
    #[must_use]
    pub fn with_previous(self, previous: Arc<LiveRevision>) -> Self {
        Self {
            previous: Some(previous),
            ..self
        }
    }

    /// What any of the revisions handles.
    pub(crate) fn events(&self) -> BTreeSet<EventIndex> {
        let canary = self.canary.iter().map(|(_, canary)| canary);
        let revisions = std::iter::once(&self.active).chain(canary);
        let exports = revisions.flat_map(|revision| revision.handler().exports());
        exports.map(|export| export.event).collect()
    }

    /// All of them, with what each is: `active`, `canary` or `previous`.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, &Arc<LiveRevision>)> {
        let canary = self.canary().map(|(_, canary)| ("canary", canary));
        let previous = self.previous().map(|previous| ("previous", previous));
        let active = std::iter::once(("active", &self.active));
        active.chain(canary).chain(previous)
    }

    /// The revision in force.
    #[must_use]
    pub fn active(&self) -> &Arc<LiveRevision> {
        &self.active
    }

    /// The revision before the active one, if it is kept.
    #[must_use]
    pub fn previous(&self) -> Option<&Arc<LiveRevision>> {
        self.previous.as_ref()
    }

    /// The canary and its share of the calls.
    #[must_use]
    pub fn canary(&self) -> Option<(CanaryShare, &Arc<LiveRevision>)> {
        let (share, canary) = self.canary.as_ref()?;
        Some((*share, canary))
    }
}
