//! The pseudo-variables of the connection that a message came over, by Kamailio's names. What
//! nobody has verified, such as a subject, has none. Without TLS they are null.

use evroute_module_api::{RunState, Value, Variable, VariableError, VariableName};
use evroute_tenant::TlsHandshake;

use crate::events::TlsConnectionOut;

#[cfg(test)]
mod tests;

type Read = Result<Value, VariableError>;

const fn row(
    name: &'static str,
    spelling: &'static str,
    meaning: &'static str,
    get: fn(&mut RunState, &VariableName<'_>) -> Read,
) -> Variable {
    Variable {
        name,
        spelling,
        meaning,
        grant: None,
        counts: false,
        get,
        set: None,
    }
}

/// This module's rows.
pub(crate) const ROWS: &[Variable] = &[
    row(
        "tls_version",
        "$tls_version",
        "TLS of the connection it came over: TLSv1.2 or TLSv1.3",
        |run, _| of(run, |tls| Value::Text(tls.version.to_string())),
    ),
    row(
        "tls_cipher_info",
        "$tls_cipher_info",
        "the cipher suite of that connection, by OpenSSL's name",
        |run, _| of(run, |tls| Value::Text(tls.cipher.to_string())),
    ),
    row(
        "tls_peer_server_name",
        "$tls_peer_server_name",
        "the name that was asked for when that connection was made (SNI)",
        |run, _| of(run, |tls| text(tls.server_name.as_deref())),
    ),
    row(
        "tls_peer_verified",
        "$tls_peer_verified",
        "1 where the other side has shown a certificate that was verified for this tenant, else 0",
        |run, _| of(run, |tls| Value::Int(i64::from(tls.peer.is_some()))),
    ),
    row(
        "tls_peer_san_hostname",
        "$tls_peer_san_hostname",
        "the first domain of that certificate: of its sip URIs, else of its DNS names (RFC 5922)",
        |run, _| of(run, |tls| text(first_name(tls))),
    ),
    row(
        "sndto",
        "$sndto(name)",
        "in tls:connection-out where it leads: ip, port, proto",
        send_to,
    ),
];

fn send_to(run: &mut RunState, name: &VariableName<'_>) -> Read {
    let event = run.payload::<TlsConnectionOut>();
    let Ok(TlsConnectionOut { address, .. }) = event else {
        return Err(VariableError::NotAvailableHere);
    };
    match name.argument {
        Some("ip") => Ok(Value::Text(address.ip().to_string())),
        Some("port") => Ok(Value::Int(i64::from(address.port()))),
        Some("proto") => Ok(Value::Text("tls".to_owned())),
        Some(_) | None => Err(VariableError::UnknownName),
    }
}

fn of(run: &mut RunState, get: impl FnOnce(&TlsHandshake) -> Value) -> Read {
    let subject = run.subject();
    let subject = subject.map_err(|error| VariableError::Other(error.to_string()))?;
    match &subject.tls {
        Some(tls) => Ok(get(tls)),
        None if subject.message.is_none() && subject.http.is_none() => {
            Err(VariableError::NotAvailableHere)
        }
        None => Ok(Value::Null),
    }
}

fn text(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| Value::Text(text.to_owned()))
}

fn first_name(tls: &TlsHandshake) -> Option<&str> {
    tls.peer.as_ref()?.names.first().map(|name| &**name)
}
