//! Every guest of `tests/guests` that a server starts with, against the limit that is meant for it.

use evroute_tests::{Answer, Callee, Server, eventually};
use serde_json::json;
use tempfile::TempDir;

use crate::attacks::{attack, attacks};
use crate::tenant::{runs, send, send_and_accept, tenant};

/// A log line of a guest is cut long before this.
const LOG_BYTES_MAX: usize = 512 * 1024;

/// Under the open policy each of the server's requests goes out as it was built, whatever the guest
/// did to its copy, and the guest's next run is a run like the first. The table says how it ends,
/// and the limit that it hits, by its name in the configuration.
fn is_contained(name: &str) {
    let attack = attack(name);
    let (world, guest, limit) = (attack.world(), attack.guest(), attack.limit());
    let (metric, labels) = attack.metric();
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
        let counted = server.metric(metric, &labels).unwrap();
        assert!(
            (counted - f64::from(run)).abs() < 0.5,
            "run {run}: {counted} by {metric} {labels:?}:\n{}",
            server.log()
        );
    }
    assert_eq!(server.health(), Some(200));
    let log = server.log();
    assert!(log.len() < LOG_BYTES_MAX, "{} bytes of log", log.len());
    let ended = attack.log();
    assert!(!ended.is_empty(), "none of these is silent");
    let is_reported = || server.log().contains(ended).then_some(());
    eventually(ended, is_reported, || server.log()).unwrap();
    if !limit.is_empty() {
        let limit = format!("limit=\"{limit} = ");
        let has_limit = |line: &str| {
            line.contains(ended)
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
    ($($name:ident: $attack:literal;)*) => {
        $(#[test] fn $name() { is_contained($attack); })*

        const CONTAINED: &[&str] = &[$($attack),*];
    };
}

contained! {
    a_printed_gigabyte_is_not_written: "print-gigabyte";
    a_flood_of_printed_lines_is_ended: "print-lines";
    an_exit_is_a_trap: "exit";
    a_sleep_is_a_trap: "sleep";
    pollables_without_end_are_not_given: "leak-pollables";
    a_flood_of_randomness_is_not_made: "random-flood";
    an_endless_loop_runs_out_of_fuel: "endless-loop";
    memory_without_end_is_not_given: "grow-memory";
    table_elements_without_end_are_not_given: "grow-table";
    a_deep_recursion_is_a_trap: "deep-recursion";
    a_flood_of_host_calls_is_ended: "call-flood";
    a_flood_of_bytes_is_ended: "byte-flood";
    a_flood_of_names_is_ended: "name-flood";
    a_flood_of_log_lines_is_ended: "log-lines";
    a_flood_of_log_bytes_is_ended: "log-bytes";
    a_gigabyte_of_log_is_not_written: "log-gigabyte";
    handles_without_end_are_not_given: "leak-handles";
    a_flood_of_events_is_ended: "raise-flood";
    a_trap_half_way_leaves_no_edit: "trap-after-edit";
    a_loop_half_way_leaves_no_edit: "loop-after-edit";
    a_polite_error_leaves_no_edit: "err-after-edit";
    a_huge_error_is_not_copied: "huge-error";
    a_long_error_is_cut: "long-error";
    a_trap_in_functions_called_like_limits_is_a_trap: "misleading-names";
    a_verdict_that_does_not_exist_is_a_trap: "invalid-verdict";
    text_that_is_not_utf_8_is_a_trap: "invalid-utf8";
    text_beyond_the_end_of_memory_is_a_trap: "outside-memory";
    a_handle_that_was_never_given_is_a_trap: "forged-handle";
    a_call_after_the_answer_is_a_trap: "late-log";
}

/// Attacks with a test of their own, here.
const OTHERS: &[&str] = &[
    "canary",
    "canary-small",
    "canary-state",
    "fill-table",
    "first-wasi",
    "smuggle-header",
    "sockets",
    "trap-after-writes",
    "write-to-counter",
];

#[test]
fn every_attack_of_the_table_is_made_on_a_server() {
    let tried = |name: &&str| CONTAINED.contains(name) || OTHERS.contains(name);
    let attacks = attacks();
    let here = attacks
        .iter()
        .filter(|attack| attack.ends().is_some() && !attack.is_special());
    let missing: Vec<_> = here
        .map(crate::attacks::Attack::name)
        .filter(|name| !tried(name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
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
fn a_full_table_is_reported_and_nothing_of_the_run_is_left() {
    let folder = TempDir::new().unwrap();
    let fills = tenant("fill-table", "local-request", &folder, "");
    let small = "[[tenant.table]]\nname = \"blocked\"\nentries_max = 50\n";
    let fills = fills.replace("[[tenant.table]]\nname = \"blocked\"\n", small);
    assert!(fills.contains(small), "{fills}");
    let server = Server::start(&fills).unwrap();
    send_and_accept(&server, &Callee::new().unwrap());
    let reported = server.logged(&["GuestError", "no room"]);
    reported.unwrap();
    let (entry, _) = kept(&server, "BA");
    assert!(matches!(entry, Answer::Refused(..)), "{entry:?}");
}

#[test]
fn what_was_granted_for_reading_is_not_written() {
    let folder = TempDir::new().unwrap();
    let writes = tenant("write-beyond-grant", "local-request", &folder, "");
    let reads = writes.replace("\"htable\"", "\"htable:blocked:read\"");
    assert_ne!(reads, writes);
    let server = Server::start(&reads).unwrap();
    send_and_accept(&server, &Callee::new().unwrap());
    let returned = runs(&server, "Returned");
    assert!((returned - 1.0).abs() < 0.5, "{}", server.log());
    let tenant = ["tenant=\"demo\""];
    let denied = server.metric("evroute_table_writes_denied_total", &tenant);
    assert!((denied.unwrap() - 2.0).abs() < 0.5);
    let (entry, _) = kept(&server, "x");
    assert!(matches!(entry, Answer::Refused(..)), "{entry:?}");
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
