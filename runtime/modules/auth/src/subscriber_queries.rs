//! Subscribers in a database of the tenant's: Kamailio's table as it is.

use std::sync::Arc;

use evroute_digest_auth::{Algorithm, Ha1};
use evroute_module_api::{DatabaseReadError, DatabaseReader};

use crate::Subscriber;
use crate::subscriber_cache::SubscriberCache;
use crate::subscriber_file::{HASHES, SubscriberKey};

/// Where the subscribers are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubscriberTable {
    /// The label of the `[[tenant.database]]`.
    pub database: String,
    /// Its table (Kamailio's `subscriber`).
    pub table: String,
    /// Whether rows are found by name and domain, or by name alone (Kamailio's `use_domain`).
    pub use_domain: bool,
    /// Whose hashes it has.
    pub algorithms: Vec<Algorithm>,
}

impl SubscriberTable {
    /// The columns of its hashes: of MD5 both of Kamailio's, of others that of the name alone.
    fn columns(&self) -> impl Iterator<Item = (&'static str, Algorithm, bool)> {
        let all = HASHES.into_iter();
        all.filter(|(_, algorithm, with_domain)| {
            self.algorithms.contains(algorithm) && (!with_domain || *algorithm == Algorithm::Md5)
        })
    }

    fn select(&self) -> String {
        let columns: Vec<_> = self.columns().map(|(column, _, _)| column).collect();
        let domain = if self.use_domain {
            " AND domain = ?"
        } else {
            ""
        };
        let (columns, table) = (columns.join(", "), &self.table);
        format!("SELECT {columns} FROM {table} WHERE username = ?{domain} LIMIT 1")
    }
}

/// The subscribers of a table. What the database says counts for a minute.
pub(crate) struct SubscriberQueries {
    reader: Arc<dyn DatabaseReader>,
    table: SubscriberTable,
    select: String,
    pub(crate) cache: SubscriberCache,
}

impl SubscriberQueries {
    pub(crate) fn new(reader: Arc<dyn DatabaseReader>, table: SubscriberTable) -> Self {
        Self {
            reader,
            select: table.select(),
            table,
            cache: SubscriberCache::default(),
        }
    }

    pub(crate) fn database(&self) -> &str {
        &self.table.database
    }

    /// Whether the table can be used. A database that cannot be reached now may be reached later.
    ///
    /// # Errors
    /// One sentence: what is wrong and what to do.
    pub(crate) async fn check(&self) -> Result<(), String> {
        let (database, table) = (&self.table.database, &self.table.table);
        let nobody = match self.table.use_domain {
            true => vec![String::new(), String::new()],
            false => vec![String::new()],
        };
        match self.reader.read(database, &self.select, nobody).await {
            Ok(_) => {}
            Err(DatabaseReadError::Unavailable(why)) => {
                tracing::warn!(database, why, "subscribers cannot be read yet");
                return Ok(());
            }
            Err(DatabaseReadError::Refused(why)) => {
                let columns: Vec<_> = self.table.columns().map(|(column, _, _)| column).collect();
                return Err(format!(
                    "the table {table} of the database {database:?} is not read ({why}); it needs the columns \
                     username, domain, {}, which are those of algorithms",
                    columns.join(", ")
                ));
            }
        }
        let has_hash = format!("SELECT 1 FROM {table} WHERE length(ha1) > 0 LIMIT 1");
        let has_row = format!("SELECT 1 FROM {table} LIMIT 1");
        let (hash, row) = (
            self.is_there(&has_hash).await,
            self.is_there(&has_row).await,
        );
        match (hash, row) {
            (Some(false), Some(true)) => Err(format!(
                "the table {table} of the database {database:?} has passwords in the clear and no hashes, as \
                 Kamailio reads with calculate_ha1; fill its column ha1, or remove the key database and write \
                 the users with evroute subscribers import, which keeps hashes"
            )),
            _ => Ok(()),
        }
    }

    /// Whether a statement gives a row; none where that is not known.
    async fn is_there(&self, statement: &str) -> Option<bool> {
        let rows = self
            .reader
            .read(&self.table.database, statement, Vec::new())
            .await;
        rows.ok().map(|rows| !rows.is_empty())
    }

    /// One by name and realm, if the database said so in the last minute.
    pub(crate) fn cached(&self, key: &SubscriberKey, now: u64) -> Option<Option<Arc<Subscriber>>> {
        self.cache.get(key, now)
    }

    /// One by name and realm. `now` are milliseconds since 1970.
    ///
    /// # Errors
    /// [`DatabaseReadError`].
    pub(crate) async fn find(
        &self,
        key: SubscriberKey,
        now: u64,
    ) -> Result<Option<Arc<Subscriber>>, DatabaseReadError> {
        if let Some(answer) = self.cache.get(&key, now) {
            return Ok(answer);
        }
        let (user_name, realm) = key.clone();
        let parameters = match self.table.use_domain {
            true => vec![user_name, realm],
            false => vec![user_name],
        };
        let rows = self
            .reader
            .read(&self.table.database, &self.select, parameters);
        let row = rows.await?.into_iter().next();
        let answer = row.map(|row| Arc::new(self.subscriber(&row)));
        self.cache.put(key, now, answer.clone());
        Ok(answer)
    }

    fn subscriber(&self, row: &[Option<String>]) -> Subscriber {
        let mut subscriber = Subscriber::default();
        for ((_, algorithm, with_domain), text) in self.table.columns().zip(row) {
            let hash = text
                .as_deref()
                .and_then(|text| Ha1::parse(algorithm, text.trim()));
            let hashes = match with_domain {
                true => &mut subscriber.ha1b,
                false => &mut subscriber.ha1,
            };
            hashes.extend(hash);
        }
        subscriber
    }
}
