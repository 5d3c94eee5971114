//! Every guest of `tests/guests` that a server starts with, against the limit that is meant for it.

use evroute_tests::{Answer, Callee, Server, eventually};
use serde_json::json;
use tempfile::TempDir;

use crate::tenant::{runs, send, send_and_accept, tenant};

/// A log line of a guest is cut long before this.
const LOG_BYTES_MAX: usize = 512 * 1024;

/// Under the open policy each of the server's requests goes out as it was built, whatever the guest
/// did to its copy, and the guest's next run is a run like the first. `limit` is the one that it
/// hits, by its name in the configuration.
fn is_contained(guest: &str, outcome: &str, limit: &str) {
    is_contained_in("local-request", guest, outcome, limit);
}

fn is_contained_in(world: &str, guest: &str, outcome: &str, limit: &str) {
    let folder = TempDir::new().unwrap();
    let honest = Callee::new().unwrap();
    let tenantless = "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n";
    let without = Server::start(tenantless).unwrap();
    let untouched = send_and_accept(&without, &honest);
    drop(without);

    let server = Server::start(&tenant(guest, world, &folder, "")).unwrap();
    let callee = Callee::new().unwrap();
    for run in 1..=3_u8 {
        let request = send_and_accept(&server, &callee);
        assert_eq!(request.shape(), untouched.shape(), "{}", server.log());
        assert!(
            (runs(&server, outcome) - f64::from(run)).abs() < 0.5,
            "run {run}:\n{}",
            server.log()
        );
    }
    assert_eq!(server.health(), Some(200));
    let log = server.log();
    assert!(log.len() < LOG_BYTES_MAX, "{} bytes of log", log.len());
    let (ended, key) = match (outcome, limit) {
        ("OutOfFuel", _) => (outcome.to_owned(), "run_fuel_max"),
        (_, "") => (outcome.to_owned(), ""),
        _ => (format!("{outcome}: {limit}"), limit),
    };
    let is_told = || server.log().contains(&ended).then_some(());
    eventually(&ended, is_told, || server.log()).unwrap();
    if !key.is_empty() {
        let limit = format!("limit=\"{key} = ");
        let has_limit = |line: &str| {
            line.contains(&ended)
                && line.contains(&limit)
                && line.contains("[tenant.handler.limits]")
        };
        assert!(server.log().lines().any(has_limit), "{}", server.log());
    }
    drop(server);

    is_closed(world, guest, &folder);
}

/// Under the closed policy the cautious verdict counts: the request is not sent and whoever asked
/// is told.
fn is_closed(world: &str, guest: &str, folder: &TempDir) {
    let closed = tenant(guest, world, folder, "fail_policy = \"closed\"");
    let server = Server::start(&closed).unwrap();
    let callee = Callee::new().unwrap();
    let answer = send(&server, &callee);
    assert!(
        matches!(answer, Answer::Refused(..)),
        "{answer:?}\n{}",
        server.log()
    );
    assert!(callee.hears_nothing(), "{}", server.log());
    assert_eq!(server.health(), Some(200));
}

macro_rules! contained {
    ($($name:ident: $guest:literal ends as $outcome:ident$(($limit:ident))?;)*) => {
        $(#[test] fn $name() { is_contained($guest, stringify!($outcome), concat!($(stringify!($limit))?)); })*
    };
    (in $world:literal $($name:ident: $guest:literal ends as $outcome:ident$(($limit:ident))?;)*) => {
        $(#[test] fn $name() {
            is_contained_in($world, $guest, stringify!($outcome), concat!($(stringify!($limit))?));
        })*
    };
}

contained! { in "wasi"
    a_printed_gigabyte_is_not_written: "print-gigabyte" ends as QuotaExceeded(run_log_bytes_max);
    a_flood_of_printed_lines_is_ended: "print-lines" ends as QuotaExceeded(run_log_lines_max);
    an_exit_is_a_trap: "exit" ends as Trap;
    a_sleep_is_a_trap: "sleep" ends as Trap;
    pollables_without_end_are_not_given: "leak-pollables" ends as QuotaExceeded(run_handles_max);
    a_flood_of_randomness_is_not_made: "random-flood" ends as QuotaExceeded(run_hostcall_bytes_max);
}

contained! {
    an_endless_loop_runs_out_of_fuel: "endless-loop" ends as OutOfFuel;
    memory_without_end_is_not_given: "grow-memory" ends as MemoryExceeded(run_memory_bytes_max);
    table_elements_without_end_are_not_given: "grow-table" ends as MemoryExceeded(run_table_elements_max);
    a_deep_recursion_is_a_trap: "deep-recursion" ends as Trap;
    a_flood_of_host_calls_is_ended: "call-flood" ends as QuotaExceeded(run_hostcall_cost_max);
    a_flood_of_bytes_is_ended: "byte-flood" ends as QuotaExceeded(run_hostcall_bytes_max);
    a_flood_of_names_is_ended: "name-flood" ends as QuotaExceeded(run_hostcall_bytes_max);
    a_flood_of_log_lines_is_ended: "log-lines" ends as QuotaExceeded(run_log_lines_max);
    a_flood_of_log_bytes_is_ended: "log-bytes" ends as QuotaExceeded(run_log_bytes_max);
    a_gigabyte_of_log_is_not_written: "log-gigabyte" ends as QuotaExceeded(run_hostcall_bytes_max);
    handles_without_end_are_not_given: "leak-handles" ends as QuotaExceeded(run_handles_max);
    a_flood_of_events_is_ended: "raise-flood" ends as QuotaExceeded(run_actions_max);
    a_trap_half_way_leaves_no_edit: "trap-after-edit" ends as Trap;
    a_loop_half_way_leaves_no_edit: "loop-after-edit" ends as OutOfFuel;
    a_polite_error_leaves_no_edit: "err-after-edit" ends as GuestError;
    a_huge_error_is_not_copied: "huge-error" ends as QuotaExceeded(run_hostcall_bytes_max);
    a_long_error_is_cut: "long-error" ends as GuestError;
    a_trap_in_functions_called_like_limits_is_a_trap: "misleading-names" ends as Trap;
    a_verdict_that_does_not_exist_is_a_trap: "invalid-verdict" ends as Trap;
    text_that_is_not_utf_8_is_a_trap: "invalid-utf8" ends as Trap;
    text_beyond_the_end_of_memory_is_a_trap: "outside-memory" ends as Trap;
    a_handle_that_was_never_given_is_a_trap: "forged-handle" ends as Trap;
    a_call_after_the_answer_is_a_trap: "late-log" ends as Trap;
}

/// These two decide as honest handlers do; they err when they find what they should not.
fn returns_every_time(guest: &str, times: u8) {
    returns_every_time_in("local-request", guest, times);
}

fn returns_every_time_in(world: &str, guest: &str, times: u8) {
    let folder = TempDir::new().unwrap();
    let server = Server::start(&tenant(guest, world, &folder, "")).unwrap();
    let callee = Callee::new().unwrap();
    for _ in 0..times {
        let request = send_and_accept(&server, &callee);
        assert_eq!(request.header("X-Own"), ["kept"]);
    }
    assert!(
        (runs(&server, "Returned") - f64::from(times)).abs() < 0.5,
        "{}",
        server.log()
    );
}

#[test]
fn nothing_of_one_run_is_found_by_another() {
    returns_every_time("canary", 200);
}

#[test]
fn nothing_of_one_run_is_found_by_another_in_a_small_memory() {
    returns_every_time("canary-small", 200);
}

/// What `htable.get` and `pv.shvGet` say of this key.
fn kept(server: &Server, key: &str) -> (Answer, Answer) {
    let entry = server.rpc("htable.get", &json!(["blocked", key]));
    let variable = server.rpc("pv.shvGet", &json!([key]));
    (entry.unwrap(), variable.unwrap())
}

#[test]
fn a_trap_half_way_leaves_no_entry_and_no_shared_variable() {
    let folder = TempDir::new().unwrap();
    let traps = tenant("trap-after-writes", "local-request", &folder, "");
    let server = Server::start(&traps).unwrap();
    send_and_accept(&server, &Callee::new().unwrap());
    assert!(
        (runs(&server, "Trap") - 1.0).abs() < 0.5,
        "{}",
        server.log()
    );
    let (entry, variable) = kept(&server, "mallory");
    assert!(matches!(entry, Answer::Refused(..)), "{entry:?}");
    let Answer::Result(variable) = variable else {
        panic!("{variable:?}");
    };
    assert_eq!(variable["value"], 0);
}

#[test]
fn what_counts_when_it_is_read_is_not_read_by_writing_to_it() {
    let folder = TempDir::new().unwrap();
    let writes = tenant("write-to-counter", "local-request", &folder, "");
    let server = Server::start(&writes).unwrap();
    send_and_accept(&server, &Callee::new().unwrap());
    assert!(
        (runs(&server, "Returned") - 1.0).abs() < 0.5,
        "{}",
        server.log()
    );
    let (entry, _) = kept(&server, "x");
    assert!(matches!(entry, Answer::Refused(..)), "{entry:?}");
}

#[test]
fn nothing_of_one_run_is_found_by_another_in_an_instance_that_is_kept() {
    returns_every_time("canary-state", 200);
}

#[test]
fn a_line_break_is_not_smuggled_into_a_header() {
    returns_every_time("smuggle-header", 3);
}

#[test]
fn the_names_of_the_first_version_of_wasi_are_known() {
    returns_every_time_in("first-wasi", "first-wasi", 3);
}
