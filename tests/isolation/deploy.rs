//! Guests that are refused before the first event.

use evroute_tests::{Error, Server};
use tempfile::TempDir;

use crate::attacks::attack;
use crate::tenant::tenant;

/// The server does not start, and says why.
fn is_refused(name: &str, more: &[&str]) {
    let folder = TempDir::new().unwrap();
    let attack = attack(name);
    let guest = attack.guest();
    let words = attack.refused().into_iter().chain(more.iter().copied());
    match Server::start(&tenant(guest, attack.world(), &folder, "")) {
        Ok(server) => panic!("{guest} was taken:\n{}", server.log()),
        Err(Error::NotStarted { status, log }) => {
            assert_eq!(status, "exit status: 1", "{log}");
            let complaint = log
                .lines()
                .find(|line| line.contains("handler hostile"))
                .unwrap_or_default();
            for word in words {
                assert!(
                    complaint.contains(word),
                    "{word:?} is not in {complaint:?} of:\n{log}"
                );
            }
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn an_import_that_no_server_offers_is_refused_by_its_name() {
    is_refused("curious", &[]);
}

#[test]
fn what_lies_beyond_the_offered_part_of_wasi_is_refused_by_its_name() {
    is_refused("http", &["no HTTP"]);
    is_refused("next-wasi", &["version 0.2"]);
}

#[test]
fn a_guest_that_does_not_start_within_its_limits_is_refused() {
    is_refused("endless-start", &[]);
    is_refused("large-start", &[]);
}

#[test]
fn a_guest_that_calls_a_capability_to_start_is_told_that_only_handlers_can() {
    is_refused("call-at-start", &["breaks before any event is raised"]);
    is_refused("trap-at-start", &[]);
}

#[test]
fn a_capability_that_was_not_granted_is_refused_by_its_name() {
    let folder = TempDir::new().unwrap();
    let granted = tenant("log-lines", "local-request", &folder, "");
    let all = "[\"log\", \"sip\", \"pv\", \"shv\", \"htable\", \"custom\"]";
    assert!(granted.contains(all), "{granted}");
    match Server::start(&granted.replace(all, "[\"sip\"]")) {
        Err(Error::NotStarted { log, .. }) => assert!(log.contains("evroute:log/log"), "{log}"),
        other => panic!("{other:?}"),
    }
}
