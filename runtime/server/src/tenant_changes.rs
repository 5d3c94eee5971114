//! Changes of the tenants of a running server: what `tenant.add`, `set`, `remove` and `reload` do.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use evroute_tenant::{PinConflict, TenantId, TenantIndex};

use crate::tenant_end::TenantEnd;
use crate::tenant_error::{Removal, TenantChange, TenantError};
use crate::tenant_folder::{TenantFolder, check_name, taken};
use crate::tenant_registry::{TenantLife, TenantRegistry};
use crate::tenants::close;
use crate::{StartError, TenantConfig, TenantSource, Vocabulary};

impl TenantRegistry {
    fn folder(&self) -> TenantFolder {
        TenantFolder::of(&self.parts.config.server.data_dir)
    }

    /// Reads a tenant's file that an operator sent.
    fn parse(
        &self,
        name: &str,
        text: &str,
        index: TenantIndex,
    ) -> Result<TenantConfig, TenantError> {
        let id: TenantId = name
            .parse()
            .map_err(|error| TenantError::Wrong(format!("{name:?}: {error}")))?;
        let shown = self.folder().file(&id);
        let config = &self.parts.config;
        let tenant = config.parse_tenant(&shown, text, &Vocabulary::current(), index)?;
        check_name(&tenant, name).map_err(TenantError::Wrong)?;
        Ok(tenant)
    }

    /// Adds a tenant of the folder: it is served, and its file is on the disk, when this returns.
    pub(crate) async fn add(self: &Arc<Self>, name: &str, text: &str) -> Result<(), TenantError> {
        let _turn = self.changing.acquire().await;
        self.check_running()?;
        if self.find(name).is_some() {
            return Err(TenantError::Known(name.to_owned()));
        }
        let index = self.next_index().ok_or(TenantError::Full)?;
        let tenant = self.parse(name, text, index)?;
        let id = tenant.id.clone();
        let life = self.begin(Arc::new(tenant)).await?;
        // What was begun stays only with its file on the disk.
        if let Err(why) = self.write(&id, text).await {
            self.end(life, Duration::ZERO).await;
            return Err(why);
        }
        self.mended(name);
        Ok(())
    }

    async fn write(&self, id: &TenantId, text: &str) -> Result<(), TenantError> {
        let (folder, of_it, text) = (self.folder(), id.clone(), text.to_owned());
        let written = on_disk(move || folder.write(&of_it, &text)).await;
        let path = self.folder().file(id);
        written.map_err(|why| TenantError::Write { path, why })
    }

    /// What is on the disk of a tenant.
    async fn text(&self, id: &TenantId) -> io::Result<String> {
        let (folder, id) = (self.folder(), id.clone());
        on_disk(move || folder.text(&id)).await
    }

    /// Begins the life of a tenant that is not there: opens it, takes it in, and serves it. Nothing
    /// is left of it after an error.
    pub(crate) async fn begin(
        self: &Arc<Self>,
        tenant: Arc<TenantConfig>,
    ) -> Result<Arc<TenantLife>, TenantError> {
        self.parts
            .sip
            .directory
            .check(None, &tenant.pins())
            .map_err(|conflict| self.conflict(&conflict))?;
        let opened = self.open(&tenant, None).await?;
        if let Some(why) = opened.unopened.clone() {
            close(opened.parts.into_iter().map(|one| one.part)).await;
            let tenant = tenant.id.to_string();
            return Err(StartError::Tenant { tenant, why }.into());
        }
        self.parts.sip.grow(&tenant.quota);
        let life = self.admit(tenant, opened, None);
        let pinned = self.parts.sip.pin(&life.config);
        let started = match pinned {
            Ok(()) => self.start(&life).await.map_err(TenantError::from),
            Err(conflict) => Err(self.conflict(&conflict)),
        };
        match started {
            Ok(()) => Ok(life),
            Err(why) => {
                self.end(life, Duration::ZERO).await;
                Err(why)
            }
        }
    }

    /// Changes a tenant of the folder; one whose file was broken is added. `force` loses what is in
    /// memory where the change cannot keep it.
    pub(crate) async fn set(
        self: &Arc<Self>,
        name: &str,
        text: &str,
        force: bool,
    ) -> Result<TenantChange, TenantError> {
        let Some(index) = self.find(name).map(|life| life.index()) else {
            let is_broken = self.text(&self.id(name)?).await.is_ok();
            if !is_broken {
                return Err(TenantError::Unknown(name.to_owned()));
            }
            self.add(name, text).await?;
            return Ok(TenantChange::Added);
        };
        let _turn = self.changing.acquire().await;
        self.check_running()?;
        let tenant = self.parse(name, text, index)?;
        let id = tenant.id.clone();
        let before = self.of_folder(name)?;
        let old = self.text(&id).await;
        let change = self.change(before, Arc::new(tenant), force).await?;
        if let Err(why) = self.write(&id, text).await {
            // As it is on the disk, so it is in force.
            if let Ok(old) = old
                && let (Ok(tenant), Some(now)) = (self.parse(name, &old, index), self.find(name))
            {
                self.change(now, Arc::new(tenant), true).await?;
            }
            return Err(why);
        }
        Ok(change)
    }

    /// Removes a tenant of the folder. Its file is gone from the disk before anything else is done;
    /// when this returns, nothing is kept for it but the files of its databases.
    pub(crate) async fn remove(
        self: &Arc<Self>,
        name: &str,
        removal: Removal,
    ) -> Result<TenantEnd, TenantError> {
        let _turn = self.changing.acquire().await;
        self.check_running()?;
        let id = self.id(name)?;
        // Of one whose file was broken that is all there is.
        let is_broken = self.find(name).is_none() && self.text(&id).await.is_ok();
        let life = match is_broken {
            true => None,
            false => Some(self.of_folder(name)?),
        };
        let (folder, path) = (self.folder(), self.folder().file(&id));
        let removed = on_disk(move || folder.remove(&id)).await;
        removed.map_err(|why| TenantError::Write { path, why })?;
        self.mended(name);
        match life {
            Some(life) => Ok(self.finish(life, removal).await),
            None => Ok(TenantEnd::Drained),
        }
    }

    pub(crate) async fn finish(&self, life: Arc<TenantLife>, removal: Removal) -> TenantEnd {
        let files: Vec<_> = life.parts.iter().flat_map(|one| one.part.files()).collect();
        let grace = match removal.force {
            true => Duration::ZERO,
            false => self.parts.config.server.drain,
        };
        let (tokens, name) = (Arc::clone(&self.parts.tokens), life.config.id.to_string());
        let of_usage = name.clone();
        let ended = self.end(life, grace).await;
        let revoked = on_disk(move || tokens.revoke_tenant(&name).map_err(io::Error::other));
        if let Err(error) = revoked.await {
            tracing::error!(%error, "the tokens of a removed tenant are not revoked");
        }
        self.forget_rows(&of_usage).await;
        if removal.purge {
            self.parts.usage.purge(&of_usage).await;
            let purged = on_disk(move || {
                files.iter().for_each(|file| purge(file));
                Ok(())
            });
            // It only fails by a panic, which is logged.
            purged.await.unwrap_or_default();
        }
        ended
    }

    /// Registrations of a tenant that is gone, and whatever else is in the journal, are nobody's.
    async fn forget_rows(&self, name: &str) {
        let (journal, of_it) = (Arc::clone(&self.parts.journal), name.to_owned());
        let removed = on_disk(move || journal.remove_tenant(&of_it).map_err(io::Error::other));
        if let Err(error) = removed.await {
            tracing::error!(tenant = name, %error, "what the journal keeps of a removed tenant stays");
        }
    }

    fn of_folder(&self, name: &str) -> Result<Arc<TenantLife>, TenantError> {
        let life = self.find(name);
        let life = life.ok_or_else(|| TenantError::Unknown(name.to_owned()))?;
        match life.config.source {
            TenantSource::Folder => Ok(life),
            TenantSource::File => Err(TenantError::OfFile(name.to_owned())),
        }
    }

    fn id(&self, name: &str) -> Result<TenantId, TenantError> {
        let id = name.parse();
        id.map_err(|_| TenantError::Unknown(name.to_owned()))
    }

    pub(crate) fn check_running(&self) -> Result<(), TenantError> {
        match self.parts.shutdown.draining().is_cancelled() {
            true => Err(TenantError::Stopping),
            false => Ok(()),
        }
    }

    pub(crate) fn conflict(&self, conflict: &PinConflict) -> TenantError {
        let named = |owner: TenantIndex| {
            let mut all = self.all().into_iter();
            let owner = all.find(|life| life.index() == owner);
            owner.map_or(String::new(), |owner| owner.config.id.to_string())
        };
        TenantError::Wrong(taken(&conflict.to_string(), &conflict.why, named))
    }
}

/// Files are read and written where no event waits.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|broken| Err(io::Error::other(broken)))
}

fn purge(file: &Path) {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let file = file.display();
            tracing::warn!(%file, %error, "a database file of a removed tenant stays");
        }
        Ok(()) | Err(_) => {}
    }
}
