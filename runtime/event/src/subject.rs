//! What an event is about, as pseudo-variables see it.

use std::net::SocketAddr;
use std::sync::Arc;

use evroute_http::HttpRequest;
use evroute_sip::Message;
use evroute_tenant::TlsHandshake;

/// Which edits of the message an event honours. Others are refused, never ignored.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum EditScope {
    /// Request-URI, next hop, headers and body.
    Routing,
    /// Headers and body: where the message goes is decided already.
    Content,
    /// Nothing: the message has left, or is not sent on.
    #[default]
    Nothing,
}

/// One end of the way a message took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Endpoint {
    /// The transport's name as Kamailio's `$proto` prints it: `udp`, `tcp`, `tls`, `ws`, `wss`.
    pub proto: &'static str,
    /// The address.
    pub address: SocketAddr,
}

/// Who has shown with a password that he sent a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthenticatedUser {
    /// His name, as he wrote it.
    pub user_name: String,
    /// Where that name is known.
    pub realm: String,
}

/// What handlers add to the answer that a verdict gives.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReplyParts {
    /// Header fields, each with its name and its value.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body and its content type.
    pub body: Option<(String, Vec<u8>)>,
}

impl ReplyParts {
    /// How many bytes they are: names and values, content type and body.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let pairs = self.headers.iter().chain(&self.body);
        pairs.map(|(name, value)| name.len() + value.len()).sum()
    }

    /// As an answer has it: the lines of the fields, and below an empty one the body. Nothing where
    /// nothing is added.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        let mut printed = Vec::new();
        let line = |(name, value): &(String, Vec<u8>)| [name.as_bytes(), b": ", value].concat();
        for field in &self.headers {
            printed.extend(line(field));
            printed.extend(b"\r\n");
        }
        if let Some((content_type, body)) = &self.body {
            let content_type = content_type.as_bytes();
            printed.extend([b"Content-Type: ", content_type, b"\r\n\r\n", body].concat());
        }
        printed
    }
}

/// What an event is about. Kamailio has one faked message for events without a message; here, what
/// is absent is absent.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// The message; a run edits a copy, which replaces this one when it returns a verdict.
    pub message: Option<Message>,
    /// The request of HTTP, of events that are about one: it has no message then. It is not edited.
    pub http: Option<Arc<HttpRequest>>,
    /// Which edits are honoured.
    pub edits: EditScope,
    /// Where the message came from: `$si`, `$sp`, `$proto`.
    pub source: Option<Endpoint>,
    /// Which of our sockets it came to: `$Ri`, `$Rp`.
    pub received: Option<Endpoint>,
    /// What the handshake came to of the connection that it came over, with who the other side is
    /// where that counts for the tenant; none without TLS: `$tls_version`, `$tls_peer_verified`.
    pub tls: Option<Arc<TlsHandshake>>,
    /// Who has shown with a password that he sent it: `$au`, `$ar`.
    pub authenticated: Option<AuthenticatedUser>,
    /// Where to send it instead of where its Route and Request-URI say: `$du`, a SIP URI.
    pub next_hop: Option<String>,
    /// What is added to the answer of a verdict; none where no verdict of the event answers.
    pub reply: Option<ReplyParts>,
    /// When it happened, microseconds since 1970: `$Ts`. Frozen for the run.
    pub time_us: u64,
}

impl Subject {
    /// A subject without a message.
    #[must_use]
    pub fn at(time_us: u64) -> Self {
        Self {
            time_us,
            ..Self::default()
        }
    }
}
