//! The pseudo-variables of the message, its source and its time.
//!
//! A variable that this event cannot have (`$rs` in a request, any of these in an event without a message) is
//! not-available-here; one that it could have and has not (`$fU` of a URI without user) is null.

use evroute_event::{Endpoint, Subject};
use evroute_module_api::{RunState, Value, Variable, VariableError, VariableName};
use evroute_sip::{HeaderName, Message, Uri};

use crate::read::{self, Party};
use crate::variable_edits as edits;

type Read = Result<Value, VariableError>;

macro_rules! row {
    ($name:literal, $spelling:literal, $meaning:literal, $get:expr) => {
        Variable {
            name: $name,
            spelling: $spelling,
            meaning: $meaning,
            grant: None,
            get: $get,
            set: None,
        }
    };
    ($name:literal, $spelling:literal, $meaning:literal, $get:expr, set $set:expr) => {
        Variable {
            name: $name,
            spelling: $spelling,
            meaning: $meaning,
            grant: None,
            get: $get,
            set: Some($set),
        }
    };
}

/// The rows, in the order of Kamailio's cookbook.
pub(crate) const ROWS: &[Variable] = &[
    // Request line
    row!("rm", "$rm", "method", |run, _| message(run, |m| text(
        m.method().as_str()
    ))),
    row!("ru", "$ru", "Request-URI", |run, _| request(run, |m| opt(read::request_uri(m))),
        set edits::request_uri),
    row!("rU", "$rU", "user of the Request-URI", |run, _| ruri(run, user), set edits::request_user),
    row!("rd", "$rd", "host of the Request-URI", |run, _| ruri(run, host), set edits::request_host),
    row!(
        "rp",
        "$rp",
        "port of the Request-URI; 5060 when it has none",
        |run, _| ruri(run, |u| { Value::Int(i64::from(u.port().unwrap_or(5060))) })
    ),
    row!(
        "rP",
        "$rP",
        "transport of the Request-URI; UDP when it has none",
        |run, _| ruri(run, |u| { text(u.transport().unwrap_or("UDP")) })
    ),
    row!("rz", "$rz", "scheme of the Request-URI", |run, _| ruri(
        run,
        |u| text(u.scheme().as_str())
    )),
    row!("rv", "$rv", "SIP version", |run, _| message(run, |_| text(
        "SIP/2.0"
    ))),
    // Next hop
    row!("du", "$du", "where the request is sent, if not where Route and Request-URI say", |run, _| {
        request_subject(run, |s| opt(s.next_hop.clone()))
    }, set edits::next_hop),
    row!("dd", "$dd", "host of $du", |run, _| next_hop(run, host)),
    row!("dp", "$dp", "port of $du", |run, _| next_hop(run, |u| {
        Value::Int(i64::from(u.port().unwrap_or(5060)))
    })),
    row!("dP", "$dP", "transport of $du", |run, _| next_hop(
        run,
        |u| text(u.transport().unwrap_or("udp"))
    )),
    // From and To
    row!("fu", "$fu", "URI of From", |run, _| message(run, |m| opt(
        read::party_uri(m, Party::From)
    ))),
    row!("fU", "$fU", "user of From's URI", |run, _| party(
        run,
        Party::From,
        user
    )),
    row!("fd", "$fd", "host of From's URI", |run, _| party(
        run,
        Party::From,
        host
    )),
    row!("fn", "$fn", "display name of From", |run, _| message(
        run,
        |m| display(m, Party::From)
    )),
    row!("ft", "$ft", "tag of From", |run, _| message(run, |m| tag(
        m,
        Party::From
    ))),
    row!("tu", "$tu", "URI of To", |run, _| message(run, |m| opt(
        read::party_uri(m, Party::To)
    ))),
    row!("tU", "$tU", "user of To's URI", |run, _| party(
        run,
        Party::To,
        user
    )),
    row!("td", "$td", "host of To's URI", |run, _| party(
        run,
        Party::To,
        host
    )),
    row!("tn", "$tn", "display name of To", |run, _| message(
        run,
        |m| display(m, Party::To)
    )),
    row!("tt", "$tt", "tag of To", |run, _| message(run, |m| tag(
        m,
        Party::To
    ))),
    // Reply
    row!("rs", "$rs", "status code", |run, _| reply(run, |m| number(
        m.status().map(i64::from)
    ))),
    row!("rr", "$rr", "reason phrase", |run, _| reply(run, |m| m
        .reason()
        .map_or(Value::Null, octets))),
    // Headers
    row!(
        "hdr",
        "$hdr(name)[i]",
        "a header field by name; [i] counts from 0, negative from the end",
        header
    ),
    row!("ci", "$ci", "Call-ID", |run, _| message(run, |m| m
        .call_id()
        .map_or(Value::Null, text))),
    row!("cs", "$cs", "number of CSeq", |run, _| message(run, |m| {
        number(m.cseq().ok().map(|c| i64::from(c.number)))
    })),
    row!("ct", "$ct", "Contact", |run, _| message(run, |m| field(
        m,
        HeaderName::Contact
    ))),
    row!("cT", "$cT", "Content-Type", |run, _| message(run, |m| {
        field(m, HeaderName::ContentType)
    })),
    row!("cl", "$cl", "length of the body", |run, _| message(
        run,
        |m| length(m.body().len())
    )),
    row!("ua", "$ua", "User-Agent", |run, _| message(run, |m| field(
        m,
        HeaderName::UserAgent
    ))),
    // Source and receiver
    row!("si", "$si", "source address", |run, _| source(run, |e| {
        Value::Text(e.address.ip().to_string())
    })),
    row!("sp", "$sp", "source port", |run, _| source(run, |e| {
        Value::Int(i64::from(e.address.port()))
    })),
    row!("proto", "$proto", "transport it came by", |run, _| source(
        run,
        |e| text(e.proto)
    )),
    row!("pr", "$pr", "as $proto", |run, _| source(run, |e| text(
        e.proto
    ))),
    row!("Ri", "$Ri", "our address it came to", |run, _| received(
        run,
        |e| Value::Text(e.address.ip().to_string())
    )),
    row!("Rp", "$Rp", "our port it came to", |run, _| received(
        run,
        |e| Value::Int(i64::from(e.address.port()))
    )),
    // Time
    row!(
        "Ts",
        "$Ts",
        "seconds since 1970 when it happened; frozen for the run",
        |run, _| { subject(run, |s| number(i64::try_from(s.time_us / 1_000_000).ok())) }
    ),
    row!("TS", "$TS", "as $Ts: a run has one time", |run, _| {
        subject(run, |s| number(i64::try_from(s.time_us / 1_000_000).ok()))
    }),
    row!(
        "Tms",
        "$Tms",
        "milliseconds since 1970 when it happened; frozen for the run",
        |run, _| { subject(run, |s| number(i64::try_from(s.time_us / 1_000).ok())) }
    ),
];

fn subject(run: &mut RunState, get: impl FnOnce(&Subject) -> Value) -> Read {
    run.subject()
        .map(get)
        .map_err(|error| VariableError::Other(error.to_string()))
}

fn message(run: &mut RunState, get: impl FnOnce(&Message) -> Value) -> Read {
    let subject = run
        .subject()
        .map_err(|error| VariableError::Other(error.to_string()))?;
    subject
        .message
        .as_ref()
        .map(get)
        .ok_or(VariableError::NotAvailableHere)
}

fn request(run: &mut RunState, get: impl FnOnce(&Message) -> Value) -> Read {
    of_kind(run, true, get)
}

fn reply(run: &mut RunState, get: impl FnOnce(&Message) -> Value) -> Read {
    of_kind(run, false, get)
}

fn of_kind(run: &mut RunState, is_request: bool, get: impl FnOnce(&Message) -> Value) -> Read {
    let subject = run
        .subject()
        .map_err(|error| VariableError::Other(error.to_string()))?;
    let message = subject
        .message
        .as_ref()
        .filter(|message| message.is_request() == is_request);
    message.map(get).ok_or(VariableError::NotAvailableHere)
}

fn request_subject(run: &mut RunState, get: impl FnOnce(&Subject) -> Value) -> Read {
    request(run, |_| Value::Null)?;
    subject(run, get)
}

fn ruri(run: &mut RunState, get: impl FnOnce(&Uri<'_>) -> Value) -> Read {
    request(run, |message| {
        parsed(message.request_uri().map(str::as_bytes), get)
    })
}

fn next_hop(run: &mut RunState, get: impl FnOnce(&Uri<'_>) -> Value) -> Read {
    request_subject(run, |subject| {
        parsed(subject.next_hop.as_deref().map(str::as_bytes), get)
    })
}

fn party(run: &mut RunState, which: Party, get: impl FnOnce(&Uri<'_>) -> Value) -> Read {
    message(run, |message| {
        parsed(read::party(message, which).map(|addr| addr.uri()), get)
    })
}

fn parsed(uri: Option<&[u8]>, get: impl FnOnce(&Uri<'_>) -> Value) -> Value {
    uri.and_then(|uri| Uri::parse(uri).ok())
        .map_or(Value::Null, |uri| get(&uri))
}

fn user(uri: &Uri<'_>) -> Value {
    uri.user().map_or(Value::Null, text)
}

fn host(uri: &Uri<'_>) -> Value {
    text(uri.host())
}

fn display(message: &Message, which: Party) -> Value {
    read::party(message, which)
        .and_then(|addr| addr.display())
        .map_or(Value::Null, octets)
}

fn tag(message: &Message, which: Party) -> Value {
    read::party(message, which)
        .and_then(|addr| addr.tag())
        .map_or(Value::Null, text)
}

fn field(message: &Message, name: HeaderName<'_>) -> Value {
    message
        .header(name)
        .map_or(Value::Null, |value| octets(&value))
}

fn header(run: &mut RunState, name: &VariableName<'_>) -> Read {
    let wanted = name.argument.ok_or(VariableError::UnknownName)?;
    let index = name.index.unwrap_or(0);
    message(run, |message| {
        let found = match usize::try_from(index) {
            Ok(index) => message.headers(wanted).nth(index),
            Err(_) => {
                let all: Vec<_> = message.headers(wanted).collect();
                let back = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
                all.len()
                    .checked_sub(back)
                    .and_then(|place| all.into_iter().nth(place))
            }
        };
        found.map_or(Value::Null, |value| octets(&read::unfolded(value)))
    })
}

fn source(run: &mut RunState, get: impl FnOnce(&Endpoint) -> Value) -> Read {
    endpoint(run, |subject| subject.source.as_ref(), get)
}

fn received(run: &mut RunState, get: impl FnOnce(&Endpoint) -> Value) -> Read {
    endpoint(run, |subject| subject.received.as_ref(), get)
}

fn endpoint(
    run: &mut RunState,
    which: impl FnOnce(&Subject) -> Option<&Endpoint>,
    get: impl FnOnce(&Endpoint) -> Value,
) -> Read {
    let subject = run
        .subject()
        .map_err(|error| VariableError::Other(error.to_string()))?;
    which(subject)
        .map(get)
        .ok_or(VariableError::NotAvailableHere)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn opt(text: Option<String>) -> Value {
    text.map_or(Value::Null, Value::Text)
}

fn number(number: Option<i64>) -> Value {
    number.map_or(Value::Null, Value::Int)
}

fn length(octets: usize) -> Value {
    number(i64::try_from(octets).ok())
}

/// Text where it is text, octets where not.
fn octets(octets: &[u8]) -> Value {
    match std::str::from_utf8(octets) {
        Ok(text) => Value::Text(text.to_owned()),
        Err(_) => Value::Octets(octets.to_vec()),
    }
}
