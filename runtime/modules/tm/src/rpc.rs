//! `tm.t_uac_start` and its like: an operator makes the server send a request.

mod methods;

use std::net::SocketAddr;

use bytes::Bytes;
use evroute_transport::Proto;

pub(crate) use methods::METHODS;

use crate::new_request::NewRequest;

/// Why the arguments are not those of `tm.t_uac_start`.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UacArgumentError {
    /// Too few.
    #[error(
        "tm.t_uac_start takes METHOD REQUEST-URI NEXT-HOP SOCKET HEADERS [BODY]; \".\" leaves NEXT-HOP or SOCKET open"
    )]
    Missing,
    /// HEADERS has a line that is no header field.
    #[error("HEADERS has a line that is no header field: {0:?}")]
    BadHeader(String),
    /// SOCKET names none.
    #[error("SOCKET {0:?} is none; write \"udp:IP:PORT\", \"tcp:IP:PORT\" or \".\"")]
    Socket(String),
    /// HEADERS has a field that the server writes itself.
    #[error("HEADERS has {0}, which the server writes itself; leave it out")]
    OurHeader(String),
}

/// Kamailio's order of arguments: method, Request-URI, next hop, socket, headers, body. `"."` or an
/// empty text leaves the next hop open, and the socket, which is `udp:IP:PORT` or `tcp:IP:PORT`.
/// HEADERS are lines as in a message; From and To in them are taken for the request's own.
///
/// # Errors
/// [`UacArgumentError`].
pub fn parse_uac_start(arguments: &[String]) -> Result<NewRequest, UacArgumentError> {
    let [method, request_uri, rest @ ..] = arguments else {
        return Err(UacArgumentError::Missing);
    };
    let open = |text: &&String| !text.is_empty() && text.as_str() != ".";
    let socket = rest.get(1).filter(open);
    let socket = socket.map(|text| socket_of(text).ok_or(UacArgumentError::Socket(text.clone())));
    let mut request = NewRequest {
        method: method.clone(),
        request_uri: request_uri.clone(),
        next_hop: rest.first().filter(open).cloned(),
        socket: socket.transpose()?,
        from: None,
        to: None,
        headers: Vec::new(),
        body: None,
        sequence: None,
        contact: None,
    };
    let mut content_type = "text/plain".to_owned();
    let headers = rest
        .get(2)
        .filter(open)
        .map(String::as_str)
        .unwrap_or_default();
    for line in headers.split('\n').map(|line| line.trim_end_matches('\r')) {
        if line.is_empty() {
            continue;
        }
        let field = line
            .split_once(':')
            .map(|(name, value)| (name.trim(), value.trim()));
        let (name, value) = field.ok_or_else(|| UacArgumentError::BadHeader(line.to_owned()))?;
        match name.to_ascii_lowercase().as_str() {
            "from" | "f" => request.from = Some(value.to_owned()),
            "to" | "t" => request.to = Some(value.to_owned()),
            "content-type" | "c" => content_type = value.to_owned(),
            "content-length" | "l" => {}
            "via" | "v" | "call-id" | "i" | "cseq" | "max-forwards" | "record-route" => {
                return Err(UacArgumentError::OurHeader(name.to_owned()));
            }
            _ => request
                .headers
                .push((name.to_owned(), value.as_bytes().to_vec())),
        }
    }
    if let Some(body) = rest.get(3).filter(open) {
        request.body = Some((content_type, Bytes::from(body.clone())));
    }
    Ok(request)
}

/// A listener as the configuration writes it, its transport in front.
fn socket_of(text: &str) -> Option<(Proto, SocketAddr)> {
    let (proto, address) = text.split_once(':')?;
    let proto = match proto {
        "udp" => Proto::Udp,
        "tcp" => Proto::Tcp,
        _ => return None,
    };
    Some((proto, address.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<NewRequest, UacArgumentError> {
        parse_uac_start(
            &arguments
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn kamailios_arguments_make_a_request() {
        let headers = "From: <sip:a@b>\r\nTo: sip:c@d\r\nX-Y: 1\r\nContent-Type: text/x\r\n";
        let new = parse(&["MESSAGE", "sip:c@d", ".", ".", headers, "hi"]).unwrap();
        assert_eq!(
            (new.next_hop, new.from.as_deref()),
            (None, Some("<sip:a@b>"))
        );
        assert_eq!(new.headers, [("X-Y".to_owned(), b"1".to_vec())]);
        assert_eq!(
            new.body,
            Some(("text/x".to_owned(), Bytes::from_static(b"hi")))
        );
        let short = parse(&["OPTIONS", "sip:c@d", "sip:1.2.3.4"]).unwrap();
        assert_eq!(short.next_hop.as_deref(), Some("sip:1.2.3.4"));
    }

    #[test]
    fn what_is_missing_is_said() {
        assert_eq!(parse(&["OPTIONS"]).unwrap_err(), UacArgumentError::Missing);
        let bad = parse(&["OPTIONS", "sip:c", ".", ".", "nonsense"]).unwrap_err();
        assert_eq!(bad, UacArgumentError::BadHeader("nonsense".to_owned()));
    }

    #[test]
    fn what_would_be_ignored_or_written_twice_is_refused() {
        for socket in ["9.9.9.9:1", "sctp:9.9.9.9:1", "udp:host:1", "udp:9.9.9.9"] {
            let bad = parse(&["OPTIONS", "sip:c", ".", socket]).unwrap_err();
            assert_eq!(bad, UacArgumentError::Socket(socket.to_owned()));
        }
        let socket = parse(&["OPTIONS", "sip:c", ".", "tcp:[::1]:5"])
            .unwrap()
            .socket;
        assert_eq!(socket, Some((Proto::Tcp, "[::1]:5".parse().unwrap())));
        for header in [
            "Via: SIP/2.0/UDP h",
            "v: z",
            "Call-ID: 5",
            "CSeq: 1 X",
            "Max-Forwards: 1",
        ] {
            let bad = parse(&["OPTIONS", "sip:c", ".", ".", header]).unwrap_err();
            assert!(
                matches!(bad, UacArgumentError::OurHeader(_)),
                "{header}: {bad}"
            );
        }
    }
}
