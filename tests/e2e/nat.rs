//! Phones behind two NATs call each other: the same private address behind both, ports that the
//! NATs choose, and nobody who knows where he is seen from.

use evroute_tests::{Baresip, Server, TwoNats};

/// A server whose users are at the address where it listens.
fn server(nats: &TwoNats) -> Server {
    let tenant = format!(
        "[[tenant]]\nname = \"demo\"\ndomains = [\"{}\"]\n",
        TwoNats::SERVER
    );
    Server::start_between(nats, &tenant).unwrap()
}

/// A phone that has registered, and answers calls.
fn phone(nats: &TwoNats, number: u8, user: &str, transport: &str) -> Baresip {
    let server = TwoNats::SERVER;
    let account = format!(
        "<sip:{user}@{server};transport={transport}>;auth_pass=none;answermode=auto;regint=600"
    );
    let phone = Baresip::behind(nats, number, &account).unwrap();
    phone.wrote("registered successfully").unwrap();
    phone
}

/// Two calls, each hung up from another side: who hangs up is answered, and the other has heard it.
fn call_and_hang_up(transport: &str) {
    let nats = TwoNats::new().unwrap();
    let server = server(&nats);
    let alice = phone(&nats, 1, "alice", transport);
    let bob = phone(&nats, 2, "bob", transport);
    // The transport is that of the account.
    let dial = format!("/dial sip:bob@{}", TwoNats::SERVER);
    for (times, hangs_up, hears, bye) in [
        (1, &alice, &bob, "BYE sip:bob"),
        (2, &bob, &alice, "BYE sip:alice"),
    ] {
        alice.command(&dial).unwrap();
        alice.wrote_times("Call established", times).unwrap();
        // The ACK has come through: without, the answer is repeated and the call taken down.
        bob.wrote_times("Call established", times).unwrap();
        hangs_up.command("/hangup").unwrap();
        hears.wrote(bye).unwrap();
        // The CSeq of each BYE, and of its answer.
        hangs_up.wrote_times(" BYE", 2 * times).unwrap();
    }
    // Each was told where the other is reached, in a form that leads there and nowhere else.
    for phone in [&alice, &bob] {
        let log = phone.log();
        assert!(log.contains(";alias="), "{log}");
    }
    let log = server.log();
    assert!(!log.contains("has no next hop"), "{log}");
}

#[test]
fn two_phones_behind_two_nats_call_each_other_and_hang_up_from_both_sides() {
    call_and_hang_up("udp");
}

#[test]
fn two_phones_behind_two_nats_call_and_hang_up_over_connections() {
    call_and_hang_up("tcp");
}
