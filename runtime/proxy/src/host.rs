//! Hosts, as URIs and Vias name them.

use std::fmt;
use std::net::IpAddr;

/// An address or a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A literal address.
    Ip(IpAddr),
    /// A name for DNS, lower case, without a final dot.
    Name(String),
}

impl Host {
    /// Reads a host as a message spells it; an IPv6 address with or without brackets.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match literal(text) {
            Some(ip) => Self::Ip(ip),
            None => Self::Name(without_dot(text).to_ascii_lowercase()),
        }
    }

    /// Whether a host in a message is this one. Allocates nothing.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Ip(own) => literal(text).is_some_and(|ip| ip == *own),
            Self::Name(own) => without_dot(text).eq_ignore_ascii_case(own),
        }
    }
}

fn literal(text: &str) -> Option<IpAddr> {
    let bracketed = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    bracketed.unwrap_or(text).parse().ok()
}

/// `example.com.` is `example.com` (RFC 1034 3.1).
fn without_dot(text: &str) -> &str {
    text.strip_suffix('.').unwrap_or(text)
}

impl fmt::Display for Host {
    /// As it stands in a URI: IPv6 in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V4(ip)) => ip.fmt(f),
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_host_match() {
        for (host, text) in [
            ("Example.COM.", "example.com"),
            ("example.com", "EXAMPLE.com."),
            ("[2001:DB8:0::1]", "2001:db8::1"),
            ("2001:db8::1", "[2001:db8:0:0::1]"),
            ("192.0.2.1", "192.0.2.1"),
        ] {
            assert!(Host::parse(host).matches(text), "{host} {text}");
        }
        assert!(!Host::parse("example.com").matches("a.example.com"));
        assert!(!Host::parse("192.0.2.1").matches("192.0.2.10"));
        assert_eq!(Host::parse("2001:db8::1").to_string(), "[2001:db8::1]");
    }
}
