//! What of the deploys is in force, and how it changes.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};

use evroute_clock::wall_us;
use evroute_deploy::{ActivationOrder, Canary, HandlerInForce, StoreError};
use evroute_tenant::{HandlerId, Revision, TenantId};
use tokio::time::Instant;

use super::live_handler::{LiveCanary, LiveHandler, TenantDeploys, falls_back_to_previous};
use super::made_ready::{AtHand, Lacking, MadeReady};
use super::{DeployError, Deploying, Deploys, told};
use crate::StartError;
use crate::handlers::{ReadyHandler, TenantHandlers};

/// How often a change is begun anew because it needs what is not made ready: once for what it puts
/// in force, once for what is behind that, and once or twice where somebody else was faster.
const TRIES_MAX: usize = 4;

/// The revisions that get events, by tenant. Held while an activation is written, so that what is
/// in force and what is kept change in one order.
#[derive(Default)]
pub(super) struct InForce(Mutex<BTreeMap<TenantId, TenantDeploys>>);

impl InForce {
    pub(super) fn all(&self) -> MutexGuard<'_, BTreeMap<TenantId, TenantDeploys>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nobody holds it.
    #[cfg(test)]
    pub(super) fn is_free(&self) -> bool {
        self.0.try_lock().is_ok()
    }
}

/// What is to change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    /// A revision is put in force, or gets a share of the calls.
    Activate(Revision, Option<Canary>),
    /// The canary is put in force.
    Promote,
    /// The canary is taken away.
    Stop,
    /// The revision before comes back.
    Rollback,
    /// The handler gets no events any more.
    Drain,
}

/// Why a change was not made. Everything is as it was.
pub(super) enum NotChanged {
    /// It is refused, or failed.
    Refused(DeployError),
    /// Something has to be made ready before.
    Lacks(Lacking),
}

impl From<DeployError> for NotChanged {
    fn from(why: DeployError) -> Self {
        Self::Refused(why)
    }
}

impl Deploys {
    /// Changes what is in force of a handler. It is in force, and on disk, when this returns; after
    /// an error everything is as it was. What the change needs is made ready before, while others
    /// are served.
    pub(crate) fn change(
        &self,
        deploying: &Deploying,
        handler: &str,
        change: Change,
        reasons: (&str, &str),
    ) -> Result<HandlerInForce, DeployError> {
        let handler = self.handler_id(&deploying.tenant, handler)?;
        let mut made = MadeReady::default();
        let mut trying = None;
        for _ in 0..TRIES_MAX {
            let to_change = (change, &made);
            let lacking = match self.change_now(deploying, &handler, to_change, reasons) {
                Ok(kept) => return Ok(kept),
                Err(NotChanged::Refused(why)) => return Err(why),
                Err(NotChanged::Lacks(lacking)) => lacking,
            };
            let needs_leave = match change {
                Change::Activate(..) => trying.is_none(),
                // The way back is compiled without leave: it is counted by the store.
                Change::Promote | Change::Stop | Change::Rollback | Change::Drain => false,
            };
            if needs_leave {
                trying = Some(self.begin_try(deploying)?);
            }
            self.make_ready(&deploying.tenant, &handler, lacking, &mut made)?;
        }
        Err(DeployError::refused(
            "somebody else changes this handler at the same time; look at it, and try again",
        ))
    }

    fn change_now(
        &self,
        deploying: &Deploying,
        handler: &HandlerId,
        change: (Change, &MadeReady),
        (why, evidence): (&str, &str),
    ) -> Result<HandlerInForce, NotChanged> {
        let tenant = &deploying.tenant;
        let mut all = self.in_force.all();
        let deploys = all.get_mut(&tenant.config.id);
        let deploys = deploys.filter(|deploys| deploys.index == tenant.state.index);
        let deploys = deploys.ok_or_else(|| {
            DeployError::refused("this tenant is starting, or stops; try again in a moment")
        })?;
        let order = ActivationOrder {
            tenant: &tenant.config.id,
            handler,
            author: &deploying.author,
            why,
            evidence,
            policy: &deploying.policy,
            at_us: wall_us(),
        };
        self.change_held(tenant, deploys, &order, change)
    }

    /// Changes what is in force, by somebody who holds it. Nothing is changed where something is
    /// not made ready yet.
    pub(super) fn change_held(
        &self,
        tenant: &TenantHandlers,
        deploys: &mut TenantDeploys,
        order: &ActivationOrder<'_>,
        (change, made): (Change, &MadeReady),
    ) -> Result<HandlerInForce, NotChanged> {
        let is_it = |live: &LiveHandler| live.kept.handler == *order.handler;
        let known = deploys.handlers.iter().find(|live| is_it(live));
        let at_hand = AtHand { known, made };
        let kept = self.kept(order, change, at_hand)?;
        let before = known.map(|live| live.kept.activation.clone());
        let find = |revision| at_hand.find(revision).cloned();
        let live = self.live(&kept, |revision| find(revision).ok_or_else(gone), find)?;
        deploys.handlers.retain(|live| !is_it(live));
        deploys.handlers.push(live);
        deploys.handlers.sort_by_key(|live| live.kept.place);
        self.put_in_force(deploys);
        told::tell(tenant, &kept, before.as_ref(), order);
        let number = |revision: Option<Revision>| revision.map(Revision::number);
        tracing::info!(
            tenant = tenant.config.id.as_str(),
            handler = kept.handler.as_str(),
            revision = number(kept.activation.current),
            canary = number(kept.activation.canary.map(|canary| canary.revision())),
            who = order.author.name,
            why = order.why,
            "deploys: {}",
            kept.activation.cause.as_str(),
        );
        Ok(kept)
    }

    /// Keeps what is to be in force, if all of it is at hand.
    fn kept(
        &self,
        order: &ActivationOrder<'_>,
        change: Change,
        at_hand: AtHand<'_>,
    ) -> Result<HandlerInForce, NotChanged> {
        let mut lacking = Lacking::default();
        let mut is_there = |kept: &HandlerInForce| {
            lacking = at_hand.lacks(kept);
            lacking.is_nothing()
        };
        let store = &self.store;
        let kept = match change {
            Change::Activate(revision, canary) => {
                store.activate(order, revision, canary, &mut is_there)
            }
            Change::Promote => store.promote(order, &mut is_there),
            Change::Stop => store.stop_canary(order, &mut is_there),
            Change::Rollback => store.rollback(order, &mut is_there),
            Change::Drain => store.drain(order),
        };
        kept.map_err(|why| match why {
            StoreError::Declined => NotChanged::Lacks(lacking),
            why => NotChanged::Refused(why.into()),
        })
    }

    /// The revisions of a handler as they are kept. `find` gives those that get events,
    /// `find_previous` the one that is asked while a breaker is open.
    fn live(
        &self,
        kept: &HandlerInForce,
        find: impl Fn(Revision) -> Result<ReadyHandler, DeployError>,
        find_previous: impl FnOnce(Revision) -> Option<ReadyHandler>,
    ) -> Result<LiveHandler, DeployError> {
        let current = kept.activation.current.map(&find).transpose()?;
        let is_previous_asked = current.as_ref().is_some_and(falls_back_to_previous);
        let previous = kept.previous.filter(|_| is_previous_asked);
        let canary = kept.activation.canary;
        let canary = canary.map(|canary| Ok::<_, DeployError>((canary, find(canary.revision())?)));
        let totals = |ready: &ReadyHandler| ready.revisions.active().stats().totals();
        let before = current.as_ref().map(totals).unwrap_or_default();
        let canary = canary.transpose()?.map(|(canary, ready)| {
            self.canary_begun.notify_one();
            LiveCanary {
                canary,
                begun: Instant::now(),
                next_look: 0,
                before: (before, totals(&ready)),
                ready,
            }
        });
        Ok(LiveHandler {
            kept: kept.clone(),
            current,
            previous: previous.and_then(find_previous),
            canary,
        })
    }

    /// Lets go of a tenant that is gone, so that what it held is freed. What is kept of it stays on
    /// disk.
    pub(crate) fn forget(&self, tenant: &TenantId) {
        self.in_force.all().remove(tenant);
        self.refused.forget(tenant);
    }

    fn put_in_force(&self, deploys: &TenantDeploys) {
        let ready = deploys.handlers.iter().filter_map(LiveHandler::ready);
        self.handlers.set_deployed(deploys.index, ready.collect());
    }

    /// Puts in force what is kept of a tenant that begins. A revision that cannot be made ready any
    /// more does not stop the others: the one before counts, else the handler's fail policy does,
    /// which is not to start where it is closed. A canary begins anew.
    ///
    /// To be called where it may take long.
    pub(crate) fn restore(&self, tenant: &TenantHandlers) -> Result<(), StartError> {
        let id = &tenant.config.id;
        let refused = |why: DeployError| StartError::Tenant {
            tenant: id.to_string(),
            why: why.to_string(),
        };
        loop {
            let kept = self.store.in_force(id).map_err(|why| refused(why.into()))?;
            // Nobody waits meanwhile: making them ready may take long.
            let handlers = self.restored_all(tenant, &kept).map_err(refused)?;
            let mut all = self.in_force.all();
            // The tenant's life before this one may have been deployed to meanwhile.
            if self.store.in_force(id).map_err(|why| refused(why.into()))? != kept {
                continue;
            }
            let deploys = TenantDeploys {
                index: tenant.state.index,
                handlers,
            };
            self.put_in_force(&deploys);
            all.insert(id.clone(), deploys);
            return Ok(());
        }
    }

    fn restored_all(
        &self,
        tenant: &TenantHandlers,
        kept: &[HandlerInForce],
    ) -> Result<Vec<LiveHandler>, DeployError> {
        let mut handlers = Vec::new();
        for kept in kept {
            if tenant
                .config
                .handlers
                .iter()
                .any(|one| one.id == kept.handler)
            {
                tracing::warn!(
                    tenant = tenant.config.id.as_str(),
                    handler = kept.handler.as_str(),
                    "the configuration has a handler of this name; what was deployed is not asked",
                );
                continue;
            }
            handlers.push(self.restored(tenant, kept.clone())?);
        }
        Ok(handlers)
    }

    /// A handler of which nothing gets events yet. Compiles.
    fn live_anew(
        &self,
        tenant: &TenantHandlers,
        kept: &HandlerInForce,
    ) -> Result<LiveHandler, DeployError> {
        let handler = &kept.handler;
        let find = |revision| self.ready(tenant, handler, revision);
        let find_previous = |revision| self.previous_ready(tenant, handler, revision);
        self.live(kept, find, find_previous)
    }

    fn restored(
        &self,
        tenant: &TenantHandlers,
        kept: HandlerInForce,
    ) -> Result<LiveHandler, DeployError> {
        let why = match self.live_anew(tenant, &kept) {
            Ok(live) => return Ok(live),
            Err(why) => why,
        };
        self.not_ready.fetch_add(1, Ordering::Relaxed);
        let (id, handler) = (tenant.config.id.as_str(), kept.handler.as_str());
        let mut without_canary = kept.clone();
        without_canary.activation.canary = None;
        let mut previous = without_canary.clone();
        previous.activation.current = kept.previous;
        let second = [without_canary, previous].into_iter().find_map(|kept| {
            kept.activation.current?;
            self.live_anew(tenant, &kept).ok()
        });
        if let Some(live) = second {
            let revision = live.kept.activation.current.map(Revision::number);
            tracing::error!(
                tenant = id, handler, revision, %why,
                "a deployed revision cannot be made ready; another is in force",
            );
            return Ok(live);
        }
        let current = kept.activation.current;
        let record = current.map(|current| {
            self.store
                .revision(&tenant.config.id, &kept.handler, current)
        });
        let is_closed = matches!(record, Some(Ok(record))
            if record.new.settings.fail_policy == evroute_event::FailPolicy::Closed);
        if is_closed {
            return Err(why);
        }
        tracing::error!(
            tenant = id, handler, %why,
            "a deployed handler cannot be made ready; its events go on without it",
        );
        Ok(LiveHandler {
            kept,
            current: None,
            previous: None,
            canary: None,
        })
    }
}

/// Never seen: nothing is kept before all of it is at hand.
fn gone() -> DeployError {
    DeployError::refused("a revision that was ready is gone; this is a fault of the server")
}
