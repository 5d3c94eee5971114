//! What of the deploys is in force, and how it changes.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};

use evroute_clock::now_us;
use evroute_deploy::{ActivationOrder, Canary, HandlerInForce, RevisionReading};
use evroute_dispatch::{BreakerFallback, BreakerReason, BreakerState, CanaryShare, RevisionTotals};
use evroute_tenant::{HandlerId, Revision, TenantId, TenantIndex};
use tokio::time::Instant;

use super::DeployError;
use super::canary_watch::reading;
use super::told;
use super::{Deploying, Deploys};
use crate::StartError;
use crate::handlers::{ReadyHandler, TenantHandlers};

/// A percent of calls, in the parts that dispatch counts in.
const PER_PERCENT: u16 = 100;

/// The revisions that get events, by tenant. Held while an activation is written, so that what is
/// in force and what is kept change in one order.
#[derive(Default)]
pub(super) struct InForce(Mutex<BTreeMap<TenantId, TenantDeploys>>);

impl InForce {
    pub(super) fn all(&self) -> MutexGuard<'_, BTreeMap<TenantId, TenantDeploys>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Those of one tenant, as it lives now.
pub(super) struct TenantDeploys {
    index: TenantIndex,
    pub(super) handlers: Vec<LiveHandler>,
}

/// The revisions of one handler.
pub(super) struct LiveHandler {
    pub(super) kept: HandlerInForce,
    current: Option<ReadyHandler>,
    /// What is asked while the breaker of the revision in force is open, where that says so.
    previous: Option<ReadyHandler>,
    pub(super) canary: Option<LiveCanary>,
}

/// A revision that gets a share of the calls.
pub(super) struct LiveCanary {
    pub(super) canary: Canary,
    ready: ReadyHandler,
    pub(super) begun: Instant,
    pub(super) next_look: u64,
    /// What had become of the runs of the revision in force when the canary began, and of its own.
    before: (RevisionTotals, RevisionTotals),
}

impl LiveHandler {
    /// What both revisions did since the canary began: the one in force, and the canary.
    pub(super) fn readings(&self) -> Option<(RevisionReading, RevisionReading)> {
        let (current, live) = (self.current.as_ref()?, self.canary.as_ref()?);
        let old = current.revisions.active().stats().totals();
        let new = live.ready.revisions.active().stats().totals();
        let (old_before, new_before) = &live.before;
        Some((reading(&old, old_before), reading(&new, new_before)))
    }

    /// Why the canary is not asked any more, if its breaker is open.
    pub(super) fn canary_broke(&self) -> Option<&'static str> {
        let live = self.canary.as_ref()?;
        let breaker = live.ready.revisions.active().breaker()?.read();
        match breaker.state {
            BreakerState::Closed => None,
            BreakerState::Open | BreakerState::HalfOpen => {
                Some(breaker.reason.map_or("failures", BreakerReason::as_str))
            }
        }
    }

    /// The revision of this number, if it gets events.
    fn find(&self, revision: Revision) -> Option<&ReadyHandler> {
        let canary = self.canary.as_ref().map(|live| &live.ready);
        let mut all = self.current.iter().chain(canary).chain(&self.previous);
        all.find(|ready| ready.revisions.active().number() == revision)
    }

    /// As dispatch takes it; none after a drain, and when it could not be made ready.
    fn ready(&self) -> Option<ReadyHandler> {
        let mut ready = self.current.clone()?;
        if let Some(previous) = &self.previous {
            let previous = previous.revisions.active();
            ready.revisions = ready.revisions.with_previous(previous.clone());
        }
        if let Some(live) = &self.canary {
            let share = u16::from(live.canary.percent()).saturating_mul(PER_PERCENT);
            if let Some(share) = CanaryShare::per_ten_thousand(share) {
                let canary = live.ready.revisions.active();
                ready.revisions = ready.revisions.with_canary(share, canary.clone());
            }
        }
        Some(ready)
    }
}

fn falls_back_to_previous(ready: &ReadyHandler) -> bool {
    let breaker = ready.config.breaker;
    breaker.is_some_and(|breaker| breaker.fallback == BreakerFallback::PreviousRevision)
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

impl Deploys {
    /// Changes what is in force of a handler. It is in force, and on disk, when this returns; after
    /// an error everything is as it was.
    pub(crate) fn change(
        &self,
        deploying: &Deploying,
        handler: &str,
        change: Change,
        (why, evidence): (&str, &str),
    ) -> Result<HandlerInForce, DeployError> {
        let tenant = &deploying.tenant;
        let handler = self.handler_id(tenant, handler)?;
        let made = self.made(deploying, &handler, change)?;
        let mut all = self.in_force.all();
        let deploys = all.get_mut(&tenant.config.id);
        let deploys = deploys.filter(|deploys| deploys.index == tenant.state.index);
        let deploys = deploys.ok_or_else(|| {
            DeployError::refused("this tenant is starting, or stops; try again in a moment")
        })?;
        let order = ActivationOrder {
            tenant: &tenant.config.id,
            handler: &handler,
            author: &deploying.author,
            why,
            evidence,
            policy: &deploying.policy,
            at_us: now_us(),
        };
        self.change_held(tenant, deploys, &order, (change, made))
    }

    /// The same, by somebody who holds what is in force.
    pub(super) fn change_held(
        &self,
        tenant: &TenantHandlers,
        deploys: &mut TenantDeploys,
        order: &ActivationOrder<'_>,
        (change, made): (Change, Option<ReadyHandler>),
    ) -> Result<HandlerInForce, DeployError> {
        let kept = match change {
            Change::Activate(revision, canary) => self.store.activate(order, revision, canary),
            Change::Promote => self.store.promote(order),
            Change::Stop => self.store.stop_canary(order),
            Change::Rollback => self.store.rollback(order),
            Change::Drain => self.store.drain(order),
        }?;
        let is_it = |live: &LiveHandler| live.kept.handler == kept.handler;
        let known = deploys.handlers.iter().find(|live| is_it(live));
        let before = known.map(|live| live.kept.activation.clone());
        let live = self.live(tenant, &kept, known, made)?;
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

    /// What a change puts in force that is not there yet: made before anything is changed, since it
    /// takes long and may fail.
    fn made(
        &self,
        deploying: &Deploying,
        handler: &HandlerId,
        change: Change,
    ) -> Result<Option<ReadyHandler>, DeployError> {
        let tenant = &deploying.tenant;
        let revision = match change {
            Change::Activate(revision, _) => Some(revision),
            // The way back is compiled without leave: it is counted by the store.
            Change::Rollback => {
                let all = self.store.in_force(&tenant.config.id)?;
                let found = all.into_iter().find(|one| one.handler == *handler);
                found
                    .filter(|one| one.activation.canary.is_none())
                    .and_then(|one| one.previous)
            }
            Change::Promote | Change::Stop | Change::Drain => None,
        };
        let _trying = match change {
            Change::Activate(..) => Some(self.begin_try(deploying)?),
            Change::Promote | Change::Stop | Change::Rollback | Change::Drain => None,
        };
        let made = revision.map(|revision| self.ready(tenant, handler, revision));
        made.transpose()
    }

    /// The revisions of a handler as they are kept: those that get events already stay, with what
    /// was counted of them.
    fn live(
        &self,
        tenant: &TenantHandlers,
        kept: &HandlerInForce,
        known: Option<&LiveHandler>,
        made: Option<ReadyHandler>,
    ) -> Result<LiveHandler, DeployError> {
        let find = |revision: Revision| {
            let known = known.and_then(|known| known.find(revision));
            let is_it = |ready: &&ReadyHandler| ready.revisions.active().number() == revision;
            match known.or(made.as_ref().filter(is_it)) {
                Some(ready) => Ok(ready.clone()),
                None => self.ready(tenant, &kept.handler, revision),
            }
        };
        let current = kept.activation.current.map(find).transpose()?;
        let is_previous_asked = current.as_ref().is_some_and(falls_back_to_previous);
        let previous = kept.previous.filter(|_| is_previous_asked);
        let previous = previous.and_then(|revision| match find(revision) {
            Ok(ready) => Some(ready),
            Err(why) => {
                let (tenant, handler) = (tenant.config.id.as_str(), kept.handler.as_str());
                tracing::warn!(
                    tenant, handler, %why,
                    "the revision before cannot be made ready; the fail policy counts instead of it",
                );
                None
            }
        });
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
            previous,
            canary,
        })
    }

    /// Lets go of a tenant that is gone, so that what it held is freed. What is kept of it stays on
    /// disk.
    pub(crate) fn forget(&self, tenant: &TenantId) {
        self.in_force.all().remove(tenant);
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

    fn restored(
        &self,
        tenant: &TenantHandlers,
        kept: HandlerInForce,
    ) -> Result<LiveHandler, DeployError> {
        let why = match self.live(tenant, &kept, None, None) {
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
            self.live(tenant, &kept, None, None).ok()
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
