//! Trunks: this server as the customer of a carrier, a real Kamailio, or one that answers what the
//! test says.

use evroute_tests::{Answer, Callee, Kamailio, Server, Sipp, Waiting, eventually, repository};
use serde_json::{Value, json};

const MD5: &str = "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"n1\", qop=\"auth\"\r\n";
const SHA_256: &str =
    "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"n2\", algorithm=SHA-256, qop=\"auth\"\r\n";

/// A server with one trunk, to this port of a carrier.
fn server(carrier: u16, more: &str) -> Server {
    Server::start(&format!(
        "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n\n\
         [[tenant.trunk]]\nname = \"carrier\"\nregistrar = \"sip:127.0.0.1:{carrier}\"\n\
         user = \"4420\"\nauth_user = \"acct\"\npassword = \"secret\"\n{more}"
    ))
    .unwrap()
}

fn registered(server: &Server) -> f64 {
    let trunk = "trunk=\"carrier\"";
    server
        .metric("evroute_trunk_registered", &[trunk])
        .unwrap_or_default()
}

/// Waits until the trunk is registered, or is not.
fn is_registered(server: &Server, expected: f64) {
    let is_it = || ((registered(server) - expected).abs() < 0.5).then_some(());
    eventually("the trunk's registration", is_it, || server.log()).unwrap();
}

/// What the operator sees of the trunk.
fn shown(server: &Server) -> Value {
    match server.rpc("uac.reg_dump", &json!([])).unwrap() {
        Answer::Result(result) => result["trunks"][0].clone(),
        other => panic!("{other:?}"),
    }
}

/// The value of a parameter of the answer to a challenge.
fn param(request: &Waiting, name: &str) -> String {
    let header = request.header("Authorization").concat();
    let (_, value) = header.split_once(&format!("{name}=")).unwrap();
    value
        .split(',')
        .next()
        .unwrap()
        .trim_matches('"')
        .to_owned()
}

/// The 200 to a REGISTER: this Contact beside that of somebody else.
fn granted(request: &Waiting, expires: u32) -> String {
    let contact = request.header("Contact").concat();
    format!(
        "Contact: <sip:4420@192.0.2.9>;expires=7\r\nContact: {contact};expires={expires}\r\n\
         Expires: 99\r\n"
    )
}

#[test]
fn a_trunk_registers_and_the_strongest_challenge_is_answered() {
    let carrier = Callee::new().unwrap();
    let server = server(carrier.port, "expires_seconds = 600\n");
    let first = carrier.next().unwrap();
    assert!(
        first.text.starts_with(&format!(
            "REGISTER sip:127.0.0.1:{} SIP/2.0\r\n",
            carrier.port
        )),
        "{}",
        first.text
    );
    assert_eq!(first.header("To"), ["<sip:4420@127.0.0.1>"]);
    assert_eq!(first.header("Expires"), ["600"]);
    let ours = format!("<sip:4420@{};line=", server.sip);
    assert!(first.header("Contact").concat().starts_with(&ours));
    carrier
        .answer(&first, "401 Unauthorized", &[MD5, SHA_256].concat())
        .unwrap();
    let second = carrier.next().unwrap();
    assert_eq!(second.header("Call-ID"), first.header("Call-ID"));
    assert_eq!(
        [first.header("CSeq"), second.header("CSeq")],
        [["1 REGISTER"], ["2 REGISTER"]]
    );
    assert_eq!(param(&second, "algorithm"), "SHA-256");
    assert_eq!(param(&second, "username"), "acct");
    carrier
        .answer(&second, "200 OK", &granted(&second, 300))
        .unwrap();
    is_registered(&server, 1.0);
    let trunk = shown(&server);
    assert_eq!(trunk["failures"], 0);
    let (expires, next) = (
        trunk["expires"].as_u64().unwrap(),
        trunk["next_attempt"].as_u64().unwrap(),
    );
    assert!(expires > 200 && expires <= 300, "{trunk}");
    assert!(next < 275, "it is refreshed before: {trunk}");
    // The answer to a challenge is used again, and counted.
    let asked = server.rpc("uac.reg_refresh", &json!(["carrier"])).unwrap();
    assert!(matches!(asked, Answer::Result(_)), "{asked:?}");
    let third = carrier.next().unwrap();
    assert_eq!(param(&third, "nonce"), "n2");
    assert_eq!(param(&third, "nc"), "00000002");
    // Its end is no wrong password.
    let new = SHA_256.replace("n2", "n3");
    carrier.answer(&third, "401 Unauthorized", &new).unwrap();
    let fourth = carrier.next().unwrap();
    assert_eq!(param(&fourth, "nonce"), "n3");
    carrier
        .answer(&fourth, "200 OK", &granted(&fourth, 300))
        .unwrap();
    let disabled = server.rpc("uac.reg_disable", &json!(["carrier"])).unwrap();
    assert!(matches!(disabled, Answer::Result(_)), "{disabled:?}");
    let last = carrier.next().unwrap();
    assert_eq!(last.header("Expires"), ["0"]);
    assert_eq!(last.header("Contact"), fourth.header("Contact"));
    carrier.answer(&last, "200 OK", "").unwrap();
    is_registered(&server, 0.0);
    assert!(carrier.hears_nothing());
}

#[test]
fn a_wrong_password_is_tried_once_and_said() {
    let carrier = Callee::new().unwrap();
    let server = server(carrier.port, "");
    let first = carrier.next().unwrap();
    carrier.answer(&first, "401 Unauthorized", MD5).unwrap();
    let second = carrier.next().unwrap();
    carrier
        .answer(&second, "401 Unauthorized", &MD5.replace("n1", "n4"))
        .unwrap();
    assert!(carrier.hears_nothing());
    let line = server.logged(&["WARN", "a trunk is not registered", "the password is wrong"]);
    let line = line.unwrap();
    assert!(line.contains("carrier") && line.contains("demo"), "{line}");
    assert_eq!(shown(&server)["failures"], 1);
    assert_eq!(shown(&server)["failed_of"], "401 the password is wrong");
}

#[test]
fn an_expiry_that_is_too_short_for_the_carrier_is_lengthened() {
    let carrier = Callee::new().unwrap();
    let server = server(carrier.port, "expires_seconds = 60\n");
    let first = carrier.next().unwrap();
    assert_eq!(first.header("Expires"), ["60"]);
    carrier
        .answer(&first, "423 Interval Too Brief", "Min-Expires: 900\r\n")
        .unwrap();
    let second = carrier.next().unwrap();
    assert_eq!(second.header("Expires"), ["900"]);
    carrier
        .answer(&second, "200 OK", &granted(&second, 900))
        .unwrap();
    is_registered(&server, 1.0);
}

#[test]
fn a_carrier_that_is_busy_is_left_alone_as_long_as_it_says() {
    let carrier = Callee::new().unwrap();
    let server = server(carrier.port, "");
    let first = carrier.next().unwrap();
    carrier
        .answer(
            &first,
            "503 Service Unavailable",
            "Retry-After: 1000 (soon)\r\n",
        )
        .unwrap();
    server.logged(&["a trunk is not registered"]).unwrap();
    let next = shown(&server)["next_attempt"].as_u64().unwrap();
    assert!((900..=1_000).contains(&next), "{next}");
    assert_eq!(registered(&server), 0.0);
}

/// A Kamailio that asks with this algorithm, and whose service is on this port.
fn kamailio(algorithm: &str, service: u16) -> Kamailio {
    let file = repository().join("tests/e2e/kamailio/carrier.cfg");
    let text = std::fs::read_to_string(file).unwrap();
    let text = text.replace("ALGORITHM", algorithm);
    Kamailio::start_text(&text.replace("SERVICE", &service.to_string())).unwrap()
}

#[test]
fn kamailio_has_us_as_its_customer_and_its_calls_reach_our_users() {
    for algorithm in ["MD5", "SHA-256"] {
        let phone = Sipp::new("uas_call.xml").listen().unwrap();
        let kamailio = kamailio(algorithm, 9);
        let route = format!(
            "[[tenant.route]]\nuser = \"4420\"\nto = \"sip:127.0.0.1:{}\"\n",
            phone.port
        );
        let server = server(kamailio.sip.port(), &route);
        is_registered(&server, 1.0);
        let calls = Sipp::new("uac_call.xml")
            .user("4420")
            .call(kamailio.sip)
            .unwrap();
        assert_eq!(
            (calls.successful, calls.failed),
            (1, 0),
            "{}{}",
            kamailio.log(),
            server.log()
        );
    }
}
