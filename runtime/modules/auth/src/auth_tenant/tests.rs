use std::path::PathBuf;

use evroute_digest_auth::{Algorithm, Credentials, Retry, answer};
use evroute_event::AuthenticatedUser;
use evroute_module_api::{Authenticated, AuthenticationStep};
use evroute_sip::{Framing, HeaderName};
use evroute_transport::Proto;

use super::*;
use crate::{FailureLimits, Replaces, Rules, Subscribers};

const NOW: u64 = 1_000_000_000_000;

fn config() -> Config {
    Config {
        rules: Rules {
            realm: None,
            domains: vec!["acme.example".to_owned()],
            methods: vec!["REGISTER".to_owned(), "INVITE".to_owned()],
            trusted: Vec::new(),
            everyone: false,
            check_from: true,
            check_to: true,
        },
        algorithms: vec![Algorithm::Sha256, Algorithm::Md5],
        nonce_lifetime_ms: 300_000,
        nonces_max: 100,
        failures: FailureLimits {
            failures_max: 2,
            block_ms: 10_000,
            block_ms_max: 60_000,
            tracked_max: 100,
        },
        subscribers_max: 10,
        table: None,
        folder: PathBuf::new(),
        events_queued_max: 4,
    }
}

/// A tenant with alice, whose password is `secret`, and a moment.
struct Fixture {
    part: Arc<AuthTenant>,
    source: &'static str,
    now: u64,
}

impl Fixture {
    fn new() -> Self {
        Self::with(config(), [1; 32])
    }

    fn with(config: Config, key: [u8; 32]) -> Self {
        let subscribers = Subscribers::in_memory(config.subscribers_max);
        let alice = Subscriber::of("alice", "acme.example", "acme.example", "secret");
        let key_of_alice = ("alice".to_owned(), "acme.example".to_owned());
        subscribers
            .put(vec![(key_of_alice, alice)], Replaces::Never)
            .unwrap();
        let part = AuthTenant::new(
            "acme".parse().unwrap(),
            evroute_tenant::TenantIndex::new(0),
            config,
            key,
            Store::file(subscribers),
        );
        Self {
            part: Arc::new(part),
            source: "203.0.113.5:5060",
            now: NOW,
        }
    }

    fn flow(&self) -> Flow {
        Flow {
            proto: Proto::Udp,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: self.source.parse().unwrap(),
            connection: None,
        }
    }

    fn ask(&self, request: &Message) -> Authenticated {
        let flow = self.flow();
        match Arc::clone(&self.part).authenticate(request, &flow, None, self.now) {
            AuthenticationStep::Done(done) => done,
            AuthenticationStep::Waits(_) => unreachable!("those in memory wait for nothing"),
        }
    }

    fn refused(&self, request: &Message) -> AuthenticationRefusal {
        match self.ask(request) {
            Authenticated::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        }
    }

    fn user(&self, request: &Message) -> AuthenticatedUser {
        match self.ask(request) {
            Authenticated::User(proof) => proof.user,
            other => panic!("{other:?}"),
        }
    }

    /// The challenges of a new nonce.
    fn challenges(&self) -> Vec<String> {
        let refusal = self.refused(&register("alice", None));
        assert_eq!(refusal.code, 401);
        challenges(&refusal)
    }
}

fn challenges(refusal: &AuthenticationRefusal) -> Vec<String> {
    let fields = refusal.headers.iter();
    let challenges = fields.filter(|(name, _)| *name == HeaderName::WwwAuthenticate);
    challenges.map(|(_, value)| value.clone()).collect()
}

fn message(method: &str, user: &str, header: &str, authorization: Option<&str>) -> Message {
    let authorization =
        authorization.map_or(String::new(), |value| format!("{header}: {value}\r\n"));
    let text = format!(
        "{method} sip:acme.example SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.5;branch=z9hG4bKr\r\n\
         From: <sip:{user}@acme.example>;tag=1\r\nTo: <sip:{user}@acme.example>\r\nCall-ID: r\r\n\
         CSeq: 1 {method}\r\n{authorization}Content-Length: 0\r\n\r\n"
    );
    Message::parse(text.into(), Framing::Datagram).unwrap()
}

fn register(user: &str, authorization: Option<&str>) -> Message {
    message("REGISTER", user, "Authorization", authorization)
}

fn answer_as(user_name: &str, password: &str, challenges: &[String], count: u32) -> String {
    let credentials = Credentials {
        user_name,
        password,
        realm: None,
    };
    let request = SignedRequest {
        method: b"REGISTER",
        body: b"",
    };
    let challenges = challenges.iter().map(String::as_bytes);
    answer(challenges, &credentials, &retry(request, count)).unwrap()
}

fn retry(request: SignedRequest<'_>, count: u32) -> Retry<'_> {
    Retry {
        request,
        uri: "sip:acme.example",
        cnonce: "c",
        count,
        refused: None,
    }
}

fn registered_by(user_name: &str, password: &str, challenges: &[String], count: u32) -> Message {
    register(
        "alice",
        Some(&answer_as(user_name, password, challenges, count)),
    )
}

#[test]
fn each_algorithm_is_offered_and_each_is_taken() {
    let fixture = Fixture::new();
    let challenges = fixture.challenges();
    assert_eq!(challenges.len(), 2);
    assert!(
        challenges[0].contains("algorithm=SHA-256, qop=\"auth\""),
        "{challenges:?}"
    );
    assert!(challenges[1].contains("algorithm=MD5, qop=\"auth\""));
    for (count, one) in (1..).zip(&challenges) {
        let request = registered_by("alice", "secret", std::slice::from_ref(one), count);
        let user = fixture.user(&request);
        assert_eq!(
            (user.user_name.as_str(), user.realm.as_str()),
            ("alice", "acme.example")
        );
    }
    assert_eq!(fixture.part.counts().get(AuthResult::Authenticated), 2);
}

#[test]
fn an_algorithm_that_was_not_offered_is_not_taken() {
    let fixture = Fixture::new();
    let challenge = fixture.challenges()[1].replace("MD5", "SHA-512-256");
    let refusal = fixture.refused(&registered_by("alice", "secret", &[challenge], 1));
    assert_eq!((refusal.code, challenges(&refusal).len()), (401, 2));
}

#[test]
fn a_name_with_its_domain_is_taken() {
    let fixture = Fixture::new();
    let challenges = fixture.challenges();
    let request = registered_by("alice@acme.example", "secret", &challenges, 1);
    assert_eq!(fixture.user(&request).user_name, "alice@acme.example");
    let other = registered_by("alice@other.example", "secret", &challenges, 2);
    assert_eq!(fixture.refused(&other).code, 401);
}

#[test]
fn a_nonce_is_taken_three_hundred_times_and_no_count_twice() {
    let fixture = Fixture::new();
    let challenges = fixture.challenges();
    for count in 1..=300 {
        fixture.user(&registered_by("alice", "secret", &challenges, count));
    }
    let refusal = fixture.refused(&registered_by("alice", "secret", &challenges, 300));
    assert_eq!(refusal.code, 401);
    assert!(
        refusal
            .headers
            .iter()
            .all(|(_, value)| value.contains("stale=true"))
    );
    assert_eq!(fixture.part.counts().get(AuthResult::Replayed), 1);
}

#[test]
fn a_nonce_of_before_a_restart_of_another_source_or_too_old_is_stale_whatever_the_password() {
    let before = Fixture::with(config(), [2; 32]);
    let mut fixture = Fixture::new();
    let others = before.challenges();
    let own = fixture.challenges();
    for password in ["secret", "guess"] {
        let refusal = fixture.refused(&registered_by("alice", password, &others, 1));
        assert!(
            challenges(&refusal)
                .iter()
                .all(|one| one.contains("stale=true"))
        );
        fixture.source = "203.0.113.6:5060";
        let refusal = fixture.refused(&registered_by("alice", password, &own, 1));
        assert!(
            challenges(&refusal)
                .iter()
                .all(|one| one.contains("stale=true"))
        );
        fixture.source = "203.0.113.5:5060";
    }
    fixture.now += 301_000_000;
    let refusal = fixture.refused(&registered_by("alice", "secret", &own, 1));
    let challenges = challenges(&refusal);
    assert!(challenges.iter().all(|one| one.contains("stale=true")));
    assert_eq!(fixture.part.counts().get(AuthResult::Stale), 5);
    assert_eq!(
        fixture.part.failed.tracked(),
        0,
        "no failure of anybody is counted"
    );
    fixture.user(&registered_by("alice", "secret", &challenges, 1));
}

#[test]
fn a_wrong_password_and_an_unknown_name_are_answered_alike_and_then_slowed_down() {
    let mut fixture = Fixture::new();
    let plain = |refusal: &AuthenticationRefusal| {
        let headers = refusal.headers.iter().map(|(name, value)| {
            let nonce = value
                .split("nonce=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            (
                name.as_str().to_owned(),
                value.replace(nonce.unwrap_or("-"), "N"),
            )
        });
        (refusal.code, headers.collect::<Vec<_>>())
    };
    let own = fixture.challenges();
    for count in 1..=3 {
        let wrong = fixture.refused(&registered_by("alice", "guess", &own, count));
        let unknown = fixture.refused(&registered_by("nobody", "guess", &own, count));
        assert_eq!(plain(&wrong), plain(&unknown));
        assert!(!wrong.headers[0].1.contains("stale"));
    }
    for user_name in ["alice", "nobody", "alice@acme.example"] {
        let refusal = fixture.refused(&registered_by(user_name, "secret", &own, 9));
        assert_eq!(refusal.code, 503, "{user_name}");
        assert_eq!(refusal.headers, [(HeaderName::RetryAfter, "10".to_owned())]);
    }
    // Neither another user of the same source nor another source of the same user.
    let other = fixture.refused(&registered_by("bob", "guess", &own, 1));
    assert_eq!(other.code, 401);
    fixture.source = "203.0.113.6:5060";
    let elsewhere = fixture.challenges();
    fixture.user(&registered_by("alice", "secret", &elsewhere, 1));
    fixture.source = "203.0.113.5:5060";
    fixture.now += 10_000_000;
    fixture.user(&registered_by("alice", "secret", &own, 10));
    assert_eq!(fixture.part.counts().get(AuthResult::Blocked), 3);
}

#[test]
fn handlers_are_told_who_was_not_let_in_and_not_whether_the_name_exists() {
    let fixture = Fixture::new();
    let own = fixture.challenges();
    assert!(
        fixture.part.reports.taken().is_empty(),
        "nobody was asked yet"
    );
    for (name, password) in [("alice", "guess"), ("nobody", "guess"), ("alice", "secret")] {
        let _ = fixture.ask(&registered_by(name, password, &own, 1));
    }
    let told = fixture.part.reports.taken();
    let told = told.iter().map(|event| {
        assert_eq!(event.source.to_string(), fixture.source);
        assert_eq!(
            (&*event.method, &*event.realm),
            ("REGISTER", "acme.example")
        );
        (event.user_name.as_str(), event.reason, event.failures)
    });
    let wrong = [
        ("alice", AuthResult::Wrong, 1),
        ("nobody", AuthResult::Wrong, 1),
    ];
    assert!(told.eq(wrong));
    let _ = fixture.ask(&registered_by("alice", "secret", &own, 1));
    let _ = fixture.ask(&register(
        "boss",
        Some(&answer_as("alice", "secret", &own, 2)),
    ));
    let reasons = fixture.part.reports.taken();
    let reasons = reasons.iter().map(|event| event.reason);
    assert!(reasons.eq([AuthResult::Replayed, AuthResult::Forbidden]));
}

#[test]
fn who_is_blocked_raises_nothing_and_what_finds_no_room_is_counted() {
    let fixture = Fixture::new();
    let own = fixture.challenges();
    for count in 1..=9 {
        let _ = fixture.ask(&registered_by("alice", "guess", &own, count));
    }
    assert_eq!(fixture.part.reports.taken().len(), 3);
    for count in 1..=3 {
        for name in ["bob", "carol"] {
            let _ = fixture.ask(&registered_by(name, "guess", &own, count));
        }
    }
    assert_eq!(fixture.part.reports.taken().len(), 4);
    assert_eq!(fixture.part.reports.lost(), 2);
}

#[test]
fn a_user_speaks_for_nobody_else_unless_he_may() {
    let fixture = Fixture::new();
    let answered = answer_as("alice", "secret", &fixture.challenges(), 1);
    assert_eq!(
        fixture.refused(&register("boss", Some(&answered))).code,
        403
    );
    let mut lenient = config();
    lenient.rules.check_to = false;
    let fixture = Fixture::with(lenient, [1; 32]);
    let answered = answer_as("alice", "secret", &fixture.challenges(), 1);
    assert_eq!(
        fixture.user(&register("boss", Some(&answered))).user_name,
        "alice"
    );
}

#[test]
fn a_proxy_asks_by_its_own_fields_and_leaves_those_of_others() {
    let fixture = Fixture::new();
    let invite = |value: Option<&str>| message("INVITE", "alice", "Proxy-Authorization", value);
    let refusal = fixture.refused(&invite(None));
    assert_eq!(refusal.code, 407);
    let challenges: Vec<_> = refusal
        .headers
        .iter()
        .map(|(name, value)| {
            assert_eq!(*name, HeaderName::ProxyAuthenticate);
            value.clone()
        })
        .collect();
    let credentials = Credentials {
        user_name: "alice",
        password: "secret",
        realm: None,
    };
    let request = SignedRequest {
        method: b"INVITE",
        body: b"",
    };
    let values = challenges.iter().map(String::as_bytes);
    let answered = answer(values, &credentials, &retry(request, 1)).unwrap();
    let other = answered.replace("acme.example", "other.example");
    let both = format!("{other}\r\nProxy-Authorization: {answered}");
    match fixture.ask(&invite(Some(&both))) {
        Authenticated::User(proof) => {
            assert_eq!(proof.header, HeaderName::ProxyAuthorization);
            assert_eq!(proof.of_others, [other.into_bytes()]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_be_read_is_challenged() {
    let fixture = Fixture::new();
    for value in [
        "Basic YTpi",
        "Digest",
        "Digest username=\"alice\"",
        "Digest \"\"\"\"",
    ] {
        assert_eq!(
            fixture.refused(&register("alice", Some(value))).code,
            401,
            "{value}"
        );
    }
    assert_eq!(fixture.part.counts().get(AuthResult::Challenged), 4);
}
