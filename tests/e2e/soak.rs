//! Calls over several transports at once, for as long as is asked, while certificates are renewed.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

use evroute_tests::{Answer, Phone, Server, Sipp, Stunnel, TestCertificate, Transport, free_port};
use serde_json::json;

const NAMES: &str = "DNS:localhost,IP:127.0.0.1";
/// Of each transport, in a second.
const CALLS_PER_SECOND: u32 = 20;
/// Calls, and what their transactions are remembered for (timers H, J and K, RFC 3261 17), are over
/// by then, so that memory is as it will be.
const WARM_UP: Duration = Duration::from_secs(90);
/// What the allocator may keep more than it did, in KiB: 200 bytes of each call of ten minutes.
const GROWTH_KIB_MAX: u64 = 8 * 1024;

fn seconds() -> u32 {
    let written = std::env::var("EVROUTE_SOAK_SECONDS");
    written.map_or(5, |text| {
        text.parse().expect("EVROUTE_SOAK_SECONDS is a number")
    })
}

fn server(certificate: &TestCertificate, service: u16) -> (Server, SocketAddr) {
    let tls = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let text = format!(
        "[tls]\n{}\n[[listen]]\ntransport = \"tls\"\naddress = \"{tls}\"\n\n\
         [[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n\n\
         [[tenant.route]]\nuser = \"service\"\nto = \"sip:127.0.0.1:{service}\"\n",
        certificate.toml()
    );
    (Server::start(&text).unwrap(), tls)
}

fn caller(transport: Transport, calls: u32) -> Sipp {
    let rate = CALLS_PER_SECOND.to_string();
    let caller = Sipp::new("uac_call.xml").over(transport).user("service");
    caller.calls(calls).quiet().with(&["-r", &rate])
}

/// What the server holds now, in KiB.
fn resident_kib(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.unwrap().parse().unwrap()
}

/// Renews the certificate once a second until the time is over: what the server held when it was
/// warm, if it ran so long, and the most since.
fn renew(server: &Server, used: &TestCertificate, until: Instant) -> Option<(u64, u64)> {
    let others = [NAMES; 2].map(|names| TestCertificate::new(names).unwrap());
    let warm_at = Instant::now() + WARM_UP;
    let mut held = None;
    for next in others.iter().cycle() {
        if Instant::now() >= until {
            break;
        }
        fs::copy(next.certificate(), used.certificate()).unwrap();
        fs::copy(next.key(), used.key()).unwrap();
        let reloaded = server.rpc("tls.reload", &json!([])).unwrap();
        assert!(matches!(reloaded, Answer::Result(_)), "{reloaded:?}");
        if Instant::now() >= warm_at {
            let now = resident_kib(server);
            let (warm, most) = held.unwrap_or((now, now));
            held = Some((warm, now.max(most)));
        }
        thread::sleep(Duration::from_secs(1));
    }
    held
}

#[test]
fn calls_over_all_transports_at_once_are_not_lost_and_memory_stays_flat() {
    let seconds = seconds();
    let each = seconds * CALLS_PER_SECOND;
    let used = TestCertificate::new(NAMES).unwrap();
    let callee = Sipp::new("uas_call.xml").calls(3 * each).quiet();
    let callee = callee.listen().unwrap();
    let (server, tls) = server(&used, callee.port);
    let stunnel = Stunnel::to_anybody(tls).unwrap();
    // It calls the server's own address, by way of stunnel.
    let way = stunnel.address.to_string();
    let until = Instant::now() + Duration::from_secs(seconds.into());
    let begin = |sipp: Sipp, at| sipp.begin(at).unwrap();
    let callers: [Phone; 3] = [
        begin(caller(Transport::Udp, each), server.sip),
        begin(caller(Transport::Tcp, each), server.sip),
        begin(caller(Transport::Tcp, each).with(&["-rsa", &way]), tls),
    ];
    let held = renew(&server, &used, until);
    for (name, caller) in ["UDP", "TCP", "TLS"].into_iter().zip(callers) {
        let (calls, _) = caller.finish().unwrap();
        let counted = (calls.successful, calls.failed);
        assert_eq!(counted, (each, 0), "{name}: {}", server.log());
    }
    let Some((warm, most)) = held else { return };
    println!("held {warm} KiB when it was warm, {most} KiB at most since then, {seconds} s in all");
    let growth = most.saturating_sub(warm);
    assert!(growth <= GROWTH_KIB_MAX, "{warm} KiB became {most} KiB");
}
