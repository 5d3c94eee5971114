use super::*;
use crate::action::{CancelCause, End};
use crate::key::{KeyMaker, ServerParts};
use crate::{State, client_invite, server_invite, server_other};

mod random;

/// A table, its keys and its clock.
struct Bench {
    table: TransactionTable<&'static str>,
    keys: KeyMaker,
    now: Instant,
}

impl Bench {
    fn new() -> Self {
        Self::with(Config::default())
    }

    fn with(config: Config) -> Self {
        let now = Instant::now();
        Self {
            table: TransactionTable::new(config, now, 5),
            keys: KeyMaker::new(),
            now,
        }
    }

    fn server_key(&self, branch: &str, method: &str) -> ServerKey {
        self.keys.server(&ServerParts {
            branch: branch.as_bytes(),
            host: b"a.example",
            port: 5060,
            cseq: 1,
            method: method.as_bytes(),
        })
    }

    fn client_key(&self, branch: &str, method: &str) -> ClientKey {
        self.keys.client(branch.as_bytes(), method.as_bytes())
    }

    fn server(&mut self, branch: &str, method: &str) -> ServerMatch<&'static str> {
        let key = self.server_key(branch, method);
        self.table
            .server(self.now, &key, Delivery::Unreliable, |_| "server")
            .unwrap()
    }

    fn new_server(&mut self, branch: &str, method: &str) -> Id {
        match self.server(branch, method) {
            ServerMatch::New(id) => id,
            other => panic!("{other:?}"),
        }
    }

    fn client(&mut self, branch: &str, method: &str) -> Id {
        let key = self.client_key(branch, method);
        let sent = self.table.client(self.now, &key, request(), |_| "client");
        let (id, outputs) = sent.unwrap();
        let bytes = request().bytes;
        assert_eq!(
            outputs.into_vec(),
            [Output::Send {
                id,
                user: "client",
                bytes
            }]
        );
        id
    }

    fn response(&mut self, branch: &str, method: &str, status: u16) -> ClientMatch<&'static str> {
        let key = self.client_key(branch, method);
        self.table
            .response(self.now, &key, status, |_| bytes("ACK"))
    }

    fn respond(&mut self, id: Id, status: u16) -> Result<Vec<Output<&'static str>>, RespondError> {
        self.table
            .respond(self.now, id, status, bytes("response"))
            .map(Outputs::into_vec)
    }

    fn advance(&mut self, by: Duration) -> Vec<Output<&'static str>> {
        self.now += by;
        let mut outputs = Vec::new();
        self.table.fire_due(self.now, usize::MAX, &mut outputs);
        outputs
    }
}

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn request() -> ClientRequest {
    ClientRequest {
        bytes: bytes("request"),
        delivery: Delivery::Unreliable,
        timers: crate::TimerOverrides::default(),
    }
}

fn found<U>(id: Id, user: U) -> Found<U> {
    Found { id, user }
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_new_request_is_new_once_and_absorbed_after() {
    let mut bench = Bench::new();
    let id = bench.new_server("1", "MESSAGE");
    assert_eq!(bench.table.user(id), Some(&"server"));
    assert_eq!(
        bench.server("1", "MESSAGE"),
        ServerMatch::Absorbed(Outputs::new())
    );
    bench.respond(id, 200).unwrap();
    let again = Output::Send {
        id,
        user: "server",
        bytes: bytes("response"),
    };
    assert_eq!(
        bench.server("1", "MESSAGE"),
        ServerMatch::Absorbed(smallvec::smallvec![again])
    );
    assert_eq!(bench.table.len(), 1);
}

#[test]
fn an_id_knows_its_shard_and_a_foreign_id_finds_nothing() {
    let mut bench = Bench::new();
    let mut other = TransactionTable::new(Config::default(), bench.now, 6);
    let key = bench.server_key("1", "MESSAGE");
    other
        .server(bench.now, &key, Delivery::Unreliable, |_| "other")
        .unwrap();
    let id = bench.new_server("1", "MESSAGE");
    assert_eq!(id.shard(), 5);
    assert_eq!(other.user(id), None);
    assert_eq!(other.forget(id), None);
}

#[test]
fn an_id_never_names_the_next_transaction_in_its_place() {
    let mut bench = Bench::new();
    let old = bench.new_server("1", "MESSAGE");
    assert_eq!(bench.table.forget(old), Some("server"));
    let new = bench.new_server("2", "MESSAGE");
    assert_ne!(old, new);
    assert_eq!(bench.table.user(old), None);
    assert_eq!(bench.respond(old, 200), Err(RespondError::Gone));
    assert_eq!(bench.table.cancel(bench.now, old), Outputs::new());
    assert_eq!(bench.table.transport_error(bench.now, old), Outputs::new());
    assert_eq!(bench.table.user(new), Some(&"server"));
}

#[test]
fn a_full_table_refuses_what_is_new_and_still_serves_what_it_has() {
    let mut bench = Bench::with(Config {
        transactions_max: 2,
        ..Config::default()
    });
    let id = bench.new_server("1", "INVITE");
    bench.client("c", "INVITE");
    let full = Full {
        transactions_max: 2,
    };
    let (key, client) = (
        bench.server_key("2", "INVITE"),
        bench.client_key("d", "INVITE"),
    );
    let refused = bench
        .table
        .server(bench.now, &key, Delivery::Unreliable, |_| panic!("made"));
    assert_eq!(refused, Err(full));
    let refused = bench
        .table
        .client(bench.now, &client, request(), |_| panic!("made"));
    assert_eq!(refused, Err(ClientError::Full(full)));
    assert_eq!(
        bench.server("1", "INVITE"),
        ServerMatch::Absorbed(Outputs::new())
    );
    assert_eq!(bench.server("3", "ACK"), ServerMatch::AckPassed(None));
    bench.table.forget(id).unwrap();
    bench.new_server("2", "INVITE");
}

#[test]
fn a_branch_in_use_is_refused_for_a_second_client_transaction() {
    let mut bench = Bench::new();
    bench.client("c", "INVITE");
    let key = bench.client_key("c", "INVITE");
    let refused = bench.table.client(bench.now, &key, request(), |_| "second");
    assert_eq!(refused, Err(ClientError::KeyInUse));
    bench.client("c", "CANCEL");
    assert_eq!(bench.table.len(), 2);
}

#[test]
fn a_response_nobody_waits_for_is_a_stray() {
    let mut bench = Bench::new();
    bench.client("c", "INVITE");
    assert_eq!(bench.response("d", "INVITE", 200), ClientMatch::Stray);
    assert_eq!(bench.response("c", "BYE", 200), ClientMatch::Stray);
}

#[test]
fn a_response_without_a_valid_status_is_a_stray() {
    let mut bench = Bench::new();
    bench.client("c", "INVITE");
    for status in [0, 99, 700, u16::MAX] {
        assert_eq!(bench.response("c", "INVITE", status), ClientMatch::Stray);
    }
}

#[test]
fn a_failure_is_passed_with_its_ack_and_then_absorbed_with_its_ack() {
    let mut bench = Bench::new();
    let id = bench.client("c", "INVITE");
    let ack: Outputs<_> = smallvec::smallvec![Output::Send {
        id,
        user: "client",
        bytes: bytes("ACK")
    }];
    let passed = ClientMatch::Pass {
        found: found(id, "client"),
        outputs: ack.clone(),
    };
    assert_eq!(bench.response("c", "INVITE", 486), passed);
    assert_eq!(
        bench.response("c", "INVITE", 486),
        ClientMatch::Absorbed(ack)
    );
}

#[test]
fn a_failure_whose_ack_cannot_be_printed_is_passed_and_nothing_sent() {
    let mut bench = Bench::new();
    let id = bench.client("c", "INVITE");
    let key = bench.client_key("c", "INVITE");
    let passed = ClientMatch::Pass {
        found: found(id, "client"),
        outputs: Outputs::new(),
    };
    let got = bench.table.response(bench.now, &key, 486, |_| Bytes::new());
    assert_eq!(got, passed);
    assert_eq!(
        bench.response("c", "INVITE", 486),
        ClientMatch::Absorbed(Outputs::new())
    );
}

#[test]
fn over_tcp_a_final_response_is_passed_and_ends_in_one_step() {
    let mut bench = Bench::new();
    let key = bench.client_key("c", "BYE");
    let over_tcp = ClientRequest {
        delivery: Delivery::Reliable,
        ..request()
    };
    let (id, _) = bench
        .table
        .client(bench.now, &key, over_tcp, |_| "client")
        .unwrap();
    let ended = Output::Ended {
        id,
        user: "client",
        end: End::Done,
    };
    let passed = ClientMatch::Pass {
        found: found(id, "client"),
        outputs: smallvec::smallvec![ended],
    };
    assert_eq!(bench.response("c", "BYE", 200), passed);
    assert!(bench.table.is_empty());
    assert_eq!(bench.table.next_deadline(), None);
    assert_eq!(bench.response("c", "BYE", 200), ClientMatch::Stray);
}

#[test]
fn every_2xx_of_a_fork_goes_through_and_a_late_failure_does_not() {
    let mut bench = Bench::new();
    let id = bench.new_server("1", "INVITE");
    let send = Output::Send {
        id,
        user: "server",
        bytes: bytes("response"),
    };
    for status in [180, 200, 200, 202] {
        assert_eq!(bench.respond(id, status), Ok(vec![send.clone()]));
    }
    assert_eq!(bench.respond(id, 486), Err(RespondError::Answered));
    assert_eq!(bench.respond(id, 180), Err(RespondError::Answered));
    let ended = Output::Ended {
        id,
        user: "server",
        end: End::Done,
    };
    assert_eq!(bench.advance(32 * SECOND), [ended]);
    assert_eq!(bench.respond(id, 200), Err(RespondError::Gone));
}

#[test]
fn responses_are_refused_without_a_status_for_clients_and_after_the_final_one() {
    let mut bench = Bench::new();
    let (server, client) = (bench.new_server("1", "BYE"), bench.client("c", "BYE"));
    assert_eq!(bench.respond(server, 99), Err(RespondError::Status(99)));
    assert_eq!(bench.respond(server, 700), Err(RespondError::Status(700)));
    assert_eq!(bench.respond(client, 200), Err(RespondError::NotServer));
    bench.respond(server, 404).unwrap();
    assert_eq!(bench.respond(server, 200), Err(RespondError::Answered));
}

#[test]
fn the_ack_to_a_failure_is_absorbed_and_the_ack_to_a_2xx_passed() {
    let mut bench = Bench::new();
    let failed = bench.new_server("1", "INVITE");
    bench.respond(failed, 486).unwrap();
    assert_eq!(
        bench.server("1", "ACK"),
        ServerMatch::Absorbed(Outputs::new())
    );
    let confirmed = State::ServerInvite(server_invite::ServerInviteState::Confirmed);
    assert_eq!(bench.table.state(failed), Some(confirmed));
    let answered = bench.new_server("2", "INVITE");
    bench.respond(answered, 200).unwrap();
    let passed = ServerMatch::AckPassed(Some(found(answered, "server")));
    assert_eq!(bench.server("2", "ACK"), passed);
    assert_eq!(bench.server("3", "ACK"), ServerMatch::AckPassed(None));
    assert_eq!(bench.table.len(), 2);
}

#[test]
fn an_ack_never_matches_another_method_with_its_branch() {
    let mut bench = Bench::new();
    bench.new_server("1", "BYE");
    assert_eq!(bench.server("1", "ACK"), ServerMatch::AckPassed(None));
}

#[test]
fn a_cancel_finds_its_invite_and_lives_on_its_own() {
    let mut bench = Bench::new();
    let invite = bench.new_server("1", "INVITE");
    let ServerMatch::Cancel {
        id,
        target: Some(target),
    } = bench.server("1", "CANCEL")
    else {
        panic!("no target");
    };
    assert_eq!(
        target,
        CancelMatch {
            invite: found(invite, "server"),
            is_answered: false
        }
    );
    assert_ne!(id, invite);
    bench.respond(id, 200).unwrap();
    let answer = Output::Send {
        id,
        user: "server",
        bytes: bytes("response"),
    };
    assert_eq!(
        bench.server("1", "CANCEL"),
        ServerMatch::Absorbed(smallvec::smallvec![answer])
    );
    bench.respond(invite, 487).unwrap();
}

#[test]
fn a_cancel_after_the_answer_says_so_and_one_without_an_invite_has_no_target() {
    let mut bench = Bench::new();
    for (branch, status) in [("1", 200), ("2", 486)] {
        let invite = bench.new_server(branch, "INVITE");
        bench.respond(invite, status).unwrap();
        match bench.server(branch, "CANCEL") {
            ServerMatch::Cancel {
                target: Some(target),
                ..
            } => assert!(target.is_answered),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(
        bench.server("3", "CANCEL"),
        ServerMatch::Cancel { target: None, .. }
    ));
}

#[test]
fn a_cancel_of_a_bye_has_no_target() {
    let mut bench = Bench::new();
    bench.new_server("1", "BYE");
    assert!(matches!(
        bench.server("1", "CANCEL"),
        ServerMatch::Cancel { target: None, .. }
    ));
}

#[test]
fn a_wish_to_cancel_is_kept_until_the_first_provisional_response() {
    let mut bench = Bench::new();
    let id = bench.client("c", "INVITE");
    assert_eq!(bench.table.cancel(bench.now, id), Outputs::new());
    let due = Output::CancelDue {
        id,
        user: "client",
        cause: CancelCause::User,
    };
    let passed = ClientMatch::Pass {
        found: found(id, "client"),
        outputs: smallvec::smallvec![due],
    };
    assert_eq!(bench.response("c", "INVITE", 100), passed);
}

#[test]
fn only_client_invites_can_be_cancelled() {
    let mut bench = Bench::new();
    for id in [bench.client("c", "BYE"), bench.new_server("1", "INVITE")] {
        assert_eq!(bench.table.cancel(bench.now, id), Outputs::new());
        assert!(bench.table.user(id).is_some());
    }
}

#[test]
fn a_failed_send_ends_a_client_and_not_an_invite_server() {
    let mut bench = Bench::new();
    let client = bench.client("c", "INVITE");
    let ended = Output::Ended {
        id: client,
        user: "client",
        end: End::TransportError,
    };
    assert_eq!(
        bench.table.transport_error(bench.now, client).into_vec(),
        [ended]
    );
    let server = bench.new_server("1", "INVITE");
    bench.respond(server, 180).unwrap();
    let reported = Output::SendFailed {
        id: server,
        user: "server",
    };
    assert_eq!(
        bench.table.transport_error(bench.now, server).into_vec(),
        [reported]
    );
    assert_eq!(bench.table.len(), 1);
}

#[test]
fn an_invite_nobody_answers_makes_the_100_due_once() {
    let mut bench = Bench::new();
    let id = bench.new_server("1", "INVITE");
    let deadline = bench.table.next_deadline().unwrap();
    assert!(deadline > bench.now && deadline <= bench.now + Duration::from_millis(200));
    assert_eq!(bench.advance(Duration::from_millis(199)), []);
    let due = Output::TryingDue { id, user: "server" };
    assert_eq!(bench.advance(Duration::from_millis(1)), [due]);
    assert_eq!(bench.advance(60 * SECOND), []);
}

#[test]
fn a_request_its_user_forgets_ends_by_itself() {
    let mut bench = Bench::new();
    let invite = bench.new_server("1", "INVITE");
    let other = bench.new_server("2", "MESSAGE");
    let unanswered = |id| Output::Ended {
        id,
        user: "server",
        end: End::Unanswered,
    };
    assert!(bench.advance(64 * SECOND).contains(&unanswered(other)));
    assert_eq!(bench.advance(15 * 60 * SECOND), [unanswered(invite)]);
    assert!(bench.table.is_empty());
}

#[test]
fn what_is_forgotten_leaves_no_timer_and_no_key() {
    let mut bench = Bench::new();
    let id = bench.new_server("1", "INVITE");
    assert_eq!(bench.table.forget(id), Some("server"));
    assert_eq!(bench.table.forget(id), None);
    assert_eq!(bench.table.next_deadline(), None);
    bench.new_server("1", "INVITE");
}

#[test]
fn many_timers_due_at_once_fire_in_portions() {
    let mut bench = Bench::new();
    for number in 0..100 {
        bench.client(&number.to_string(), "OPTIONS");
    }
    bench.now += Duration::from_millis(500);
    let mut outputs = Vec::new();
    bench.table.fire_due(bench.now, 30, &mut outputs);
    assert_eq!(outputs.len(), 30);
    assert!(bench.table.next_deadline().unwrap() <= bench.now);
    bench.table.fire_due(bench.now, 1000, &mut outputs);
    assert_eq!(outputs.len(), 100);
    assert!(bench.table.next_deadline().unwrap() > bench.now);
}

#[test]
fn a_driver_that_wakes_late_repeats_once_and_not_once_per_missed_interval() {
    let mut bench = Bench::new();
    bench.client("c", "INVITE");
    assert_eq!(bench.advance(20 * SECOND).len(), 1);
    assert_eq!(bench.table.len(), 1);
}

#[test]
fn a_driver_that_wakes_after_everything_gives_up_without_repeating() {
    let mut bench = Bench::new();
    let id = bench.client("c", "INVITE");
    let outputs = bench.advance(3_600 * SECOND);
    let ended = Output::Ended {
        id,
        user: "client",
        end: End::Timeout,
    };
    assert_eq!(outputs.last(), Some(&ended));
    assert!(outputs.len() <= 2, "{outputs:?}");
}

#[test]
fn a_timer_of_no_length_fires_once_per_tick_and_not_for_ever() {
    let mut bench = Bench::with(Config {
        t1: Duration::from_nanos(1),
        ..Config::default()
    });
    let key = bench.client_key("c", "OPTIONS");
    let timers = crate::TimerOverrides {
        fr_timer: Some(SECOND),
        fr_inv_timer: None,
    };
    let request = ClientRequest {
        timers,
        ..request()
    };
    bench
        .table
        .client(bench.now, &key, request, |_| "client")
        .unwrap();
    let mut outputs = Vec::new();
    bench.table.fire_due(bench.now, 1000, &mut outputs);
    assert_eq!(outputs, []);
    assert_eq!(bench.advance(Duration::from_millis(1)).len(), 1);
}

#[test]
fn a_clock_before_the_epoch_counts_as_the_epoch() {
    let mut bench = Bench::new();
    bench.now += 10 * SECOND;
    bench.table = TransactionTable::new(Config::default(), bench.now, 0);
    bench.now -= 5 * SECOND;
    bench.client("c", "INVITE");
    assert_eq!(bench.advance(5 * SECOND), []);
    assert_eq!(bench.advance(SECOND / 2).len(), 1);
}

#[test]
fn states_tell_what_is_live() {
    let mut bench = Bench::new();
    bench.client("c", "INVITE");
    bench.new_server("1", "MESSAGE");
    let states: Vec<State> = bench.table.states().collect();
    assert_eq!(
        states,
        [
            State::ClientInvite(client_invite::ClientInviteState::Calling),
            State::ServerOther(server_other::ServerOtherState::Trying)
        ]
    );
}

#[test]
fn an_entry_is_small() {
    // 100,000 transactions in 40 MB, messages aside.
    let bytes = size_of::<Entry<u64>>();
    assert!(bytes <= 256, "{bytes}");
}
