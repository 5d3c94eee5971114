//! The databases of one tenant.

use std::path::PathBuf;
use std::sync::Arc;

use evroute_module_api::{DatabaseReader, TenantPart, Work};

use crate::{Database, DatabaseConfig, OpenError};

/// The module's state for one tenant.
#[derive(Debug)]
pub struct SqlTenant {
    databases: Vec<Arc<Database>>,
    /// The files of its embedded databases, open or not.
    files: Vec<PathBuf>,
}

impl SqlTenant {
    /// Opens the databases of the tenant of this name, see [`Database::open`].
    ///
    /// # Errors
    /// The first that cannot be used, or whose label another one has.
    pub async fn new(tenant: &str, configs: &[DatabaseConfig]) -> Result<Self, OpenError> {
        let mut databases: Vec<Arc<Database>> = Vec::with_capacity(configs.len());
        for config in configs {
            if databases.iter().any(|known| known.label() == config.label) {
                let why = "another database has this label; choose a different one".to_owned();
                return Err(OpenError {
                    label: config.label.clone(),
                    why,
                });
            }
            databases.push(Arc::new(Database::open(config).await?.of(tenant)));
        }
        let files = Vec::new();
        Ok(Self { databases, files })
    }

    /// With these databases, of which no two have the same label.
    #[must_use]
    pub fn of(databases: Vec<Database>) -> Self {
        let databases = databases.into_iter().map(Arc::new).collect();
        let files = Vec::new();
        Self { databases, files }
    }

    /// Notes the files of its embedded databases, open or not.
    pub(crate) fn with_files(self, files: Vec<PathBuf>) -> Self {
        Self { files, ..self }
    }

    /// The files of its embedded databases, open or not.
    pub(crate) fn database_files(&self) -> &[PathBuf] {
        &self.files
    }

    /// A database by its label.
    #[must_use]
    pub fn get(&self, label: &str) -> Option<&Arc<Database>> {
        self.databases
            .iter()
            .find(|database| database.label() == label)
    }

    /// All of them, in the order of the configuration.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Database>> {
        self.databases.iter()
    }

    /// Closes all connections, after the statements that run. For drain, when no run is left.
    pub async fn close(&self) {
        for database in &self.databases {
            database.close().await;
        }
    }

    /// A database's place, which is the number of its handles.
    pub(crate) fn position(&self, label: &str) -> Option<usize> {
        self.databases
            .iter()
            .position(|database| database.label() == label)
    }

    pub(crate) fn at(&self, position: usize) -> Option<&Arc<Database>> {
        self.databases.get(position)
    }
}

impl TenantPart for SqlTenant {
    /// Those of its embedded databases, and what SQLite keeps beside them.
    fn files(&self) -> Vec<PathBuf> {
        let beside = ["", "-wal", "-shm", "-journal"];
        let of =
            |file: &PathBuf| beside.map(|end| PathBuf::from(format!("{}{end}", file.display())));
        self.files.iter().flat_map(of).collect()
    }

    fn databases(self: Arc<Self>) -> Option<Arc<dyn DatabaseReader>> {
        Some(self)
    }

    fn close(self: Arc<Self>) -> Option<Work> {
        Some(Box::pin(async move { SqlTenant::close(&self).await }))
    }
}
