//! What runs by the clock or by a queue, beside messages.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use evroute_event::{Emitter, UnknownEvent};
use evroute_module_htable::Sweeper as TableSweeper;
use evroute_module_timer::TimerConfig;
use evroute_module_tm::now_us;
use evroute_module_usrloc::{LocationTable, Sweeper};
use evroute_tenant::TenantIndex;
use tokio_util::sync::CancellationToken;

use crate::tenants::Tenant;
use crate::{Config, Shutdown};

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Work without an end of its own, not started yet. It ends by itself when the server begins to
/// drain, after the run that is under way.
pub(crate) struct Background {
    /// What belongs to all tenants.
    common: Vec<Work>,
    /// By tenant index.
    tenants: Vec<Vec<Work>>,
}

impl Background {
    /// Timers, raised events and expiring contacts of all tenants.
    pub(crate) fn new(
        config: &Config,
        tenants: &mut [Tenant],
        contacts: Vec<(TenantIndex, Arc<LocationTable>)>,
        emitter: &Emitter,
        draining: &CancellationToken,
    ) -> Result<Self, UnknownEvent> {
        let named = |(index, table): (TenantIndex, _)| {
            let tenant = config.tenants.get(index.position())?;
            Some((tenant.id.clone(), index, table))
        };
        let contacts = contacts.into_iter().filter_map(named).collect();
        let contacts = Sweeper::new(contacts, &emitter.port()?);
        let common: Vec<Work> = vec![Box::pin(contacts.run(now_us, draining.clone()))];
        let mut by_tenant = Vec::with_capacity(tenants.len());
        for (configured, tenant) in config.tenants.iter().zip(tenants) {
            let (id, index) = (tenant.id.clone(), tenant.state.index);
            let entries = TableSweeper::new(
                vec![(id, index, Arc::clone(&tenant.tables))],
                &emitter.port()?,
            );
            let mut works: Vec<Work> = vec![Box::pin(entries.run(now_us, draining.clone()))];
            if let Some(raised) = tenant.raised.take() {
                works.push(Box::pin(evroute_module_custom::drain(
                    tenant.id.clone(),
                    raised,
                    emitter.port()?,
                    draining.clone().cancelled_owned(),
                )));
            }
            for timer in &configured.timers {
                let timer = TimerConfig {
                    name: timer.name.clone(),
                    interval: timer.interval,
                };
                let index = configured.index;
                works.push(Box::pin(evroute_module_timer::run(
                    emitter.port()?,
                    index,
                    timer,
                    now_us,
                    draining.clone().cancelled_owned(),
                )));
            }
            by_tenant.push(works);
        }
        Ok(Self {
            common,
            tenants: by_tenant,
        })
    }

    /// Starts what belongs to all tenants.
    pub(crate) fn start(&mut self, shutdown: &Shutdown) {
        start(std::mem::take(&mut self.common), shutdown);
    }

    /// Starts what belongs to one tenant, once it is served.
    pub(crate) fn start_tenant(&mut self, tenant: TenantIndex, shutdown: &Shutdown) {
        if let Some(works) = self.tenants.get_mut(tenant.position()) {
            start(std::mem::take(works), shutdown);
        }
    }
}

/// It ends when the server begins to drain, or when waiting for what is under way is over.
fn start(works: Vec<Work>, shutdown: &Shutdown) {
    for work in works {
        let cutting = shutdown.cutting().clone();
        shutdown.tasks().spawn(async move {
            cutting.run_until_cancelled(work).await;
        });
    }
}
