use super::*;
use crate::parse::Framing;

const GOOD: &str = "INVITE sip:bob@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\n\
    Max-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\
    Contact: <sip:a@h>\r\n\r\n";

fn verdict(text: &str) -> Result<(), InvalidMessage> {
    validate(&Message::parse(text.to_owned().into(), Framing::Datagram).unwrap())
}

#[test]
fn a_good_request_passes_with_and_without_what_rfc_2543_lacks() {
    assert_eq!(verdict(GOOD), Ok(()));
    let old = GOOD
        .replace(";branch=z9hG4bKx", "")
        .replace(";tag=1", "")
        .replace("Max-Forwards: 70\r\n", "");
    assert_eq!(verdict(&old), Ok(()));
    assert_eq!(
        verdict(&GOOD.replace("Contact: <sip:a@h>", "Contact: *")),
        Ok(())
    );
    assert_eq!(
        verdict(&GOOD.replace("Contact: <sip:a@h>", "Contact:")),
        Ok(())
    );
    assert_eq!(
        verdict(&GOOD.replace("Contact: <sip:a@h>", "Expires: soon")),
        Ok(())
    );
}

/// What to replace in the good request, by what, and the refusal that follows.
const FAULTS: &[(&str, &str, u16, &str)] = &[
    (
        "SIP/2.0\r\nVia",
        "SIP/7.0\r\nVia",
        505,
        "Version Not Supported",
    ),
    ("sip:bob@b SIP", "<sip:bob@b> SIP", 400, "Bad Request-URI"),
    (
        "sip:bob@b SIP",
        "sip:bob@b?a=b SIP",
        400,
        "Headers In Request-URI",
    ),
    (
        "sip:bob@b SIP",
        "sip:bob@b:99999 SIP",
        400,
        "Bad Request-URI",
    ),
    (
        "Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\n",
        "",
        400,
        "Via Missing",
    ),
    (
        "Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\n",
        "Via:\r\n",
        400,
        "Bad Via",
    ),
    ("h;branch=z9hG4bKx", "h;;,;,,", 400, "Bad Via"),
    ("branch=z9hG4bKx", "branch=z9hG4bK", 400, "Bad Branch"),
    ("From: <sip:a@b>;tag=1\r\n", "", 400, "From Missing"),
    (
        "From: <sip:a@b>;tag=1\r\n",
        "From: <sip:a@b>\r\nf: <sip:c@d>\r\n",
        400,
        "From Repeated",
    ),
    ("<sip:b@b>", "\"x <sip:b@b>", 400, "Bad To"),
    ("Call-ID: c", "Call-ID:", 400, "Bad Call-ID"),
    (
        "CSeq: 1 INVITE",
        "CSeq: 1 OPTIONS",
        400,
        "CSeq Method Differs",
    ),
    (
        "CSeq: 1 INVITE",
        "CSeq: 1 invite",
        400,
        "CSeq Method Differs",
    ),
    ("CSeq: 1 INVITE", "CSeq: 1", 400, "Bad CSeq"),
    (
        "CSeq: 1 INVITE",
        "CSeq: 1 INVITE\r\nCSeq: 2 INVITE",
        400,
        "CSeq Repeated",
    ),
    (
        "Max-Forwards: 70",
        "Max-Forwards: 256",
        400,
        "Bad Max-Forwards",
    ),
    (
        "Max-Forwards: 70",
        "Max-Forwards: x",
        400,
        "Bad Max-Forwards",
    ),
    (
        "Max-Forwards: 70",
        "Max-Forwards: 7\r\nMax-Forwards: 7",
        400,
        "Max-Forwards Repeated",
    ),
    ("Contact: <sip:a@h>", "Route: <sip:a@h", 400, "Bad Route"),
];

#[test]
fn each_fault_is_refused_with_its_code_and_reason() {
    for (from, to, code, reason) in FAULTS.iter().copied() {
        let refusal = verdict(&GOOD.replace(from, to)).unwrap_err();
        assert_eq!((refusal.code, refusal.reason), (code, reason), "{to}");
        assert_eq!(refusal.answer(), ParseErrorResponse::Reply { code, reason });
    }
}

/// What stands in the place of the Contact; in the message of what kind it means nothing here.
const OTHERS: &[&str] = &[
    "Contact: sip:a@h?Route=x",
    "Contact: <sip:a@h>,,<sip:b@h>",
    "Contact: <sip:a@h>;expires=99999999999",
    "Contact: \"Mr. X\" sip:a@h",
    "Contact: <>",
    "Expires: 99999999999",
    "Route: <sip:p;lr>, x",
    "Route: <sip:p;lr>\r\nRoute: <sip:a@h",
    "Via: SIP/2.0/UDP 10.0.0.1:5060;;branch=z9hG4bK1",
    "Via: x, y\r\nv: ",
];

#[test]
fn what_a_proxy_does_not_read_is_passed_whatever_it_says() {
    let kinds = ["INVITE", "BYE", "ACK", "REGISTER"].map(|method| GOOD.replace("INVITE", method));
    let response = GOOD.replace("INVITE sip:bob@b SIP/2.0", "SIP/2.0 200 OK");
    for text in kinds.iter().chain([&response]) {
        for other in OTHERS {
            let with = text.replace("Contact: <sip:a@h>", other);
            assert_eq!(verdict(&with), Ok(()), "{with}");
        }
    }
    for (from, to) in [
        ("Max-Forwards: 70", "Max-Forwards: 300"),
        ("Max-Forwards: 70", "Max-Forwards: 7\r\nMax-Forwards: 7"),
        ("Contact: <sip:a@h>", "Route: x"),
        ("To: <sip:b@b>", "To: \"x <sip:b@b>;tag=2"),
        ("From: <sip:a@b>;tag=1", "From: <sip:a@b>;;tag=1"),
    ] {
        assert_eq!(verdict(&response.replace(from, to)), Ok(()), "{to}");
    }
}

#[test]
fn more_via_values_than_hops_can_be_are_too_many_hops() {
    let vias = format!("Via: SIP/2.0/UDP h{}", ",SIP/2.0/UDP h".repeat(128));
    let refusal = verdict(&GOOD.replace("Via: SIP/2.0/UDP h;branch=z9hG4bKx", &vias)).unwrap_err();
    assert_eq!(refusal.code, 483);
}

#[test]
fn responses_and_acks_are_dropped_not_answered() {
    let broken = GOOD.replace("To: <sip:b@b>\r\n", "");
    let response = broken.replace("INVITE sip:bob@b SIP/2.0", "SIP/2.0 200 OK");
    assert_eq!(
        verdict(&response).unwrap_err().answer(),
        ParseErrorResponse::Drop
    );
    assert_eq!(
        verdict(&broken.replace("INVITE", "ACK"))
            .unwrap_err()
            .answer(),
        ParseErrorResponse::Drop
    );
    // CSeq and method agree by construction in a response.
    assert_eq!(
        verdict(&GOOD.replace("INVITE sip:bob@b SIP/2.0", "SIP/2.0 200 OK")),
        Ok(())
    );
}

#[test]
fn a_refusal_names_field_and_fault() {
    let refusal = verdict(&GOOD.replace("<sip:b@b>", "<sip:b@b")).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "400 Bad To (To: an angle bracket is not closed)"
    );
}
