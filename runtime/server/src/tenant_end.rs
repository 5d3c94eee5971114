//! The end of a tenant, or of the parts that a change has replaced: once nothing holds them, they
//! are closed and freed.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use evroute_module_api::TenantState;
use evroute_tenant::Ledger;
use tokio::time::timeout;

use crate::tenant_registry::{TenantLife, TenantRegistry};
use crate::tenant_starts::TenantStage;
use crate::tenants::{self, LivePart};

/// How often an end looks whether a run still holds the tenant.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How an end came about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TenantEnd {
    /// Nothing held it any more.
    Drained,
    /// Runs held it still when the time was over; they end by themselves and free it then.
    Held,
}

impl TenantRegistry {
    /// Ends a tenant: nothing new is its from now on; what is under way ends, for so long at most;
    /// then everything that was kept for it is closed and freed.
    pub(crate) async fn end(&self, life: Arc<TenantLife>, grace: Duration) -> TenantEnd {
        let index = life.index();
        self.parts.starts.set(index, TenantStage::Draining);
        self.parts.sip.remove(index);
        self.parts.handlers.remove(index);
        self.parts.deploys.forget(&life.config.id);
        self.parts.slots.remove(index);
        {
            let mut lives = self.lives();
            lives.remove(&life.config.id);
            let is_alone = lives.len() == 1;
            self.parts.is_alone.store(is_alone, Ordering::Relaxed);
        }
        let parts = life.parts.clone();
        let (state, tasks) = (Arc::downgrade(&life.state), life.tasks.clone());
        let (id, quota) = (life.config.id.clone(), life.config.quota);
        let ledger = life.state.share::<Ledger>();
        drop(life);
        for one in &parts {
            one.draining.cancel();
        }
        tasks.close();
        let drained = timeout(grace, async {
            tasks.wait().await;
            unheld(&state).await;
        });
        let ended = drained
            .await
            .map_or(TenantEnd::Held, |()| TenantEnd::Drained);
        tenants::close(parts.into_iter().map(|one| one.part)).await;
        if let Some(ledger) = ledger {
            self.parts.usage.end(&id, ledger).await;
        }
        self.parts.observer.forget(index);
        self.parts.metrics.forget(&id);
        self.parts.log.feed().history().forget(id.as_str());
        self.parts.sip.shrink(&quota);
        self.parts.starts.forget(index);
        ended
    }

    /// Ends the parts that a change has replaced, once what is under way has let go of them.
    pub(crate) async fn end_parts(&self, before: Arc<TenantLife>, grace: Duration) {
        let now = self.find(before.config.id.as_str());
        let is_kept = |old: &LivePart| {
            let mut parts = now.iter().flat_map(|now| &now.parts);
            parts.any(|new| Arc::ptr_eq(&old.part, &new.part))
        };
        let old = before.parts.iter().filter(|old| !is_kept(old));
        let replaced: Vec<_> = old.cloned().collect();
        if replaced.is_empty() {
            return;
        }
        for one in &replaced {
            one.draining.cancel();
        }
        let state = Arc::downgrade(&before.state);
        drop(before);
        // Whoever still holds them when that is over finds them closed.
        let _ = timeout(grace, unheld(&state)).await;
        tenants::close(replaced.into_iter().map(|one| one.part)).await;
    }
}

/// Waits until nobody holds a tenant's state: runs do, whichever lane they are in.
async fn unheld(state: &Weak<TenantState>) {
    while state.strong_count() > 0 {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
