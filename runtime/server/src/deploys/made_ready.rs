//! Revisions that are ready to run before a change needs them.

use std::collections::BTreeSet;

use evroute_deploy::HandlerInForce;
use evroute_tenant::{HandlerId, Revision};

use super::live_handler::{LiveHandler, falls_back_to_previous};
use super::{DeployError, Deploys};
use crate::handlers::{ReadyHandler, TenantHandlers};

/// What was made for a change while nothing was held: making takes long.
#[derive(Default)]
pub(super) struct MadeReady {
    ready: Vec<ReadyHandler>,
    /// Revisions that are done without, since they cannot be made ready.
    pub(super) not_ready: BTreeSet<Revision>,
}

/// What a change needs and nobody has made yet.
#[derive(Default, PartialEq, Eq, Debug)]
pub(super) struct Lacking {
    /// Gets events.
    in_force: Vec<Revision>,
    /// Is asked while a breaker is open.
    previous: Option<Revision>,
}

impl Lacking {
    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What gets events already, and what was made beside it.
#[derive(Clone, Copy)]
pub(super) struct AtHand<'a> {
    pub(super) known: Option<&'a LiveHandler>,
    pub(super) made: &'a MadeReady,
}

impl AtHand<'_> {
    /// The revision of this number. One that gets events already stays, with what was counted of
    /// it.
    pub(super) fn find(&self, revision: Revision) -> Option<&ReadyHandler> {
        let is_it = |ready: &&ReadyHandler| ready.revisions.active().number() == revision;
        let known = self.known.and_then(|known| known.find(revision));
        known.or_else(|| self.made.ready.iter().find(is_it))
    }

    /// What is not there of what this needs.
    pub(super) fn lacks(&self, kept: &HandlerInForce) -> Lacking {
        let activation = &kept.activation;
        let canary = activation.canary.map(|canary| canary.revision());
        let is_lacking = |revision: &Revision| self.find(*revision).is_none();
        let current = activation.current.and_then(|current| self.find(current));
        let is_asked = current.is_some_and(falls_back_to_previous);
        let previous = kept.previous.filter(|_| is_asked).filter(is_lacking);
        Lacking {
            in_force: activation
                .current
                .into_iter()
                .chain(canary)
                .filter(is_lacking)
                .collect(),
            previous: previous.filter(|previous| !self.made.not_ready.contains(previous)),
        }
    }
}

impl Deploys {
    /// Makes ready what a change lacks. To be called while nothing is held.
    pub(super) fn make_ready(
        &self,
        tenant: &TenantHandlers,
        handler: &HandlerId,
        lacking: Lacking,
        made: &mut MadeReady,
    ) -> Result<(), DeployError> {
        for revision in lacking.in_force {
            made.ready.push(self.ready(tenant, handler, revision)?);
        }
        let Some(previous) = lacking.previous else {
            return Ok(());
        };
        match self.previous_ready(tenant, handler, previous) {
            Some(ready) => made.ready.push(ready),
            None => {
                made.not_ready.insert(previous);
            }
        }
        Ok(())
    }

    /// What is asked while a breaker is open; none, and a line of the log, where it cannot be made
    /// ready.
    pub(super) fn previous_ready(
        &self,
        tenant: &TenantHandlers,
        handler: &HandlerId,
        revision: Revision,
    ) -> Option<ReadyHandler> {
        match self.ready(tenant, handler, revision) {
            Ok(ready) => Some(ready),
            Err(why) => {
                let (tenant, handler) = (tenant.config.id.as_str(), handler.as_str());
                tracing::warn!(
                    tenant, handler, %why,
                    "the revision before cannot be made ready; the fail policy counts instead of it",
                );
                None
            }
        }
    }
}
