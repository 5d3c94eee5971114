//! How the rows of [`crate::variables`] read a message.

use evroute_event::{Endpoint, Subject};
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
        return message(run, |message| every(message, wanted));
    }
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
        found.map_or(Value::Null, |value| bytes(&read::unfolded(value)))
    })
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
pub(crate) fn content_length(message: &Message) -> Value {
    let value = message.header(HeaderName::ContentLength);
    let value = value
        .as_deref()
        .and_then(|value| std::str::from_utf8(value).ok());
    number(value.and_then(|value| value.trim().parse().ok()))
}

pub(crate) fn header_count(run: &mut RunState, name: &VariableName<'_>) -> Read {
    let wanted = name.argument.ok_or(VariableError::UnknownName)?;
    message(run, |message| length(message.headers(wanted).count()))
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
