//! What guests may call: `evroute:sql/sql`.

use std::sync::Arc;

use evroute_bindings::evroute::sql::sql::{
    Error as WitError, Host, HostConnection, HostRows, Value,
};
use evroute_bindings::{handle, import};
use evroute_event::LimitKind;
use evroute_module_api::{Capability, HostTrap, RunSlot, run_view};
use evroute_tenant::GrantMode;
use wasmtime::component::Resource;

use crate::rows::value_bytes;
use crate::{Database, Error, Rows, SqlTenant};

/// How many results one run may have open. Together with a database's `result_bytes_max` this is
/// what a run can make the server keep.
const ROWS_OPEN_MAX: usize = 16;

/// The results that one run has open, by the numbers of their handles.
#[derive(Default)]
struct SqlRun {
    open: Vec<Option<Rows>>,
}

impl RunSlot for SqlRun {
    /// Nothing: what was written is written.
    fn commit(self: Box<Self>) {}
}

impl SqlRun {
    /// The number that the next result gets.
    fn room(&mut self) -> wasmtime::Result<usize> {
        if let Some(free) = self.open.iter().position(Option::is_none) {
            return Ok(free);
        }
        if self.open.len() >= ROWS_OPEN_MAX {
            return Err(HostTrap::quota(LimitKind::Handles));
        }
        self.open.push(None);
        Ok(self.open.len() - 1)
    }

    fn at(&mut self, rows: &Resource<handle::Rows>) -> wasmtime::Result<&mut Option<Rows>> {
        let number = usize::try_from(rows.rep()).ok();
        number
            .and_then(|number| self.open.get_mut(number))
            .ok_or_else(|| HostTrap::host_fault("no such result"))
    }

    fn rows(&mut self, rows: &Resource<handle::Rows>) -> wasmtime::Result<&mut Rows> {
        self.at(rows)?
            .as_mut()
            .ok_or_else(|| HostTrap::host_fault("this result is closed"))
    }
}

/// What this module implements.
pub(crate) const ROWS: &[Capability] =
    &[Capability::of::<import::SqlSql, SqlView<'static>>().granted_by("sql")];

run_view!(SqlView);

impl SqlView<'_> {
    fn tenant(&self) -> Option<Arc<SqlTenant>> {
        self.0.handler_context.tenant.share::<SqlTenant>()
    }

    fn database(
        &self,
        connection: &Resource<handle::Connection>,
    ) -> wasmtime::Result<Arc<Database>> {
        let position = usize::try_from(connection.rep()).ok();
        let tenant = self.tenant();
        let database = position.and_then(|position| tenant.as_ref()?.at(position).cloned());
        database.ok_or_else(|| HostTrap::host_fault("no such database"))
    }

    /// How the handler may use a database that it has opened.
    fn mode(&self, database: &Database) -> GrantMode {
        let grants = &self.0.handler_context.grants;
        match grants.may_write("sql", Some(database.label())) {
            true => GrantMode::Write,
            false => GrantMode::Read,
        }
    }

    /// The error of a statement as the guest is told it.
    fn reported(&mut self, error: Error) -> WitError {
        if error == Error::ReadOnly {
            let meter = &mut self.0.meter;
            meter.writes_refused = meter.writes_refused.saturating_add(1);
        }
        WitError::from(error)
    }

    /// The label of the tenant's only database. Names of those that this handler was not granted
    /// are not reported.
    fn only(&self) -> Result<String, WitError> {
        let tenant = self.tenant();
        let labels: Vec<&str> = tenant
            .iter()
            .flat_map(|tenant| tenant.all())
            .map(|database| database.label())
            .collect();
        match labels.as_slice() {
            [] => Err(WitError::NotGranted),
            [only] => Ok((*only).to_owned()),
            several => {
                let may = |label: &&&str| self.0.handler_context.grants.may("sql", Some(label));
                let granted: Vec<&str> = several.iter().filter(may).copied().collect();
                Err(WitError::Other(format!(
                    "this tenant has {} databases: say which one is meant ({})",
                    several.len(),
                    granted.join(", ")
                )))
            }
        }
    }

    fn run(&mut self) -> wasmtime::Result<&mut SqlRun> {
        self.0.slot(|_| Ok(SqlRun::default()))
    }

    fn charge(&mut self, statement: &str, parameters: &[Value]) -> wasmtime::Result<()> {
        let moved = parameters
            .iter()
            .map(value_bytes)
            .fold(statement.len(), usize::saturating_add);
        self.0.charge(moved)
    }
}

impl Host for SqlView<'_> {}

impl HostConnection for SqlView<'_> {
    fn open(
        &mut self,
        label: String,
    ) -> wasmtime::Result<Result<Resource<handle::Connection>, WitError>> {
        self.0.charge(label.len())?;
        let label = match label.is_empty() {
            true => match self.only() {
                Ok(label) => label,
                Err(why) => return Ok(Err(why)),
            },
            false => label,
        };
        let is_granted = self.0.handler_context.grants.may("sql", Some(&label));
        let position = self.tenant().and_then(|tenant| tenant.position(&label));
        let number = position.and_then(|position| u32::try_from(position).ok());
        match number {
            Some(number) if is_granted => Ok(Ok(Resource::new_own(number))),
            Some(_) | None => Ok(Err(WitError::NotGranted)),
        }
    }

    async fn execute(
        &mut self,
        connection: Resource<handle::Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> wasmtime::Result<Result<u64, WitError>> {
        self.charge(&statement, &parameters)?;
        let database = self.database(&connection)?;
        let mode = self.mode(&database);
        let answer = database.execute_as(&statement, parameters, mode).await;
        Ok(answer.map_err(|error| self.reported(error)))
    }

    async fn query(
        &mut self,
        connection: Resource<handle::Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> wasmtime::Result<Result<Resource<handle::Rows>, WitError>> {
        self.charge(&statement, &parameters)?;
        let database = self.database(&connection)?;
        // Before the database is asked: a result that has no place would be read for nothing.
        let number = self.run()?.room()?;
        let mode = self.mode(&database);
        let rows = match database.query_as(&statement, parameters, mode).await {
            Ok(rows) => rows,
            Err(error) => return Ok(Err(self.reported(error))),
        };
        let rep = u32::try_from(number).map_err(|_| HostTrap::quota(LimitKind::Handles))?;
        let handle = Resource::new_own(rep);
        *self.run()?.at(&handle)? = Some(rows);
        Ok(Ok(handle))
    }

    fn drop(&mut self, _: Resource<handle::Connection>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl HostRows for SqlView<'_> {
    fn columns(&mut self, rows: Resource<handle::Rows>) -> wasmtime::Result<Vec<String>> {
        let columns = self.run()?.rows(&rows)?.columns().to_vec();
        self.0.charge(
            columns
                .iter()
                .map(String::len)
                .fold(0, usize::saturating_add),
        )?;
        Ok(columns)
    }

    async fn next(
        &mut self,
        rows: Resource<handle::Rows>,
        limit: u32,
    ) -> wasmtime::Result<Result<Vec<Vec<Value>>, WitError>> {
        let some = self.run()?.rows(&rows)?.next(limit);
        self.0.charge(
            some.iter()
                .flatten()
                .map(value_bytes)
                .fold(0, usize::saturating_add),
        )?;
        Ok(Ok(some))
    }

    fn drop(&mut self, rows: Resource<handle::Rows>) -> wasmtime::Result<()> {
        *self.run()?.at(&rows)? = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
