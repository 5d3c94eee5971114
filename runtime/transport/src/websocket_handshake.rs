//! Whether a request of HTTP asks for a WebSocket that it may have (RFC 6455 4.2, RFC 7118 4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evroute_http::{HttpRefusal, HttpRequest};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::config::WebSocketConfig;

/// What a key is completed by: RFC 6455 1.3.
const KEY_SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A handshake that asks for what it may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WebSocketHandshake {
    /// What asked for it.
    pub(crate) request: HttpRequest,
    key: String,
}

impl WebSocketHandshake {
    /// Reads a request for the path of the configuration.
    pub(crate) fn at_path(
        request: &HttpRequest,
        config: &WebSocketConfig,
    ) -> Result<Self, HttpRefusal> {
        match config.path.as_deref() == Some(request.path()) {
            true => Self::anywhere(request, config),
            false => Err(HttpRefusal::NOT_FOUND),
        }
    }

    /// The same, whatever the path: somebody has decided that.
    pub(crate) fn anywhere(
        request: &HttpRequest,
        config: &WebSocketConfig,
    ) -> Result<Self, HttpRefusal> {
        let is_asked = request.has_token("Upgrade", "websocket");
        if !is_asked || config.path.is_none() || request.method != "GET" {
            return Err(HttpRefusal::NOT_FOUND);
        }
        if request.text("Sec-WebSocket-Version") != Some("13") {
            return Err(HttpRefusal::OTHER_WEBSOCKET);
        }
        let key = request.text("Sec-WebSocket-Key").filter(|key| is_key(key));
        let (Some(key), Some(_)) = (key, request.text("Host")) else {
            return Err(HttpRefusal::BAD_REQUEST);
        };
        let speaks_sip = request.has_token("Sec-WebSocket-Protocol", "sip");
        if !request.has_token("Connection", "Upgrade") || !speaks_sip {
            return Err(HttpRefusal::BAD_REQUEST);
        }
        let origin = request.text("Origin");
        // What is there and cannot be read is no absence.
        let has_origin = request.fields_named("Origin").next().is_some();
        if has_origin && !origin.is_some_and(|origin| config.admits(origin)) {
            return Err(HttpRefusal::FORBIDDEN);
        }
        Ok(Self {
            request: request.clone(),
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

/// 16 bytes in Base64 (RFC 6455 4.2.1).
fn is_key(key: &str) -> bool {
    STANDARD.decode(key).is_ok_and(|key| key.len() == 16)
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

    fn read(head: &str) -> Result<WebSocketHandshake, HttpRefusal> {
        let request = HttpRequest::parse(head.as_bytes())?;
        WebSocketHandshake::at_path(&request, &config())
    }

    fn refused(from: &str, to: &str) -> u16 {
        assert!(HEAD.contains(from), "{from}");
        let head = HEAD.replace(from, to);
        match read(&head) {
            Ok(_) => 101,
            Err(refusal) => refusal.status,
        }
    }

    #[test]
    fn a_handshake_is_answered_as_rfc_6455_1_3_shows() {
        let handshake = read(HEAD).unwrap();
        assert!(handshake.answer().contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert_eq!(handshake.request.target, "/sip?x=1");
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
        let request = HttpRequest::parse(HEAD.replace("/sip", "/x").as_bytes()).unwrap();
        assert!(WebSocketHandshake::anywhere(&request, &config()).is_ok());
        // Where no WebSocket is spoken, nobody gets one.
        let closed = WebSocketConfig::default();
        let refused = WebSocketHandshake::anywhere(&request, &closed).unwrap_err();
        assert_eq!(refused, HttpRefusal::NOT_FOUND);
    }
}
