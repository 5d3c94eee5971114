//! The pseudo-variables of the message, its source and its time.
//!
//! A variable that this event cannot have (`$rs` in a request, any of these in an event without a
//! message) is not-available-here; one that it could have and has not (`$fU` of a URI without user)
//! is null.

use evroute_module_api::{Value, Variable};
use evroute_sip::HeaderName;
use jiff::tz::TimeZone;

use crate::read::{self, Party};
use crate::variable_edits as edits;
use crate::variable_reads::{
    asserted_identity, body, bytes, content_length, display, either, field, header, header_count,
    host, length, message, next_hop, number, opt, party, received, reply, request, request_subject,
    ruri, shared_field, source, subject, tag, text, user,
};
use crate::{own, time};

#[cfg(test)]
mod tests;

macro_rules! row {
    ($name:literal, $spelling:literal, $meaning:literal, $get:expr) => {
        Variable {
            name: $name,
            spelling: $spelling,
            meaning: $meaning,
            grant: None,
            counts: false,
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
            counts: false,
            get: $get,
            set: Some($set),
        }
    };
}

/// The rows, in the order of Kamailio's cookbook.
pub(crate) const ROWS: &[Variable] = &[
    // Request line
    row!("rm", "$rm", "method", |run, _| either(
        run,
        |m| text(m.method().as_str()),
        |request| text(&request.method)
    )),
    row!("ru", "$ru", "Request-URI", |run, _| request(run, |m| opt(read::request_uri(m))),
        set edits::request_uri),
    row!("rU", "$rU", "user of the Request-URI; of a tel URI the number", |run, _| ruri(run, user), set edits::request_user),
    row!("rd", "$rd", "host of the Request-URI", |run, _| ruri(run, host), set edits::request_host),
    row!(
        "rp",
        "$rp",
        "port of the Request-URI; 5060 when it has none",
        |run, _| ruri(run, |u| { Value::Int(i64::from(u.port().unwrap_or(5060))) }),
        set edits::request_port
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
        .map_or(Value::Null, bytes))),
    // Who sent it
    row!(
        "au",
        "$au",
        "name of the user who has shown his password; never what is only claimed",
        |run, _| {
            request_subject(run, |s| {
                opt(s.authenticated.as_ref().map(|user| user.user_name.clone()))
            })
        }
    ),
    row!("ar", "$ar", "realm of $au", |run, _| request_subject(
        run,
        |s| opt(s.authenticated.as_ref().map(|user| user.realm.clone()))
    )),
    row!(
        "Au",
        "$Au",
        "$au, and where there is none the user of From: for accounts",
        |run, _| {
            match request_subject(run, |s| {
                opt(s.authenticated.as_ref().map(|user| user.user_name.clone()))
            })? {
                Value::Null => party(run, Party::From, user),
                user => Ok(user),
            }
        }
    ),
    // Headers
    row!(
        "hdr",
        "$hdr(name)[i]",
        "a header field by name; [i] counts from 0, negative from the end; [*] is all, with commas",
        header
    ),
    row!(
        "hdrc",
        "$hdrc(name)",
        "how many header fields of a name there are",
        header_count
    ),
    row!("ai", "$ai", "URI of P-Asserted-Identity", |run, _| message(
        run,
        asserted_identity
    )),
    row!("csb", "$csb", "CSeq: number and method", |run, _| message(
        run,
        |m| field(m, HeaderName::CSeq)
    )),
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
    row!("cT", "$cT", "Content-Type", |run, _| shared_field(
        run,
        HeaderName::ContentType,
        "Content-Type"
    )),
    row!(
        "cl",
        "$cl",
        "Content-Length; null where there is none",
        |run, _| content_length(run)
    ),
    row!("ua", "$ua", "User-Agent", |run, _| shared_field(
        run,
        HeaderName::UserAgent,
        "User-Agent"
    )),
    // Body and kind
    row!("rb", "$rb", "body; null when it is empty", |run, _| body(
        run,
        |body| {
            Some(body)
                .filter(|body| !body.is_empty())
                .map_or(Value::Null, bytes)
        }
    )),
    row!("bs", "$bs", "length of the body", |run, _| body(
        run,
        |body| length(body.len())
    )),
    row!("mt", "$mt", "1 for a request, 2 for a reply", |run, _| {
        message(run, |m| Value::Int(if m.is_request() { 1 } else { 2 }))
    }),
    row!(
        "mb",
        "$mb",
        "the whole message as it came, without edits",
        |run, _| message(run, |m| bytes(m.raw()))
    ),
    row!(
        "ml",
        "$ml",
        "length of the whole message",
        |run, _| message(run, |m| length(m.raw().len()))
    ),
    // Source and receiver
    row!(
        "is_myself",
        "$is_myself(uri)",
        "1 where a SIP URI names this server: one of the tenant's domains or an address that is listened on; otherwise 0",
        |run, name| own::is_myself(run, name)
    ),
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
    row!(
        "af",
        "$af",
        "INET or INET6: family of the source address",
        |run, _| source(run, |e| {
            text(if e.address.is_ipv4() { "INET" } else { "INET6" })
        })
    ),
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
        "TV",
        "$TV(name)",
        "the time by parts: s and sn seconds, u and un microseconds, Sn both with a point between",
        time::parts
    ),
    row!(
        "Tf",
        "$Tf",
        "the time as text, \"Sun Nov 29 18:37:47 2026\", in the server's time zone",
        |run, _| { time::text(run) }
    ),
    row!("TF", "$TF", "as $Tf: a run has one time", |run, _| {
        time::text(run)
    }),
    row!(
        "Tb",
        "$Tb",
        "seconds since 1970 when the server was started",
        |run, _| Ok(own::started(run))
    ),
    row!(
        "time",
        "$time(name)",
        "a field of the time in the server's time zone: sec min hour mday mon year wday yday isdst",
        |run, name| time::field(run, name, &time::local())
    ),
    row!("utime", "$utime(name)", "the same in UTC", |run, name| {
        time::field(run, name, &TimeZone::UTC)
    }),
    row!(
        "timef",
        "$timef(format)",
        "the time in the server's time zone, in a format of strftime",
        |run, name| time::formatted(run, name, &time::local())
    ),
    row!(
        "utimef",
        "$utimef(format)",
        "the same in UTC",
        |run, name| time::formatted(run, name, &TimeZone::UTC)
    ),
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
