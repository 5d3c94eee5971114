//! Two phones and the server between them. Event `core:request` is handled on every request.

use evroute_tests::{Calls, Sipp, Transport, free_port};

use crate::demo::{runs, server};

/// Caller and callee of `tests/e2e/sipp`, so many times; both must see exactly what their scenario
/// says.
fn relay(caller: &str, callee: &str, transport: Transport, calls: u32) {
    let callee = Sipp::new(callee)
        .over(transport)
        .calls(calls)
        .listen()
        .unwrap();
    let target = match transport {
        Transport::Udp => callee.port.to_string(),
        Transport::Tcp => format!("{};transport=tcp", callee.port),
    };
    let server = server(&target);
    let caller = Sipp::new(caller)
        .over(transport)
        .user("service")
        .calls(calls)
        .call(server.sip);
    let caller = caller.unwrap();
    assert_eq!(
        (caller.successful, caller.failed),
        (calls, 0),
        "the caller's calls:\n{}",
        server.log()
    );
    let (callee, messages) = callee.finish().unwrap();
    assert_eq!(
        (callee.successful, callee.failed),
        (calls, 0),
        "the callee's calls:\n{messages}"
    );
    assert!(
        runs(&server, "core:request", "Returned") >= f64::from(calls),
        "{}",
        server.log()
    );
    let failed = [
        "GuestError",
        "Trap",
        "OutOfFuel",
        "DeadlineExceeded",
        "HostFault",
    ];
    assert!(
        failed
            .iter()
            .all(|outcome| runs(&server, "core:request", outcome) < 1.0),
        "{}",
        server.log()
    );
}

/// A caller that expects the server itself to answer.
fn answered_by_the_server(scenario: &str, user: &str, transport: Transport) {
    let server = server(&free_port().to_string());
    let calls = Sipp::new(scenario)
        .over(transport)
        .user(user)
        .call(server.sip)
        .unwrap();
    assert_eq!((calls.successful, calls.failed), (1, 0), "{}", server.log());
}

#[test]
fn sipps_own_scenarios_call_each_other_over_udp() {
    relay("uac", "uas", Transport::Udp, 50);
}

#[test]
fn sipps_own_scenarios_call_each_other_over_tcp() {
    relay("uac", "uas", Transport::Tcp, 50);
}

#[test]
fn a_call_follows_record_route_over_udp() {
    relay("uac_call.xml", "uas_call.xml", Transport::Udp, 20);
}

#[test]
fn a_call_follows_record_route_over_tcp() {
    relay("uac_call.xml", "uas_call.xml", Transport::Tcp, 20);
}

#[test]
fn a_caller_can_hang_up_while_it_rings_over_udp() {
    relay("uac_cancel.xml", "uas_cancel.xml", Transport::Udp, 5);
}

#[test]
fn a_caller_can_hang_up_while_it_rings_over_tcp() {
    relay("uac_cancel.xml", "uas_cancel.xml", Transport::Tcp, 5);
}

#[test]
fn the_callees_refusal_reaches_the_caller() {
    relay(
        "uac_expect_486.xml",
        "uas_reject_486.xml",
        Transport::Udp,
        5,
    );
    relay(
        "uac_expect_486.xml",
        "uas_reject_486.xml",
        Transport::Tcp,
        5,
    );
}

#[test]
fn a_message_and_its_body_pass() {
    relay("uac_message.xml", "uas_message.xml", Transport::Udp, 5);
    relay("uac_message.xml", "uas_message.xml", Transport::Tcp, 5);
}

#[test]
fn the_guard_refuses_a_blocked_caller_and_the_callee_hears_nothing() {
    let callee = Sipp::new("uas").listen().unwrap();
    let server = server(&callee.port.to_string());
    for transport in [Transport::Udp, Transport::Tcp] {
        let caller = Sipp::new("uac_call_guard_403.xml")
            .over(transport)
            .user("service");
        let calls = caller.call(server.sip).unwrap();
        assert_eq!((calls.successful, calls.failed), (1, 0), "{}", server.log());
    }
    assert_eq!(callee.messages(), "");
}

#[test]
fn an_unknown_user_is_not_found() {
    answered_by_the_server("uac_unknown_user_404.xml", "nobody", Transport::Udp);
    answered_by_the_server("uac_unknown_user_404.xml", "nobody", Transport::Tcp);
}

#[test]
fn a_request_that_went_too_far_is_not_forwarded() {
    answered_by_the_server("uac_max_forwards_0.xml", "service", Transport::Udp);
    answered_by_the_server("uac_max_forwards_0.xml", "service", Transport::Tcp);
}

#[test]
fn a_call_to_a_foreign_domain_is_refused() {
    answered_by_the_server("uac_open_relay.xml", "victim", Transport::Udp);
    answered_by_the_server("uac_open_relay.xml", "victim", Transport::Tcp);
}

#[test]
fn the_server_answers_options_itself() {
    answered_by_the_server("options_ping.xml", "service", Transport::Udp);
    answered_by_the_server("options_ping.xml", "service", Transport::Tcp);
}

fn phones_register_and_call(transport: Transport) {
    let server = server(&free_port().to_string());
    let (alice, bob) = (free_port(), free_port());
    let once = |scenario: &str, user: &str, port: u16| {
        let phone = Sipp::new(scenario).over(transport).user(user).at(port);
        phone.call(server.sip).unwrap()
    };
    let well = Calls {
        successful: 1,
        ..Calls::default()
    };
    assert_eq!(once("register.xml", "bob", bob), well, "{}", server.log());
    assert_eq!(
        once("register.xml", "alice", alice),
        well,
        "{}",
        server.log()
    );
    let callee = Sipp::new("uas_call.xml")
        .over(transport)
        .at(bob)
        .listen()
        .unwrap();
    assert_eq!(once("uac_call.xml", "bob", alice), well, "{}", server.log());
    let (callee, messages) = callee.finish().unwrap();
    assert_eq!((callee.successful, callee.failed), (1, 0), "{messages}");
    assert_eq!(once("unregister.xml", "bob", bob), well, "{}", server.log());
    assert_eq!(
        once("uac_unknown_user_404.xml", "bob", alice),
        well,
        "{}",
        server.log()
    );
}

#[test]
fn two_phones_register_call_each_other_and_leave_over_udp() {
    phones_register_and_call(Transport::Udp);
}

#[test]
fn two_phones_register_call_each_other_and_leave_over_tcp() {
    phones_register_and_call(Transport::Tcp);
}
