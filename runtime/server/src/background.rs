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

/// Work without an end of its own, not started yet.
pub(crate) struct Background {
    /// Ends by itself when the server begins to drain, after the run that is under way.
    works: Vec<Work>,
}

impl Background {
    /// Timers, raised events and expiring contacts of all tenants.
    pub(crate) fn new(
        config: &Config,
        tenants: Vec<Tenant>,
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
        let mut works: Vec<Work> = vec![Box::pin(contacts.run(now_us, draining.clone()))];
        let tables: Vec<_> = tenants
            .iter()
            .map(|tenant| {
                (
                    tenant.id.clone(),
                    tenant.state.index,
                    Arc::clone(&tenant.tables),
                )
            })
            .collect();
        let entries = TableSweeper::new(tables, &emitter.port()?);
        works.push(Box::pin(entries.run(now_us, draining.clone())));
        for (configured, tenant) in config.tenants.iter().zip(tenants) {
            works.push(Box::pin(evroute_module_custom::drain(
                tenant.id,
                tenant.raised,
                emitter.port()?,
                draining.clone().cancelled_owned(),
            )));
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
        }
        Ok(Self { works })
    }

    /// Starts all of it. It ends when the server begins to drain, or when waiting for what is under way is over.
    pub(crate) fn start(self, shutdown: &Shutdown) {
        for work in self.works {
            let cutting = shutdown.cutting().clone();
            shutdown.tasks().spawn(async move {
                cutting.run_until_cancelled(work).await;
            });
        }
    }
}
