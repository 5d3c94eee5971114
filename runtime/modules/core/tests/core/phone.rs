//! A phone of the test's.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use evroute_sip::{Framing, HeaderName, Message};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::pace;

/// More than any wait of a test that expects something; virtual time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);
/// Nothing comes for so long; virtual time, shorter than the first repetition.
const SILENCE: Duration = Duration::from_millis(300);

/// What came, and from where.
type Datagram = (Vec<u8>, SocketAddr);
/// More than a test has unread.
const INBOX_MAX: usize = 4096;

/// A UDP phone that says what it is told to.
pub(crate) struct Phone {
    socket: Arc<UdpSocket>,
    inbox: tokio::sync::Mutex<mpsc::Receiver<Datagram>>,
    /// Its address.
    pub(crate) at: SocketAddr,
    server: SocketAddr,
    /// Where the last message came from.
    heard_from: Mutex<Option<SocketAddr>>,
}

impl Phone {
    /// A phone that speaks to nobody yet.
    pub(crate) async fn new() -> Self {
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let at = socket.local_addr().unwrap();
        let (post, inbox) = mpsc::channel(INBOX_MAX);
        TaskTracker::new().spawn(receive(Arc::clone(&socket), post));
        Self {
            socket,
            inbox: inbox.into(),
            at,
            server: at,
            heard_from: Mutex::default(),
        }
    }

    /// A phone of this server's.
    pub(crate) async fn of(server: SocketAddr) -> Self {
        Self::new().await.speaking_to(server)
    }

    pub(crate) fn speaking_to(mut self, server: SocketAddr) -> Self {
        self.server = server;
        self
    }

    /// A request in a new transaction, with these header fields besides the mandatory ones.
    pub(crate) fn request(&self, method: &str, uri: &str, more: &str) -> Message {
        let text = format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bK{method}{port}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:caller@{at}>;tag=caller\r\nTo: <{uri}>\r\n\
             Call-ID: call-{port}\r\nCSeq: 1 {method}\r\nContact: <sip:caller@{at}>\r\n{more}\
             Content-Length: 0\r\n\r\n",
            at = self.at,
            port = self.at.port(),
        );
        read(text.into())
    }

    /// A REGISTER for this user.
    pub(crate) fn register(&self, aor: &str, contact: &str, more: &str) -> Message {
        let text = format!(
            "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bKr{port}\r\n\
             Max-Forwards: 70\r\nFrom: <{aor}>;tag=1\r\nTo: <{aor}>\r\nCall-ID: reg-{port}\r\n\
             CSeq: 1 REGISTER\r\nContact: {contact}\r\n{more}Content-Length: 0\r\n\r\n",
            at = self.at,
            port = self.at.port(),
        );
        read(text.into())
    }

    pub(crate) async fn send(&self, message: &Message) {
        self.send_bytes(&message.print()).await;
    }

    pub(crate) async fn send_bytes(&self, bytes: &[u8]) {
        self.socket.send_to(bytes, self.server).await.unwrap();
        pace::sent();
    }

    /// The next message but 100 Trying, which every INVITE that is sent on is answered.
    pub(crate) async fn next(&self) -> Message {
        self.within(PATIENCE).await.expect("something comes")
    }

    /// The next message, which must be this request.
    pub(crate) async fn asked(&self, method: &str) -> Message {
        let message = self.next().await;
        assert!(message.is_request(), "{}", text(&message));
        assert_eq!(message.method().as_str(), method, "{}", text(&message));
        message
    }

    /// The next message, which must be this response.
    pub(crate) async fn reported(&self, code: u16) -> Message {
        let message = if code == 100 {
            read(
                self.datagram(PATIENCE)
                    .await
                    .expect("something comes")
                    .into(),
            )
        } else {
            self.next().await
        };
        assert_eq!(message.status(), Some(code), "{}", text(&message));
        message
    }

    /// Where the last message came from, which its top Via has to name.
    pub(crate) fn heard_from(&self, request: &Message) -> SocketAddr {
        let from = self.heard_from.lock().unwrap().unwrap();
        let via = request.top_via().unwrap();
        let named = format!("{}:{}", via.host(), via.port().unwrap());
        assert_eq!(named, from.to_string(), "{}", text(request));
        from
    }

    /// Whether nothing comes for a while.
    pub(crate) async fn hears_nothing(&self) -> bool {
        self.within(SILENCE).await.is_none()
    }

    /// Sends a request and reads the answer.
    pub(crate) async fn ask(&self, request: &Message) -> Message {
        self.send(request).await;
        self.next().await
    }

    /// Answers a request, with a Contact and these header fields.
    pub(crate) async fn answer(&self, request: &Message, code: u16) -> Message {
        let tag = format!("tag{}", self.at.port());
        let reason = evroute_sip::reason_phrase(code);
        let mut response = Message::response_to(request, code, reason, Some(&tag)).unwrap();
        let contact = format!("<sip:callee@{}>", self.at);
        response
            .append_header(HeaderName::Contact, contact)
            .unwrap();
        if response.header(HeaderName::RecordRoute).is_none() {
            for route in values(request, HeaderName::RecordRoute) {
                response
                    .append_header(HeaderName::RecordRoute, route)
                    .unwrap();
            }
        }
        self.send(&response).await;
        response
    }

    /// The next datagram, which need not be a message that is fit for processing.
    pub(crate) async fn raw(&self) -> String {
        let bytes = self.datagram(PATIENCE).await.expect("something comes");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    async fn within(&self, patience: Duration) -> Option<Message> {
        loop {
            let message = read(self.datagram(patience).await?.into());
            if message.status() != Some(100) {
                return Some(message);
            }
        }
    }

    async fn datagram(&self, patience: Duration) -> Option<Vec<u8>> {
        let mut inbox = self.inbox.lock().await;
        let (datagram, from) = timeout(patience, inbox.recv()).await.ok()??;
        *self.heard_from.lock().unwrap() = Some(from);
        Some(datagram)
    }
}

/// Takes what comes out of the socket at once, whether or not the test reads it.
async fn receive(socket: Arc<UdpSocket>, inbox: mpsc::Sender<Datagram>) {
    let mut buffer = vec![0; 65_536];
    loop {
        let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
        pace::received();
        // A phone that the test has dropped still has its socket.
        let _ = inbox.try_send((buffer[..length].to_vec(), from));
    }
}

/// A message of ours or for us.
pub(crate) fn read(bytes: Bytes) -> Message {
    let message = Message::parse(bytes, Framing::Datagram).unwrap();
    evroute_sip::validate(&message).unwrap();
    message
}

/// For reading.
pub(crate) fn text(message: &Message) -> String {
    String::from_utf8_lossy(&message.print()).into_owned()
}

/// All values of a header field.
pub(crate) fn values(message: &Message, name: HeaderName<'_>) -> Vec<String> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    message.values(name).map(text).collect()
}

/// The one value of a header field; empty where there is none.
pub(crate) fn value(message: &Message, name: &str) -> String {
    let value = message.header(HeaderName::from(name)).unwrap_or_default();
    String::from_utf8_lossy(&value).into_owned()
}

/// The branch of the top Via.
pub(crate) fn branch(message: &Message) -> String {
    let via = message.top_via().unwrap();
    via.branch().unwrap().to_owned()
}
