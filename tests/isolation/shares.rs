//! What one tenant's handlers take from another's calls.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use evroute_tests::{PATIENCE, Phone, Server, Sipp, eventually};
use tempfile::TempDir;

use crate::tenant::tenant;

/// How many calls the honest tenant makes, and how many in a second.
const CALLS: u32 = 200;
const RATE: &str = "100";
/// How many answers of the server's own are waited for.
const ANSWERS: u32 = 500;
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

/// Ends the flood, also when the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A request of a peer to this host.
fn options(own: SocketAddr, host: &str, number: u32) -> String {
    let branch = format!("z9hG4bK{}-{number}", own.port());
    format!(
        "OPTIONS sip:{host} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch={branch}\r\nMax-Forwards: 70\r\n\
         From: <sip:peer@{host}>;tag={number}\r\nTo: <sip:{host}>\r\nCall-ID: {branch}\r\n\
         CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
}

/// Requests to the hostile tenant until `stop`, counted.
fn flood(server: &Server, stop: &AtomicBool, sent: &AtomicU32) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let own = socket.local_addr().unwrap();
    while !stop.load(Ordering::Relaxed) {
        let number = sent.fetch_add(1, Ordering::Relaxed);
        let request = options(own, "mallory.example", number);
        socket.send_to(request.as_bytes(), server.sip).unwrap();
        std::thread::sleep(Duration::from_secs(1) / FLOOD_PER_SECOND);
    }
}

/// The honest tenant's requests, one after the other: each is answered.
fn all_are_answered(server: &Server) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let own = socket.local_addr().unwrap();
    for number in 0..ANSWERS {
        let request = options(own, &server.sip.to_string(), number);
        socket.send_to(request.as_bytes(), server.sip).unwrap();
        let length = socket.recv(&mut [0; 2000]).unwrap();
        assert!(length > 0);
    }
}

/// The honest tenant's calls: all of them succeed.
fn calls(server: &Server) {
    let caller = Sipp::new("uac")
        .user("service")
        .calls(CALLS)
        .with(&["-r", RATE]);
    let calls = caller.call(server.sip).unwrap();
    assert_eq!(
        (calls.successful, calls.failed),
        (CALLS, 0),
        "{}",
        server.log()
    );
}

fn of_mallory(server: &Server, name: &str, labels: &[&str]) -> f64 {
    server
        .metric(name, &[&["tenant=\"mallory\""], labels].concat())
        .unwrap()
}

/// How many requests the hostile tenant sends at once, and how long each is at work.
const BURST: u32 = 24;
const DEADLINE: Duration = Duration::from_millis(50);
/// What it has of each second.
const SHARE: Duration = Duration::from_millis(250);

#[test]
fn a_burst_in_the_async_lane_takes_as_long_as_the_share_says_however_fast_the_machine() {
    let folder = TempDir::new().unwrap();
    let more = "[tenant.handler.limits]\nrun_fuel_max = 1000000000000\nrun_deadline_ms = 50\n\n\
                [[tenant.database]]\nname = \"main\"\nurl = \"sqlite::memory:\"\n";
    let hostile = tenant("endless-query", "request", &folder, more)
        .replace("\"sip\", ", "\"sip\", \"sql:main\", ")
        .replace("name = \"demo\"", "name = \"mallory\"")
        .replace("127.0.0.1", "mallory.example");
    let honest = "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n\n";
    let server = Server::start(&(honest.to_owned() + &hostile)).unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let limit = Duration::from_secs(120);
    socket.set_read_timeout(Some(limit)).unwrap();
    let own = socket.local_addr().unwrap();
    let begun = Instant::now();
    for number in 0..BURST {
        let request = options(own, "mallory.example", number);
        socket.send_to(request.as_bytes(), server.sip).unwrap();
    }
    // Others are answered while the burst waits for its time.
    all_are_answered(&server);
    for _ in 0..BURST {
        let length = socket.recv(&mut [0; 2000]).unwrap();
        assert!(length > 0);
    }
    let took = begun.elapsed();
    let ended = of_mallory(
        &server,
        "evroute_runs_total",
        &["outcome=\"DeadlineExceeded\""],
    );
    assert!((ended - f64::from(BURST)).abs() < 0.5, "{}", server.log());
    // What comes at once is a second's worth; the rest comes with time.
    let least = (DEADLINE * BURST - SHARE).div_duration_f64(SHARE);
    assert!(took.as_secs_f64() >= least, "{took:?}");
    let throttled = of_mallory(&server, "evroute_runs_throttled_total", &[]);
    assert!(throttled > 0.0, "{}", server.log());
}

#[test]
fn calls_go_on_beside_a_tenant_that_takes_all_the_time_it_gets() {
    let folder = TempDir::new().unwrap();
    let phone = Sipp::new("uas").calls(CALLS).listen().unwrap();
    let server = beside_each_other(&phone, &folder);
    let (stop, sent) = (AtomicBool::new(false), AtomicU32::new(0));
    let throttled = || of_mallory(&server, "evroute_runs_throttled_total", &[]);
    std::thread::scope(|scope| {
        scope.spawn(|| flood(&server, &stop, &sent));
        let _stop = Stop(&stop);
        // Until the hostile tenant has used up what it may take at once.
        let is_over = || (throttled() > 10.0).then_some(());
        eventually("runs beyond the share", is_over, || server.log()).unwrap();
        calls(&server);
        all_are_answered(&server);
    });
    let ran = of_mallory(&server, "evroute_runs_total", &["outcome=\"OutOfFuel\""]);
    assert!(ran > throttled(), "it has its share");
    server
        .logged(&["tenant=mallory", "more than their CPU budget"])
        .unwrap();
}
