//! URIs: SIP and SIPS taken apart (RFC 3261 19.1), `tel` with its parameters (RFC 3966),
//! every other scheme kept whole.

mod compare;
mod subscriber;
mod target;
mod uri_buf;

use std::borrow::Cow;
use std::net::IpAddr;

pub use uri_buf::UriBuf;

use crate::grammar::{has_non_uri_byte, split_once, split_text};
use crate::header::{HeaderError, Param, Params, host_port};

/// Why text is not a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// No `scheme:` in front, or nothing after it.
    #[error("no scheme")]
    NoScheme,
    /// White space, control characters, quotes or angle brackets.
    #[error("a character that cannot be in a URI")]
    BadCharacter,
    /// Not UTF-8.
    #[error("not text")]
    NotText,
    /// `@` with nothing before it, or a second `@` outside the headers.
    #[error("bad user part")]
    BadUser,
    /// Not a host name, IPv4 address or bracketed IPv6 address.
    #[error("bad host")]
    BadHost,
    /// Not a port number from 0 to 65535.
    #[error("bad port")]
    BadPort,
    /// A parameter without a name.
    #[error("bad parameter")]
    BadParam,
}

/// The scheme of a URI. Schemes compare without case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme<'a> {
    /// `sip`
    Sip,
    /// `sips`
    Sips,
    /// `tel`
    Tel,
    /// Any other, as written.
    Other(&'a str),
}

impl<'a> Scheme<'a> {
    fn of(text: &'a str) -> Self {
        if text.eq_ignore_ascii_case("sip") {
            Scheme::Sip
        } else if text.eq_ignore_ascii_case("sips") {
            Scheme::Sips
        } else if text.eq_ignore_ascii_case("tel") {
            Scheme::Tel
        } else {
            Scheme::Other(text)
        }
    }

    /// The scheme in lower case; other schemes as written.
    pub fn as_str(&self) -> &'a str {
        match self {
            Scheme::Sip => "sip",
            Scheme::Sips => "sips",
            Scheme::Tel => "tel",
            Scheme::Other(text) => text,
        }
    }
}

/// A URI, borrowed. Parts are as on the wire: escapes are kept (see [`unescape`]).
#[derive(Clone, Copy, Debug)]
pub struct Uri<'a> {
    raw: &'a str,
    scheme: Scheme<'a>,
    user: Option<&'a str>,
    password: Option<&'a str>,
    host: &'a str,
    port: Option<u16>,
    opaque: &'a str,
    params: Params<'a>,
    headers: Option<&'a str>,
}

impl<'a> Uri<'a> {
    /// Takes a URI apart. `sip` and `sips` are read fully; for `tel` the number is
    /// [`opaque`](Self::opaque) and parameters are read; other schemes are only `opaque`.
    pub fn parse(raw: &'a [u8]) -> Result<Self, UriError> {
        if has_non_uri_byte(raw) {
            return Err(UriError::BadCharacter);
        }
        let raw = std::str::from_utf8(raw).map_err(|_| UriError::NotText)?;
        if !has_scheme(raw.as_bytes()) {
            return Err(UriError::NoScheme);
        }
        let (scheme, rest) = split_text(raw, b':').ok_or(UriError::NoScheme)?;
        let scheme = Scheme::of(scheme);
        let mut uri = Self {
            raw,
            scheme,
            user: None,
            password: None,
            host: "",
            port: None,
            opaque: rest,
            params: Params::default(),
            headers: None,
        };
        match scheme {
            Scheme::Sip | Scheme::Sips => uri.read_sip(rest)?,
            Scheme::Tel => uri.read_tel(rest)?,
            Scheme::Other(_) => {}
        }
        Ok(uri)
    }

    fn read_sip(&mut self, rest: &'a str) -> Result<(), UriError> {
        self.opaque = "";
        // The user part may hold `;`, `?` and `/` but no `@`, so the first `@` ends it.
        let rest = match split_text(rest, b'@') {
            Some((userinfo, rest)) => {
                let (user, password) = match split_text(userinfo, b':') {
                    Some((user, password)) => (user, Some(password)),
                    None => (userinfo, None),
                };
                if user.is_empty() {
                    return Err(UriError::BadUser);
                }
                self.user = Some(user);
                self.password = password;
                rest
            }
            None => rest,
        };
        let (rest, headers) = match split_text(rest, b'?') {
            Some((rest, headers)) => (rest, Some(headers)),
            None => (rest, None),
        };
        if memchr::memchr(b'@', rest.as_bytes()).is_some() {
            return Err(UriError::BadUser);
        }
        self.headers = headers;
        let (hostport, params) = split_params(rest);
        (self.host, self.port) = host_port(hostport.as_bytes()).map_err(|error| match error {
            HeaderError::BadPort => UriError::BadPort,
            _ => UriError::BadHost,
        })?;
        self.params = read_params(params)?;
        Ok(())
    }

    fn read_tel(&mut self, rest: &'a str) -> Result<(), UriError> {
        let (number, params) = split_params(rest);
        self.opaque = number;
        self.params = read_params(params)?;
        Ok(())
    }

    /// The whole URI as on the wire.
    pub fn as_str(&self) -> &'a str {
        self.raw
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme<'a> {
        self.scheme
    }

    /// The user part, escaped as on the wire.
    pub fn user(&self) -> Option<&'a str> {
        self.user
    }

    /// The password, escaped as on the wire. Never log it.
    pub fn password(&self) -> Option<&'a str> {
        self.password
    }

    /// The host as written; an IPv6 address keeps its brackets. Empty for schemes other
    /// than `sip` and `sips`.
    pub fn host(&self) -> &'a str {
        self.host
    }

    /// The host when it is an address.
    pub fn host_ip(&self) -> Option<IpAddr> {
        self.host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .ok()
    }

    /// The port, when written.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// What follows the scheme in a URI that is neither `sip` nor `sips`: the number of a
    /// `tel` URI, all of any other.
    pub fn opaque(&self) -> &'a str {
        self.opaque
    }

    /// URI parameters.
    pub fn params(&self) -> Params<'a> {
        self.params
    }

    /// One URI parameter; names compare without case.
    pub fn param(&self, name: &str) -> Option<Param<'a>> {
        self.params.get(name)
    }

    /// Whether the URI is a loose router's. `lr=on` counts: Kamailio writes it.
    pub fn is_loose_router(&self) -> bool {
        self.param("lr").is_some()
    }

    /// The transport parameter.
    pub fn transport(&self) -> Option<&'a str> {
        self.params.text("transport")
    }

    /// The maddr parameter.
    pub fn maddr(&self) -> Option<&'a str> {
        self.params.text("maddr")
    }

    /// The text after `?`, escaped as on the wire.
    pub fn headers(&self) -> Option<&'a str> {
        self.headers
    }
}

/// `hostport` and the parameters behind it, `;` included.
fn split_params(text: &str) -> (&str, &str) {
    memchr::memchr(b';', text.as_bytes())
        .and_then(|at| text.split_at_checked(at))
        .unwrap_or((text, ""))
}

fn read_params(params: &str) -> Result<Params<'_>, UriError> {
    Params::parse(params.as_bytes()).map_err(|_| UriError::BadParam)
}

/// Whether the bytes start with `scheme:` and go on after it.
pub(crate) fn has_scheme(uri: &[u8]) -> bool {
    let Some((scheme, rest)) = split_once(uri, b':') else {
        return false;
    };
    let is_scheme_byte =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(is_scheme_byte)
        && !rest.is_empty()
}

/// Undoes `%HH` escapes. A `%` without two hex digits stays. The result may hold any
/// byte, NUL included (RFC 4475 3.1.1.4).
pub fn unescape<'a>(text: &'a (impl AsRef<[u8]> + ?Sized)) -> Cow<'a, [u8]> {
    let mut rest = text.as_ref();
    if !rest.contains(&b'%') {
        return Cow::Borrowed(rest);
    }
    let mut plain = Vec::with_capacity(rest.len());
    while let Some((first, tail)) = rest.split_first() {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(h, l)| h * 16 + l),
            _ => None,
        };
        match escaped {
            Some(byte) => {
                plain.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                plain.push(*first);
                rest = tail;
            }
        }
    }
    Cow::Owned(plain)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
