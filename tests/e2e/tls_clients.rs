//! Clients that show certificates: who is let in, what it is good for, and for whom.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread;

use evroute_tests::{
    Answer, Callee, Server, TestAuthority, TestCertificate, TlsClient, blocks, free_port,
};
use serde_json::json;
use tempfile::TempDir;

/// A server that speaks TLS at a port of its own; `tls` is its `[tls]` beside the certificate.
fn server(tls: &str, tenants: &str) -> (Server, SocketAddr, TestCertificate) {
    let own = TestCertificate::new("DNS:localhost,IP:127.0.0.1").unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let text = format!(
        "[tls]\n{}{tls}\n[[listen]]\ntransport = \"tls\"\naddress = \"{address}\"\n\n{tenants}",
        own.toml(),
    );
    (Server::start(&text).unwrap(), address, own)
}

/// A tenant with a certificate for its domain, who asks those for theirs whom this authority signs.
struct Tenant {
    name: &'static str,
    certificate: TestCertificate,
    authority: TestAuthority,
}

impl Tenant {
    fn new(name: &'static str) -> Self {
        let names = format!("DNS:{name}.example");
        Self {
            name,
            certificate: TestCertificate::new(&names).unwrap(),
            authority: TestAuthority::new().unwrap(),
        }
    }

    /// Its sections. `tls` is more of its `[tenant.tls]`, `more` what stands behind.
    fn toml(&self, own: &str, tls: &str, more: &str) -> String {
        let Self { name, .. } = self;
        format!(
            "[[tenant]]\nname = \"{name}\"\ndomains = [\"{name}.example\"]\n{own}\n[tenant.tls]\n\
             {}client_ca_file = {:?}\n{tls}\n{more}\n",
            self.certificate.toml(),
            self.authority.certificate(),
        )
    }
}

/// The arguments of a client that asks for a name and shows a certificate.
fn showing(certificate: Option<&TestCertificate>, name: &str) -> Vec<String> {
    let mut arguments = vec!["-servername".to_owned(), name.to_owned()];
    if let Some(certificate) = certificate {
        let (file, key) = (certificate.certificate(), certificate.key());
        let files = [
            ("-cert", file.display().to_string()),
            ("-key", key.display().to_string()),
        ];
        arguments.extend(
            files
                .into_iter()
                .flat_map(|(name, file)| [name.to_owned(), file]),
        );
    }
    arguments
}

fn connect(tls: SocketAddr, certificate: Option<&TestCertificate>, name: &str) -> TlsClient {
    let arguments = showing(certificate, name);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    TlsClient::connect(tls, &arguments).unwrap()
}

fn request(method: &str, uri: &str, number: u32) -> String {
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bK{number}\r\n\
         From: <sip:442071234567@carrier.example>;tag=1\r\nTo: <{uri}>\r\nCall-ID: {number}\r\n\
         CSeq: 1 {method}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
}

/// What a client is answered; empty where its connection has ended.
fn answered(
    tls: SocketAddr,
    certificate: Option<&TestCertificate>,
    name: &str,
    request: &str,
) -> String {
    let mut client = connect(tls, certificate, name);
    client.ask(request).unwrap_or_default()
}

fn options(tls: SocketAddr, certificate: Option<&TestCertificate>, tenant: &str) -> bool {
    let name = format!("{tenant}.example");
    let options = request("OPTIONS", &format!("sip:{name}"), 1);
    answered(tls, certificate, &name, &options).starts_with("SIP/2.0 200 ")
}

/// What of a route's `from` is enough for whom.
fn route(from: &str, port: u16) -> String {
    format!("[[tenant.route]]\nprefix = \"0\"\nto = \"sip:127.0.0.1:{port}\"\nfrom = [{from}]\n")
}

/// The first line of what a client's MESSAGE is answered; the callee answers what reaches it.
fn call(
    (tls, certificate, name): (SocketAddr, Option<&TestCertificate>, &str),
    uri: &str,
    (callee, number): (&Callee, u32),
) -> String {
    let mut client = connect(tls, certificate, name);
    client.tell(&request("MESSAGE", uri, number)).unwrap();
    let answer = thread::scope(|scope| {
        let answer = scope.spawn(|| client.message().unwrap());
        // What is refused never comes.
        while !answer.is_finished() {
            if let Some(request) = callee.poll() {
                callee.accept(&request).unwrap();
            }
        }
        answer.join().unwrap()
    });
    answer.lines().next().unwrap_or_default().to_owned()
}

/// Whether a client may use the route of `a`.
fn may_call(
    tls: SocketAddr,
    certificate: Option<&TestCertificate>,
    name: &str,
    callee: (&Callee, u32),
) -> bool {
    match call((tls, certificate, name), "sip:0123@a.example", callee).as_str() {
        "SIP/2.0 200 OK" => true,
        "SIP/2.0 403 Not Allowed To Call There" => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_client_may_show_a_certificate_and_one_of_a_stranger_is_refused() {
    let (a, stranger) = (Tenant::new("a"), TestAuthority::new().unwrap());
    let (server, tls, _own) = server("", &a.toml("", "client_certificates = \"optional\"", ""));
    let [known, unknown] =
        [&a.authority, &stranger].map(|by| by.sign("DNS:carrier.example").unwrap());
    assert!(options(tls, None, "a") && options(tls, Some(&known), "a"));
    assert!(!options(tls, Some(&unknown), "a"));
    // Its issuer is called as the known one, and has another key.
    let error = "invalid peer certificate: BadSignature";
    server.logged(&["a TLS handshake failed", error]).unwrap();
}

#[test]
fn a_client_that_shows_none_is_refused_where_one_is_required() {
    let a = Tenant::new("a");
    let tenants = a.toml("", "client_certificates = \"required\"", "")
        + "[[tenant]]\nname = \"b\"\ndomains = [\"b.example\"]\n";
    let (server, tls, _own) = server("", &tenants);
    let known = a.authority.sign("DNS:carrier.example").unwrap();
    assert!(options(tls, Some(&known), "a") && !options(tls, None, "a"));
    let error = "peer sent no certificates";
    server.logged(&["a TLS handshake failed", error]).unwrap();
    // Who asks for another name is asked for none.
    assert!(options(tls, None, "b"));
}

#[test]
fn a_revoked_certificate_is_refused_from_the_next_look_on_and_its_connection_stays() {
    let a = Tenant::new("a");
    let lists = format!("crl_file = {:?}", a.authority.revoked());
    let (server, tls, _own) = server("", &a.toml("", &lists, ""));
    let [kept, lost] = [1, 2].map(|_| a.authority.sign("DNS:carrier.example").unwrap());
    assert!(options(tls, Some(&kept), "a") && options(tls, Some(&lost), "a"));
    let mut open = connect(tls, Some(&lost), "a.example");
    let ask = |client: &mut TlsClient, number| {
        let answer = client.ask(&request("OPTIONS", "sip:a.example", number));
        answer.unwrap().starts_with("SIP/2.0 200 ")
    };
    assert!(ask(&mut open, 2));
    a.authority.revoke(&lost).unwrap();
    let reloaded = server.rpc("tls.reload", &json!([])).unwrap();
    let expected = json!({ "changed": ["a"], "failed": [] });
    assert!(
        matches!(&reloaded, Answer::Result(found) if *found == expected),
        "{reloaded:?}"
    );
    assert!(options(tls, Some(&kept), "a") && !options(tls, Some(&lost), "a"));
    let error = "invalid peer certificate: Revoked";
    server.logged(&["a TLS handshake failed", error]).unwrap();
    assert!(ask(&mut open, 3), "a connection keeps what it began with");
}

#[test]
fn a_trunk_calls_out_by_the_name_in_its_certificate_or_by_its_fingerprint() {
    let a = Tenant::new("a");
    let callee = Callee::new().unwrap();
    let names = [
        "DNS:carrier.example",
        "URI:sip:carrier.example,DNS:x.example",
        "URI:sip:x.example,DNS:carrier.example",
        "DNS:*.example",
        "DNS:pinned.example",
    ];
    let [dns, uri, other_uri, star, pinned] = names.map(|names| a.authority.sign(names).unwrap());
    let from = format!("\"tls:Carrier.example\", \"tls:{}\"", pinned.fingerprint());
    let (_server, tls, _own) = server("", &a.toml("", "", &route(&from, callee.port)));
    let mut number = 0;
    let mut may = |certificate: Option<&TestCertificate>, name: &str| {
        number += 1;
        may_call(tls, certificate, name, (&callee, number))
    };
    assert!(may(Some(&dns), "a.example") && may(Some(&uri), "a.example"));
    assert!(may(Some(&pinned), "a.example"));
    assert!(!may(Some(&other_uri), "a.example"), "the sip URI counts");
    assert!(!may(Some(&star), "a.example"), "no wildcards");
    assert!(!may(None, "a.example"));
    // Nobody has asked for it there.
    assert!(!may(Some(&dns), "elsewhere.example"));
}

#[test]
fn what_another_tenant_has_verified_shows_nothing() {
    let [a, b] = ["a", "b"].map(Tenant::new);
    let callee = Callee::new().unwrap();
    let route = route("\"tls:carrier.example\"", callee.port);
    let tenants = a.toml("", "", &route) + &b.toml("", "", "");
    let (_server, tls, _own) = server("", &tenants);
    // Whatever somebody signs who is b's.
    let of_b = b.authority.sign("DNS:carrier.example").unwrap();
    assert!(options(tls, Some(&of_b), "b"));
    assert!(!may_call(tls, Some(&of_b), "b.example", (&callee, 1)));
    let of_a = a.authority.sign("DNS:carrier.example").unwrap();
    assert!(may_call(tls, Some(&of_a), "a.example", (&callee, 2)));
}

#[test]
fn what_the_server_verifies_counts_for_tenants_that_say_nothing_themselves() {
    let authority = TestAuthority::new().unwrap();
    let callee = Callee::new().unwrap();
    let route = route("\"tls:carrier.example\"", callee.port);
    let own = format!("client_ca_file = {:?}\n", authority.certificate());
    let plain = format!("[[tenant]]\nname = \"a\"\ndomains = [\"a.example\"]\n{route}");
    let carrier = authority.sign("DNS:carrier.example").unwrap();
    let (_plain, tls, _own) = server(&own, &plain);
    assert!(may_call(tls, Some(&carrier), "localhost", (&callee, 1)));
    assert!(!may_call(tls, None, "localhost", (&callee, 2)));
    let (_of_its_own, tls, _own) = server(&own, &Tenant::new("a").toml("", "", &route));
    assert!(!may_call(tls, Some(&carrier), "localhost", (&callee, 3)));
}

#[test]
fn what_a_trunk_sends_is_its_tenants_and_needs_no_password() {
    let a = Tenant::new("a");
    let callee = Callee::new().unwrap();
    let auth = "[tenant.auth]\neveryone = true\nmethods = [\"OPTIONS\"]\n\
                trusted = [\"tls:carrier.example\"]\n";
    let more = route("\"tls:carrier.example\"", callee.port) + auth;
    let sources = "sources = [\"tls:carrier.example\"]\n";
    let (_server, tls, _own) = server("", &a.toml(sources, "", &more));
    let carrier = a.authority.sign("DNS:carrier.example").unwrap();
    // A number of no domain.
    let of_carrier = call((tls, Some(&carrier), "a.example"), "tel:0123", (&callee, 1));
    assert_eq!(of_carrier, "SIP/2.0 200 OK");
    let of_stranger = call((tls, None, "a.example"), "tel:0123", (&callee, 2));
    assert!(of_stranger.starts_with("SIP/2.0 403 "), "{of_stranger}");
    let status = |certificate: Option<&TestCertificate>, number| {
        let options = request("OPTIONS", "sip:a.example", number);
        let answer = answered(tls, certificate, "a.example", &options);
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(status(Some(&carrier), 3), "200");
    assert_eq!(status(None, 4), "407");
}

#[test]
fn who_asks_for_no_name_or_for_an_unknown_one_is_shown_nothing_where_that_is_said() {
    let a = Tenant::new("a");
    let (server, tls, _own) = server("sni_must_match = true\n", &a.toml("", "", ""));
    let shown = |arguments: &[&str]| TlsClient::look(tls, arguments).unwrap().code == Some(0);
    assert!(shown(&["-servername", "a.example"]) && shown(&["-servername", "localhost"]));
    assert!(!shown(&["-noservername"]) && !shown(&["-servername", "b.example"]));
    let error = "no certificate for the name asked for";
    server.logged(&["a TLS handshake failed", error]).unwrap();
}

#[test]
fn a_handler_reads_who_the_other_side_is_by_kamailios_names() {
    let [a, b] = ["a", "b"].map(Tenant::new);
    let folder = TempDir::new().unwrap();
    let block = "event_route[core:request] {\n    xlog(\"L_INFO\", \"over $tls_version \
                 $tls_cipher_info for $tls_peer_server_name: $tls_peer_verified \
                 $tls_peer_san_hostname\\n\");\n}\n";
    let component = blocks(block, folder.path()).unwrap();
    let handler = format!(
        "[[tenant.handler]]\nname = \"looks\"\ncomponent = {component:?}\ngrants = [\"log\", \"pv\"]\n"
    );
    let tenants = a.toml("", "", &handler) + &b.toml("", "", "");
    let (server, tls, _own) = server("", &tenants);
    let [of_a, of_b] = [&a, &b].map(|tenant| tenant.authority.sign("DNS:carrier.example").unwrap());
    let suite = "TLSv1.3 TLS_AES_256_GCM_SHA384";
    assert!(options(tls, Some(&of_a), "a"));
    let known = format!("over {suite} for a.example: 1 carrier.example");
    server.logged(&[&known]).unwrap();
    assert!(options(tls, None, "a"));
    let unknown = format!("over {suite} for a.example: 0 <null>");
    server.logged(&[&unknown]).unwrap();
    // What b has verified is nothing to a.
    let options = request("OPTIONS", "sip:a.example", 1);
    let answer = answered(tls, Some(&of_b), "b.example", &options);
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    server
        .logged(&[&format!("over {suite} for b.example: 0 <null>")])
        .unwrap();
}
