//! Where a tenant's subscribers are.

use std::path::PathBuf;
use std::sync::Arc;

use evroute_module_api::{DatabaseReadError, DatabaseReader};

use crate::subscriber_file::SubscriberKey;
use crate::subscriber_queries::SubscriberQueries;
use crate::{Subscriber, SubscriberError, SubscriberTable, Subscribers};

/// Where a tenant's subscribers are.
pub struct Store(Kind);

enum Kind {
    /// In a file of this server.
    File(Arc<Subscribers>),
    /// In a database of the tenant's.
    Database(Box<SubscriberQueries>),
    /// In a database that is not open, for a tenant that is only tried.
    Closed(String),
}

impl Store {
    /// A file of this server.
    #[must_use]
    pub fn file(subscribers: Subscribers) -> Self {
        Self(Kind::File(Arc::new(subscribers)))
    }

    /// A table of a database of the tenant's.
    #[must_use]
    pub fn database(reader: Arc<dyn DatabaseReader>, table: SubscriberTable) -> Self {
        Self(Kind::Database(Box::new(SubscriberQueries::new(
            reader, table,
        ))))
    }

    /// A database that nobody opens.
    #[must_use]
    pub fn closed(table: &SubscriberTable) -> Self {
        Self(Kind::Closed(table.database.clone()))
    }

    /// Whether it can be used.
    ///
    /// # Errors
    /// One sentence: what is wrong and what to do.
    pub async fn check(&self) -> Result<(), String> {
        match &self.0 {
            Kind::File(_) | Kind::Closed(_) => Ok(()),
            Kind::Database(queries) => queries.check().await,
        }
    }

    /// One by name and realm, where nothing has to be waited for. `now` are milliseconds since
    /// 1970.
    #[must_use]
    pub fn at_hand(
        &self,
        user_name: &str,
        realm: &str,
        now: u64,
    ) -> Option<Option<Arc<Subscriber>>> {
        match &self.0 {
            Kind::File(subscribers) => Some(subscribers.get(user_name, realm)),
            Kind::Database(queries) => queries.cached(&key(user_name, realm), now),
            Kind::Closed(_) => None,
        }
    }

    /// One by name and realm.
    ///
    /// # Errors
    /// [`DatabaseReadError`].
    pub async fn find(
        &self,
        user_name: &str,
        realm: &str,
        now: u64,
    ) -> Result<Option<Arc<Subscriber>>, DatabaseReadError> {
        match &self.0 {
            Kind::File(subscribers) => Ok(subscribers.get(user_name, realm)),
            Kind::Database(queries) => queries.find(key(user_name, realm), now).await,
            Kind::Closed(_) => {
                let why = "the tenant has not started".to_owned();
                Err(DatabaseReadError::Unavailable(why))
            }
        }
    }

    /// Forgets what a database said about one, who is asked for again.
    #[must_use]
    pub fn forget(&self, user_name: &str, realm: &str) -> bool {
        match &self.0 {
            Kind::File(_) | Kind::Closed(_) => false,
            Kind::Database(queries) => queries.cache.forget(&key(user_name, realm)),
        }
    }

    /// Those that are kept here, to be written and listed.
    ///
    /// # Errors
    /// [`SubscriberError::Elsewhere`].
    pub fn kept(&self) -> Result<&Arc<Subscribers>, SubscriberError> {
        match &self.0 {
            Kind::File(subscribers) => Ok(subscribers),
            Kind::Database(queries) => {
                Err(SubscriberError::Elsewhere(queries.database().to_owned()))
            }
            Kind::Closed(database) => Err(SubscriberError::Elsewhere(database.clone())),
        }
    }

    /// Its files on the disk.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        self.kept().map_or_else(|_| Vec::new(), |kept| kept.files())
    }
}

fn key(user_name: &str, realm: &str) -> SubscriberKey {
    (user_name.to_owned(), realm.to_owned())
}
