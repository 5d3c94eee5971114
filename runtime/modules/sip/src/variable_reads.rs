//! How the rows of [`crate::variables`] read a message.

use evroute_event::{Endpoint, Subject};
use evroute_http::HttpRequest;
use evroute_module_api::{RunState, Value, VariableError, VariableName};
use evroute_sip::{HeaderName, Message, NameAddr, Uri};

use crate::read::{self, Party};

type Read = Result<Value, VariableError>;

pub(crate) fn subject(run: &mut RunState, get: impl FnOnce(&Subject) -> Value) -> Read {
    run.subject()
        .map(get)
        .map_err(|error| VariableError::Other(error.to_string()))
}

pub(crate) fn message(run: &mut RunState, get: impl FnOnce(&Message) -> Value) -> Read {
    let subject = run
        .subject()
        .map_err(|error| VariableError::Other(error.to_string()))?;
    subject
        .message
        .as_ref()
        .map(get)
        .ok_or(VariableError::NotAvailableHere)
}

/// What a message of SIP and a request of HTTP both have.
pub(crate) fn either(
    run: &mut RunState,
    sip: impl FnOnce(&Message) -> Value,
    http: impl FnOnce(&HttpRequest) -> Value,
) -> Read {
    let subject = run
        .subject()
        .map_err(|error| VariableError::Other(error.to_string()))?;
    match (&subject.message, &subject.http) {
        (Some(message), _) => Ok(sip(message)),
        (None, Some(request)) => Ok(http(request)),
        (None, None) => Err(VariableError::NotAvailableHere),
    }
}

/// The same of a body.
pub(crate) fn body(run: &mut RunState, get: impl Fn(&[u8]) -> Value) -> Read {
    either(
        run,
        |message| get(message.body()),
        |request| get(&request.body),
    )
}

/// The same of a header field whose name both have.
pub(crate) fn shared_field(run: &mut RunState, name: HeaderName<'_>, in_http: &str) -> Read {
    either(
        run,
        |message| field(message, name),
        |request| http_field(request, in_http, 0),
    )
}

/// A header field of HTTP by its place among those of its name, from the end where it is negative.
fn http_field(request: &HttpRequest, name: &str, index: i32) -> Value {
    let values: Vec<_> = request.fields_named(name).collect();
    let place = match usize::try_from(index) {
        Ok(place) => Some(place),
        Err(_) => {
            let back = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
            values.len().checked_sub(back)
        }
    };
    let found = place.and_then(|place| values.get(place));
    found.map_or(Value::Null, |value| bytes(value))
}

fn every_http_field(request: &HttpRequest, name: &str) -> Value {
    let values: Vec<&[u8]> = request.fields_named(name).map(|value| &value[..]).collect();
    match values.is_empty() {
        true => Value::Null,
        false => bytes(&values.join(&b',')),
    }
}

pub(crate) fn request(run: &mut RunState, get: impl FnOnce(&Message) -> Value) -> Read {
    of_kind(run, true, get)
}

pub(crate) fn reply(run: &mut RunState, get: impl FnOnce(&Message) -> Value) -> Read {
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

pub(crate) fn request_subject(run: &mut RunState, get: impl FnOnce(&Subject) -> Value) -> Read {
    request(run, |_| Value::Null)?;
    subject(run, get)
}

pub(crate) fn ruri(run: &mut RunState, get: impl FnOnce(&Uri<'_>) -> Value) -> Read {
    request(run, |message| {
        parsed(message.request_uri().map(str::as_bytes), get)
    })
}

pub(crate) fn next_hop(run: &mut RunState, get: impl FnOnce(&Uri<'_>) -> Value) -> Read {
    request_subject(run, |subject| {
        parsed(subject.next_hop.as_deref().map(str::as_bytes), get)
    })
}

pub(crate) fn party(run: &mut RunState, which: Party, get: impl FnOnce(&Uri<'_>) -> Value) -> Read {
    message(run, |message| {
        parsed(read::party(message, which).map(|addr| addr.uri()), get)
    })
}

fn parsed(uri: Option<&[u8]>, get: impl FnOnce(&Uri<'_>) -> Value) -> Value {
    uri.and_then(|uri| Uri::parse(uri).ok())
        .map_or(Value::Null, |uri| get(&uri))
}

pub(crate) fn user(uri: &Uri<'_>) -> Value {
    read::user(uri).map_or(Value::Null, text)
}

pub(crate) fn host(uri: &Uri<'_>) -> Value {
    Some(uri.host())
        .filter(|host| !host.is_empty())
        .map_or(Value::Null, text)
}

pub(crate) fn display(message: &Message, which: Party) -> Value {
    read::party(message, which)
        .and_then(|addr| addr.display())
        .map_or(Value::Null, bytes)
}

pub(crate) fn tag(message: &Message, which: Party) -> Value {
    read::party(message, which)
        .and_then(|addr| addr.tag())
        .map_or(Value::Null, text)
}

pub(crate) fn field(message: &Message, name: HeaderName<'_>) -> Value {
    message
        .header(name)
        .map_or(Value::Null, |value| bytes(&value))
}

pub(crate) fn header(run: &mut RunState, name: &VariableName<'_>) -> Read {
    let wanted = name.argument.ok_or(VariableError::UnknownName)?;
    if name.is_every {
        return either(
            run,
            |message| every(message, wanted),
            |request| every_http_field(request, wanted),
        );
    }
    let index = name.index.unwrap_or(0);
    let in_sip = |message: &Message| {
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
        found.map_or(Value::Null, |value| bytes(&read::unfolded(value)))
    };
    either(run, in_sip, |request| http_field(request, wanted, index))
}

/// All fields of a name with commas between them, as they would be in one line (RFC 3261 section
/// 7.3.1).
fn every(message: &Message, wanted: &str) -> Value {
    let values = message.headers(wanted).map(read::unfolded);
    match values.reduce(|all, next| [&*all, b",", &*next].concat()) {
        Some(all) => bytes(&all),
        None => Value::Null,
    }
}

/// `$cl`: what Content-Length says, which is not what there is of the body.
pub(crate) fn content_length(run: &mut RunState) -> Read {
    let said = |value: Option<&[u8]>| {
        let value = value.and_then(|value| std::str::from_utf8(value).ok());
        number(value.and_then(|value| value.trim().parse().ok()))
    };
    either(
        run,
        |message| said(message.header(HeaderName::ContentLength).as_deref()),
        |request| said(request.text("Content-Length").map(str::as_bytes)),
    )
}

pub(crate) fn header_count(run: &mut RunState, name: &VariableName<'_>) -> Read {
    let wanted = name.argument.ok_or(VariableError::UnknownName)?;
    either(
        run,
        |message| length(message.headers(wanted).count()),
        |request| length(request.fields_named(wanted).count()),
    )
}

/// The first of them: a proxy looks at who the network says it is, not at how many names it has.
pub(crate) fn asserted_identity(message: &Message) -> Value {
    let value = message.header(HeaderName::PAssertedIdentity);
    value
        .as_deref()
        .and_then(|value| NameAddr::parse(value).ok())
        .map_or(Value::Null, |addr| text(&read::escaped(addr.uri())))
}

pub(crate) fn source(run: &mut RunState, get: impl FnOnce(&Endpoint) -> Value) -> Read {
    endpoint(run, |subject| subject.source.as_ref(), get)
}

pub(crate) fn received(run: &mut RunState, get: impl FnOnce(&Endpoint) -> Value) -> Read {
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

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(crate) fn opt(text: Option<String>) -> Value {
    text.map_or(Value::Null, Value::Text)
}

pub(crate) fn number(number: Option<i64>) -> Value {
    number.map_or(Value::Null, Value::Int)
}

pub(crate) fn length(bytes: usize) -> Value {
    number(i64::try_from(bytes).ok())
}

/// Text where it is text, bytes where not.
pub(crate) fn bytes(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::Text(text.to_owned()),
        Err(_) => Value::Octets(bytes.to_vec()),
    }
}
