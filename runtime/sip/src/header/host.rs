//! `hostport` of RFC 3261 25.1, shared by Via and URIs.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use super::HeaderError;
use crate::grammar::{split_once, trim};

/// Reads `host [":" port]`, white space around the parts allowed. The host comes back as
/// written, with its brackets when it is an IPv6 reference. Host names may contain `_`:
/// RFC 1123 forbids it, the field uses it.
pub(crate) fn host_port(raw: &[u8]) -> Result<(&str, Option<u16>), HeaderError> {
    let raw = trim(raw);
    let (host, rest) = if raw.first() == Some(&b'[') {
        let end = memchr::memchr(b']', raw).ok_or(HeaderError::BadHost)? + 1;
        let host = text(raw.get(..end).unwrap_or_default())?;
        let address = host.trim_start_matches('[').trim_end_matches(']');
        address
            .parse::<Ipv6Addr>()
            .map_err(|_| HeaderError::BadHost)?;
        match trim(raw.get(end..).unwrap_or_default()) {
            [] => (host, None),
            [b':', port @ ..] => (host, Some(port)),
            _ => return Err(HeaderError::BadPort),
        }
    } else {
        let (host, port) = match split_once(raw, b':') {
            Some((host, port)) => (trim(host), Some(port)),
            None => (raw, None),
        };
        if host.is_empty() || !host.iter().all(|byte| is_host_byte(*byte)) {
            return Err(HeaderError::BadHost);
        }
        (text(host)?, port)
    };
    Ok((host, rest.map(port_number).transpose()?))
}

/// The one spelling of a host that compares: lower case, no final dot (RFC 1034 3.1), an IPv6
/// reference as RFC 5952 writes the address (RFC 5954 4.2). What is no address in brackets is
/// taken for a name. Allocates only where the spelling is another.
#[must_use]
pub fn canonical_host(host: &str) -> Cow<'_, str> {
    let bracketed = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if let Some(Ok(address)) = bracketed.map(str::parse::<Ipv6Addr>) {
        return Cow::Owned(format!("[{address}]"));
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(host.to_ascii_lowercase())
    } else {
        Cow::Borrowed(host)
    }
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

fn text(bytes: &[u8]) -> Result<&str, HeaderError> {
    std::str::from_utf8(bytes).map_err(|_| HeaderError::NotText)
}

/// A port of 1 to 5 digits.
pub(crate) fn port_number(raw: &[u8]) -> Result<u16, HeaderError> {
    let digits = trim(raw);
    let is_number =
        !digits.is_empty() && digits.len() <= 5 && digits.iter().all(u8::is_ascii_digit);
    if !is_number {
        return Err(HeaderError::BadPort);
    }
    text(digits)?.parse().map_err(|_| HeaderError::BadPort)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_host_have_one_canonical_form() {
        for (spelling, canonical) in [
            ("Example.COM.", "example.com"),
            ("example.com", "example.com"),
            ("[0:0:0:0:0:0:0:1]", "[::1]"),
            ("[2001:DB8::0001]", "[2001:db8::1]"),
            ("[::FFFF:192.0.2.1]", "[::ffff:192.0.2.1]"),
            ("192.0.2.1", "192.0.2.1"),
            ("[::1", "[::1"),
            ("[x]", "[x]"),
        ] {
            assert_eq!(canonical_host(spelling), canonical);
        }
    }

    #[test]
    fn hosts_and_ports_are_told_apart() {
        for (raw, host, port) in [
            ("a.example.com", "a.example.com", None),
            ("a.example.com.:5060", "a.example.com.", Some(5060)),
            ("first.example.com: 4000 ", "first.example.com", Some(4000)),
            ("my_host", "my_host", None),
            ("[2001:db8::10:5070]", "[2001:db8::10:5070]", None),
            ("[2001:db8::10]:5070", "[2001:db8::10]", Some(5070)),
            (
                "[::ffff:192.0.2.10] : 19823",
                "[::ffff:192.0.2.10]",
                Some(19823),
            ),
        ] {
            assert_eq!(host_port(raw.as_bytes()), Ok((host, port)), "{raw}");
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for raw in [
            "",
            ":5060",
            "a b",
            "[2001:db8:::192.0.2.1]",
            "[::1",
            "[[::1]]",
            "[]",
            "h:65536",
            "h:",
            "h:+1",
            "2001:db8::10",
            "[::1]x",
            "h%41",
            "h:000001",
        ] {
            assert!(host_port(raw.as_bytes()).is_err(), "{raw}");
        }
    }
}
