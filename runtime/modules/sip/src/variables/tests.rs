use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use evroute_event::{Cause, EditScope, Endpoint, Event, EventName, Subject};
use evroute_module_api::{
    HandlerContext, RunState, TenantState, VariableError, VariableName, Variables,
};
use evroute_sip::{Framing, Message};
use evroute_tenant::{Grants, Networks, Revision, RunLimits, TenantIndex};

use super::*;

/// An event about nothing but its subject.
struct Raised(Subject);

impl Event for Raised {
    const NAME: EventName = EventName::new("test:raised");
    type Verdict = ();
    fn subject(&self) -> &Subject {
        &self.0
    }
    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.0
    }
}

const INVITE: &str = "INVITE sip:bob;day=1@[2001:db8::9]:5070;transport=tcp SIP/2.0\r\n\
    Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP g;branch=z9hG4bK0\r\nMax-Forwards: 70\r\n\
    From: \"Alice\" <sip:alice@a.example;x=1>;tag=f1\r\nTo: <sip:b.example>\r\nCall-ID: c1@h\r\n\
    CSeq: 7 INVITE\r\nContact: <sip:alice@10.0.0.1>\r\nUser-Agent: tin can\r\n\
    P-Asserted-Identity: \"A\" <sip:+49@net.example>\r\nSubject: one\r\n two\r\n\
    Content-Type: text/plain\r\nContent-Length: 4\r\n\r\n\x00\u{ff}";

const RINGING: &str = "SIP/2.0 180 Ringing now\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\
    From: <sip:alice@a.example>;tag=f1\r\nTo: <sip:b.example>;tag=t1\r\nCall-ID: c1@h\r\n\
    CSeq: 7 INVITE\r\nContent-Length: 0\r\n\r\n";

fn subject_with(text: &str) -> Subject {
    let wire = Bytes::copy_from_slice(text.replace("\x00\u{ff}", "\u{e9}\u{e8}").as_bytes());
    let address = |text: &str| text.parse::<SocketAddr>().unwrap();
    let end = |address| {
        Some(Endpoint {
            proto: "udp",
            address,
        })
    };
    Subject {
        message: Some(Message::parse(wire, Framing::Datagram).unwrap()),
        edits: EditScope::Routing,
        source: end(address("192.0.2.1:5062")),
        received: end(address("[2001:db8::1]:5060")),
        ..Subject::at(1_700_000_000_123_456)
    }
}

fn run_about(subject: Subject) -> RunState {
    let index = TenantIndex::new(0);
    let networks = Networks::usual(["192.0.2.1".parse().unwrap()]);
    let tenant = TenantState::new("demo".parse().unwrap(), index).with(Arc::new(networks));
    let handler_context = HandlerContext {
        handler: "h".parse().unwrap(),
        revision: Revision::FIRST,
        grants: Grants::parse(["pv"]).unwrap(),
        limits: RunLimits::default(),
        tenant: Arc::new(tenant),
        variables: Arc::new(Variables::new(ROWS.iter().copied())),
    };
    let payload = Some(Box::new(Raised(subject)) as _);
    RunState::new(
        Arc::new(handler_context),
        Raised::NAME,
        Cause::outside(index),
        payload,
    )
}

fn get(run: &mut RunState, spelling: &str) -> Result<Value, VariableError> {
    let name = VariableName::parse(spelling).unwrap();
    let row = ROWS.iter().find(|row| row.name == name.name).unwrap();
    (row.get)(run, &name)
}

fn set(run: &mut RunState, spelling: &str, value: Value) -> Result<(), VariableError> {
    let name = VariableName::parse(spelling).unwrap();
    let row = ROWS.iter().find(|row| row.name == name.name).unwrap();
    row.set.unwrap()(run, &name, value)
}

/// What each variable reads as, as text; a number is written `7#`.
fn assert_reads(run: &mut RunState, expected: &[(&str, &str)]) {
    for (spelling, wanted) in expected {
        let found = match get(run, spelling).unwrap() {
            Value::Null => "null".to_owned(),
            Value::Int(number) => format!("{number}#"),
            Value::Text(text) => text,
            Value::Octets(bytes) => format!("{bytes:?}"),
        };
        assert_eq!(found, *wanted, "{spelling}");
    }
}

#[test]
fn a_request_reads_as_kamailio_reads_it() {
    let mut run = run_about(subject_with(INVITE));
    assert_reads(
        &mut run,
        &[
            ("$rm", "INVITE"),
            ("$ru", "sip:bob;day=1@[2001:db8::9]:5070;transport=tcp"),
            ("$rU", "bob;day=1"),
            ("$rd", "[2001:db8::9]"),
            ("$rp", "5070#"),
            ("$rP", "tcp"),
            ("$rz", "sip"),
            ("$rv", "SIP/2.0"),
            ("$du", "null"),
            ("$dd", "null"),
            ("$fu", "sip:alice@a.example;x=1"),
            ("$fU", "alice"),
            ("$fd", "a.example"),
            ("$ft", "f1"),
            ("$tu", "sip:b.example"),
            ("$tU", "null"),
            ("$td", "b.example"),
            ("$tn", "null"),
            ("$tt", "null"),
            ("$mt", "1#"),
        ],
    );
}

#[test]
fn header_fields_and_body_are_read_by_name_and_place() {
    let mut run = run_about(subject_with(INVITE));
    assert_reads(
        &mut run,
        &[
            ("$ci", "c1@h"),
            ("$cs", "7#"),
            ("$csb", "7 INVITE"),
            ("$ct", "<sip:alice@10.0.0.1>"),
            ("$cT", "text/plain"),
            ("$ua", "tin can"),
            ("$ai", "sip:+49@net.example"),
            ("$hdr(subject)", "one two"),
            ("$hdr(v)[0]", "SIP/2.0/UDP h;branch=z9hG4bK1"),
            ("$hdr(Via)[-1]", "SIP/2.0/UDP g;branch=z9hG4bK0"),
            ("$hdr(Via)[2]", "null"),
            ("$hdr(Via)[-3]", "null"),
            (
                "$hdr(Via)[*]",
                "SIP/2.0/UDP h;branch=z9hG4bK1,SIP/2.0/UDP g;branch=z9hG4bK0",
            ),
            ("$(hdr(subject)[*])", "one two"),
            ("$hdr(X-None)[*]", "null"),
            ("$hdrc(Via)", "2#"),
            ("$hdrc(X-None)", "0#"),
            ("$cl", "4#"),
            ("$bs", "4#"),
            ("$rb", "\u{e9}\u{e8}"),
        ],
    );
}

#[test]
fn where_and_when_are_those_of_the_event() {
    let mut run = run_about(subject_with(INVITE));
    assert_reads(
        &mut run,
        &[
            ("$si", "192.0.2.1"),
            ("$sp", "5062#"),
            ("$proto", "udp"),
            ("$pr", "udp"),
            ("$af", "INET"),
            ("$Ri", "2001:db8::1"),
            ("$Rp", "5060#"),
            ("$Ts", "1700000000#"),
            ("$TS", "1700000000#"),
            ("$Tms", "1700000000123#"),
            ("$TV(s)", "1700000000#"),
            ("$TV(un)", "123456#"),
            ("$TV(Sn)", "1700000000.123456"),
            ("$utime(hour)", "22#"),
            ("$utime(wday)", "3#"),
            ("$utime(yday)", "318#"),
            ("$utime(isdst)", "0#"),
            ("$utimef(%a %b %e %H:%M:%S %Y)", "Tue Nov 14 22:13:20 2023"),
        ],
    );
}

#[test]
fn a_reply_has_a_status_and_no_request_line() {
    let mut run = run_about(subject_with(RINGING));
    let reads = [
        ("$rs", "180#"),
        ("$rr", "Ringing now"),
        ("$tt", "t1"),
        ("$rb", "null"),
        ("$mt", "2#"),
    ];
    assert_reads(&mut run, &reads);
    for spelling in ["$ru", "$rU", "$rd", "$rp", "$rP", "$rz", "$du", "$dd"] {
        let found = get(&mut run, spelling);
        assert!(
            matches!(found, Err(VariableError::NotAvailableHere)),
            "{spelling}: {found:?}"
        );
    }
    let mut run = run_about(subject_with(INVITE));
    for spelling in ["$rs", "$rr"] {
        let found = get(&mut run, spelling);
        assert!(
            matches!(found, Err(VariableError::NotAvailableHere)),
            "{spelling}: {found:?}"
        );
    }
}

#[test]
fn without_a_message_there_is_the_time_and_who_we_are() {
    let mut run = run_about(Subject::at(5_000_000));
    for row in ROWS {
        let spelling = row
            .spelling
            .replace("(name)[i]", "(To)")
            .replace("$TV(name)", "$TV(s)")
            .replace("time(name)", "time(sec)")
            .replace("(format)", "(%Y)")
            .replace("(name)", "(To)");
        match get(&mut run, &spelling) {
            Ok(_) => {
                let needs_none = ["$T", "$time", "$utime", "$is_myself"];
                assert!(
                    needs_none.iter().any(|start| spelling.starts_with(start)),
                    "{spelling}"
                );
            }
            Err(error) => assert!(
                matches!(error, VariableError::NotAvailableHere),
                "{spelling}: {error:?}"
            ),
        }
    }
    assert_reads(&mut run, &[("$Ts", "5#")]);
}

#[test]
fn a_part_of_the_request_uri_is_replaced_and_the_rest_stays() {
    let mut run = run_about(subject_with(INVITE));
    set(&mut run, "$rU", Value::Text("carol".into())).unwrap();
    assert_reads(
        &mut run,
        &[("$ru", "sip:carol@[2001:db8::9]:5070;transport=tcp")],
    );
    set(&mut run, "$rd", Value::Text("c.example".into())).unwrap();
    assert_reads(
        &mut run,
        &[("$ru", "sip:carol@c.example:5070;transport=tcp")],
    );
    set(&mut run, "$rp", Value::Int(6000)).unwrap();
    assert_reads(
        &mut run,
        &[("$ru", "sip:carol@c.example:6000;transport=tcp")],
    );
    set(&mut run, "$rp", Value::Null).unwrap();
    assert_reads(&mut run, &[("$ru", "sip:carol@c.example;transport=tcp")]);
    set(&mut run, "$rp", Value::Text("5080".into())).unwrap();
    assert_reads(
        &mut run,
        &[
            ("$ru", "sip:carol@c.example:5080;transport=tcp"),
            ("$rp", "5080#"),
        ],
    );
    set(&mut run, "$ru", Value::Text("sip:d.example".into())).unwrap();
    set(&mut run, "$rU", Value::Text("dave".into())).unwrap();
    assert_reads(
        &mut run,
        &[
            ("$ru", "sip:dave@d.example"),
            ("$fu", "sip:alice@a.example;x=1"),
        ],
    );
}

#[test]
fn the_next_hop_is_a_uri_and_can_be_taken_back() {
    let mut run = run_about(subject_with(INVITE));
    set(
        &mut run,
        "$du",
        Value::Text("sip:192.0.2.7:5090;transport=tcp".into()),
    )
    .unwrap();
    assert_reads(
        &mut run,
        &[("$dd", "192.0.2.7"), ("$dp", "5090#"), ("$dP", "tcp")],
    );
    set(&mut run, "$du", Value::Null).unwrap();
    assert_reads(&mut run, &[("$du", "null")]);
}

#[test]
fn a_next_hop_outside_of_the_tenant_s_networks_is_refused_when_it_is_set() {
    let mut run = run_about(subject_with(INVITE));
    let mut set_to = |uri: &str| set(&mut run, "$du", Value::Text(uri.into()));
    for uri in [
        "sip:127.0.0.1:19499;transport=tcp",
        "sip:[::1]",
        "sip:[::ffff:127.0.0.1]:25",
        "sip:user@169.254.169.254:80",
    ] {
        let refused = set_to(uri).unwrap_err();
        assert!(
            matches!(refused, VariableError::InvalidValue(_)),
            "{uri}: {refused:?}"
        );
    }
    // Names are looked at when their addresses are known.
    for uri in ["sip:192.0.2.7:5090", "sip:localhost"] {
        assert!(set_to(uri).is_ok(), "{uri}");
    }
}

#[test]
fn what_is_no_value_for_a_variable_is_refused_and_changes_nothing() {
    let mut run = run_about(subject_with(INVITE));
    for (spelling, value) in [
        ("$ru", Value::Text("not a uri".into())),
        ("$ru", Value::Text("sip:a@h\r\nX: 1".into())),
        ("$ru", Value::Null),
        ("$rU", Value::Text("a@b".into())),
        ("$rU", Value::Octets(vec![0xff])),
        ("$rd", Value::Text("a b".into())),
        ("$rp", Value::Int(70_000)),
        ("$rp", Value::Text("x".into())),
        ("$du", Value::Text("192.0.2.7".into())),
    ] {
        let found = set(&mut run, spelling, value.clone());
        assert!(
            matches!(found, Err(VariableError::InvalidValue(_))),
            "{spelling} = {value:?}: {found:?}"
        );
    }
    let whole = "sip:bob;day=1@[2001:db8::9]:5070;transport=tcp";
    assert_reads(&mut run, &[("$ru", whole), ("$du", "null")]);
}

#[test]
fn what_the_event_does_not_let_change_is_read_only() {
    let mut fixed = subject_with(INVITE);
    fixed.edits = EditScope::Nothing;
    let mut run = run_about(fixed);
    let found = set(&mut run, "$ru", Value::Text("sip:d.example".into()));
    assert!(matches!(found, Err(VariableError::ReadOnly)), "{found:?}");
}

#[test]
fn what_the_event_does_not_have_is_not_called_read_only() {
    for subject in [Subject::at(5_000_000), subject_with(RINGING)] {
        let mut run = run_about(subject);
        for row in ROWS.iter().filter(|row| row.set.is_some()) {
            let found = set(&mut run, row.spelling, Value::Text("x".into()));
            assert!(
                matches!(found, Err(VariableError::NotAvailableHere)),
                "{}: {found:?}",
                row.spelling
            );
        }
    }
}

/// As Kamailio 5.6.3 does it.
#[test]
fn a_user_leaves_with_its_password_and_another_one_keeps_it() {
    let mut run = run_about(subject_with(INVITE));
    let text = |text: &str| Value::Text(text.to_owned());
    for (value, uri) in [
        (text("carol"), "sip:carol:pw@h:5070;x=1"),
        (text(""), "sip:h:5070;x=1"),
        (Value::Null, "sip:h:5070;x=1"),
    ] {
        set(&mut run, "$ru", text("sip:bob:pw@h:5070;x=1")).unwrap();
        set(&mut run, "$rU", value).unwrap();
        assert_reads(&mut run, &[("$ru", uri)]);
    }
    set(&mut run, "$rp", text("")).unwrap();
    assert_reads(&mut run, &[("$ru", "sip:h;x=1"), ("$rU", "null")]);
    set(&mut run, "$du", text("sip:a@b")).unwrap();
    set(&mut run, "$du", text("")).unwrap();
    assert_reads(&mut run, &[("$du", "null")]);
    set(&mut run, "$ru", text("tel:+1")).unwrap();
    let found = set(&mut run, "$rU", Value::Null);
    assert!(found.is_err(), "a tel URI without a number: {found:?}");
}

#[test]
fn a_format_that_makes_nothing_or_too_much_is_null() {
    let mut run = run_about(subject_with(INVITE));
    let long = format!("$utimef({})", "%Y".repeat(40));
    assert_reads(&mut run, &[(long.as_str(), "null")]);
    assert!(get(&mut run, "$utime(century)").is_err());
}

/// As Kamailio 5.6.3 reads them.
#[test]
fn a_tel_uri_has_a_number_for_a_user_and_no_host() {
    let tel = INVITE
        .replace(
            "sip:bob;day=1@[2001:db8::9]:5070;transport=tcp",
            "tel:+49-30-1;phone-context=x.example",
        )
        .replace("<sip:b.example>", "<tel:+4912>");
    let mut run = run_about(subject_with(&tel));
    let reads = [
        ("$rU", "+49-30-1"),
        ("$rd", "null"),
        ("$tU", "+4912"),
        ("$td", "null"),
        ("$rz", "tel"),
    ];
    assert_reads(&mut run, &reads);
    set(&mut run, "$rU", Value::Text("777".to_owned())).unwrap();
    assert_reads(
        &mut run,
        &[("$ru", "tel:777;phone-context=x.example"), ("$rU", "777")],
    );
}

#[test]
fn the_content_length_is_what_the_header_says() {
    let without = INVITE.replace("Content-Length: 4\r\n", "");
    let mut run = run_about(subject_with(&without));
    assert_reads(&mut run, &[("$cl", "null"), ("$bs", "4#")]);
    let short = INVITE.replace("Content-Length: 4", "l: 2");
    assert_reads(&mut run_about(subject_with(&short)), &[("$cl", "2#")]);
}
