//! The tables of the store, and how its database is opened.

use std::path::Path;

use evroute_database_file::{DatabaseSchema, Synchronous};
use rusqlite::Connection;

use crate::StoreError;

/// What this version reads and writes.
const VERSION: i64 = 2;

/// What version 1 lacks.
const SINCE_1: &str = "ALTER TABLE revisions ADD COLUMN attestation TEXT;";

/// Rows of `activations` and `audit` are written once: the database itself refuses the rest.
const TABLES: &str = "
CREATE TABLE handlers (
    tenant TEXT NOT NULL,
    handler TEXT NOT NULL,
    place INTEGER,
    next_revision INTEGER NOT NULL,
    PRIMARY KEY (tenant, handler)
) STRICT, WITHOUT ROWID;

CREATE TABLE revisions (
    tenant TEXT NOT NULL,
    handler TEXT NOT NULL,
    revision INTEGER NOT NULL,
    digest TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    settings TEXT NOT NULL,
    facts TEXT NOT NULL,
    signature TEXT,
    signed_by TEXT,
    who TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    why TEXT NOT NULL,
    evidence TEXT NOT NULL,
    attestation TEXT,
    PRIMARY KEY (tenant, handler, revision)
) STRICT, WITHOUT ROWID;
CREATE INDEX revisions_by_digest ON revisions (digest);

CREATE TABLE activations (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    handler TEXT NOT NULL,
    current INTEGER,
    below INTEGER,
    canary INTEGER,
    percent INTEGER,
    seconds INTEGER,
    cause TEXT NOT NULL,
    at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX activations_of ON activations (tenant, handler, number);
CREATE TRIGGER activations_stay BEFORE UPDATE ON activations
BEGIN SELECT RAISE(ABORT, 'activations are written once'); END;
CREATE TRIGGER activations_are_kept BEFORE DELETE ON activations
BEGIN SELECT RAISE(ABORT, 'activations are kept'); END;

CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    handler TEXT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    subject TEXT NOT NULL,
    why TEXT NOT NULL,
    evidence TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX audit_of ON audit (tenant, at_us);
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is written once'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is kept'); END;
";

/// Opens the database and makes its tables where there are none. What a transaction commits is on
/// disk when it has.
pub(crate) fn open(path: &Path) -> Result<Connection, StoreError> {
    let schema = DatabaseSchema {
        version: VERSION,
        create: TABLES,
        changes: &[SINCE_1],
    };
    let opened = evroute_database_file::open(path, &schema, Synchronous::Full)?;
    Ok(opened)
}
