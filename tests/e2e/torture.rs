//! Every message of the torture corpus (`tests/torture`) at the running server, over UDP and TCP,
//! and connections that send what no phone would: each gets what its `expected.json` asks of a
//! server, and the next request is served as ever.

mod case;
mod hostile;
mod parts;
mod phone;
mod rules;
mod wire;

use std::collections::BTreeMap;

use evroute_tests::Server;

use self::case::{Case, Outcome, cases};
use self::phone::Phone;
use self::wire::{Told, is_served, over_tcp, over_udp};

/// Its domains are those that the corpus calls; its users are at one phone.
fn server(phone: &Phone) -> Server {
    let users = case::USERS.iter().map(|user| {
        format!(
            "\n[[tenant.route]]\nuser = {user:?}\nto = \"sip:127.0.0.1:{}\"\n",
            phone.port
        )
    });
    let tenant = format!(
        "[[tenant]]\nname = \"torture\"\ndomains = {:?}\n",
        case::DOMAINS
    );
    Server::start(&(tenant + &users.collect::<String>())).expect("the tenant starts")
}

/// Sends them all, by `send`, and counts what came of them.
///
/// Many have the same branch: a server takes them for one request, so each of those meets a server
/// of its own.
fn torment(send: impl Fn(&Server, &Phone, &Case) -> Told, is_stream: bool) {
    let (mut found, mut wrong) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for series in case::without_repetitions(cases()) {
        let phone = Phone::new();
        let server = server(&phone);
        for case in &series {
            let reported = send(&server, &phone, case);
            let expected = rules::expected(case, is_stream);
            let name = reported.outcome.name();
            println!("{:8} {:32} {reported:?}", case.class, case.file);
            *found.entry(name).or_default() += 1;
            if reported.outcome != expected {
                let file = &case.file;
                wrong.push(format!(
                    "{file}: {:?}, not {expected:?} ({})",
                    reported.outcome, case.expect
                ));
            }
            if let Some(change) = reported.change {
                wrong.push(format!("{}: changed on its way: {change}", case.file));
            }
            assert!(is_served(&server), "after {} nothing is served", case.file);
        }
    }
    println!("{found:?}");
    assert!(
        wrong.is_empty(),
        "{} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(found.values().sum::<usize>(), case::TOTAL, "{found:?}");
    assert_eq!(found, rules::totals(is_stream));
}

#[test]
fn every_torture_message_gets_what_the_rfcs_ask_over_udp() {
    torment(over_udp, false);
}

#[test]
fn every_torture_message_gets_what_the_rfcs_ask_over_tcp() {
    torment(over_tcp, true);
}

/// Its Route to strangers keeps it from being forwarded, so its body is sent once more without.
#[test]
fn a_binary_body_is_forwarded_byte_for_byte() {
    const ROUTE: &[u8] = b"Route: <sip:127.0.0.1:5080>\r\n";
    let file = "rfc4475/mpart01.dat";
    let mut case = cases().into_iter().find(|case| case.file == file).unwrap();
    let at = case
        .wire
        .windows(ROUTE.len())
        .position(|bytes| bytes == ROUTE);
    let at = at.expect("the Route is there");
    case.wire.drain(at..at + ROUTE.len());
    assert!(std::str::from_utf8(&case.wire).is_err(), "no text");
    for send in [over_udp, over_tcp] {
        let phone = Phone::new();
        let reported = send(&server(&phone), &phone, &case);
        assert_eq!(
            (reported.outcome, reported.change),
            (Outcome::Forwarded, None)
        );
    }
}

impl Outcome {
    fn name(&self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Forwarded => "forwarded",
            Self::Answered(200..=299) => "served",
            Self::Answered(400 | 505) => "malformed",
            Self::Answered(_) => "refused",
            Self::Waiting => "waiting",
        }
    }
}
