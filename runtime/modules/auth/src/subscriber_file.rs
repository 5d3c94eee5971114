//! The subscribers of a tenant on the disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use evroute_database_file::{DatabaseSchema, Synchronous};
use evroute_digest_auth::{Algorithm, Ha1};
use rusqlite::{Connection, params_from_iter};

use crate::{Subscriber, SubscriberError};

/// What this version reads and writes.
const VERSION: i64 = 1;

/// The columns of hashes: Kamailio's two of MD5 first.
pub(crate) const HASHES: [(&str, Algorithm, bool); 6] = [
    ("ha1", Algorithm::Md5, false),
    ("ha1b", Algorithm::Md5, true),
    ("ha1_sha256", Algorithm::Sha256, false),
    ("ha1b_sha256", Algorithm::Sha256, true),
    ("ha1_sha512_256", Algorithm::Sha512_256, false),
    ("ha1b_sha512_256", Algorithm::Sha512_256, true),
];

/// User name and realm.
pub(crate) type SubscriberKey = (String, String);

/// The file. The table is Kamailio's `subscriber` (`domain` is the realm) with a column more for
/// each further hash, and without passwords.
#[derive(Debug)]
pub(crate) struct SubscriberFile {
    path: PathBuf,
    connection: Connection,
}

impl SubscriberFile {
    /// Opens the file, makes it where there is none, and reads it: `rows_max` at most. Blocks.
    pub(crate) fn open(
        path: &Path,
        rows_max: usize,
    ) -> Result<(Self, BTreeMap<SubscriberKey, Subscriber>), SubscriberError> {
        let schema = DatabaseSchema {
            version: VERSION,
            create: &create(),
            changes: &[],
        };
        let connection = evroute_database_file::open(path, &schema, Synchronous::Full)?;
        let failed = |why| SubscriberError::Database {
            path: path.to_owned(),
            why,
        };
        let known = read(&connection, rows_max).map_err(failed)?;
        if known.len() > rows_max {
            return Err(SubscriberError::Full(rows_max));
        }
        let path = path.to_owned();
        Ok((Self { path, connection }, known))
    }

    /// Writes these, all or none: they are on the disk when this returns. Blocks.
    pub(crate) fn put(
        &mut self,
        subscribers: &[(SubscriberKey, Subscriber)],
    ) -> Result<(), SubscriberError> {
        let written = put(&mut self.connection, subscribers);
        written.map_err(|why| self.failed(why))
    }

    /// Removes one. Blocks.
    pub(crate) fn remove(&self, (user_name, realm): &SubscriberKey) -> Result<(), SubscriberError> {
        let sql = "DELETE FROM subscriber WHERE username = ?1 AND domain = ?2";
        let removed = self.connection.execute(sql, [user_name, realm]);
        removed.map(drop).map_err(|why| self.failed(why))
    }

    fn failed(&self, why: rusqlite::Error) -> SubscriberError {
        let path = self.path.clone();
        SubscriberError::Database { path, why }
    }
}

fn columns() -> String {
    HASHES.map(|(column, _, _)| column).join(", ")
}

/// The statement that makes the table.
fn create() -> String {
    let hashes = HASHES.map(|(column, _, _)| format!("{column} TEXT NOT NULL DEFAULT ''"));
    format!(
        "CREATE TABLE subscriber (username TEXT NOT NULL, domain TEXT NOT NULL, {},
         PRIMARY KEY (username, domain)) STRICT, WITHOUT ROWID;",
        hashes.join(", ")
    )
}

fn read(
    connection: &Connection,
    rows_max: usize,
) -> rusqlite::Result<BTreeMap<SubscriberKey, Subscriber>> {
    let columns = columns();
    // One more than there may be, to tell that there are.
    let limit = i64::try_from(rows_max)
        .unwrap_or(i64::MAX)
        .saturating_add(1);
    let mut rows = connection.prepare(&format!(
        "SELECT username, domain, {columns} FROM subscriber LIMIT {limit}"
    ))?;
    let rows = rows.query_map([], |row| {
        let mut subscriber = Subscriber::default();
        for (place, (_, algorithm, with_domain)) in HASHES.into_iter().enumerate() {
            let text: String = row.get(place + 2)?;
            let hashes = match with_domain {
                true => &mut subscriber.ha1b,
                false => &mut subscriber.ha1,
            };
            hashes.extend(Ha1::parse(algorithm, &text));
        }
        Ok(((row.get(0)?, row.get(1)?), subscriber))
    })?;
    rows.collect()
}

fn put(
    connection: &mut Connection,
    subscribers: &[(SubscriberKey, Subscriber)],
) -> rusqlite::Result<()> {
    let columns = columns();
    let places = vec!["?"; HASHES.len() + 2].join(", ");
    let transaction = connection.transaction()?;
    {
        let mut statement = transaction.prepare(&format!(
            "INSERT OR REPLACE INTO subscriber (username, domain, {columns}) VALUES ({places})"
        ))?;
        for ((user_name, realm), subscriber) in subscribers {
            let hashes = HASHES.map(|(_, algorithm, with_domain)| {
                subscriber
                    .hash(algorithm, with_domain)
                    .map_or("", Ha1::as_str)
            });
            let names = [user_name.as_str(), realm.as_str()];
            statement.execute(params_from_iter(names.into_iter().chain(hashes)))?;
        }
    }
    transaction.commit()
}
