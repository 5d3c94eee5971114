//! A tenant with one handler, for one case.

use std::sync::Arc;
use std::time::Duration;

use evroute_event::{Cause, Outcome, Payload};
use evroute_module_api::{Glue, HandlerFacts, Lane, Module, TenantState, Variables};
use evroute_module_htable::HtableTenant;
use evroute_module_log::LogTenant;
use evroute_module_sql::{DatabaseConfig, DatabaseUrl, SqlTenant};
use evroute_sandbox::{Export, Handler, Run, Sandbox, SandboxConfig};
use evroute_tenant::{Grants, Revision, RunLimits, TenantIndex};

use crate::case::{Case, Cell, Rows};
use crate::journal::Kept;
use crate::{Error, Suite, tables};

const MODULES: &[&dyn Module] = &[
    &evroute_module_sip::SipModule,
    &evroute_module_core::CoreModule,
    &evroute_module_tm::TmModule,
    &evroute_module_htable::HtableModule,
    &evroute_module_pv::PvModule,
    &evroute_module_log::LogModule,
    &evroute_module_sql::SqlModule,
];

/// Everything that a case needs and looks at.
pub(crate) struct Scene {
    handler: Handler,
    export: Export,
    glue: Arc<dyn Glue>,
    pub(crate) tables: Arc<HtableTenant>,
    pub(crate) log: Arc<Kept>,
    databases: Arc<SqlTenant>,
    labels: Vec<String>,
}

/// A sandbox with the events and capabilities of the modules that examples use.
pub(crate) fn sandbox() -> Result<Arc<Sandbox>, Error> {
    let glues = MODULES.iter().flat_map(|module| module.events()).collect();
    let capabilities = MODULES
        .iter()
        .flat_map(|module| module.capabilities().to_vec());
    let config = SandboxConfig {
        runs_concurrent_max: 8,
        ..SandboxConfig::default()
    };
    Ok(Sandbox::new(&config, capabilities.collect(), glues)?)
}

impl Scene {
    /// Sets a case's stage with a new component.
    pub(crate) async fn new(
        sandbox: &Arc<Sandbox>,
        component: &[u8],
        suite: &Suite,
        case: &Case,
    ) -> Result<Self, Error> {
        Self::set(suite, case, sandbox.glues(), |facts| {
            Ok(Handler::prepare(sandbox, component, facts)?)
        })
        .await
    }

    /// The same component on another case's stage.
    pub(crate) async fn next(
        &self,
        sandbox: &Arc<Sandbox>,
        suite: &Suite,
        case: &Case,
    ) -> Result<Self, Error> {
        Self::set(suite, case, sandbox.glues(), |facts| {
            Ok(self.handler.with_facts(facts)?)
        })
        .await
    }

    async fn set(
        suite: &Suite,
        case: &Case,
        glues: &[Arc<dyn Glue>],
        prepare: impl FnOnce(Arc<HandlerFacts>) -> Result<Handler, Error>,
    ) -> Result<Self, Error> {
        let tables = tables::before(case)?;
        let labels = case.databases.clone();
        let labels = labels.unwrap_or_else(|| suite.databases.clone());
        let databases = Arc::new(databases(&labels, &suite.setup).await?);
        let log = Arc::new(Kept::default());
        let journal = Arc::clone(&log);
        let state = TenantState::new("demo".parse()?, TenantIndex::new(0))
            .with(Arc::new(LogTenant { journal }))
            .with(Arc::clone(&tables))
            .with(Arc::clone(&databases));
        let variables = MODULES
            .iter()
            .flat_map(|module| module.variables().to_vec());
        let facts = HandlerFacts {
            handler: "example".parse()?,
            revision: Revision::FIRST,
            grants: Grants::parse(&suite.grants)?,
            limits: RunLimits {
                // Cases ask what a handler does; a busy machine must not fail them.
                run_deadline_ms: 10_000,
                ..RunLimits::default()
            },
            tenant: Arc::new(state),
            variables: Arc::new(Variables::new(variables)),
        };
        let handler = prepare(Arc::new(facts))?;
        let (export, glue) = exported(&handler, glues, &suite.event)?;
        Ok(Self {
            handler,
            export,
            glue,
            tables,
            log,
            databases,
            labels,
        })
    }

    /// One run, in the lane that the server would choose.
    pub(crate) async fn run(&self, payload: Box<dyn Payload>) -> Run {
        let cause = Cause::outside(TenantIndex::new(0));
        match self.handler.lane() {
            Lane::Sync => self.handler.run(self.export, &*self.glue, cause, payload),
            Lane::Async => {
                let glue = &*self.glue;
                self.handler
                    .run_async(self.export, glue, cause, payload)
                    .await
            }
        }
    }

    /// What the first database answers now; a text that says what else came.
    pub(crate) async fn answers(&self, rows: &Rows) -> Result<Vec<Vec<Cell>>, String> {
        let label = self.labels.first().ok_or("the case has no database")?;
        let database = self.databases.get(label).ok_or("the database is lost")?;
        let answer = database.query(&rows.query, Vec::new()).await;
        let mut found = answer.map_err(|error| format!("{}: {error}", rows.query))?;
        let cell = |value| Cell::of_column(&value).ok_or_else(|| format!("a column is {value:?}"));
        let row = |row: Vec<_>| row.into_iter().map(cell).collect();
        found.next(u32::MAX).into_iter().map(row).collect()
    }
}

/// Ended as the example wanted it to, not by a limit or a trap.
pub(crate) fn is_deliberate(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Returned | Outcome::GuestError(_))
}

/// The one event that the example handles for these cases.
fn exported(
    handler: &Handler,
    glues: &[Arc<dyn Glue>],
    event: &str,
) -> Result<(Export, Arc<dyn Glue>), Error> {
    let mut exports = handler.exports().iter();
    let found = exports.find_map(|export| {
        let glue = glues.get(export.event.position())?;
        (glue.name().as_str() == event).then(|| (*export, Arc::clone(glue)))
    });
    found.ok_or_else(|| format!("it does not handle {event}").into())
}

async fn databases(labels: &[String], setup: &[String]) -> Result<SqlTenant, Error> {
    let config = |label: &String| DatabaseConfig {
        label: label.clone(),
        url: DatabaseUrl::SqliteMemory,
        connections_max: 1,
        deadline: Duration::from_secs(30),
        rows_max: 100,
        result_bytes_max: DatabaseConfig::RESULT_BYTES_MAX_DEFAULT,
        bytes_max: DatabaseConfig::BYTES_MAX_DEFAULT,
    };
    let configs: Vec<_> = labels.iter().map(config).collect();
    let tenant = SqlTenant::new("conformance", &configs).await?;
    for database in labels.iter().filter_map(|label| tenant.get(label)) {
        for statement in setup {
            database.execute(statement, Vec::new()).await?;
        }
    }
    Ok(tenant)
}
