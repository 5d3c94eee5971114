//! What one tenant's handlers take from another's calls.

use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use evroute_tests::{Phone, Server, Sipp};
use tempfile::TempDir;

use crate::tenant::tenant;

/// How many calls the honest tenant makes in a measurement, and how many in a second.
const CALLS: u32 = 200;
const RATE: &str = "100";
/// How many requests the hostile tenant sends in a second: each is a run of all its fuel.
const FLOOD_PER_SECOND: u32 = 400;

/// A tenant whose callers reach a phone, and one whose handler loops on every request.
fn beside_each_other(phone: &Phone, folder: &TempDir) -> Server {
    let hostile = tenant("endless-request", "request", folder, "")
        .replace("name = \"demo\"", "name = \"mallory\"")
        .replace("127.0.0.1", "mallory.example");
    let honest = format!(
        "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n\n\
         [[tenant.route]]\nuser = \"service\"\nto = \"sip:127.0.0.1:{}\"\n\n",
        phone.port
    );
    Server::start(&(honest + &hostile)).unwrap()
}

/// Requests to the hostile tenant until `stop`; says how many.
fn flood(server: &Server, stop: &AtomicBool, sent: &AtomicU32) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let own = socket.local_addr().unwrap();
    while !stop.load(Ordering::Relaxed) {
        let number = sent.fetch_add(1, Ordering::Relaxed);
        let request = format!(
            "OPTIONS sip:bob@mallory.example SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{number}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:mallory@mallory.example>;tag={number}\r\n\
             To: <sip:bob@mallory.example>\r\nCall-ID: flood-{number}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        );
        socket.send_to(request.as_bytes(), server.sip).unwrap();
        std::thread::sleep(Duration::from_secs(1) / FLOOD_PER_SECOND);
    }
}

/// The honest tenant's calls: how many were answered in a second, and how many messages had to be sent again.
fn calls(server: &Server) -> (f64, u32) {
    let caller = Sipp::new("uac")
        .user("service")
        .calls(CALLS)
        .with(&["-r", RATE]);
    let begun = Instant::now();
    let calls = caller.call(server.sip).unwrap();
    assert_eq!(
        (calls.successful, calls.failed),
        (CALLS, 0),
        "{}",
        server.log()
    );
    (
        f64::from(CALLS) / begun.elapsed().as_secs_f64(),
        calls.retransmissions,
    )
}

fn of_mallory(server: &Server, name: &str, labels: &[&str]) -> f64 {
    server
        .metric(name, &[&["tenant=\"mallory\""], labels].concat())
        .unwrap()
}

#[test]
fn calls_go_on_beside_a_tenant_that_takes_all_the_time_it_gets() {
    let folder = TempDir::new().unwrap();
    let phone = Sipp::new("uas").calls(2 * CALLS).listen().unwrap();
    let server = beside_each_other(&phone, &folder);
    let (alone, _) = calls(&server);
    let (stop, sent) = (AtomicBool::new(false), AtomicU32::new(0));
    let (beside, again) = std::thread::scope(|scope| {
        scope.spawn(|| flood(&server, &stop, &sent));
        // Until the hostile tenant has used up what it may take at once.
        std::thread::sleep(Duration::from_secs(2));
        let calls = calls(&server);
        stop.store(true, Ordering::Relaxed);
        calls
    });
    let ran = of_mallory(&server, "evroute_runs_total", &["outcome=\"OutOfFuel\""]);
    let refused = of_mallory(
        &server,
        "evroute_runs_total",
        &["outcome=\"QuotaExceeded\""],
    );
    let aside = of_mallory(&server, "evroute_runs_aside_total", &[]);
    let sent = sent.load(Ordering::Relaxed);
    println!(
        "{alone:.0} calls/s alone, {beside:.0} beside {sent} hostile requests ({again} messages sent again); \
         {ran} ran ({aside} aside), {refused} refused"
    );
    assert!(aside > 10.0, "{}", server.log());
    assert!(ran > aside, "it has its share");
    // A phone sends again what is not answered within half a second: nobody waited for so long, but for a few.
    assert!(again < CALLS / 10, "{again} messages sent again");
    assert!(
        beside > alone / 2.0,
        "{beside} calls a second, {alone} without the flood"
    );
    server
        .logged(&["tenant=mallory", "more than their share of time"])
        .unwrap();
}
