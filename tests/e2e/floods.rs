//! One address sends without end, while phones at another one call on.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use evroute_tests::{Answer, Server, Sipp, eventually};
use serde_json::json;

use crate::authentication::{REALM, add_alice, tenant};

/// Where the flood comes from; everybody else here is 127.0.0.1.
const FLOODS: &str = "127.0.0.2";
/// Far more than the calls of the phones are in a second, and far less than a loop that sends.
const PER_SECOND_MAX: u32 = 400;

/// A server that bans who sends more than so much, and a route to a phone.
fn server(more: &str, service: u16) -> Server {
    let tenant = format!(
        "[pike]\nmessages_per_second_max = {PER_SECOND_MAX}\nban_seconds = 600\n{more}\n\n\
         [[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n\n\
         [[tenant.route]]\nuser = \"bob\"\nto = \"sip:127.0.0.1:{service}\"\n"
    );
    Server::start(&tenant).unwrap()
}

fn options(at: SocketAddr, number: u64) -> String {
    format!(
        "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bK-flood-{number}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:127.0.0.1>\r\n\
         Call-ID: flood-{number}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
}

/// Sends until it is told to stop; nobody reads what is answered.
fn flood(server: SocketAddr, is_over: &AtomicBool) {
    let socket = UdpSocket::bind((FLOODS, 0)).unwrap();
    let at = socket.local_addr().unwrap();
    for number in 0.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        // A buffer that is full is as good as a message that is dropped.
        let _ = socket.send_to(options(at, number).as_bytes(), server);
    }
}

/// Whether an OPTIONS from there is answered.
fn is_answered(server: &Server, number: u64) -> bool {
    let socket = UdpSocket::bind((FLOODS, 0)).unwrap();
    let patience = Some(Duration::from_millis(500));
    socket.set_read_timeout(patience).unwrap();
    let text = options(socket.local_addr().unwrap(), number);
    socket.send_to(text.as_bytes(), server.sip).unwrap();
    socket.recv(&mut [0; 2048]).is_ok()
}

fn banned(server: &Server) -> Vec<String> {
    let Ok(Answer::Result(answer)) = server.rpc("pike.list", &json!([])) else {
        panic!("{}", server.log());
    };
    let rows = answer["banned"].as_array().unwrap().iter();
    rows.map(|row| row["source"].as_str().unwrap().to_owned())
        .collect()
}

fn metric(server: &Server, name: &str) -> f64 {
    server.metric(name, &[]).unwrap()
}

#[test]
fn who_floods_is_banned_and_who_calls_calls_on() {
    let callee = Sipp::new("uas_call.xml").calls(20).listen().unwrap();
    let server = server("", callee.port);
    let is_over = AtomicBool::new(false);
    let called = thread::scope(|scope| {
        scope.spawn(|| flood(server.sip, &is_over));
        let is_banned = || (!banned(&server).is_empty()).then_some(());
        let waited = eventually("a ban", is_banned, || server.log());
        let caller = Sipp::new("uac_call.xml").user("bob").calls(20);
        let called = caller.call(server.sip);
        is_over.store(true, Ordering::Relaxed);
        waited.unwrap();
        called.unwrap()
    });
    assert_eq!(
        (called.successful, called.failed),
        (20, 0),
        "{}",
        server.log()
    );
    assert_eq!(banned(&server), [FLOODS]);
    assert!((metric(&server, "evroute_pike_bans_total") - 1.0).abs() < 0.5);
    assert!(metric(&server, "evroute_pike_messages_dropped_total") > 1.0);
    assert!(
        server.log().contains("a source sends too much"),
        "{}",
        server.log()
    );
    assert!(!is_answered(&server, 1));

    let unban = || server.rpc("pike.unban", &json!([FLOODS])).unwrap();
    assert!(matches!(unban(), Answer::Result(_)), "{}", server.log());
    assert!(is_answered(&server, 2), "{}", server.log());
    assert!(banned(&server).is_empty());
    assert!(matches!(unban(), Answer::Refused(..)), "{}", server.log());
}

#[test]
fn a_trusted_network_may_send_what_it_likes() {
    let server = server("trusted = [\"127.0.0.2/32\"]", 9);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| flood(server.sip, &is_over));
        let answers = || metric(&server, "evroute_pike_sources");
        let is_busy = || is_answered(&server, 3).then_some(());
        let waited = eventually("an answer in a flood", is_busy, || server.log());
        assert!(answers() < 1.5);
        is_over.store(true, Ordering::Relaxed);
        waited.unwrap();
    });
    assert!(banned(&server).is_empty());
    assert!(metric(&server, "evroute_pike_messages_dropped_total") < 0.5);
}

#[test]
fn a_source_is_blocked_for_the_tenant_that_it_floods_and_for_no_other() {
    let tenants = "[[tenant]]\nname = \"flooded\"\ndomains = [\"127.0.0.1\"]\n\n\
         [tenant.pike]\nrequests_per_second_max = 20\nban_seconds = 600\n\n\
         [[tenant]]\nname = \"other\"\ndomains = [\"localhost\"]\n";
    let server = Server::start(tenants).unwrap();
    let (by, tenant) = ("by=\"source\"", "tenant=\"flooded\"");
    let blocks = || {
        let blocks = server.metric("evroute_pike_senders_blocked_total", &[tenant, by]);
        blocks.unwrap_or_default()
    };
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| flood(server.sip, &is_over));
        let is_blocked = || (blocks() > 0.5).then_some(());
        let waited = eventually("a block", is_blocked, || server.log());
        is_over.store(true, Ordering::Relaxed);
        waited.unwrap();
    });
    let Answer::Result(shown) = server.rpc("pike.blocked", &json!(["flooded"])).unwrap() else {
        panic!("{}", server.log());
    };
    assert_eq!(shown["sources"][0]["source"], FLOODS);
    assert_eq!(shown["users"], json!([]));
    let told = "a source sends this tenant too much";
    server.logged(&[told, "tenant=flooded"]).unwrap();

    // The other tenant hears it, as it hears who is not blocked.
    let asked = |host: &str, number| {
        let socket = UdpSocket::bind((FLOODS, 0)).unwrap();
        let patience = Some(Duration::from_millis(500));
        socket.set_read_timeout(patience).unwrap();
        let text = options(socket.local_addr().unwrap(), number);
        let text = text.replace("sip:127.0.0.1", &format!("sip:{host}"));
        let text = text.replace("a@127.0.0.1", &format!("a@{host}"));
        socket.send_to(text.as_bytes(), server.sip).unwrap();
        socket.recv(&mut [0; 2048]).is_ok()
    };
    assert!(!asked("127.0.0.1", 1), "{}", server.log());
    assert!(asked("localhost", 2), "{}", server.log());
    let refused = server.metric("evroute_pike_requests_refused_total", &[tenant, by]);
    assert!(refused.unwrap() >= 1.0);

    let unblock = || {
        server
            .rpc("pike.unblock", &json!([FLOODS, "flooded"]))
            .unwrap()
    };
    assert!(matches!(unblock(), Answer::Result(_)), "{}", server.log());
    assert!(asked("127.0.0.1", 3), "{}", server.log());
    assert!(matches!(unblock(), Answer::Refused(..)), "{}", server.log());
}

#[test]
fn a_user_who_calls_too_often_is_answered_503_and_another_source_does_not_help() {
    let callee = Sipp::new("uas_call.xml").calls(3).listen().unwrap();
    let pike = "\n[tenant.pike]\nuser_requests_per_second_max = 1\nuser_burst_max = 2\n";
    let auth = "methods = [\"INVITE\"]\nalgorithms = [\"MD5\"]";
    let server = Server::start(&(tenant(auth, callee.port) + pike)).unwrap();
    add_alice(&server);
    // Each call is from another port, and all within a second or two.
    let alice = Sipp::new("uac_call_password.xml").with(&["-au", "alice", "-ap", "secret"]);
    let called = alice.user("service").calls(12).call(server.sip).unwrap();
    assert!(called.successful >= 3 && called.failed >= 1, "{called:?}");
    let labels = ["tenant=\"acme\"", "by=\"user\""];
    let blocks = server.metric("evroute_pike_senders_blocked_total", &labels);
    assert!(blocks.unwrap() >= 1.0, "{}", server.log());
    let Answer::Result(shown) = server.rpc("pike.blocked", &json!([])).unwrap() else {
        panic!("{}", server.log());
    };
    assert_eq!(shown["users"][0]["user"], format!("alice@{REALM}"));
    let sender = format!("alice@{REALM}");
    let unblocked = server.rpc("pike.unblock", &json!([sender])).unwrap();
    assert!(matches!(unblocked, Answer::Result(_)), "{unblocked:?}");
}
