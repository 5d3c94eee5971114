//! What runs by the clock or by a queue, beside messages.

use std::sync::Arc;

use evroute_clock::now_us;
use evroute_event::{Emitter, UnknownEvent};
use evroute_module_api::{LiveTenant, Start, Work};
use evroute_tenant::TenantIndex;
use tokio_util::sync::CancellationToken;

use crate::Shutdown;
use crate::tenants::Tenant;

/// Work of each tenant's modules, not started yet. It ends by itself when the server begins to
/// drain, after the run that is under way.
pub(crate) struct Background {
    /// By tenant index.
    tenants: Vec<TenantWork>,
}

struct TenantWork {
    /// What is asked before the tenant is served.
    questions: Vec<Start>,
    /// What runs from then on.
    works: Vec<Work>,
}

impl Background {
    /// That of all tenants.
    pub(crate) fn new(
        tenants: &[Tenant],
        emitter: &Emitter,
        draining: &CancellationToken,
    ) -> Result<Self, UnknownEvent> {
        let work = |tenant: &Tenant| {
            let live = LiveTenant {
                id: tenant.id.clone(),
                index: tenant.state.index,
                emitter: emitter.clone(),
                clock: now_us,
                draining: draining.clone(),
            };
            let (mut questions, mut works) = (Vec::new(), Vec::new());
            for module in tenant.state.modules() {
                questions.extend(Arc::clone(module).start(&live)?);
                works.extend(Arc::clone(module).background(&live)?);
            }
            Ok(TenantWork { questions, works })
        };
        let tenants: Result<_, _> = tenants.iter().map(work).collect();
        Ok(Self { tenants: tenants? })
    }

    /// What a tenant's modules ask before it is served. To be asked once.
    pub(crate) fn questions(&mut self, tenant: TenantIndex) -> Vec<Start> {
        let work = self.tenants.get_mut(tenant.position());
        work.map(|work| std::mem::take(&mut work.questions))
            .unwrap_or_default()
    }

    /// Starts a tenant's work, once it is served. It ends at the latest when waiting for what is
    /// under way is over.
    pub(crate) fn start(&mut self, tenant: TenantIndex, shutdown: &Shutdown) {
        let work = self.tenants.get_mut(tenant.position());
        let works = work.map(|work| std::mem::take(&mut work.works));
        for work in works.into_iter().flatten() {
            let cutting = shutdown.cutting().clone();
            shutdown.tasks().spawn(async move {
                cutting.run_until_cancelled(work).await;
            });
        }
    }
}
