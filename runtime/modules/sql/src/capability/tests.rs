//! A guest's calls against a run without a guest.

use std::time::Duration;

use evroute_event::{Cause, EventName, Outcome};
use evroute_module_api::{HandlerContext, Lane, RunState, TenantState, Variables};
use evroute_tenant::{Grants, Revision, RunLimits, TenantIndex};

use super::*;
use crate::{DatabaseConfig, DatabaseUrl};

async fn run(grants: &[&str], limits: RunLimits) -> RunState {
    run_with(&["main", "other"], grants, limits).await
}

async fn run_with(labels: &[&str], grants: &[&str], limits: RunLimits) -> RunState {
    let database = |label: &str| DatabaseConfig {
        label: label.to_owned(),
        url: DatabaseUrl::SqliteMemory,
        connections_max: 1,
        deadline: Duration::from_millis(100),
        rows_max: 10,
        result_bytes_max: 10_000,
        bytes_max: DatabaseConfig::BYTES_MAX_DEFAULT,
    };
    let databases: Vec<_> = labels.iter().copied().map(database).collect();
    let tenant = SqlTenant::new("demo", &databases).await.unwrap();
    let index = TenantIndex::new(0);
    let state = TenantState::new("demo".parse().unwrap(), index).with(Arc::new(tenant));
    let handler_context = HandlerContext {
        handler: "accounting".parse().unwrap(),
        revision: Revision::FIRST,
        grants: Grants::parse(grants).unwrap(),
        limits,
        tenant: Arc::new(state),
        variables: Arc::new(Variables::default()),
    };
    let name = EventName::new("tm:local-request");
    RunState::new(Arc::new(handler_context), name, Cause::outside(index), None)
}

/// The handle as the guest hands it in, call by call.
fn same<T: 'static>(handle: &Resource<T>) -> Resource<T> {
    Resource::new_own(handle.rep())
}

fn open(view: &mut SqlView<'_>, label: &str) -> Option<Resource<handle::Connection>> {
    view.open(label.to_owned()).unwrap().ok()
}

async fn query(
    view: &mut SqlView<'_>,
    connection: &Resource<handle::Connection>,
    statement: &str,
) -> wasmtime::Result<Result<Resource<handle::Rows>, WitError>> {
    view.query(same(connection), statement.to_owned(), Vec::new())
        .await
}

fn outcome(error: &wasmtime::Error) -> Outcome {
    error.downcast_ref::<HostTrap>().unwrap().0.clone()
}

#[tokio::test]
async fn a_database_is_opened_by_who_was_granted_it_only() {
    let mut run = run(&["sql:main", "sql:unknown"], RunLimits::default()).await;
    let mut view = SqlView(&mut run);
    assert!(open(&mut view, "main").is_some());
    // Exists but is not granted, is granted but does not exist: the same answer.
    for label in ["other", "unknown", "*"] {
        let answer = view.open(label.to_owned()).unwrap();
        assert!(matches!(answer, Err(WitError::NotGranted)), "{label}");
    }
}

#[tokio::test]
async fn no_label_means_the_only_database_and_among_several_it_is_an_error() {
    let limits = RunLimits::default;
    let mut one = run_with(&["main"], &["sql:main"], limits()).await;
    assert!(open(&mut SqlView(&mut one), "").is_some());
    let mut not_granted = run_with(&["main"], &["sql:other"], limits()).await;
    let answer = SqlView(&mut not_granted).open(String::new()).unwrap();
    assert!(matches!(answer, Err(WitError::NotGranted)));
    let mut none = run_with(&[], &["sql"], limits()).await;
    let answer = SqlView(&mut none).open(String::new()).unwrap();
    assert!(matches!(answer, Err(WitError::NotGranted)));
    let mut several = run(&["sql:main"], limits()).await;
    match SqlView(&mut several).open(String::new()).unwrap() {
        Err(WitError::Other(why)) => {
            // What was not granted is not told.
            assert!(
                why.contains("2 databases") && why.ends_with("(main)"),
                "{why}"
            );
        }
        other => panic!("{:?}", other.map(|_| ())),
    }
}

#[tokio::test]
async fn a_guest_writes_and_reads_by_its_handles() {
    let mut run = run(&["sql"], RunLimits::default()).await;
    let mut view = SqlView(&mut run);
    let main = open(&mut view, "main").unwrap();
    let other = open(&mut view, "other").unwrap();
    let create = "create table t (a)".to_owned();
    assert_eq!(
        view.execute(same(&main), create, Vec::new())
            .await
            .unwrap()
            .unwrap(),
        0
    );
    let insert = "insert into t values (?)".to_owned();
    let value = vec![Value::Int(7)];
    assert_eq!(
        view.execute(same(&main), insert, value)
            .await
            .unwrap()
            .unwrap(),
        1
    );
    let rows = query(&mut view, &main, "select a from t")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(view.columns(same(&rows)).unwrap(), ["a"]);
    let some = view.next(same(&rows), 5).await.unwrap().unwrap();
    assert!(matches!(some.as_slice(), [row] if matches!(row.as_slice(), [Value::Int(7)])));
    assert!(view.next(same(&rows), 5).await.unwrap().unwrap().is_empty());
    let elsewhere = query(&mut view, &other, "select a from t").await.unwrap();
    assert!(
        matches!(elsewhere, Err(WitError::Refused(_))),
        "each label is its own database"
    );
}

#[tokio::test]
async fn a_run_has_a_limited_number_of_results_open() {
    let mut run = run(&["sql"], RunLimits::default()).await;
    let mut view = SqlView(&mut run);
    let main = open(&mut view, "main").unwrap();
    let mut open = Vec::new();
    for _ in 0..ROWS_OPEN_MAX {
        open.push(query(&mut view, &main, "select 1").await.unwrap().unwrap());
    }
    let error = query(&mut view, &main, "select 1").await.unwrap_err();
    assert_eq!(outcome(&error), Outcome::QuotaExceeded(LimitKind::Handles));
    HostRows::drop(&mut view, open.remove(3)).unwrap();
    let again = query(&mut view, &main, "select 2 as two")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(view.columns(again).unwrap(), ["two"]);
}

#[tokio::test]
async fn a_query_that_fails_keeps_no_place() {
    let mut run = run(&["sql"], RunLimits::default()).await;
    let mut view = SqlView(&mut run);
    let main = open(&mut view, "main").unwrap();
    for _ in 0..2 * ROWS_OPEN_MAX {
        assert!(
            query(&mut view, &main, "select nothing")
                .await
                .unwrap()
                .is_err()
        );
    }
    assert!(query(&mut view, &main, "select 1").await.unwrap().is_ok());
}

#[tokio::test]
async fn what_is_moved_is_charged_both_ways() {
    let limits = RunLimits {
        run_hostcall_bytes_max: 3000,
        ..RunLimits::default()
    };
    let mut run = run(&["sql"], limits).await;
    let mut view = SqlView(&mut run);
    let main = open(&mut view, "main").unwrap();
    let rows = query(&mut view, &main, "select zeroblob(2000)")
        .await
        .unwrap()
        .unwrap();
    assert!(
        view.0.meter.hostcall_bytes < 100,
        "the result has not been moved yet"
    );
    view.next(same(&rows), 1).await.unwrap().unwrap();
    assert!(view.0.meter.hostcall_bytes > 2000);
    let long = "select ?".to_owned();
    let parameters = vec![Value::Octets(vec![0; 2000])];
    let error = view.query(same(&main), long, parameters).await.unwrap_err();
    assert_eq!(
        outcome(&error),
        Outcome::QuotaExceeded(LimitKind::HostcallBytes)
    );
}

#[test]
fn importing_it_needs_a_grant_and_leads_to_the_async_lane() {
    let [capability] = ROWS else {
        panic!("one interface")
    };
    assert_eq!(
        (capability.grant, capability.lane),
        (Some("sql"), Lane::Async)
    );
}
