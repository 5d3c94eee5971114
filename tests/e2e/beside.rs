//! The same calls through evroute and through Kamailio: what completes there completes here, or the
//! list says why not.

mod ladder;
mod phone;

use std::fs;
use std::net::SocketAddr;

use evroute_tests::{Kamailio, Server, Sipp, Transport, free_port};
use tempfile::TempDir;

use self::ladder::{Ladder, Side, ladders};
use self::phone::scenario;

/// A ladder that does not complete through both.
struct Difference {
    ladder: &'static str,
    /// Over which transports.
    over: &'static [Transport],
    outcome: Outcome,
    /// Why that is right. docs/from-kamailio.md says the same to operators.
    why: &'static str,
}

const BOTH: &[Transport] = &[Transport::Udp, Transport::Tcp];

const DIFFERENCES: [Difference; 4] = [
    Difference {
        ladder: "odd retry-after",
        over: &[Transport::Tcp],
        outcome: Outcome::Here,
        why: "Kamailio reads the field on its way to Content-Length and loses the answer; nobody here uses it",
    },
    Difference {
        ladder: "route of a stranger",
        over: BOTH,
        outcome: Outcome::There,
        why: "403: what begins a call goes where the domain's owner says, not where its sender does",
    },
    Difference {
        ladder: "body cut short",
        over: &[Transport::Udp],
        outcome: Outcome::There,
        why: "400, RFC 3261 18.3: a datagram that ends too early has lost something",
    },
    Difference {
        ladder: "body cut short",
        over: &[Transport::Tcp],
        outcome: Outcome::Neither,
        why: "the rest of the body is waited for",
    },
];

/// How long a phone waits for the next message, in milliseconds.
const PATIENCE_MS: &str = "20000";

/// Through which of the two a call completes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Both,
    Here,
    There,
    Neither,
}

/// A ladder and where its callee listens: a port of its own for each proxy, so that what is sent
/// again for one call reaches no other.
struct Trial {
    ladder: Ladder,
    ports: [u16; 2],
    over: Transport,
}

impl Trial {
    /// The user that lives on this port.
    fn user(&self, port: u16) -> String {
        match self.over {
            Transport::Udp => format!("udp{port}"),
            Transport::Tcp => format!("tcp{port}"),
        }
    }

    /// Whether both phones came to the end of the ladder, through this proxy; with what the caller
    /// sent and received.
    fn completes(&self, proxy: SocketAddr, port: u16) -> (bool, String) {
        let folder = TempDir::new().unwrap();
        let user = self.user(port);
        let phone = |side: Side| {
            let path = folder.path().join(format!("{side:?}.xml"));
            fs::write(&path, scenario(&self.ladder, side)).unwrap();
            let phone = Sipp::new(&path.display().to_string()).over(self.over);
            phone.user(&user).with(&["-recv_timeout", PATIENCE_MS])
        };
        let is_reached = self.ladder.steps.iter().any(|step| step.to == Side::Callee);
        let callee = is_reached.then(|| phone(Side::Callee).at(port).listen().unwrap());
        let caller = phone(Side::Caller).begin(proxy).unwrap();
        let (calls, messages) = caller.finish().unwrap();
        let is_called = match callee {
            // Where the caller did not come to its end, the callee may wait for good.
            Some(callee) if calls.successful == 1 => callee.finish().unwrap().0.successful == 1,
            Some(_) => false,
            None => true,
        };
        (calls.successful == 1 && is_called, messages)
    }
}

/// A proxy that knows the users of these trials.
fn server(trials: &[Trial]) -> Server {
    let routes = trials.iter().map(|trial| {
        let [port, _] = trial.ports;
        let transport = match trial.over {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
        };
        format!(
            "[[tenant.route]]\nuser = \"{}\"\nto = \"sip:127.0.0.1:{port};transport={transport}\"\n",
            trial.user(port)
        )
    });
    let tenant = "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n".to_owned();
    Server::start(&(tenant + &routes.collect::<String>())).unwrap()
}

fn all_complete_as_listed(over: Transport) {
    let trial = |ladder| Trial {
        ladder,
        ports: [free_port(), free_port()],
        over,
    };
    let trials: Vec<_> = ladders().into_iter().map(trial).collect();
    let (server, kamailio) = (server(&trials), Kamailio::start().unwrap());
    let mut complaints = Vec::new();
    for trial in &trials {
        let (ladder, [port, other]) = (&trial.ladder, trial.ports);
        let is_this =
            |listed: &&Difference| listed.ladder == ladder.name && listed.over.contains(&over);
        let listed = DIFFERENCES.iter().find(is_this);
        let expected = listed.map_or(Outcome::Both, |listed| listed.outcome);
        let (here, heard_here) = trial.completes(server.sip, port);
        let (there, heard_there) = trial.completes(kamailio.sip, other);
        let found = match (here, there) {
            (true, true) => Outcome::Both,
            (true, false) => Outcome::Here,
            (false, true) => Outcome::There,
            (false, false) => Outcome::Neither,
        };
        println!("{over:?}: {ladder}: {found:?}");
        if found != expected {
            println!("--- here\n{heard_here}\n--- through Kamailio\n{heard_there}");
            complaints.push(format!("{ladder}: {found:?}, listed as {expected:?}"));
        }
    }
    let logs = format!("{}\n--- Kamailio\n{}", server.log(), kamailio.log());
    assert!(complaints.is_empty(), "{complaints:#?}\n{logs}");
}

#[test]
fn calls_complete_as_through_kamailio_over_udp() {
    all_complete_as_listed(Transport::Udp);
}

#[test]
fn calls_complete_as_through_kamailio_over_tcp() {
    all_complete_as_listed(Transport::Tcp);
}

#[test]
fn every_difference_names_a_ladder() {
    let ladders = ladders();
    for Difference { ladder, why, .. } in DIFFERENCES {
        assert!(ladders.iter().any(|known| known.name == ladder), "{ladder}");
        assert!(!why.is_empty(), "{ladder}");
    }
}
