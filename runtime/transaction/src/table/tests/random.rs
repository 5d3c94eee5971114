//! Anything may happen in any order; nothing panics, nothing stays.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

const METHODS: [&str; 5] = ["INVITE", "ACK", "CANCEL", "BYE", "WHATEVER"];
const BRANCHES: [&str; 4] = ["1", "2", "3", "4"];

#[derive(Debug, Clone)]
enum Step {
    Request {
        branch: usize,
        method: usize,
        delivery: Delivery,
    },
    Respond {
        pick: usize,
        status: u16,
    },
    Send {
        branch: usize,
        method: usize,
        delivery: Delivery,
    },
    Response {
        branch: usize,
        method: usize,
        status: u16,
    },
    Cancel {
        pick: usize,
    },
    TransportError {
        pick: usize,
    },
    Forget {
        pick: usize,
    },
    Advance {
        by_ms: u64,
    },
}

fn delivery() -> impl Strategy<Value = Delivery> {
    prop_oneof![Just(Delivery::Reliable), Just(Delivery::Unreliable)]
}

fn status() -> impl Strategy<Value = u16> {
    prop_oneof![Just(100), Just(180), Just(200), Just(486), 0u16..800]
}

fn step() -> impl Strategy<Value = Step> {
    let place = (0..BRANCHES.len(), 0..METHODS.len());
    let by_ms = prop_oneof![0u64..20, 0u64..2_000, 0u64..70_000, 0u64..2_000_000];
    prop_oneof![
        4 => (place.clone(), delivery()).prop_map(|((branch, method), delivery)| {
            Step::Request { branch, method, delivery }
        }),
        4 => (any::<usize>(), status()).prop_map(|(pick, status)| Step::Respond { pick, status }),
        4 => (place.clone(), delivery()).prop_map(|((branch, method), delivery)| {
            Step::Send { branch, method, delivery }
        }),
        6 => (place, status()).prop_map(|((branch, method), status)| {
            Step::Response { branch, method, status }
        }),
        2 => any::<usize>().prop_map(|pick| Step::Cancel { pick }),
        1 => any::<usize>().prop_map(|pick| Step::TransportError { pick }),
        1 => any::<usize>().prop_map(|pick| Step::Forget { pick }),
        4 => by_ms.prop_map(|by_ms| Step::Advance { by_ms }),
    ]
}

/// A bench that checks what every driver relies on.
struct Watch {
    bench: Bench,
    born: Vec<Id>,
    gone: HashSet<Id>,
}

impl Watch {
    fn new() -> Self {
        let config = Config {
            transactions_max: 12,
            ..Config::default()
        };
        Self {
            bench: Bench::with(config),
            born: Vec::new(),
            gone: HashSet::new(),
        }
    }

    fn pick(&self, pick: usize) -> Option<Id> {
        let index = pick.checked_rem(self.born.len())?;
        self.born.get(index).copied()
    }

    /// No output after the last one, no end without the entry gone.
    fn check(&mut self, outputs: impl IntoIterator<Item = Output<&'static str>>) {
        for output in outputs {
            match output {
                Output::Send { id, bytes, .. } => {
                    assert!(!self.gone.contains(&id));
                    assert!(!bytes.is_empty());
                }
                Output::TryingDue { id, .. }
                | Output::CancelDue { id, .. }
                | Output::GivenUp { id, .. }
                | Output::SendFailed { id, .. } => assert!(!self.gone.contains(&id)),
                Output::Ended { id, .. } => {
                    assert!(self.gone.insert(id), "ended twice");
                    assert_eq!(self.bench.table.user(id), None);
                }
            }
        }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Request {
                branch,
                method,
                delivery,
            } => self.request(branch, method, delivery),
            Step::Respond { pick, status } => {
                let Some(id) = self.pick(pick) else { return };
                if let Ok(outputs) = self.bench.respond(id, status) {
                    self.check(outputs);
                }
            }
            Step::Send {
                branch,
                method,
                delivery,
            } => self.send(branch, method, delivery),
            Step::Response {
                branch,
                method,
                status,
            } => {
                match self
                    .bench
                    .response(BRANCHES[branch], METHODS[method], status)
                {
                    ClientMatch::Pass { found, outputs } => {
                        assert!(!self.gone.contains(&found.id));
                        self.check(outputs);
                    }
                    ClientMatch::Absorbed(outputs) => self.check(outputs),
                    ClientMatch::Stray => {}
                }
            }
            Step::Cancel { pick } => {
                let Some(id) = self.pick(pick) else { return };
                let outputs = self.bench.table.cancel(self.bench.now, id);
                self.check(outputs);
            }
            Step::TransportError { pick } => {
                let Some(id) = self.pick(pick) else { return };
                let outputs = self.bench.table.transport_error(self.bench.now, id);
                self.check(outputs);
            }
            Step::Forget { pick } => {
                let Some(id) = self.pick(pick) else { return };
                if self.bench.table.forget(id).is_some() {
                    assert!(self.gone.insert(id));
                }
            }
            Step::Advance { by_ms } => {
                let outputs = self.bench.advance(Duration::from_millis(by_ms));
                self.check(outputs);
            }
        }
    }

    fn request(&mut self, branch: usize, method: usize, delivery: Delivery) {
        let key = self.bench.server_key(BRANCHES[branch], METHODS[method]);
        let is_ack = METHODS[method] == "ACK";
        match self
            .bench
            .table
            .server(self.bench.now, &key, delivery, |_| "server")
        {
            Ok(ServerMatch::New(id) | ServerMatch::Cancel { id, .. }) => {
                assert!(!is_ack);
                self.born.push(id);
            }
            Ok(ServerMatch::Absorbed(outputs)) => self.check(outputs),
            Ok(ServerMatch::AckPassed(_)) => assert!(is_ack),
            Err(full) => assert_eq!(self.bench.table.len(), full.transactions_max),
        }
    }

    fn send(&mut self, branch: usize, method: usize, delivery: Delivery) {
        let key = self.bench.client_key(BRANCHES[branch], METHODS[method]);
        let request = ClientRequest {
            delivery,
            ..request()
        };
        if let Ok((id, outputs)) =
            self.bench
                .table
                .client(self.bench.now, &key, request, |_| "client")
        {
            self.born.push(id);
            self.check(outputs);
        }
    }

    /// The longest any transaction may outlive the last input.
    fn run_out(&mut self) {
        let config = Config::default();
        let end = self.bench.now + config.unanswered_invite_max() + config.t1_64() * 2;
        while let Some(at) = self.bench.table.next_deadline() {
            assert!(at <= end, "a transaction outlives every limit");
            let by = at.saturating_duration_since(self.bench.now);
            let outputs = self.bench.advance(by);
            self.check(outputs);
        }
        assert!(self.bench.table.is_empty());
        assert!(self.bench.table.keys.is_empty());
        assert_eq!(self.bench.table.wheel.len(), 0);
        assert_eq!(self.gone.len(), self.born.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_happens_nothing_panics_and_every_transaction_ends(
        steps in prop::collection::vec(step(), 0..120),
    ) {
        let mut watch = Watch::new();
        for step in &steps {
            watch.take(step);
            prop_assert!(watch.bench.table.len() <= 12);
            prop_assert_eq!(watch.bench.table.len(), watch.born.len() - watch.gone.len());
        }
        watch.run_out();
    }

    #[test]
    fn no_peer_keeps_a_transaction_alive_beyond_its_limits(
        statuses in prop::collection::vec(100u16..200, 1..8),
        interval_ms in 1_000u64..120_000,
    ) {
        let mut bench = Bench::new();
        let id = bench.client("c", "INVITE");
        let config = Config::default();
        let limit = config.invite_lifetime_max + config.t1_64() * 2;
        let start = bench.now;
        for status in statuses.iter().cycle() {
            bench.response("c", "INVITE", *status);
            bench.advance(Duration::from_millis(interval_ms));
            if bench.table.user(id).is_none() {
                break;
            }
            prop_assert!(bench.now <= start + limit + Duration::from_millis(interval_ms));
        }
    }
}
