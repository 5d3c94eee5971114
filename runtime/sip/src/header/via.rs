//! Via (RFC 3261 20.42, RFC 3581).

use std::net::IpAddr;

use super::host::port_number;
use super::{HeaderError, Params, host_port};
use crate::grammar::{is_lws, split_once, token, trim, trim_start};

/// One Via value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'a> {
    raw: &'a [u8],
    transport: &'a str,
    host: &'a str,
    port: Option<u16>,
    params: Params<'a>,
}

/// What a Via says about `rport` (RFC 3581).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rport {
    /// `;rport`: the sender asks for the answer at the port it sent from.
    Requested,
    /// `;rport=5060`: filled in by the element that received the request.
    Port(u16),
}

impl<'a> Via<'a> {
    /// Reads one value: `SIP/2.0/UDP host:port;params`, white space as RFC 3261 allows it.
    pub fn parse(raw: &'a [u8]) -> Result<Self, HeaderError> {
        let raw = trim(raw);
        if raw.is_empty() {
            return Err(HeaderError::Empty);
        }
        let (name, rest) = split_once(raw, b'/').ok_or(HeaderError::BadProtocol)?;
        let (version, rest) = split_once(rest, b'/').ok_or(HeaderError::BadProtocol)?;
        if !trim(name).eq_ignore_ascii_case(b"SIP") || trim(version) != b"2.0" {
            return Err(HeaderError::BadProtocol);
        }
        let rest = trim_start(rest);
        let transport_len = rest
            .iter()
            .position(|byte| is_lws(*byte))
            .ok_or(HeaderError::BadHost)?;
        let (transport, rest) = rest.split_at_checked(transport_len).unwrap_or_default();
        let transport = token(transport).ok_or(HeaderError::BadProtocol)?;
        let sent_by_len = memchr::memchr(b';', rest).unwrap_or(rest.len());
        let (sent_by, params) = rest.split_at_checked(sent_by_len).unwrap_or_default();
        let (host, port) = host_port(sent_by)?;
        Ok(Self {
            raw,
            transport,
            host,
            port,
            params: Params::parse(params)?,
        })
    }

    /// The value as on the wire, folds included.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The transport as written (`UDP`, `wss`, ...); compare without case.
    pub fn transport(&self) -> &'a str {
        self.transport
    }

    /// The sent-by host as written; an IPv6 address keeps its brackets.
    pub fn host(&self) -> &'a str {
        self.host
    }

    /// The sent-by port, when written.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// All parameters.
    pub fn params(&self) -> Params<'a> {
        self.params
    }

    /// The branch parameter. RFC 2543 peers send none.
    pub fn branch(&self) -> Option<&'a str> {
        self.params.text("branch")
    }

    /// The received parameter; IPv6 with or without brackets (RFC 5118 4.5).
    pub fn received(&self) -> Option<IpAddr> {
        let text = self.params.text("received")?;
        text.trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .ok()
    }

    /// The rport parameter; `None` when absent or not a port.
    pub fn rport(&self) -> Option<Rport> {
        match self.params.get("rport")?.value {
            None => Some(Rport::Requested),
            Some(b"") => Some(Rport::Requested),
            Some(port) => port_number(port).ok().map(Rport::Port),
        }
    }

    /// The maddr parameter.
    pub fn maddr(&self) -> Option<&'a str> {
        self.params.text("maddr")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_allowed_where_the_grammar_has_it() {
        let via =
            Via::parse(b"SIP  /   2.0\r\n /UDP\r\n    192.0.2.2 : 4000 ; branch = 390skdjuw;rport")
                .unwrap();
        assert_eq!(
            (via.transport(), via.host(), via.port()),
            ("UDP", "192.0.2.2", Some(4000))
        );
        assert_eq!(via.branch(), Some("390skdjuw"));
        assert_eq!(via.rport(), Some(Rport::Requested));
    }

    #[test]
    fn received_is_read_with_and_without_brackets() {
        for raw in ["2001:db8::9:255", "[2001:db8::9:255]"] {
            let text =
                format!("SIP/2.0/UDP [2001:db8::9:1];received={raw};rport=7;branch=z9hG4bKas3");
            let via = Via::parse(text.as_bytes()).unwrap();
            assert_eq!(via.host(), "[2001:db8::9:1]");
            assert_eq!(via.received(), Some("2001:db8::9:255".parse().unwrap()));
            assert_eq!(via.branch(), Some("z9hG4bKas3"));
            assert_eq!(via.rport(), Some(Rport::Port(7)));
        }
    }

    #[test]
    fn broken_values_are_refused_with_their_reason() {
        for (raw, error) in [
            ("", HeaderError::Empty),
            ("UDP host", HeaderError::BadProtocol),
            ("SIP/3.0/UDP host", HeaderError::BadProtocol),
            ("SIP/2.0/UDP", HeaderError::BadHost),
            ("SIP/2.0/UDP ;branch=x", HeaderError::BadHost),
            ("SIP/2.0/U@P host", HeaderError::BadProtocol),
            ("SIP/2.0/UDP a b;branch=x", HeaderError::BadHost),
            ("SIP/2.0/UDP host:99999", HeaderError::BadPort),
            ("SIP/2.0/UDP host;;", HeaderError::EmptyParam),
        ] {
            assert_eq!(Via::parse(raw.as_bytes()), Err(error), "{raw}");
        }
    }
}
