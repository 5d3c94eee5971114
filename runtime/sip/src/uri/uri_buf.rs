//! Building SIP URIs.

use std::fmt::Write;

use super::{Uri, UriError};

/// A SIP or SIPS URI under construction. Nothing is checked before
/// [`build`](UriBuf::build), which reads the result back with the parser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UriBuf {
    scheme: &'static str,
    user: Option<String>,
    host: String,
    port: Option<u16>,
    params: String,
}

impl UriBuf {
    /// `sip:host`. An IPv6 address may come with or without brackets.
    pub fn sip(host: &str) -> Self {
        Self::new("sip", host)
    }

    /// `sips:host`.
    pub fn sips(host: &str) -> Self {
        Self::new("sips", host)
    }

    fn new(scheme: &'static str, host: &str) -> Self {
        let is_bare_ipv6 = host.parse::<std::net::Ipv6Addr>().is_ok();
        let host = if is_bare_ipv6 {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
        Self {
            scheme,
            user: None,
            host,
            port: None,
            params: String::new(),
        }
    }

    /// Sets the user from plain bytes: what the grammar does not allow there is escaped.
    #[must_use]
    pub fn user(mut self, user: &str) -> Self {
        let mut escaped = String::with_capacity(user.len());
        for byte in user.bytes() {
            if is_user_byte(byte) {
                escaped.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
        self.user = Some(escaped);
        self
    }

    /// Sets the port.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Adds a parameter with a value.
    #[must_use]
    pub fn param(mut self, name: &str, value: &str) -> Self {
        // Writing to a String cannot fail.
        let _ = write!(self.params, ";{name}={value}");
        self
    }

    /// Adds a parameter without a value, such as `lr`.
    #[must_use]
    pub fn flag(mut self, name: &str) -> Self {
        self.params.push(';');
        self.params.push_str(name);
        self
    }

    /// The URI's text.
    ///
    /// # Errors
    /// When a part is not what the grammar allows in its place.
    pub fn build(&self) -> Result<String, UriError> {
        let mut text = format!("{}:", self.scheme);
        if let Some(user) = &self.user {
            text.push_str(user);
            text.push('@');
        }
        text.push_str(&self.host);
        if let Some(port) = self.port {
            // Writing to a String cannot fail.
            let _ = write!(text, ":{port}");
        }
        text.push_str(&self.params);
        let uri = Uri::parse(text.as_bytes())?;
        // A `;` or `?` in the host or in a parameter would move the borders between parts.
        let is_as_meant = uri.host() == self.host && uri.headers().is_none();
        if is_as_meant {
            Ok(text)
        } else {
            Err(UriError::BadHost)
        }
    }
}

/// `unreserved` and `user-unreserved` of RFC 3261 25.1.
fn is_user_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')'
        )
        || matches!(byte, b'&' | b'=' | b'+' | b'$' | b',' | b';' | b'?' | b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_out_in_order_and_users_are_escaped() {
        let uri = UriBuf::sip("2001:db8::1")
            .user("a b@c")
            .port(5070)
            .param("transport", "tcp")
            .flag("lr");
        assert_eq!(
            uri.build().unwrap(),
            "sip:a%20b%40c@[2001:db8::1]:5070;transport=tcp;lr"
        );
    }

    #[test]
    fn parts_that_would_change_the_meaning_are_refused() {
        for uri in [
            UriBuf::sip("evil.example.com;lr"),
            UriBuf::sip("a@b"),
            UriBuf::sip(""),
            UriBuf::sip("h").param("x", "1\r\nVia: y"),
            UriBuf::sip("h").flag("a?b=c"),
            UriBuf::sip("h").user(""),
        ] {
            assert!(uri.build().is_err(), "{uri:?}");
        }
    }
}
