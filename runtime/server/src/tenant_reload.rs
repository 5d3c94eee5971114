//! The configuration file read again, while the server runs.

use std::path::Path;
use std::sync::Arc;

use crate::tenant_error::{Reloaded, Removal, TenantChange, TenantError};
use crate::tenant_registry::{TenantLife, TenantRegistry};
use crate::{Config, TenantConfig, TenantSource, Vocabulary};

impl TenantRegistry {
    /// Reads the configuration file again, and makes its tenants what it says: those that are not
    /// there any more are removed, as by [`TenantRegistry::remove`]. Other sections take a restart.
    pub(crate) async fn reload(self: &Arc<Self>, force: bool) -> Result<Reloaded, TenantError> {
        let _turn = self.changing.acquire().await;
        self.check_running()?;
        let file = self.parts.config.file.clone();
        let config = tokio::task::spawn_blocking(move || load(&file)).await;
        let broke = |error| TenantError::Wrong(format!("reading it broke: {error}"));
        let mut config = config.map_err(broke)??;
        // As they are known here; a new one gets an index of its own.
        for tenant in config.tenants.iter_mut().filter_map(Arc::get_mut) {
            let known = self.find(tenant.id.as_str()).map(|life| life.index());
            tenant.index = match known {
                Some(index) => index,
                None => self.next_index().ok_or(TenantError::Full)?,
            };
        }
        let mut reloaded = Vec::new();
        let is_gone = |life: &Arc<TenantLife>| {
            life.config.source == TenantSource::File
                && !config
                    .tenants
                    .iter()
                    .any(|tenant| tenant.id == life.config.id)
        };
        for life in self.all().into_iter().filter(is_gone) {
            let name = life.config.id.to_string();
            self.finish(life, Removal::default()).await;
            reloaded.push((name, Ok(TenantChange::Removed)));
        }
        // A domain may go from a later tenant to an earlier one: what is refused is tried again.
        let mut refused = Vec::new();
        for tenant in config.tenants {
            let (name, again) = (tenant.id.to_string(), Arc::clone(&tenant));
            match self.reload_one(tenant, force).await {
                Err(TenantError::Wrong(_)) => refused.push(again),
                change => reloaded.push((name, change)),
            }
        }
        for tenant in refused {
            let name = tenant.id.to_string();
            reloaded.push((name, self.reload_one(tenant, force).await));
        }
        reloaded.retain(|(_, change)| !matches!(change, Ok(TenantChange::Unchanged)));
        Ok(reloaded)
    }

    async fn reload_one(
        self: &Arc<Self>,
        tenant: Arc<TenantConfig>,
        force: bool,
    ) -> Result<TenantChange, TenantError> {
        let known = self.find(tenant.id.as_str());
        if known
            .as_ref()
            .is_some_and(|known| known.config.source == TenantSource::Folder)
        {
            let why = "the tenants' folder has it, too; remove it here or there";
            let tenant = tenant.id.as_str();
            return Err(TenantError::Wrong(format!("tenant {tenant:?}: {why}")));
        }
        match known {
            Some(before) => self.change(before, tenant, force).await,
            None => self.begin(tenant).await.map(|_| TenantChange::Added),
        }
    }
}

fn load(file: &Path) -> Result<Config, TenantError> {
    if file.as_os_str().is_empty() {
        let why = "the server was started without a configuration file";
        return Err(TenantError::Wrong(why.to_owned()));
    }
    Ok(Config::load(file, &Vocabulary::current())?)
}
