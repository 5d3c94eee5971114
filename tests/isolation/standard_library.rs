//! Guests with a standard library behind them, and what they print.

use std::path::Path;

use evroute_tests::{Callee, Server, compiled, eventually, hostile};
use tempfile::TempDir;

use crate::tenant::{runs, send_and_accept, tenant_of};

/// One run of this component: what became of it, and for each text the line of the log that has it.
fn lines_of<const N: usize>(component: &Path, outcome: &str, texts: [&str; N]) -> [String; N] {
    let server = Server::start(&tenant_of(component, "")).unwrap();
    send_and_accept(&server, &Callee::new().unwrap());
    assert!(
        (runs(&server, outcome) - 1.0).abs() < 0.5,
        "{}",
        server.log()
    );
    texts.map(|text| {
        let find = || {
            let log = server.log();
            let line = log.lines().find(|line| line.contains(text));
            line.map(str::to_owned)
        };
        eventually(text, find, || server.log()).unwrap()
    })
}

#[test]
fn what_c_prints_is_logged_and_nothing_is_found_outside() {
    let folder = TempDir::new().unwrap();
    let component = compiled("standard-library", "wasi", &[], folder.path()).unwrap();
    let texts = [
        "printed at 1",
        "home not found",
        "file not opened",
        "no end",
    ];
    let levels = ["INFO", "WARN", "WARN", "INFO"];
    let lines = lines_of(&component, "Returned", texts);
    for (level, line) in levels.iter().zip(lines) {
        assert!(
            line.contains(level) && line.contains("handler=hostile"),
            "{line}"
        );
    }
}

#[test]
fn what_a_guest_printed_before_it_ended_is_in_the_log() {
    let folder = TempDir::new().unwrap();
    let component = hostile("exit", "wasi", folder.path()).unwrap();
    let texts = ["the first", "half of the second", "run failed"];
    let [first, second, failed] = lines_of(&component, "Trap", texts);
    for line in [first, second] {
        assert!(line.contains("INFO evroute::handler"), "{line}");
        assert!(line.contains("handler=hostile call_id="), "{line}");
    }
    assert!(failed.contains("it called exit (success)"), "{failed}");
}

#[test]
fn whoever_asks_for_a_socket_or_an_address_is_denied() {
    let folder = TempDir::new().unwrap();
    let component = hostile("sockets", "wasi", folder.path()).unwrap();
    let [] = lines_of(&component, "Returned", []);
}

#[test]
fn a_trap_is_reported_with_the_functions_that_led_to_it() {
    let folder = TempDir::new().unwrap();
    let component = compiled("trap", "wasi", &[], folder.path()).unwrap();
    let [failed] = lines_of(&component, "Trap", ["run failed"]);
    assert!(failed.contains("at=\"decide < handle\""), "{failed}");
    for field in [
        "tenant=demo",
        "event=tm:local-request",
        "handler=hostile",
        "call_id=",
    ] {
        assert!(failed.contains(field), "{failed}");
    }
}

#[test]
fn a_trap_is_reported_with_the_lines_of_the_source_where_the_compiler_left_them() {
    let folder = TempDir::new().unwrap();
    let component = compiled("trap", "wasi", &["-g1"], folder.path()).unwrap();
    let [failed] = lines_of(&component, "Trap", ["run failed"]);
    let at = "at=\"decide (guests/wasi/trap.c:4) < handle (guests/wasi/trap.c:9)\"";
    assert!(failed.contains(at), "{failed}");
}

#[test]
fn a_trap_in_a_function_without_a_name_is_reported_with_its_number() {
    let folder = TempDir::new().unwrap();
    let component = compiled("trap", "wasi", &["-s"], folder.path()).unwrap();
    let [failed] = lines_of(&component, "Trap", ["run failed"]);
    assert!(failed.contains("at=\"<wasm function "), "{failed}");
}
