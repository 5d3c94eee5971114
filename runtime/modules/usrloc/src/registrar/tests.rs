use evroute_sip::Framing;
use evroute_transport::Proto;

use super::*;
use crate::location::LocationTable;

const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

/// A registrar with one user, and REGISTERs sent to it.
struct Bench {
    table: LocationTable,
    aor: Aor,
    now: Timestamp,
}

impl Bench {
    fn new() -> Self {
        Self::with(Config {
            aor_contacts_max: 3,
            ..Config::default()
        })
    }

    fn with(config: Config) -> Self {
        Self {
            table: LocationTable::new(config),
            aor: Aor::new("alice", "example.com").unwrap(),
            now: NOW,
        }
    }

    /// The Contacts of the 200, or the error.
    fn register(
        &self,
        call_id: &str,
        cseq: u32,
        headers: &str,
    ) -> Result<Vec<String>, RegisterError> {
        let request = register(call_id, cseq, headers);
        let update = read_register(&request, &self.aor, &flow(), self.now, self.table.config())?;
        let registered = self.table.save(&self.aor, update, self.now)?.registered;
        let headers = answer_headers(&request, &registered, self.now, self.table.config());
        Ok(headers
            .into_iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect())
    }
}

fn register(call_id: &str, cseq: u32, headers: &str) -> Message {
    let text = format!(
        "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.5;branch=z9hG4bKa\r\n\
         From: <sip:alice@example.com>;tag=1\r\nTo: <sip:alice@example.com>\r\nCall-ID: {call_id}\r\n\
         CSeq: {cseq} REGISTER\r\n{headers}\r\n"
    );
    Message::parse(text.into(), Framing::Datagram).unwrap()
}

fn flow() -> Flow {
    Flow {
        proto: Proto::Udp,
        local: "192.0.2.1:5060".parse().unwrap(),
        remote: "203.0.113.5:4000".parse().unwrap(),
        connection: None,
    }
}

fn contacts(lines: &[&str]) -> Result<Vec<String>, RegisterError> {
    Ok(lines
        .iter()
        .map(|line| format!("Contact: {line}"))
        .collect())
}

#[test]
fn contacts_are_added_listed_and_fetched() {
    let bench = Bench::new();
    let two = "Contact: <sip:a@h1>;expires=600, \"A\" <sip:a@h2>;q=0.5\r\nExpires: 1200\r\n";
    let expected = contacts(&["<sip:a@h1>;expires=600", "<sip:a@h2>;expires=1200;q=0.5"]);
    assert_eq!(bench.register("c", 1, two), expected);
    assert_eq!(bench.register("other", 1, ""), expected);
}

#[test]
fn a_contact_without_expiry_gets_the_default_and_a_long_one_is_shortened() {
    let bench = Bench::new();
    let expected = contacts(&["<sip:a@h>;expires=3600"]);
    assert_eq!(bench.register("c", 1, "m: <sip:a@h>\r\n"), expected);
    let expected = contacts(&["<sip:a@h>;expires=86400"]);
    assert_eq!(
        bench.register("c", 2, "m: <sip:a@h>;expires=4294967295\r\n"),
        expected
    );
    assert_eq!(
        bench.register("c", 3, "m: <sip:a@h>;expires=99999999999\r\n"),
        expected
    );
}

#[test]
fn a_malformed_expiry_counts_as_an_hour() {
    let bench = Bench::new();
    let expected = contacts(&["<sip:a@h>;expires=3600"]);
    assert_eq!(
        bench.register("c", 1, "Contact: <sip:a@h>;expires=soon\r\n"),
        expected
    );
    assert_eq!(
        bench.register("c", 2, "Contact: <sip:a@h>\r\nExpires: soon\r\n"),
        expected
    );
}

#[test]
fn too_brief_intervals_get_423_with_the_least_and_zero_does_not() {
    let bench = Bench::new();
    let error = bench
        .register("c", 1, "Contact: <sip:a@h>;expires=59\r\n")
        .unwrap_err();
    assert_eq!(error.status(), (423, "Interval Too Brief"));
    assert_eq!(
        error.header(),
        Some((HeaderName::MinExpires, "60".to_owned()))
    );
    assert_eq!(
        bench.register("c", 2, "Contact: <sip:a@h>;expires=0\r\n"),
        Ok(vec![])
    );
}

#[test]
fn a_refresh_finds_its_contact_in_any_spelling_and_expiry_zero_removes_it() {
    let bench = Bench::new();
    bench
        .register(
            "c",
            1,
            "Contact: <sip:a@Host.example.com;transport=UDP>\r\n",
        )
        .unwrap();
    let refreshed = bench.register(
        "c",
        2,
        "Contact: <sip:%61@host.EXAMPLE.com;Transport=udp>;expires=60\r\n",
    );
    assert_eq!(
        refreshed,
        contacts(&["<sip:%61@host.EXAMPLE.com;Transport=udp>;expires=60"])
    );
    let removed = bench.register(
        "c",
        3,
        "Contact: <sip:a@host.example.com;transport=udp>\r\nExpires: 0\r\n",
    );
    assert_eq!(removed, Ok(vec![]));
    assert!(bench.table.is_empty());
}

#[test]
fn requests_that_arrive_out_of_order_change_nothing() {
    let bench = Bench::new();
    bench
        .register("c", 5, "Contact: <sip:a@h1>, <sip:a@h2>\r\n")
        .unwrap();
    for cseq in [4, 5] {
        // The first contact alone would be fine: it is all or nothing.
        let late = bench.register("c", cseq, "Contact: <sip:a@h3>, <sip:a@h1>;expires=0\r\n");
        assert_eq!(late, Err(RegisterError::OutOfOrder));
        let star = bench.register("c", cseq, "Contact: *\r\nExpires: 0\r\n");
        assert_eq!(star, Err(RegisterError::OutOfOrder));
    }
    assert_eq!(bench.register("c", 6, "").unwrap().len(), 2);
    // Another Call-ID: the phone has restarted and counts anew.
    assert_eq!(
        bench
            .register("new", 1, "Contact: <sip:a@h1>;expires=0\r\n")
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn star_removes_everything_and_only_alone_with_expires_zero() {
    let bench = Bench::new();
    bench
        .register("c", 1, "Contact: <sip:a@h1>, <sip:a@h2>\r\n")
        .unwrap();
    for headers in [
        "Contact: *\r\n",
        "Contact: *\r\nExpires: 1\r\n",
        "Contact: *, <sip:a@h>\r\nExpires: 0\r\n",
        "Contact: *\r\nContact: *\r\nExpires: 0\r\n",
    ] {
        assert_eq!(
            bench.register("c", 2, headers),
            Err(RegisterError::BadStar),
            "{headers}"
        );
    }
    assert_eq!(
        bench.register("c", 3, "Contact: *\r\nExpires: 0\r\n"),
        Ok(vec![])
    );
}

#[test]
fn unknown_extensions_are_refused_and_path_is_kept() {
    let bench = Bench::new();
    let error = bench
        .register("c", 1, "Require: path, gruu, 100rel,\r\n timer\r\n")
        .unwrap_err();
    assert_eq!(error.status().0, 420);
    assert_eq!(
        error.header(),
        Some((HeaderName::Unsupported, "100rel, timer".to_owned()))
    );
    let headers = "Require: path\r\nPath: <sip:e1;lr>,\r\n <sip:e2;lr>\r\nContact: <sip:a@h>\r\n";
    let expected = [
        "Contact: <sip:a@h>;expires=3600",
        "Path: <sip:e1;lr>",
        "Path: <sip:e2;lr>",
    ];
    assert_eq!(bench.register("c", 2, headers).unwrap(), expected);
    let [binding] = &bench.table.lookup("alice@example.com", NOW)[..] else {
        panic!("one contact")
    };
    assert_eq!(binding.path, ["<sip:e1;lr>", "<sip:e2;lr>"]);
}

#[test]
fn a_phone_with_an_instance_and_a_flow_replaces_its_old_address() {
    let bench = Bench::new();
    let contact = |port: u16, reg_id: u8| {
        format!(
            "Contact: <sip:a@10.0.0.1:{port}>;+sip.instance=\"<urn:uuid:1>\";reg-id={reg_id}\r\n"
        )
    };
    bench.register("c", 1, &contact(1, 1)).unwrap();
    bench.register("d", 1, &contact(2, 1)).unwrap();
    let listed = bench.register("d", 2, &contact(3, 2)).unwrap();
    assert_eq!(
        listed,
        [
            "Contact: <sip:a@10.0.0.1:3>;expires=3600;+sip.instance=\"<urn:uuid:1>\";reg-id=2",
            "Contact: <sip:a@10.0.0.1:2>;expires=3600;+sip.instance=\"<urn:uuid:1>\";reg-id=1",
        ]
    );
    let bindings = bench.table.lookup("alice@example.com", NOW);
    assert!(
        bindings
            .iter()
            .all(|binding| binding.target() == Some(flow().itself()))
    );
}

#[test]
fn limits_are_errors_of_their_own() {
    let bench = Bench::new();
    let many = "Contact: <sip:a@h1>, <sip:a@h2>, <sip:a@h3>, <sip:a@h4>\r\n";
    assert_eq!(
        bench.register("c", 1, many),
        Err(RegisterError::TooManyContacts)
    );
    let removing = "Contact: <sip:a@h1>, <sip:a@h2>, <sip:a@h3>, <sip:a@h4>;expires=0\r\n";
    assert_eq!(bench.register("c", 2, removing).unwrap().len(), 3);
    let long = format!("Contact: <sip:{}@h>\r\n", "x".repeat(5000));
    assert_eq!(
        bench.register("c", 3, &long),
        Err(RegisterError::ContactTooLong)
    );
}

#[test]
fn a_contact_named_twice_counts_as_it_was_named_last() {
    let bench = Bench::new();
    let twice = "Contact: <sip:a@h>;expires=600, <sip:a@h>;expires=900\r\n";
    assert_eq!(
        bench.register("c", 1, twice),
        contacts(&["<sip:a@h>;expires=900"])
    );
}

#[test]
fn bad_contacts_are_refused() {
    let bench = Bench::new();
    for contact in ["<sip:a@h", "<sip:a@>", "<sip:a@h>;q=2", "<sip:a@h>, , x"] {
        let registered = bench.register("c", 1, &format!("Contact: {contact}\r\n"));
        assert_eq!(registered, Err(RegisterError::BadHeader), "{contact}");
    }
}

const FLOW: &str = "Contact: <sip:a@10.0.0.7>;reg-id=1;+sip.instance=\"<urn:uuid:1>\"\r\n\
     Supported: path, outbound\r\n";

#[test]
fn a_phone_that_keeps_flows_is_told_that_they_are_kept() {
    let answer = Bench::new().register("c", 1, FLOW).unwrap();
    assert!(answer.contains(&"Require: outbound".to_owned()));
    let through = "Via: SIP/2.0/UDP p;branch=z9hG4bKp\r\nPath: <sip:x;lr>, <sip:t@p;lr;ob>\r\n";
    let headers = format!("{through}{FLOW}");
    let answer = Bench::new().register("c", 1, &headers).unwrap();
    assert!(answer.contains(&"Require: outbound".to_owned()));
    for without in [
        "Contact: <sip:a@10.0.0.7>\r\nSupported: outbound\r\n",
        "Contact: <sip:a@10.0.0.7>;reg-id=1;+sip.instance=\"<urn:uuid:1>\"\r\n",
    ] {
        let answer = Bench::new().register("c", 1, without).unwrap();
        assert!(
            !answer.contains(&"Require: outbound".to_owned()),
            "{without}"
        );
    }
}

#[test]
fn a_phone_that_keeps_flows_is_told_when_its_first_hop_does_not() {
    for path in ["", "Path: <sip:t@x;lr;ob>, <sip:p;lr>\r\n"] {
        let headers = format!("Via: SIP/2.0/UDP p;branch=z9hG4bKp\r\n{path}{FLOW}");
        let refused = Bench::new().register("c", 1, &headers).unwrap_err();
        assert_eq!(refused, RegisterError::FirstHopLacksOutbound);
    }
}

#[test]
fn too_brief_intervals_are_lengthened_where_the_operator_says_so() {
    let bench = Bench::with(Config {
        min_expires_under: ExpiresUnder::Lengthen,
        ..Config::default()
    });
    let expected = contacts(&["<sip:a@h>;expires=60"]);
    let brief = "Contact: <sip:a@h>;expires=1\r\n";
    assert_eq!(bench.register("c", 1, brief), expected);
    let gone = "Contact: <sip:a@h>;expires=0\r\n";
    assert_eq!(bench.register("c", 2, gone), Ok(vec![]));
}

#[test]
fn phones_that_know_what_a_gruu_is_are_given_theirs() {
    let bench = Bench::new();
    let two = "Contact: <sip:a@h1>;+sip.instance=\"<urn:uuid:1-A>\", <sip:a@h2>\r\n";
    let listed = "<sip:a@h1>;expires=3600;+sip.instance=\"<urn:uuid:1-A>\"";
    let plain = contacts(&["<sip:a@h2>;expires=3600", listed]);
    assert_eq!(bench.register("c", 1, two), plain);
    let gruu = "sip:alice@example.com;gr=urn:uuid:1-A";
    let given = format!("{listed};pub-gruu=\"{gruu}\"");
    let with_gruu = contacts(&["<sip:a@h2>;expires=3600", &given]);
    for tags in ["gruu", "path , GRUU"] {
        let fetch = format!("Supported: {tags}\r\n");
        assert_eq!(bench.register("c", 2, &fetch), with_gruu, "{tags}");
    }
    let off = Bench::with(Config {
        gruu: false,
        ..Config::default()
    });
    let asked = format!("{two}Supported: gruu\r\n");
    assert_eq!(off.register("c", 1, &asked), plain);
}

#[test]
fn the_service_route_is_in_every_200() {
    let bench = Bench::with(Config {
        service_route: vec!["<sip:edge.example.com;lr>".to_owned()],
        ..Config::default()
    });
    let route = "Service-Route: <sip:edge.example.com;lr>".to_owned();
    assert_eq!(bench.register("c", 1, ""), Ok(vec![route.clone()]));
    let one = bench.register("c", 1, "Contact: <sip:a@h>\r\n").unwrap();
    assert_eq!(one.last(), Some(&route));
}
