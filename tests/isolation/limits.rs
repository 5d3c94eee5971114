//! Limits and fail policies on calls of real phones.

use evroute_tests::{Answer, Callee, Server, Sipp, eventually};
use serde_json::json;
use tempfile::TempDir;

use crate::tenant::{runs, send_and_accept, tenant};

/// A handler that loops for ever on every request of a call.
fn looping_guard(service: u16, policy: &str, folder: &TempDir) -> Server {
    let more = format!("fail_policy = \"{policy}\"\n");
    let tenant = tenant("endless-request", "request", folder, &more);
    let route = format!(
        "{tenant}\n[[tenant.route]]\nuser = \"service\"\nto = \"sip:127.0.0.1:{service}\"\n"
    );
    Server::start(&route).unwrap()
}

#[test]
fn a_call_goes_on_when_its_handler_fails_open() {
    let phone = Sipp::new("uas").calls(5).listen().unwrap();
    let folder = TempDir::new().unwrap();
    let server = looping_guard(phone.port, "open", &folder);
    let calls = Sipp::new("uac")
        .user("service")
        .calls(5)
        .call(server.sip)
        .unwrap();
    assert_eq!((calls.successful, calls.failed), (5, 0), "{}", server.log());
    let ended = ["event=\"core:request\"", "outcome=\"OutOfFuel\""];
    assert!(
        server.metric("evroute_runs_total", &ended).unwrap() >= 5.0,
        "{}",
        server.log()
    );
}

#[test]
fn a_call_is_answered_500_when_its_handler_fails_closed() {
    let phone = Callee::new().unwrap();
    let folder = TempDir::new().unwrap();
    let server = looping_guard(phone.port, "closed", &folder);
    let (calls, messages) = Sipp::new("uac")
        .user("service")
        .begin(server.sip)
        .unwrap()
        .finish()
        .unwrap();
    assert_eq!((calls.successful, calls.failed), (0, 1), "{messages}");
    assert!(messages.contains("SIP/2.0 500"), "{messages}");
    assert!(phone.hears_nothing());
}

#[test]
fn a_loop_with_much_fuel_meets_its_deadline() {
    let folder = TempDir::new().unwrap();
    let much = "[tenant.handler.limits]\nrun_fuel_max = 1000000000000\nrun_deadline_ms = 20\n";
    let server = Server::start(&tenant("endless-loop", "local-request", &folder, much)).unwrap();
    let callee = Callee::new().unwrap();
    send_and_accept(&server, &callee);
    assert!(
        (runs(&server, "DeadlineExceeded") - 1.0).abs() < 0.5,
        "{}",
        server.log()
    );
    let reported = server.logged(&["limit=\"run_deadline_ms = 20 in [tenant.handler.limits]\""]);
    reported.unwrap();
}

#[test]
fn a_hostile_tenants_loops_do_not_stop_the_calls_of_another() {
    let folder = TempDir::new().unwrap();
    let phone = Sipp::new("uas").calls(100).listen().unwrap();
    let hostile = tenant("endless-loop", "local-request", &folder, "");
    let hostile = hostile
        .replace("name = \"demo\"", "name = \"mallory\"")
        .replace("127.0.0.1", "mallory.example");
    let honest = format!(
        "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n\n\
         [[tenant.route]]\nuser = \"service\"\nto = \"sip:127.0.0.1:{}\"\n\n",
        phone.port
    );
    let server = Server::start(&(honest + &hostile)).unwrap();
    let caller = Sipp::new("uac")
        .user("service")
        .calls(100)
        .with(&["-r", "50"]);
    let caller = caller.begin(server.sip).unwrap();
    let callee = Callee::new().unwrap();
    for _ in 0..20 {
        let from = "From: <sip:mallory@mallory.example>\r\n";
        let target = format!("sip:bob@127.0.0.1:{}", callee.port);
        let ask = serde_json::json!(["OPTIONS", target, ".", ".", from]);
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| server.rpc("tm.t_uac_start", &ask));
            callee.accept(&callee.next().unwrap()).unwrap();
            asked.join().unwrap().unwrap();
        });
    }
    // A machine that is busy with other things may end some of them by the clock.
    let ended = runs(&server, "OutOfFuel") + runs(&server, "DeadlineExceeded");
    assert!((ended - 20.0).abs() < 0.5, "{}", server.log());
    let (calls, messages) = caller.finish().unwrap();
    assert_eq!((calls.successful, calls.failed), (100, 0), "{messages}");
}

#[test]
fn events_that_raise_events_end_at_the_depth_that_is_allowed() {
    let folder = TempDir::new().unwrap();
    let limits = "[tenant.handler.limits]\nevent_depth_max = 3\n";
    let server = Server::start(&tenant("raise-again", "custom-event", &folder, limits)).unwrap();
    let raised = server.rpc("custom.raise", &json!(["again"])).unwrap();
    assert!(matches!(raised, Answer::Result(_)), "{raised:?}");
    let ended = |outcome: &str| {
        let outcome = format!("outcome=\"{outcome}\"");
        let labels = ["event=\"custom:event\"", &outcome];
        server.metric("evroute_runs_total", &labels).unwrap()
    };
    let refused = || (ended("GuestError") > 0.5).then_some(());
    eventually("the end of the chain", refused, || server.log()).unwrap();
    // Three runs raised the next; the fourth was refused, and nothing came after it.
    assert!((ended("Returned") - 3.0).abs() < 0.5, "{}", server.log());
    assert!((ended("GuestError") - 1.0).abs() < 0.5, "{}", server.log());
}
