//! `[[tenant.database]]`.

use std::time::Duration;

use evroute_module_sql::DatabaseFiles;

use super::checker::Checker;
use super::tenant_checker::Names;
use super::{DatabaseConfig, DatabaseUrl, ServerConfig};
use crate::raw_config::{At, RawDatabase};

impl Checker<'_> {
    /// `[[tenant.database]]`, all of one tenant.
    pub(super) fn databases(
        &mut self,
        raw: &[RawDatabase],
        server: &ServerConfig,
    ) -> Vec<DatabaseConfig> {
        let mut names = Names::default();
        let mut databases = Vec::new();
        let of_others = self.database_files.len();
        for database in raw {
            self.word(&database.name, "tenant.database.name");
            names.claim(self, &database.name, "tenant.database.name");
            let connections = database.connections_max.as_ref();
            let connections_max =
                self.number("tenant.database.connections_max", connections, 1..=1000, 4);
            let deadline = database.deadline_ms.as_ref();
            let deadline = self.number("tenant.database.deadline_ms", deadline, 1..=600_000, 2000);
            let rows = database.result_rows_max.as_ref();
            let result_rows_max =
                self.number("tenant.database.result_rows_max", rows, 1..=1_000_000, 1000);
            let bytes_max = self.number(
                "tenant.database.bytes_max",
                database.bytes_max.as_ref(),
                1 << 20..=1 << 40,
                evroute_module_sql::DatabaseConfig::BYTES_MAX_DEFAULT,
            );
            let Some(url) = self.database_url(&database.url, server) else {
                continue;
            };
            if let DatabaseUrl::SqliteFile(file) = &url {
                let files = DatabaseFiles::of(file);
                if self
                    .database_files
                    .iter()
                    .take(of_others)
                    .any(|taken| taken.meets(&files))
                {
                    let wrong = format!("{} is another tenant's file already", file.display());
                    self.wrong(
                        &database.url,
                        "tenant.database.url",
                        wrong,
                        "give each tenant a file of its own",
                    );
                }
                self.database_files.push(files);
            }
            databases.push(DatabaseConfig {
                name: database.name.get_ref().clone(),
                url,
                connections_max,
                deadline: Duration::from_millis(deadline),
                result_rows_max,
                bytes_max,
            });
        }
        databases
    }

    fn database_url(&mut self, at: &At<String>, server: &ServerConfig) -> Option<DatabaseUrl> {
        let url = at.get_ref();
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Some(DatabaseUrl::Postgres(url.clone()));
        }
        match url.strip_prefix("sqlite:") {
            Some(":memory:") => Some(DatabaseUrl::SqliteMemory),
            Some(path) if path.split('/').any(|part| part == "..") => {
                let fix =
                    "write a path below data_dir, or an absolute one: \"sqlite:///var/lib/x.db\"";
                self.wrong(
                    at,
                    "tenant.database.url",
                    "a path must not lead upwards",
                    fix,
                );
                None
            }
            Some(path) if path.starts_with("file:") => {
                let fix = "write the path without \"file:\"";
                let wrong = "a path must not be a URI itself";
                self.wrong(at, "tenant.database.url", wrong, fix);
                None
            }
            Some(path) if !path.is_empty() && !path.contains('?') => {
                let path = path.strip_prefix("//").unwrap_or(path);
                Some(DatabaseUrl::SqliteFile(server.data_dir.join(path)))
            }
            Some(_) | None => {
                // The URL may hold a password: only what precedes the first colon is repeated.
                let scheme = url.split(':').next().unwrap_or_default();
                let wrong =
                    format!("a URL that begins with {scheme:?} is not one of a known database");
                let fix = "write \"sqlite:file.db\" (in data_dir), \"sqlite::memory:\" or \"postgres://...\"";
                self.wrong(at, "tenant.database.url", wrong, fix);
                None
            }
        }
    }
}
