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
}

impl Revisions {
    /// One revision gets all events.
    #[must_use]
    pub fn new(active: Arc<LiveRevision>) -> Self {
        Self {
            active,
            canary: None,
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

    /// What any of the revisions handles.
    pub(crate) fn events(&self) -> BTreeSet<EventIndex> {
        let canary = self.canary.iter().map(|(_, canary)| canary);
        let revisions = std::iter::once(&self.active).chain(canary);
        let exports = revisions.flat_map(|revision| revision.handler().exports());
        exports.map(|export| export.event).collect()
    }

    /// The revision in force.
    #[must_use]
    pub fn active(&self) -> &Arc<LiveRevision> {
        &self.active
    }

    /// The canary and its share of the calls.
    #[must_use]
    pub fn canary(&self) -> Option<(CanaryShare, &Arc<LiveRevision>)> {
        let (share, canary) = self.canary.as_ref()?;
        Some((*share, canary))
    }
}
