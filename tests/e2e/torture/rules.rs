//! What is asked of a server that serves the corpus's domains, for each message.

use std::collections::BTreeMap;

use super::case::{Case, Outcome};

/// Class `invalid`, and RFC 4475 lets a lenient server take them, which ours does.
const TAKEN_LENIENTLY: [(&str, Outcome); 3] = [
    ("rfc4475/badaspec.dat", Outcome::Forwarded),
    ("rfc4475/baddate.dat", Outcome::Forwarded),
    ("rfc4475/baddn.dat", Outcome::Forwarded),
];

/// Well-formed, and still not forwarded or served, with the reason.
const REFUSED: [(&str, u16); 13] = [
    // Proxy-Require (RFC 3261 16.3 step 5).
    ("rfc4475/bext01.dat", 420),
    // Request-URI of another scheme (16.3 step 2).
    ("rfc4475/unkscm.dat", 416),
    ("rfc4475/novelsc.dat", 416),
    // Max-Forwards 0 (16.3 step 3).
    ("rfc4475/zeromf.dat", 483),
    // A method that nobody knows, for the server itself (21.5.2).
    ("rfc4475/esc02.dat", 501),
    // To is no address of record: it has no SIP URI (10.3 step 5).
    ("rfc4475/unksm2.dat", 404),
    // No user in the Request-URI, and no service of the server's own.
    ("rfc5118/via-received-param-with-delim.dat", 404),
    ("extra/ruri_no_user.dat", 404),
    // A port of the domain that is not ours: somebody else's server.
    ("extra/ipv6_ruri.dat", 403),
    ("rfc5118/port-unambiguous.dat", 403),
    // A Route to strangers, preloaded: the server is no open relay.
    ("extra/route_set.dat", 403),
    ("extra/route_lr_on.dat", 403),
    ("rfc4475/mpart01.dat", 403),
];

/// On a stream these differ: framing depends on Content-Length alone (18.3).
const ON_STREAMS: [(&str, Outcome); 4] = [
    // More is announced than comes: it may still come.
    ("rfc4475/clerr.dat", Outcome::Waiting),
    ("extra/body_short.dat", Outcome::Waiting),
    // There is no telling where they end (20.14: it MUST be there).
    ("rfc4475/inv2543.dat", Outcome::Answered(400)),
    ("extra/body_no_cl_udp.dat", Outcome::Answered(400)),
];

/// What becomes of a message.
pub(crate) fn expected(case: &Case, is_stream: bool) -> Outcome {
    let named = |table: &[(&str, Outcome)]| {
        let found = table.iter().find(|(file, _)| *file == case.file);
        found.map(|(_, outcome)| outcome.clone())
    };
    if is_stream && let Some(outcome) = named(&ON_STREAMS) {
        return outcome;
    }
    if let Some(outcome) = named(&TAKEN_LENIENTLY) {
        return outcome;
    }
    // 18.1.2: nobody asked for them. Nor is a keep-alive a message.
    if case.is_response() || case.file == "extra/keepalive_crlf.dat" {
        return Outcome::Silence;
    }
    if let Some((_, code)) = REFUSED.iter().find(|(file, _)| *file == case.file) {
        return Outcome::Answered(*code);
    }
    match case.class.as_str() {
        "invalid" if case.expect.starts_with("505") => Outcome::Answered(505),
        // Refused where both are allowed.
        "invalid" | "either" => Outcome::Answered(400),
        "valid" | "app" if case.is_register() || case.is_options_to_us() => Outcome::Answered(200),
        "valid" | "app" => Outcome::Forwarded,
        other => panic!("{}: class {other}", case.file),
    }
}

/// How many of each kind.
pub(crate) fn totals(is_stream: bool) -> BTreeMap<&'static str, usize> {
    let mut totals = BTreeMap::from([
        ("forwarded", 64),
        ("malformed", 28),
        ("refused", 13),
        ("served", 16),
        ("silence", 12),
    ]);
    if is_stream {
        totals.extend([("forwarded", 62), ("malformed", 28), ("waiting", 2)]);
    }
    totals
}

impl Case {
    /// OPTIONS to a domain, not to a user.
    fn is_options_to_us(&self) -> bool {
        let text = self.text();
        let start = text.lines().next().unwrap_or_default();
        start.starts_with("OPTIONS ") && !start.contains('@')
    }
}
