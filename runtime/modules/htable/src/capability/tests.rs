//! A guest's calls against a run without a guest.

use std::sync::Arc;

use evroute_event::{Cause, EventName, Payload, Subject};
use evroute_module_api::{HandlerContext, TenantState, VariableError, VariableName, Variables};
use evroute_tenant::{Grants, Revision, RunLimits, TenantIndex};

use super::htable::HostTable;
use super::*;
use crate::testing::tenant;
use crate::{HtableTenant, variables};

/// A run with these grants, and its tenant.
fn run(grants: &[&str]) -> (RunState, Arc<HtableTenant>) {
    let tables = Arc::new(tenant());
    let index = TenantIndex::new(0);
    let state = TenantState::new("demo".parse().unwrap(), index).with(Arc::clone(&tables));
    let handler_context = HandlerContext {
        handler: "any".parse().unwrap(),
        revision: Revision::FIRST,
        grants: Grants::parse(grants).unwrap(),
        limits: RunLimits::default(),
        tenant: Arc::new(state),
        variables: Arc::new(Variables::default()),
    };
    let payload: Box<dyn Payload> = Box::new(ModInit {
        subject: Subject::at(1),
    });
    let name = EventName::new("htable:mod-init");
    let cause = Cause::outside(index);
    let run = RunState::new(Arc::new(handler_context), name, cause, Some(payload));
    (run, tables)
}

/// What writing a variable by this name comes to.
fn write_variable(run: &mut RunState, name: &str) -> Result<(), VariableError> {
    let name = VariableName::parse(name).unwrap();
    let row = variables::ROWS.iter().find(|row| row.name == name.name);
    let row = row.unwrap();
    match row.set {
        Some(set) => set(run, &name, Value::Int(1)),
        None => (row.get)(run, &name).map(drop),
    }
}

#[test]
fn a_table_that_is_granted_for_reading_is_not_written_by_any_call() {
    let (mut run, tables) = run(&["htable:plain:read", "htable:short"]);
    tables
        .write(TableId::Table(0), "k", Some(Stored::Int(7)), 1)
        .unwrap();
    let mut view = HtableView(&mut run);
    let rep = view.open("plain".to_owned()).unwrap().unwrap().rep();
    let table = || Resource::new_own(rep);
    let (key, one) = (|| "k".to_owned(), Value::Int(1));
    let set = HostTable::set(&mut view, table(), key(), one, None).unwrap();
    assert!(matches!(set, Err(htable::Error::NotGranted)), "{set:?}");
    let removed = HostTable::remove(&mut view, table(), key()).unwrap();
    assert!(matches!(removed, Err(htable::Error::NotGranted)));
    let sum = HostTable::add(&mut view, table(), key(), 1).unwrap();
    assert!(matches!(sum, Err(htable::Error::NotGranted)), "{sum:?}");
    let read = HostTable::get(&mut view, table(), key()).unwrap().unwrap();
    assert!(matches!(read, Some(Value::Int(7))), "{read:?}");
    for name in [
        "$sht(plain=>k)",
        "$shtex(plain=>k)",
        "$shtinc(plain=>k)",
        "$shtdec(plain=>k)",
    ] {
        let refused = write_variable(&mut run, name).unwrap_err();
        assert!(matches!(refused, VariableError::ReadOnly), "{name}");
    }
    assert_eq!((run.meter.writes_refused, tables.writes_denied()), (7, 7));
    write_variable(&mut run, "$sht(short=>k)").unwrap();
    assert_eq!(tables.writes_denied(), 7, "the other table may be written");
}

#[test]
fn shared_variables_that_are_granted_for_reading_are_not_written() {
    let (mut run, tables) = run(&["shv:read"]);
    let mut view = HtableView(&mut run);
    let read = shv::Host::get(&mut view, "x".to_owned()).unwrap().unwrap();
    assert!(matches!(read, Value::Int(0)), "{read:?}");
    let set = shv::Host::set(&mut view, "x".to_owned(), Value::Int(1)).unwrap();
    assert!(matches!(set, Err(shv::Error::NotGranted)), "{set:?}");
    let sum = shv::Host::add(&mut view, "x".to_owned(), 1).unwrap();
    assert!(matches!(sum, Err(shv::Error::NotGranted)), "{sum:?}");
    let refused = write_variable(&mut run, "$shv(x)").unwrap_err();
    assert!(matches!(refused, VariableError::ReadOnly));
    assert_eq!((run.meter.writes_refused, tables.writes_denied()), (3, 3));
}

/// The tenant has room for two shared variables, and for 100 bytes of them.
#[test]
fn shared_variables_are_no_more_and_no_longer_than_their_quota() {
    for (name, value) in [("third", 1), ("first", 200)] {
        let (mut run, _) = run(&["shv"]);
        let mut view = HtableView(&mut run);
        for known in ["first", "second"] {
            let set = shv::Host::set(&mut view, known.to_owned(), Value::Text("x".to_owned()));
            set.unwrap().unwrap();
        }
        let value = Value::Text("x".repeat(value));
        let beyond = shv::Host::set(&mut view, name.to_owned(), value).unwrap();
        assert!(matches!(beyond, Err(shv::Error::QuotaExceeded)), "{name}");
    }
}

/// All tables have room for 1,000 bytes together, each for more.
#[test]
fn tables_are_no_longer_than_their_quota() {
    let (mut run, _) = run(&["htable"]);
    let mut view = HtableView(&mut run);
    let mut set = |table: &str, bytes: usize| {
        let rep = view.open(table.to_owned()).unwrap().unwrap().rep();
        let value = Value::Text("x".repeat(bytes));
        let written = HostTable::set(
            &mut view,
            Resource::new_own(rep),
            "k".to_owned(),
            value,
            None,
        );
        written.unwrap()
    };
    set("plain", 600).unwrap();
    let beyond = set("short", 600);
    assert!(matches!(beyond, Err(htable::Error::QuotaExceeded)));
}
