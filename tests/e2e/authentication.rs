//! Users show a password, by real phones: SIPp, baresip, Linphone, Kamailio as a client, and one
//! that repeats itself.

use std::net::{SocketAddr, UdpSocket};

use evroute_digest_auth::{Algorithm, Credentials, Ha1, Retry, SignedRequest, answer};
use evroute_tests::{
    Answer, Baresip, Kamailio, Linphone, PATIENCE, Server, Sipp, Transport, eventually, free_port,
    repository, witness,
};
use serde_json::json;
use tempfile::TempDir;

use crate::demo::runs;

/// The domain of the tenant, and so its realm.
pub(crate) const REALM: &str = "127.0.0.1";

/// A tenant whose users have passwords, and a route to a phone of somebody's.
pub(crate) fn tenant(auth: &str, service: u16) -> String {
    format!(
        "[[tenant]]\nname = \"acme\"\ndomains = [\"{REALM}\"]\n\n[tenant.auth]\n{auth}\n\n\
         [[tenant.route]]\nuser = \"service\"\nto = \"sip:127.0.0.1:{service}\"\n"
    )
}

/// A server with such a tenant and alice, whose password is `secret`.
fn server(auth: &str, service: u16) -> Server {
    let server = Server::start(&tenant(auth, service)).unwrap();
    add_alice(&server);
    server
}

pub(crate) fn add_alice(server: &Server) {
    let hash = |algorithm: Algorithm| {
        let hash = Ha1::of(algorithm, "alice", REALM, "secret");
        (algorithm.as_str().to_owned(), hash.as_str().into())
    };
    let hashes: serde_json::Map<_, serde_json::Value> =
        Algorithm::ALL.map(hash).into_iter().collect();
    let rows = json!([{ "user": "alice", "realm": REALM, "ha1": hashes }]);
    let written = server.rpc(
        "subscriber.put",
        &json!({ "rows": rows, "replaces": "may" }),
    );
    assert!(matches!(written, Ok(Answer::Result(_))), "{written:?}");
}

#[test]
fn a_number_is_called_with_a_password_and_refused_without() {
    let gateway = Sipp::new("uas_call.xml").listen().unwrap();
    let number = |from: &str| {
        let service = tenant("methods = [\"INVITE\"]\nalgorithms = [\"MD5\"]", 9);
        let to = format!("to = \"sip:127.0.0.1:{}\"", gateway.port);
        format!("{service}\n[[tenant.route]]\nprefix = \"+49\"\n{to}\nfrom = [{from}]\n")
    };
    let call = |server: &Server| {
        add_alice(server);
        let alice = Sipp::new("uac_call_password.xml").with(&["-au", "alice", "-ap", "secret"]);
        let called = alice.user("+4930123456").call(server.sip).unwrap();
        (called.successful, called.failed)
    };
    let closed = Server::start(&number("\"192.0.2.0/24\"")).unwrap();
    assert_eq!(
        call(&closed),
        (0, 1),
        "a password does not open what is for a network"
    );
    let open = Server::start(&number("\"authenticated\"")).unwrap();
    assert_eq!(call(&open), (1, 0), "{}", open.log());
    gateway.finish().unwrap();
    let refused = closed.metric("evroute_sip_requests_route_refused_total", &[]);
    assert!(refused.unwrap() >= 1.0);
}

fn results(server: &Server, result: &str) -> f64 {
    let label = format!("result=\"{result}\"");
    server
        .metric("evroute_auth_requests_total", &[&label])
        .unwrap()
}

fn contacts(server: &Server) -> f64 {
    server.metric("evroute_contacts", &[]).unwrap()
}

/// A phone of ours, which keeps its socket.
struct Phone {
    socket: UdpSocket,
    server: SocketAddr,
    cseq: u32,
}

impl Phone {
    fn of(server: &Server) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self {
            socket,
            server: server.sip,
            cseq: 0,
        }
    }

    /// Registers with this answer to a challenge: what comes back.
    fn register(&mut self, authorization: Option<&str>) -> String {
        self.cseq += 1;
        let (at, cseq) = (self.socket.local_addr().unwrap(), self.cseq);
        let authorization =
            authorization.map_or(String::new(), |value| format!("Authorization: {value}\r\n"));
        let request = format!(
            "REGISTER sip:{REALM} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bK{}-{cseq}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:alice@{REALM}>;tag=1\r\nTo: <sip:alice@{REALM}>\r\n\
             Call-ID: {at}\r\nCSeq: {cseq} REGISTER\r\nContact: <sip:alice@{at}>\r\n{authorization}\
             Content-Length: 0\r\n\r\n",
            at.port()
        );
        self.socket
            .send_to(request.as_bytes(), self.server)
            .unwrap();
        let mut response = [0; 4096];
        let (length, _) = self.socket.recv_from(&mut response).unwrap();
        String::from_utf8_lossy(&response[..length]).into_owned()
    }

    /// The challenges that it is answered.
    fn challenges(&mut self) -> Vec<String> {
        let response = self.register(None);
        assert!(response.starts_with("SIP/2.0 401 "), "{response}");
        challenges(&response)
    }
}

fn challenges(response: &str) -> Vec<String> {
    let lines = response
        .lines()
        .filter_map(|line| line.strip_prefix("WWW-Authenticate: "));
    lines.map(str::to_owned).collect()
}

/// What alice, or who says to be, answers to these for the so-manieth time.
fn answered(challenges: &[String], user_name: &str, password: &str, count: u32) -> String {
    let credentials = Credentials {
        user_name,
        password,
        realm: Some(REALM),
    };
    let retry = Retry {
        request: SignedRequest {
            method: b"REGISTER",
            body: b"",
        },
        uri: "sip:127.0.0.1",
        cnonce: "0a4f113b",
        count,
        refused: None,
    };
    answer(
        challenges.iter().map(String::as_bytes),
        &credentials,
        &retry,
    )
    .unwrap()
}

fn status(response: &str) -> &str {
    response.split(' ').nth(1).unwrap_or_default()
}

#[test]
fn sipp_registers_with_a_password_over_udp_and_tcp() {
    let server = server("algorithms = [\"MD5\"]", free_port());
    for transport in [Transport::Udp, Transport::Tcp] {
        let sipp = Sipp::new("register_password.xml")
            .over(transport)
            .user("alice");
        let right = sipp
            .with(&["-au", "alice", "-ap", "secret"])
            .call(server.sip)
            .unwrap();
        assert_eq!((right.successful, right.failed), (1, 0), "{}", server.log());
    }
    let sipp = Sipp::new("register_password.xml").user("alice");
    let wrong = sipp
        .with(&["-au", "alice", "-ap", "guess"])
        .call(server.sip)
        .unwrap();
    assert_eq!((wrong.successful, wrong.failed), (0, 1));
    assert_eq!(
        (results(&server, "authenticated"), results(&server, "wrong")),
        (2.0, 1.0)
    );
    server
        .logged(&["a user was not authenticated", "user=alice", "why=wrong"])
        .unwrap();
    assert!(!server.log().contains("guess"));
}

#[test]
fn sipp_calls_with_a_password_and_it_goes_no_further() {
    let callee = Sipp::new("uas_call.xml").calls(5).listen().unwrap();
    let server = server("algorithms = [\"MD5\"]", callee.port);
    let sipp = Sipp::new("uac_call_password.xml").user("service").calls(5);
    let calls = sipp
        .with(&["-au", "alice", "-ap", "secret"])
        .call(server.sip)
        .unwrap();
    assert_eq!((calls.successful, calls.failed), (5, 0), "{}", server.log());
    let (calls, messages) = callee.finish().unwrap();
    assert_eq!((calls.successful, calls.failed), (5, 0));
    assert!(!messages.contains("Proxy-Authorization"), "{messages}");
}

#[test]
fn baresip_registers_with_a_password() {
    // Of two challenges it looks at the first alone, and gives up if that is of SHA-256.
    // With a wrong password it tries again at once, so often that it would be blocked.
    let server = server("algorithms = [\"MD5\"]\nfailures_max = 1000", free_port());
    let account = |password: &str| {
        let port = server.sip.port();
        format!(
            "<sip:alice@127.0.0.1:{port};transport=udp>;auth_user=alice;auth_pass={password};regint=600"
        )
    };
    let wrong = Baresip::of_account(&account("guess")).unwrap();
    let refused = || (results(&server, "wrong") >= 1.0).then_some(());
    eventually("a refusal", refused, || wrong.log() + &server.log()).unwrap();
    assert!(contacts(&server) < 1.0);
    drop(wrong);
    let phone = Baresip::of_account(&account("secret")).unwrap();
    let registered = || (contacts(&server) >= 1.0).then_some(());
    eventually("a registration", registered, || phone.log() + &server.log()).unwrap();
}

#[test]
fn linphone_registers_with_a_hash_of_sha_256() {
    let server = server("algorithms = [\"SHA-256\"]", free_port());
    let wrong = Linphone::start("alice", "guess", server.sip).unwrap();
    let refused = || (results(&server, "wrong") >= 1.0).then_some(());
    eventually("a refusal", refused, || wrong.log() + &server.log()).unwrap();
    assert!(contacts(&server) < 1.0);
    drop(wrong);
    let phone = Linphone::start("alice", "secret", server.sip).unwrap();
    let registered = || (contacts(&server) >= 1.0).then_some(());
    eventually("a registration", registered, || phone.log() + &server.log()).unwrap();
}

#[test]
fn kamailio_registers_with_a_password() {
    let server = server("algorithms = [\"MD5\"]", free_port());
    let file = repository().join("tests/e2e/kamailio/registers.cfg");
    let text = std::fs::read_to_string(file).unwrap();
    let kamailio = Kamailio::start_text(&text.replace("EVROUTE", &server.sip.port().to_string()));
    let kamailio = kamailio.unwrap();
    let registered = || (contacts(&server) >= 1.0).then_some(());
    eventually("a registration", registered, || {
        kamailio.log() + &server.log()
    })
    .unwrap();
}

#[test]
fn a_nonce_is_used_three_hundred_times_and_no_count_twice() {
    let server = server("", free_port());
    let mut phone = Phone::of(&server);
    let challenges = phone.challenges();
    for count in 1..=300 {
        let response = phone.register(Some(&answered(&challenges, "alice", "secret", count)));
        assert_eq!(status(&response), "200", "{count}: {response}");
    }
    let again = phone.register(Some(&answered(&challenges, "alice", "secret", 300)));
    assert_eq!(status(&again), "401");
    assert!(again.contains("stale=true"), "{again}");
    assert_eq!(results(&server, "replayed"), 1.0);
}

#[test]
fn an_unknown_name_is_answered_as_a_wrong_password_and_both_are_slowed_down() {
    let server = server("failures_max = 3\nblock_seconds = 600", free_port());
    let mut phone = Phone::of(&server);
    let challenges = phone.challenges();
    let mut count = 0;
    let mut tried = |phone: &mut Phone, user_name: &str, password: &str| {
        count += 1;
        let response = phone.register(Some(&answered(&challenges, user_name, password, count)));
        let lines = response.lines().filter(|line| {
            !["Via:", "CSeq:", "To:", "WWW-"]
                .iter()
                .any(|begin| line.starts_with(begin))
        });
        (
            lines.collect::<Vec<_>>().join("\n"),
            response.matches("WWW-Authenticate").count(),
        )
    };
    for _ in 0..4 {
        let wrong = tried(&mut phone, "alice", "guess");
        assert_eq!(wrong, tried(&mut phone, "nobody", "guess"));
        assert!(wrong.0.starts_with("SIP/2.0 401 "), "{wrong:?}");
    }
    for user_name in ["alice", "nobody"] {
        let (blocked, _) = tried(&mut phone, user_name, "secret");
        assert!(blocked.starts_with("SIP/2.0 503 "), "{blocked}");
        assert!(blocked.contains("Retry-After: 600") || blocked.contains("Retry-After: 599"));
    }
    let params = json!({ "user": "alice", "realm": REALM });
    let pardoned = server.rpc("auth.unblock", &params).unwrap();
    assert!(
        matches!(&pardoned, Answer::Result(result) if result["sources"] == 1),
        "{pardoned:?}"
    );
    let (right, _) = tried(&mut phone, "alice", "secret");
    assert!(right.starts_with("SIP/2.0 200 "), "{right}");
}

#[test]
fn after_a_restart_a_nonce_is_stale_and_users_are_there() {
    let data = TempDir::new().unwrap();
    let config = format!("data_dir = {:?}\n{}", data.path(), tenant("", free_port()));
    let server = Server::start(&config).unwrap();
    add_alice(&server);
    let mut phone = Phone::of(&server);
    let before = phone.challenges();
    let response = phone.register(Some(&answered(&before, "alice", "secret", 1)));
    assert_eq!(status(&response), "200");
    // Killed, not asked to end.
    drop(server);
    let server = Server::start(&config).unwrap();
    phone.server = server.sip;
    for password in ["secret", "guess"] {
        let response = phone.register(Some(&answered(&before, "alice", password, 2)));
        assert_eq!(status(&response), "401");
        assert!(
            challenges(&response)
                .iter()
                .all(|one| one.contains("stale=true")),
            "{response}"
        );
        let now = challenges(&response);
        let response = phone.register(Some(&answered(&now, "alice", password, 1)));
        let expected = if password == "secret" { "200" } else { "401" };
        assert_eq!(status(&response), expected);
        assert!(!response.contains("stale"), "{response}");
    }
}

#[test]
fn strangers_call_users_unless_everyone_is_asked_and_trusted_peers_are_not() {
    for (auth, is_called) in [
        ("", true),
        ("everyone = true", false),
        ("everyone = true\ntrusted = [\"127.0.0.0/8\"]", true),
    ] {
        let callee = Sipp::new("uas_call.xml").listen().unwrap();
        // The scenario's From is of the phone's own address, which is the tenant's domain.
        let config = tenant(auth, callee.port).replace(
            "domains = [\"127.0.0.1\"]",
            "domains = [\"localhost\"]\nsources = [\"127.0.0.0/8\"]",
        );
        let config = config.replace("[tenant.auth]", "[tenant.auth]\nrealm = \"acme\"");
        let server = Server::start(&config).unwrap();
        let calls = Sipp::new("uac_call.xml")
            .user("service")
            .call(server.sip)
            .unwrap();
        assert_eq!(calls.successful > 0, is_called, "{auth}: {}", server.log());
    }
}

#[test]
fn registrar_auth_failed_is_raised_by_a_wrong_password() {
    let folder = TempDir::new().unwrap();
    let component = witness(folder.path()).unwrap();
    let handler = format!(
        "\n[[tenant.handler]]\nname = \"witness\"\ncomponent = \"{}\"\n\
         grants = [\"log\", \"sip\", \"pv\", \"htable\", \"custom\"]\n",
        component.display()
    );
    let server = Server::start(&(tenant("", free_port()) + &handler)).unwrap();
    add_alice(&server);
    let mut phone = Phone::of(&server);
    let challenges = phone.challenges();
    let wrong = answered(&challenges, "alice", "guess", 1);
    assert_eq!(status(&phone.register(Some(&wrong))), "401");
    let event = "registrar:auth-failed";
    let seen = || (runs(&server, event, "Returned") >= 1.0).then_some(());
    eventually("a run of registrar:auth-failed", seen, || server.log()).unwrap();
    // What was right raises nothing.
    let right = answered(&challenges, "alice", "secret", 2);
    assert_eq!(status(&phone.register(Some(&right))), "200");
    assert!((runs(&server, event, "Returned") - 1.0).abs() < f64::EPSILON);
}
