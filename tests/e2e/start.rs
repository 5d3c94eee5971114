//! From the first event to the last answer: mod-init, Ctrl-C.

use evroute_tests::{Callee, Sipp, eventually, free_port};
use serde_json::json;

use crate::demo::{runs, server, server_with};

#[test]
fn mod_init_has_left_its_three_traces_before_calls_are_taken() {
    let server = server_with("9", &["mod-init"]);
    assert!(
        (runs(&server, "htable:mod-init", "Returned") - 1.0).abs() < 0.5,
        "{}",
        server.log()
    );
    let table = format!(
        "{:?}",
        server.rpc("htable.dump", &json!(["server"])).unwrap()
    );
    assert!(table.contains("started"), "{table}");
    let counter = format!("{:?}", server.rpc("pv.shvGet", &json!(["starts"])).unwrap());
    assert!(counter.contains('1'), "{counter}");
    assert_eq!(crate::rows::restarts(&server), 1);
}

#[test]
fn ctrl_c_stops_an_idle_server_with_code_0() {
    let server = server(&free_port().to_string());
    server.interrupt().unwrap();
    let (status, log) = server.ended().unwrap();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn ctrl_c_lets_a_request_that_is_under_way_be_answered() {
    let callee = Callee::new().unwrap();
    let server = server(&callee.port.to_string());
    let caller = Sipp::new("uac_message.xml")
        .user("service")
        .begin(server.sip)
        .unwrap();
    let request = callee.next().unwrap();

    server.interrupt().unwrap();
    let draining = || {
        server
            .health()
            .is_some_and(|code| code == 503)
            .then_some(())
    };
    eventually("the drain", draining, || server.log()).unwrap();
    callee.accept(&request).unwrap();

    let (calls, messages) = caller.finish().unwrap();
    assert_eq!((calls.successful, calls.failed), (1, 0), "{messages}");
    let (status, log) = server.ended().unwrap();
    assert_eq!(status.code(), Some(0), "{log}");
}
