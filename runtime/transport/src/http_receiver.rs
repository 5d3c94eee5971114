//! Who answers requests of HTTP.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use evroute_http::{HttpRefusal, HttpReply, HttpRequest};

use crate::flow::Flow;

/// Who answers requests of HTTP that come where SIP is spoken, or on a socket of their own. Without
/// one, or where it knows nobody for a request, the transport does it: a handshake at the path of
/// the configuration becomes a WebSocket, everything else is answered 404.
///
/// One request of a connection is asked about at a time. A panic inside is answered 500.
pub trait HttpReceiver: Send + Sync {
    /// The head of a request came; its body, whose length it says, was not read yet. Called inline:
    /// to be answered at once.
    fn admit(&self, head: &HttpRequest, flow: &Flow) -> HttpAdmission;

    /// A request has become a WebSocket: who is told when that is gone. `flow` is the WebSocket's.
    fn upgraded(&self, request: &HttpRequest, flow: &Flow) -> Option<Box<dyn ConnectionEnd>> {
        let _ = (request, flow);
        None
    }
}

/// Who is told of the end of a connection.
pub trait ConnectionEnd: Send + Sync {
    /// It is gone. Called inline by the task of the connection, and not when the transport is
    /// cancelled.
    fn ended(self: Box<Self>);
}

/// What becomes of a request before its body is read.
pub enum HttpAdmission {
    /// Nobody is there for it.
    Nobody,
    /// It is not answered otherwise; the connection is closed.
    Refused(HttpRefusal),
    /// Its body is read, and then it is answered.
    Admitted(HttpExchange),
}

/// A request that will be answered.
pub struct HttpExchange {
    /// The longest body that is read for it, in bytes.
    pub body_bytes_max: usize,
    /// Called with the whole request, in a task of its own; ends within a time of its own, and is
    /// given up where the connection ends before.
    pub answer: HttpAnswering,
    /// Held until the answer was written, or will not be.
    pub place: Box<dyn Any + Send>,
}

/// What makes the answer of a request.
pub type HttpAnswering =
    Box<dyn FnOnce(Arc<HttpRequest>) -> Pin<Box<dyn Future<Output = HttpAnswer> + Send>> + Send>;

/// What a request is answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HttpAnswer {
    /// As without anybody there.
    AsEver,
    /// This.
    Reply(HttpReply),
    /// This, and then the connection is closed.
    ReplyAndClose(HttpReply),
    /// The connection becomes a WebSocket, whatever the path.
    Upgrade,
    /// Nothing: the connection is closed.
    Close,
}

impl fmt::Debug for HttpAdmission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("Nobody"),
            Self::Refused(refusal) => write!(f, "Refused({})", refusal.status),
            Self::Admitted(_) => f.write_str("Admitted"),
        }
    }
}

impl fmt::Debug for HttpExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpExchange").finish_non_exhaustive()
    }
}
