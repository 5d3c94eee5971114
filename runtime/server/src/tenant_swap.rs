//! A tenant whose configuration has changed: what is new is made ready beside it and swapped in.

use std::sync::Arc;
use std::time::Instant;

use evroute_tenant::RunTime;

use crate::config::TenantDifference;
use crate::handlers::ReadyHandler;
use crate::tenant_error::{TenantChange, TenantError};
use crate::tenant_registry::{TenantLife, TenantRegistry};
use crate::tenant_starts::TenantStage;
use crate::tenants::{LivePart, OpenedTenant, close, run_time_per_second};
use crate::{StartError, TenantConfig};

impl TenantRegistry {
    /// Makes a tenant what this configuration says, in place: its index stays, and whatever of it
    /// was told the same stays, too. What is new is made ready beside the running tenant and put in
    /// its place; after an error everything is as it was.
    pub(crate) async fn change(
        self: &Arc<Self>,
        before: Arc<TenantLife>,
        tenant: Arc<TenantConfig>,
        force: bool,
    ) -> Result<TenantChange, TenantError> {
        if self.parts.starts.stage(before.index()) == Some(TenantStage::Starting) {
            return Err(TenantError::Starting(before.config.id.to_string()));
        }
        let difference = before.config.difference(&tenant);
        let is_disabled = self.parts.sip.core.is_disabled(before.index());
        if difference.is_none() && !is_disabled {
            return Ok(TenantChange::Unchanged);
        }
        let index = Some(before.index());
        let pins = tenant.pins();
        let checked = self.parts.sip.directory.check(index, &pins);
        checked.map_err(|conflict| self.conflict(&conflict))?;
        // Of one that did not start nothing has begun, so there is nothing to lose or to keep.
        let kept = (!is_disabled).then_some(&*before);
        if let Some(kept) = kept {
            check_memory(kept, &tenant, force)?;
        }
        let opened = self.opened(kept, &tenant, difference).await?;
        let is_whole = difference.handlers || is_disabled;
        let ready = self.ready(&before, &tenant, &opened, is_whole).await;
        let ready = match ready {
            Ok(ready) => ready,
            Err(why) => {
                close_new(opened).await;
                return Err(why.into());
            }
        };
        self.parts.sip.grow(&tenant.quota);
        let now = self.admit(Arc::clone(&tenant), opened, Some(&before));
        if let Err(why) = self.swap(&now, ready).await {
            return Err(self.swap_back(before, now, why).await);
        }
        self.parts.sip.shrink(&before.config.quota);
        let (registry, grace) = (Arc::clone(self), self.parts.config.server.drain);
        let ending = async move { registry.end_parts(before, grace).await };
        self.parts.shutdown.tasks().spawn(ending);
        Ok(TenantChange::Changed)
    }

    /// What the changed tenant keeps: the same state, where nothing of it is different.
    async fn opened(
        &self,
        before: Option<&TenantLife>,
        tenant: &TenantConfig,
        difference: TenantDifference,
    ) -> Result<OpenedTenant, TenantError> {
        if let Some(before) = before
            && !difference.is_of_state()
        {
            let kept = before.parts.iter().cloned();
            return Ok(OpenedTenant {
                state: Arc::clone(&before.state),
                parts: kept
                    .map(|one| LivePart {
                        is_new: false,
                        ..one
                    })
                    .collect(),
                unopened: None,
            });
        }
        let opened = self.open(tenant, before).await?;
        match opened.unopened.clone() {
            None => Ok(opened),
            Some(why) => {
                close_new(opened).await;
                let tenant = tenant.id.to_string();
                Err(StartError::Tenant { tenant, why }.into())
            }
        }
    }

    /// The handlers of the changed tenant: new ones, or those that are in force with its new state.
    async fn ready(
        self: &Arc<Self>,
        before: &Arc<TenantLife>,
        tenant: &Arc<TenantConfig>,
        opened: &OpenedTenant,
        is_whole: bool,
    ) -> Result<Option<Vec<ReadyHandler>>, StartError> {
        if is_whole {
            let until = Instant::now() + self.parts.config.server.tenant_start;
            return self.prepare(tenant, &opened.state, until).await.map(Some);
        }
        if Arc::ptr_eq(&before.state, &opened.state) {
            return Ok(None);
        }
        let (registry, index) = (Arc::clone(self), before.index());
        let state = Arc::clone(&opened.state);
        let bound =
            tokio::task::spawn_blocking(move || registry.parts.handlers.rebound(index, &state));
        match bound.await {
            Ok(ready) => ready.map(Some),
            Err(broken) => Err(StartError::Fault(format!("linking broke: {broken}"))),
        }
    }

    /// Puts the changed tenant in force, asks what its new parts ask, and starts their work.
    async fn swap(
        self: &Arc<Self>,
        now: &Arc<TenantLife>,
        ready: Option<Vec<ReadyHandler>>,
    ) -> Result<(), TenantError> {
        self.parts
            .sip
            .pin(&now.config)
            .map_err(|conflict| self.conflict(&conflict))?;
        if let Some(share) = now.state.get::<RunTime>() {
            share.set_per_second(run_time_per_second(&now.config));
        }
        // A name that the configuration takes is not the deploy's any more.
        if ready.is_some() {
            self.restore_deployed(now.index()).await?;
        }
        if let Some(ready) = ready {
            self.parts.handlers.set_configured(now.index(), ready);
        }
        let until = Instant::now() + self.parts.config.server.tenant_start;
        let background = self.ask(now, until).await?;
        self.serve(now, background);
        Ok(())
    }

    /// Makes a tenant what it was before a change that failed.
    async fn swap_back(
        self: &Arc<Self>,
        before: Arc<TenantLife>,
        now: Arc<TenantLife>,
        why: TenantError,
    ) -> TenantError {
        self.put(&before);
        if let Err(conflict) = self.parts.sip.pin(&before.config) {
            tracing::error!(%conflict, "a change of a tenant could not be taken back");
        }
        if let Some(share) = before.state.get::<RunTime>() {
            share.set_per_second(run_time_per_second(&before.config));
        }
        if self.parts.sip.core.is_disabled(before.index()) {
            self.parts.handlers.disable_tenant(before.index());
        } else {
            self.restore(&before).await;
        }
        self.parts.sip.shrink(&now.config.quota);
        let grace = self.parts.config.server.drain;
        self.end_parts(now, grace).await;
        why
    }

    /// Puts the handlers of a tenant in force that were before a change.
    async fn restore(self: &Arc<Self>, before: &Arc<TenantLife>) {
        let until = Instant::now() + self.parts.config.server.tenant_start;
        let index = before.index();
        match self.prepare(&before.config, &before.state, until).await {
            Ok(ready) => self.parts.handlers.set_configured(index, ready),
            Err(error) => return self.disable(before, &error.to_string()),
        }
        if let Err(error) = self.restore_deployed(index).await {
            tracing::error!(%error, "a change of a tenant could not be taken back");
        }
    }
}

/// A change that loses what is in memory is made when the operator says so.
fn check_memory(
    before: &TenantLife,
    tenant: &TenantConfig,
    force: bool,
) -> Result<(), TenantError> {
    let modules = before.config.modules.all().zip(&before.parts);
    let lost = modules.filter_map(|(_, one)| Some((one, one.part.in_memory()?)));
    let kept: Vec<_> = tenant
        .modules
        .all()
        .map(|module| before.config.has_same(module))
        .collect();
    let lost: Vec<_> = lost
        .filter(|(one, _)| {
            let mut parts = before.parts.iter();
            let place = parts.position(|part| Arc::ptr_eq(&part.part, &one.part));
            place.and_then(|place| kept.get(place)) != Some(&true)
        })
        .map(|(_, what)| what)
        .collect();
    match lost.is_empty() || force {
        true => Ok(()),
        false => Err(TenantError::Loses {
            tenant: tenant.id.to_string(),
            what: lost.join(", "),
        }),
    }
}

/// Closes what was opened for a change that does not come about.
async fn close_new(opened: OpenedTenant) {
    let new = opened.parts.into_iter().filter(|one| one.is_new);
    close(new.map(|one| one.part)).await;
}
