//! HTTP on a port of SIP: the head of a request, and whether it asks for a WebSocket that it may
//! have (RFC 6455 4.2, RFC 7118 4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::config::WebSocketConfig;

/// The longest head that is read, in bytes.
pub(crate) const HEAD_BYTES_MAX: usize = 8192;

/// The most header fields.
const FIELDS_MAX: usize = 64;

/// What a key is completed by: RFC 6455 1.3.
const KEY_SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A handshake that asks for what it may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WebSocketHandshake {
    /// The path, with its query.
    pub(crate) path: String,
    /// The host that was asked for.
    pub(crate) host: String,
    /// The page it comes from; none from what is no browser.
    pub(crate) origin: Option<String>,
    key: String,
}

/// A request that gets nothing but this answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HttpRefusal {
    pub(crate) status: u16,
    reason: &'static str,
    /// A header field, with its end.
    field: &'static str,
}

impl HttpRefusal {
    pub(crate) const NOT_FOUND: Self = Self::new(404, "Not Found", "");
    pub(crate) const BAD_REQUEST: Self = Self::new(400, "Bad Request", "");
    pub(crate) const FORBIDDEN: Self = Self::new(403, "Forbidden", "");
    const OTHER_VERSION: Self = Self::new(426, "Upgrade Required", "Sec-WebSocket-Version: 13\r\n");

    const fn new(status: u16, reason: &'static str, field: &'static str) -> Self {
        Self {
            status,
            reason,
            field,
        }
    }

    pub(crate) fn answer(&self) -> String {
        let Self {
            status,
            reason,
            field,
        } = self;
        format!(
            "HTTP/1.1 {status} {reason}\r\n{field}Connection: close\r\nContent-Length: 0\r\n\r\n"
        )
    }
}

impl WebSocketHandshake {
    /// Reads a head, which is whole.
    pub(crate) fn read(head: &[u8], config: &WebSocketConfig) -> Result<Self, HttpRefusal> {
        let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
        let mut request = httparse::Request::new(&mut fields);
        if !request.parse(head).is_ok_and(|parsed| parsed.is_complete()) {
            return Err(HttpRefusal::BAD_REQUEST);
        }
        let path = request.path.unwrap_or_default();
        let is_asked = has_token(&request, "upgrade", "websocket");
        let is_path = config.path.as_deref() == Some(path.split('?').next().unwrap_or_default());
        if !is_asked || !is_path || request.method != Some("GET") {
            return Err(HttpRefusal::NOT_FOUND);
        }
        if field(&request, "sec-websocket-version") != Some("13") {
            return Err(HttpRefusal::OTHER_VERSION);
        }
        let key = field(&request, "sec-websocket-key").filter(|key| is_key(key));
        let host = field(&request, "host");
        let (Some(key), Some(host)) = (key, host) else {
            return Err(HttpRefusal::BAD_REQUEST);
        };
        let speaks_sip = has_token(&request, "sec-websocket-protocol", "sip");
        if !has_token(&request, "connection", "upgrade") || !speaks_sip {
            return Err(HttpRefusal::BAD_REQUEST);
        }
        let origin = field(&request, "origin");
        // What is there and cannot be read is no absence.
        let has_origin = fields_named(&request, "origin").next().is_some();
        if has_origin && !origin.is_some_and(|origin| config.admits(origin)) {
            return Err(HttpRefusal::FORBIDDEN);
        }
        Ok(Self {
            path: path.to_owned(),
            host: host.to_owned(),
            origin: origin.map(str::to_owned),
            key: key.to_owned(),
        })
    }

    /// The answer that makes it a WebSocket.
    pub(crate) fn answer(&self) -> String {
        let completed = [self.key.as_bytes(), KEY_SUFFIX].concat();
        let accept = STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &completed));
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
        )
    }
}

/// Where a head ends: behind its empty line.
pub(crate) fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let end = memchr::memmem::find(bytes, b"\r\n\r\n")?;
    Some(end + 4)
}

/// 16 bytes in Base64 (RFC 6455 4.2.1).
fn is_key(key: &str) -> bool {
    STANDARD.decode(key).is_ok_and(|key| key.len() == 16)
}

/// The fields of this name, in their order.
fn fields_named<'r, 'h>(
    request: &'r httparse::Request<'_, 'h>,
    name: &'r str,
) -> impl Iterator<Item = &'r httparse::Header<'h>> {
    let fields = request.headers.iter();
    fields.filter(move |field| field.name.eq_ignore_ascii_case(name))
}

/// The one value of a field; none where it is not there, is there twice or is no text.
fn field<'a>(request: &httparse::Request<'_, 'a>, name: &str) -> Option<&'a str> {
    let mut found = fields_named(request, name);
    let value = std::str::from_utf8(found.next()?.value).ok()?;
    found.next().is_none().then(|| value.trim())
}

/// Whether a list of tokens, in one field or in several, has this one.
fn has_token(request: &httparse::Request<'_, '_>, name: &str, token: &str) -> bool {
    let values = fields_named(request, name);
    let values = values.filter_map(|field| std::str::from_utf8(field.value).ok());
    let mut tokens = values.flat_map(|value| value.split(','));
    tokens.any(|known| known.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "GET /sip?x=1 HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\n\
        Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Origin: https://phone.example\r\nSec-WebSocket-Protocol: xmpp, sip\r\n\
        Sec-WebSocket-Version: 13\r\n\r\n";

    fn config() -> WebSocketConfig {
        WebSocketConfig {
            path: Some("/sip".to_owned()),
            origins: vec!["https://phone.example".to_owned()],
        }
    }

    fn refused(from: &str, to: &str) -> u16 {
        assert!(HEAD.contains(from), "{from}");
        let head = HEAD.replace(from, to);
        match WebSocketHandshake::read(head.as_bytes(), &config()) {
            Ok(_) => 101,
            Err(refusal) => refusal.status,
        }
    }

    #[test]
    fn a_handshake_is_answered_as_rfc_6455_1_3_shows() {
        let handshake = WebSocketHandshake::read(HEAD.as_bytes(), &config()).unwrap();
        assert!(handshake.answer().contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert_eq!(handshake.origin.as_deref(), Some("https://phone.example"));
    }

    #[test]
    fn what_may_not_have_a_websocket_is_told_why() {
        for (from, to, status) in [
            ("x", "x", 101),
            ("Origin: https://phone.example\r\n", "", 101),
            ("/sip?x=1", "/", 404),
            ("GET", "POST", 404),
            ("Upgrade: websocket", "Upgrade: h2c", 404),
            ("Version: 13", "Version: 8", 426),
            ("dGhlIHNhbXBsZSBub25jZQ==", "dGhl", 400),
            ("Host: a.example\r\n", "", 400),
            ("xmpp, sip", "xmpp", 400),
            ("keep-alive, Upgrade", "keep-alive", 400),
            ("https://phone.example", "https://evil.example", 403),
            ("Host:", "Origin: https://phone.example\r\nHost:", 403),
            ("Host: a", "Host : a", 400),
        ] {
            assert_eq!(refused(from, to), status, "{from} -> {to}");
        }
        let closed = WebSocketConfig::default();
        let refused = WebSocketHandshake::read(HEAD.as_bytes(), &closed).unwrap_err();
        assert_eq!(refused, HttpRefusal::NOT_FOUND);
        assert!(refused.answer().starts_with("HTTP/1.1 404 Not Found\r\n"));
    }
}
