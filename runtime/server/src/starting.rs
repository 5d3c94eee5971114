//! The start of the tenants that the server begins with: each by itself, so that none decides about
//! the others.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::timeout;

use crate::tenant_registry::{TenantLife, TenantRegistry};
use crate::{StartError, TenantSource};

/// What the tenants' starts come to.
pub(crate) struct Starting {
    registry: Arc<TenantRegistry>,
    work: JoinSet<Result<(), StartError>>,
    /// Whose start each task is.
    tasks: HashMap<Id, Arc<TenantLife>>,
    /// How many starts were begun, and how many of them ended with the tenant being served.
    begun: usize,
    served: usize,
    /// Why the first tenant that did not start did not.
    first_disabled: Option<StartError>,
}

impl Starting {
    /// Begins to start these tenants, which were taken in. Until one has started, its requests are
    /// answered 503. `unopened` says of some why they cannot be.
    pub(crate) fn begin(
        registry: &Arc<TenantRegistry>,
        tenants: Vec<(Arc<TenantLife>, Option<String>)>,
    ) -> Self {
        let mut starting = Self {
            registry: Arc::clone(registry),
            work: JoinSet::new(),
            tasks: HashMap::new(),
            begun: tenants.len(),
            served: 0,
            first_disabled: None,
        };
        for (life, unopened) in tenants {
            if let Some(why) = unopened {
                registry.disable(&life, &why);
                let why = life.fault(why);
                starting.not_started(&life, why);
                continue;
            }
            let (registry, of_it) = (Arc::clone(registry), Arc::clone(&life));
            let task = starting
                .work
                .spawn(async move { registry.start(&of_it).await });
            starting.tasks.insert(task.id(), life);
        }
        starting
    }

    /// Waits until the first tenant is served.
    ///
    /// The error is the first tenant's when none of them starts: there is nobody to serve. A server
    /// with tenants of the folder, or without any, waits for them to be corrected or added.
    pub(crate) async fn until_served(&mut self) -> Result<(), StartError> {
        while self.served == 0 {
            if !self.step().await {
                let config = &self.registry.parts.config;
                let mut tenants = config.tenants.iter();
                let is_all = tenants.all(|tenant| tenant.source == TenantSource::File)
                    && config.broken_tenants.is_empty();
                let why = self.first_disabled.take().filter(|_| is_all);
                return why.map_or(Ok(()), Err);
            }
        }
        Ok(())
    }

    /// Goes on until every tenant is served or disabled, or for so long.
    pub(crate) async fn settle(&mut self, most: Duration) {
        // What is not over then goes on.
        let _ = timeout(most, async { while self.step().await {} }).await;
    }

    /// Goes on until every tenant is served or disabled.
    pub(crate) async fn finish(mut self) {
        while self.step().await {}
    }

    /// Waits for the next start to be over. False when there is none left. Loses nothing when it is
    /// dropped.
    async fn step(&mut self) -> bool {
        let Some(ended) = self.work.join_next_with_id().await else {
            return false;
        };
        self.ended(ended);
        true
    }

    fn ended(&mut self, ended: Result<(Id, Result<(), StartError>), JoinError>) {
        let (id, started) = match ended {
            Ok((id, started)) => (id, started),
            Err(broken) => {
                let why = format!("a tenant's start broke: {broken}");
                (broken.id(), Err(StartError::Fault(why)))
            }
        };
        let Some(life) = self.tasks.remove(&id) else {
            return;
        };
        match started {
            Ok(()) => self.served += 1,
            Err(why) => {
                self.registry.disable(&life, &why.to_string());
                self.not_started(&life, why);
            }
        }
    }

    fn not_started(&mut self, life: &TenantLife, why: StartError) {
        // Of the only tenant it is said by whoever ends the server.
        if self.begun > 1 {
            log_disabled(life, &why);
        }
        self.first_disabled.get_or_insert(why);
    }
}

fn log_disabled(life: &TenantLife, why: &StartError) {
    let handler = match why {
        StartError::Handler { handler, .. } => Some(handler.as_str()),
        StartError::Listen(_)
        | StartError::Bind { .. }
        | StartError::AdminTls(_)
        | StartError::Certificate(_)
        | StartError::DataDir { .. }
        | StartError::Deploys { .. }
        | StartError::NoHandlerOf(_)
        | StartError::Tenant { .. }
        | StartError::Fault(_) => None,
    };
    let until = match life.config.source {
        TenantSource::File => "until it is corrected and tenant.reload is called",
        TenantSource::Folder => "until tenant.set corrects it",
    };
    tracing::error!(
        tenant = life.config.id.as_str(),
        handler,
        "the tenant does not start: its requests are answered 503 {until}; the other tenants are \
         served: {why}"
    );
}
