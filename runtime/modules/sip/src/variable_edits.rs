//! Writing the pseudo-variables of the message.

use evroute_bindings::evroute::sip::types::EditError;
use evroute_event::Subject;
use evroute_module_api::{RunState, Value, VariableError, VariableName};
use evroute_sip::{Message, Uri};

use crate::edit;

type Written = Result<(), VariableError>;

/// `$ru = ...`
pub(crate) fn request_uri(run: &mut RunState, _: &VariableName<'_>, value: Value) -> Written {
    let subject = of_request(run)?;
    let uri = text(value)?;
    edit::set_request_uri(subject, &uri).map_err(refused)
}

/// `$rU = ...`: replaces the user, keeps the rest, a password too. Null and an empty text take both
/// away.
pub(crate) fn request_user(run: &mut RunState, name: &VariableName<'_>, value: Value) -> Written {
    of_request(run)?;
    let user = match value {
        Value::Null => String::new(),
        other => text(other)?,
    };
    if user.is_empty() {
        return without_user(run, name);
    }
    if user
        .bytes()
        .any(|b| matches!(b, b'@' | b'<' | b'>' | b'"' | b' '))
    {
        return Err(VariableError::InvalidValue(
            "not the user part of a URI".to_owned(),
        ));
    }
    let uri = rebuilt(run, |uri| {
        let (scheme, rest) = uri.split_once(':')?;
        if scheme.eq_ignore_ascii_case("tel") {
            let params = rest
                .find(';')
                .and_then(|at| rest.get(at..))
                .unwrap_or_default();
            return Some(format!("{scheme}:{user}{params}"));
        }
        let (old, rest) = rest.split_once('@').unwrap_or(("", rest));
        let password = old
            .find(':')
            .and_then(|at| old.get(at..))
            .unwrap_or_default();
        Some(format!("{scheme}:{user}{password}@{rest}"))
    })?;
    request_uri(run, name, Value::Text(uri))
}

/// Takes the user away. A tel URI is nothing without its number.
fn without_user(run: &mut RunState, name: &VariableName<'_>) -> Written {
    let uri = rebuilt(run, |uri| {
        let (scheme, rest) = uri.split_once(':')?;
        let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
        (!scheme.eq_ignore_ascii_case("tel")).then(|| format!("{scheme}:{rest}"))
    })?;
    request_uri(run, name, Value::Text(uri))
}

/// `$rd = ...`: replaces the host, keeps user, port and parameters.
pub(crate) fn request_host(run: &mut RunState, name: &VariableName<'_>, value: Value) -> Written {
    of_request(run)?;
    let host = text(value)?;
    let uri = rebuilt(run, |uri| {
        let old = Uri::parse(uri.as_bytes()).ok()?.host().to_owned();
        let (head, tail) = uri.split_at_checked(host_start(uri)?)?;
        Some(format!("{head}{host}{}", tail.get(old.len()..)?))
    })?;
    request_uri(run, name, Value::Text(uri))
}

/// `$rp = ...`: replaces the port, keeps user, host and parameters; null and an empty text take the
/// port away.
pub(crate) fn request_port(run: &mut RunState, name: &VariableName<'_>, value: Value) -> Written {
    of_request(run)?;
    let port = match value {
        Value::Null => String::new(),
        Value::Text(text) if text.is_empty() => String::new(),
        other => {
            let port = text(other)?.parse::<u16>();
            let port = port.map_err(|_| VariableError::InvalidValue("not a port".to_owned()))?;
            format!(":{port}")
        }
    };
    let uri = rebuilt(run, |uri| {
        let old = Uri::parse(uri.as_bytes()).ok()?;
        let (start, host) = (host_start(uri)?, old.host());
        let (head, tail) = uri.split_at_checked(start + host.len())?;
        let digits = tail.strip_prefix(':').unwrap_or(tail);
        Some(format!(
            "{head}{port}{}",
            digits.trim_start_matches(|c: char| c.is_ascii_digit())
        ))
    })?;
    request_uri(run, name, Value::Text(uri))
}

/// `$du = ...`; null and an empty text take it back.
pub(crate) fn next_hop(run: &mut RunState, _: &VariableName<'_>, value: Value) -> Written {
    of_request(run)?;
    let uri = match value {
        Value::Null => None,
        Value::Text(text) if text.is_empty() => None,
        other => Some(text(other)?),
    };
    edit::set_next_hop(run, uri.as_deref()).map_err(refused)
}

/// What the event is about, if that is a request: elsewhere there is no such variable, which is
/// another mistake than to write one that is read-only.
fn of_request(run: &mut RunState) -> Result<&mut Subject, VariableError> {
    let subject = run
        .subject_mut()
        .map_err(|error| VariableError::Other(error.to_string()))?;
    match subject.message.as_ref().is_some_and(Message::is_request) {
        true => Ok(subject),
        false => Err(VariableError::NotAvailableHere),
    }
}

/// Where the host begins: after the user, or after the scheme.
fn host_start(uri: &str) -> Option<usize> {
    uri.find('@').or_else(|| uri.find(':')).map(|at| at + 1)
}

/// The Request-URI, changed.
fn rebuilt(
    run: &RunState,
    change: impl FnOnce(&str) -> Option<String>,
) -> Result<String, VariableError> {
    let subject = run
        .subject()
        .map_err(|error| VariableError::Other(error.to_string()))?;
    let message = subject
        .message
        .as_ref()
        .ok_or(VariableError::NotAvailableHere)?;
    let uri = message
        .request_uri()
        .ok_or(VariableError::NotAvailableHere)?;
    change(uri).ok_or_else(|| VariableError::Other("the Request-URI has no such part".to_owned()))
}

fn text(value: Value) -> Result<String, VariableError> {
    match value {
        Value::Text(text) => Ok(text),
        Value::Int(number) => Ok(number.to_string()),
        Value::Null => Err(VariableError::InvalidValue("it cannot be null".to_owned())),
        Value::Octets(_) => Err(VariableError::InvalidValue("not text".to_owned())),
    }
}

fn refused(error: EditError) -> VariableError {
    match error {
        // The variable is here, but this event has decided already where the message goes.
        EditError::NotAllowedHere => VariableError::ReadOnly,
        EditError::Invalid(why) => VariableError::InvalidValue(why),
        EditError::TooLarge => {
            VariableError::InvalidValue("the message would grow too large".to_owned())
        }
        EditError::Other(why) => VariableError::Other(why),
    }
}
