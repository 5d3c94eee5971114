//! Tenants come, change and go while another tenant's calls run.

use std::fmt::Write as _;
use std::net::UdpSocket;
use std::time::Duration;

use evroute_tests::{Answer, Ended, Server, Sipp, Transport, example};
use serde_json::json;
use tempfile::TempDir;

use crate::demo::{runs, tenant};

/// A tenant with a handler on every request, as its operator writes it.
fn acme(domain: &str) -> String {
    let component = example("call-guard").expect("make guests has been run");
    format!(
        "[[tenant]]\nname = \"acme\"\ndomains = [{domain:?}]\n\n[[tenant.table]]\nname = \"blocked\"\n\n\
         [[tenant.handler]]\nname = \"call-guard\"\ncomponent = {component:?}\n\
         grants = [\"log\", \"sip\", \"htable:blocked\"]\n"
    )
}

/// `evroute tenant ...`, with a tenant's section in a file.
fn tenant_command(server: &Server, words: &[&str], section: Option<&str>) -> Ended {
    let file = server.folder().join("section.toml");
    let path = file.display().to_string();
    let mut words: Vec<&str> = ["tenant"]
        .into_iter()
        .chain(words.iter().copied())
        .collect();
    if let Some(section) = section {
        std::fs::write(&file, section).unwrap();
        words.extend(["--file", &path]);
    }
    server.command(&words).unwrap()
}

fn done(ended: &Ended) {
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

/// The status of an OPTIONS for a domain, asked from a phone of its own.
fn options(server: &Server, domain: &str) -> u16 {
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    phone
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let at = phone.local_addr().unwrap();
    let mut request = format!(
        "OPTIONS sip:{domain} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bK{}\r\n",
        at.port()
    );
    let _ = write!(
        request,
        "Max-Forwards: 70\r\nFrom: <sip:x@{domain}>;tag=1\r\nTo: <sip:{domain}>\r\n\
         Call-ID: {domain}-{}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
        at.port()
    );
    phone.send_to(request.as_bytes(), server.sip).unwrap();
    let mut answer = [0; 4096];
    let length = phone.recv(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn tenants_are_added_changed_and_removed_while_calls_of_another_run() {
    const CALLS: u32 = 200;
    let callee = Sipp::new("uas")
        .over(Transport::Udp)
        .calls(CALLS)
        .listen()
        .unwrap();
    let demo = tenant(&callee.port.to_string(), &["call-guard", "local-request"]);
    let server = Server::start(&demo).unwrap();
    let unknown = options(&server, "acme.example");
    assert_ne!(unknown, 200);
    let caller = Sipp::new("uac")
        .over(Transport::Udp)
        .user("service")
        .calls(CALLS);
    let caller = caller.with(&["-r", "20"]).begin(server.sip).unwrap();

    let mut rounds = 0;
    // Counted by the server: the calls go on until the last round is over.
    while rounds < 3 || runs(&server, "core:request", "Returned") < f64::from(CALLS) {
        done(&tenant_command(
            &server,
            &["add", "acme"],
            Some(&acme("acme.example")),
        ));
        assert_eq!(options(&server, "acme.example"), 200, "{}", server.log());
        done(&tenant_command(
            &server,
            &["set", "acme"],
            Some(&acme("new.example")),
        ));
        assert_eq!(options(&server, "new.example"), 200, "{}", server.log());
        assert_eq!(options(&server, "acme.example"), unknown);
        done(&tenant_command(&server, &["remove", "acme"], None));
        assert_eq!(options(&server, "new.example"), unknown);
        rounds += 1;
    }
    let (calls, messages) = caller.finish().unwrap();
    assert_eq!(
        (calls.successful, calls.failed),
        (CALLS, 0),
        "{messages}\n{}",
        server.log()
    );
    let (calls, messages) = callee.finish().unwrap();
    assert_eq!((calls.successful, calls.failed), (CALLS, 0), "{messages}");
    let series = server.metrics().unwrap();
    assert!(!series.contains("acme"), "nothing of it is left: {series}");
}

#[test]
fn what_was_added_is_there_after_a_kill_and_what_was_removed_is_not() {
    let data = TempDir::new().unwrap();
    let own = format!("data_dir = {:?}\n", data.path());
    let start = || {
        let demo = tenant("9", &[]).replace("url = \"sqlite:main.db\"", "url = \"sqlite:m.db\"");
        Server::start(&(own.clone() + &demo)).unwrap()
    };
    let server = start();
    let acme = acme("acme.example");
    done(&tenant_command(&server, &["add", "acme"], Some(&acme)));
    done(&tenant_command(
        &server,
        &["add", "beta", "--domain", "beta.example"],
        None,
    ));
    done(&tenant_command(&server, &["remove", "beta"], None));
    // Ends it by a kill: what was acknowledged is on the disk.
    drop(server);
    std::fs::write(
        data.path().join("tenants/broken.toml"),
        "[[tenant]]\nname = 1\n",
    )
    .unwrap();
    let server = start();
    assert_eq!(options(&server, "acme.example"), 200, "{}", server.log());
    assert_ne!(options(&server, "beta.example"), 200);
    let listed = tenant_command(&server, &["list"], None);
    for row in ["acme ", "demo ", "broken ", "served", "broken.toml:2"] {
        assert!(listed.out.contains(row), "{row}: {listed:?}");
    }
    assert!(!listed.out.contains("beta"), "{listed:?}");
    let broken = server.metric("evroute_tenant_files_broken", &[]).unwrap();
    assert!((broken - 1.0).abs() < 0.5, "{broken}");
}

#[test]
fn what_cannot_be_is_refused_with_what_to_do_and_changes_nothing() {
    let server = Server::start(&tenant("9", &[])).unwrap();
    let refused = |words: &[&str], section: Option<&str>, why: &str| {
        let ended = tenant_command(&server, words, section);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.err.contains(why), "{why}: {ended:?}");
    };
    let twin = acme("LOCALHOST");
    refused(&["add", "acme"], Some(&twin), "tenant \"demo\" has it");
    refused(&["add", "beta"], Some(&twin), "write name = \"beta\"");
    refused(
        &["add", "demo", "--domain", "d.example"],
        None,
        "there is a tenant \"demo\" already",
    );
    refused(
        &["set", "acme", "--domain", "d.example"],
        None,
        "there is no tenant \"acme\"",
    );
    refused(
        &["set", "demo", "--domain", "d.example"],
        None,
        "call tenant.reload",
    );
    refused(&["remove", "demo"], None, "call tenant.reload");
    let wrong = acme("a.example").replace("htable:blocked", "htable:nothing");
    refused(
        &["add", "acme"],
        Some(&wrong),
        "this tenant has no table \"nothing\"",
    );
    done(&tenant_command(
        &server,
        &["add", "acme"],
        Some(&acme("a.example")),
    ));
    let table = acme("a.example").replace("\"blocked\"\n", "\"blocked\"\nexpire_seconds = 9\n");
    refused(&["set", "acme"], Some(&table), "repeat it with force");
    done(&tenant_command(
        &server,
        &["set", "acme", "--force"],
        Some(&table),
    ));
    let shown = tenant_command(&server, &["show", "acme"], None);
    assert!(
        shown.out.contains("call-guard") && !shown.out.contains("demo"),
        "{shown:?}"
    );
}

/// What one tenant's capabilities, metrics and answers say is the same whoever its neighbours are.
#[test]
fn a_duplicate_names_the_other_tenant_to_the_operator_only() {
    let server = Server::start(&tenant("9", &[])).unwrap();
    done(&tenant_command(
        &server,
        &["add", "acme"],
        Some(&acme("a.example")),
    ));
    let refused = server
        .rpc("tenant.set", &json!(["acme", acme("127.0.0.1")]))
        .unwrap();
    assert!(matches!(refused, Answer::Refused(..)), "{refused:?}");
    assert_eq!(options(&server, "a.example"), 200);
    // The log's lines of the tenant, and what it is shown, do not name the other.
    let shown = format!("{:?}", server.rpc("tenant.show", &json!(["acme"])).unwrap());
    assert!(!shown.contains("demo"), "{shown}");
    let log = server.log();
    let own = log.lines().filter(|line| line.contains("tenant=acme"));
    for line in own {
        assert!(!line.contains("demo"), "{line}");
    }
}
