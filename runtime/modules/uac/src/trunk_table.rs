//! A tenant's trunks.

use std::sync::Arc;

use evroute_event::UnknownEvent;
use evroute_module_api::{LiveTenant, TenantPart, Work};

use crate::Config;
use crate::registration::Registration;
use crate::trunk::Trunk;

/// A tenant's trunks, in the order of its configuration.
#[derive(Debug)]
pub struct TrunkTable {
    trunks: Vec<Arc<Trunk>>,
}

impl TrunkTable {
    pub(crate) fn new(config: &Config) -> Self {
        let trunks = config.trunks.iter().cloned().map(Trunk::new);
        Self {
            trunks: trunks.map(Arc::new).collect(),
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Trunk>> {
        self.trunks.iter()
    }

    /// The trunk of this name.
    pub(crate) fn named(&self, name: &str) -> Option<&Arc<Trunk>> {
        self.all().find(|trunk| trunk.config.name == name)
    }
}

impl TenantPart for TrunkTable {
    /// Each trunk is registered with by itself.
    fn background(self: Arc<Self>, tenant: &LiveTenant) -> Result<Vec<Work>, UnknownEvent> {
        let mut work: Vec<Work> = Vec::with_capacity(self.trunks.len());
        for trunk in self.all() {
            let registration = Registration::new(tenant, Arc::clone(trunk))?;
            work.push(Box::pin(registration.run()));
        }
        Ok(work)
    }
}
