//! What a statement may do, decided on what SQLite has parsed: it asks for each thing that a
//! statement would do while it prepares it, whether that stands in the statement itself, behind
//! EXPLAIN, or in a view or trigger that it uses.
//!
//! What is not listed is refused. SQLite's documentation: "Run-Time Authorization Callbacks",
//! `sqlite3_set_authorizer`.

use std::sync::{Mutex, PoisonError};

use evroute_tenant::GrantMode;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::allowed::{is_allowed_function, is_heavy, is_of_sqlite_itself};

/// How many things one statement may do, with all that its views and triggers do.
const ACTIONS_MAX: u32 = 10_000;
/// How many functions it may call, as often as they are written, a heavy one counting as [`HEAVY`].
const FUNCTIONS_MAX: u32 = 200;
/// How many others a heavy function counts as.
const HEAVY: u32 = 10;
/// How many SELECTs it may consist of: each may need a table of its own while it runs, of which
/// SQLite keeps 2 MB in memory. All connections of three such tenants stay within what all embedded
/// databases have together.
const SELECTS_MAX: u32 = 32;
/// How much of a name is repeated to its author.
const NAME_CHARS_MAX: usize = 40;

const TEMPORARY: &str =
    "what is temporary is gone at the next call; create what lasts, or write WITH";
const EARLIER_STATEMENT: &str = "last_insert_rowid(), changes() and total_changes() may tell of \
                                 another run's statement; write RETURNING";

/// Decides for one connection.
#[derive(Debug, Default)]
pub(super) struct Authorizer(Mutex<Seen>);

/// What was seen of a statement.
#[derive(Debug, Default)]
struct Seen {
    /// It is this server's own.
    is_own: bool,
    /// Tables that are there without having been created, and are not for handlers.
    hidden: Vec<String>,
    actions: u32,
    functions: u32,
    selects: u32,
    changes_schema: bool,
    alters: bool,
    /// Whoever sent it may only read.
    reads_only: bool,
    /// It would have written, though.
    has_tried_to_write: bool,
    /// It says what is computed for each row: generated columns, checks, indexes.
    defines_rows: bool,
    refusal: Option<String>,
}

impl Authorizer {
    /// Refuses these tables from now on.
    pub(super) fn hide(&self, tables: Vec<String>) {
        self.seen().hidden = tables;
    }

    /// Begins with another statement of somebody who may use the database so.
    pub(super) fn begin(&self, mode: GrantMode) {
        let mut seen = self.seen();
        let hidden = std::mem::take(&mut seen.hidden);
        *seen = Seen {
            hidden,
            reads_only: mode == GrantMode::Read,
            ..Seen::default()
        };
    }

    /// Runs what is the server's own, of which nothing is refused.
    pub(super) fn own<T>(&self, run: impl FnOnce() -> T) -> T {
        self.seen().is_own = true;
        let done = run();
        self.seen().is_own = false;
        done
    }

    /// Whether the statement creates, alters or drops something.
    pub(super) fn changes_schema(&self) -> bool {
        self.seen().changes_schema
    }

    /// Whether it is ALTER TABLE: what it makes of a table's definition is not asked for.
    pub(super) fn alters(&self) -> bool {
        self.seen().alters
    }

    /// Whether it was refused since it would have written for somebody who may only read.
    pub(super) fn has_tried_to_write(&self) -> bool {
        self.seen().has_tried_to_write
    }

    /// Why the statement was refused, if it was.
    pub(super) fn refusal(&self) -> Option<String> {
        self.seen().refusal.take()
    }

    /// What SQLite is answered.
    pub(super) fn decide(&self, asked: AuthContext<'_>) -> Authorization {
        let mut seen = self.seen();
        if seen.is_own {
            return Authorization::Allow;
        }
        match seen.check(asked) {
            Ok(()) => Authorization::Allow,
            Err(refusal) => {
                seen.refusal.get_or_insert(refusal);
                Authorization::Deny
            }
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn check(&mut self, asked: AuthContext<'_>) -> Result<(), String> {
        count(&mut self.actions, 1, ACTIONS_MAX, "does")?;
        let reads = matches!(
            asked.action,
            AuthAction::Select
                | AuthAction::Recursive
                | AuthAction::Read { .. }
                | AuthAction::Function { .. }
        );
        if self.reads_only && !reads {
            self.has_tried_to_write = true;
            return Err("the database was granted for reading only".to_owned());
        }
        let is_temporary = asked.database_name == Some("temp");
        match asked.action {
            AuthAction::Select => count(&mut self.selects, 1, SELECTS_MAX, "has SELECTs for"),
            AuthAction::Recursive => Ok(()),
            AuthAction::Read { table_name, .. } => self.check_read(table_name),
            AuthAction::Function { function_name } => self.check_function(function_name),
            AuthAction::Insert { table_name }
            | AuthAction::Delete { table_name }
            | AuthAction::Update { table_name, .. } => self.check_write(table_name, is_temporary),
            _ if is_temporary => Err(TEMPORARY.to_owned()),
            AuthAction::CreateTable { .. } | AuthAction::CreateIndex { .. } => {
                self.changes_schema = true;
                self.defines_rows = true;
                Ok(())
            }
            AuthAction::CreateView { .. }
            | AuthAction::CreateTrigger { .. }
            | AuthAction::DropTable { .. }
            | AuthAction::DropIndex { .. }
            | AuthAction::DropView { .. }
            | AuthAction::DropTrigger { .. }
            | AuthAction::DropVtable { .. }
            | AuthAction::Reindex { .. }
            | AuthAction::Analyze { .. } => {
                self.changes_schema = true;
                Ok(())
            }
            AuthAction::AlterTable { database_name, .. } if database_name != "temp" => {
                self.changes_schema = true;
                self.alters = true;
                Ok(())
            }
            // ALTER TABLE ADD COLUMN asks by it whether the rows that are there fit.
            AuthAction::Pragma { pragma_name, .. }
                if self.alters && pragma_name == "quick_check" =>
            {
                Ok(())
            }
            AuthAction::Pragma { pragma_name, .. } => Err(not_for_handlers("PRAGMA ", pragma_name)),
            AuthAction::CreateTempTable { .. }
            | AuthAction::CreateTempIndex { .. }
            | AuthAction::CreateTempTrigger { .. }
            | AuthAction::CreateTempView { .. }
            | AuthAction::DropTempTable { .. }
            | AuthAction::DropTempIndex { .. }
            | AuthAction::DropTempTrigger { .. }
            | AuthAction::DropTempView { .. }
            | AuthAction::AlterTable { .. } => Err(TEMPORARY.to_owned()),
            AuthAction::CreateVtable { module_name, .. } => {
                Err(not_for_handlers("a virtual table of ", module_name))
            }
            AuthAction::Attach { .. } => Err("ATTACH and VACUUM are not for handlers".to_owned()),
            AuthAction::Detach { .. } => Err("DETACH is not for handlers".to_owned()),
            AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => {
                Err("each call is a transaction of its own".to_owned())
            }
            // What a later SQLite may ask for.
            AuthAction::Unknown { .. } | _ => Err("the statement is not for handlers".to_owned()),
        }
    }

    fn check_read(&self, table: &str) -> Result<(), String> {
        let is_pragma = table
            .get(..7)
            .is_some_and(|begin| begin.eq_ignore_ascii_case("pragma_"));
        if is_pragma && !(self.alters && table == "pragma_quick_check") {
            return Err(not_for_handlers("the table ", table));
        }
        if self
            .hidden
            .iter()
            .any(|name| name.eq_ignore_ascii_case(table))
        {
            return Err(not_for_handlers("the table ", table));
        }
        Ok(())
    }

    fn check_function(&mut self, name: &str) -> Result<(), String> {
        if is_of_sqlite_itself(name) {
            return Ok(());
        }
        let earlier = ["last_insert_rowid", "changes", "total_changes"];
        if earlier.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(EARLIER_STATEMENT.to_owned());
        }
        if !is_allowed_function(name) {
            return Err(not_for_handlers("the function ", name));
        }
        let by = if is_heavy(name) { HEAVY } else { 1 };
        if by > 1 && self.defines_rows {
            return Err(not_for_handlers(
                "in a table or an index, the function ",
                name,
            ));
        }
        count(
            &mut self.functions,
            by,
            FUNCTIONS_MAX,
            "calls functions for",
        )
    }

    /// SQLite itself refuses to write its schema, but for what ALTER and others do to it.
    fn check_write(&self, table: &str, is_temporary: bool) -> Result<(), String> {
        // ALTER TABLE RENAME looks for the name there, too.
        let is_schema = ["sqlite_temp_master", "sqlite_temp_schema"].contains(&table);
        if is_temporary && !(self.alters && is_schema) {
            return Err(TEMPORARY.to_owned());
        }
        let is_statistics = table
            .get(..11)
            .is_some_and(|begin| begin.eq_ignore_ascii_case("sqlite_stat"));
        // Each connection keeps what these tables hold.
        if is_statistics && !self.changes_schema {
            return Err(not_for_handlers("writing into ", table));
        }
        Ok(())
    }
}

fn count(counted: &mut u32, by: u32, most: u32, what: &str) -> Result<(), String> {
    *counted = counted.saturating_add(by);
    if *counted > most {
        return Err(format!("the statement {what} more than {most} things"));
    }
    Ok(())
}

fn not_for_handlers(what: &str, name: &str) -> String {
    let name: String = name.chars().take(NAME_CHARS_MAX).collect();
    format!("{what}{name} is not for handlers")
}
