//! Why a connection ended, and who is told.

use std::io;

use bytes::Bytes;

use crate::ended_connection::{EndCause, EndedConnection};
use crate::framer::FrameError;
use crate::session::Session;

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The peer closed it.
    Peer,
    /// We were asked to close it, or are shutting down.
    Asked,
    /// Nothing was received for too long.
    Idle,
    /// A message took too long to arrive.
    SlowMessage,
    /// The peer took nothing for too long.
    SlowReader,
    /// The stream could not be cut into messages.
    Unframed(FrameError),
    /// The first that came is a request of HTTP: its beginning.
    Http(Bytes),
    /// Requests of HTTP came, and the last one has its answer.
    HttpAnswered,
    /// The last one is to have none.
    HttpDropped,
    /// What the system said.
    System(io::ErrorKind),
}

impl End {
    const fn cause(&self) -> EndCause {
        match self {
            Self::Peer => EndCause::Peer,
            Self::System(_) => EndCause::Reset,
            Self::Idle => EndCause::Idle,
            Self::Asked
            | Self::SlowMessage
            | Self::SlowReader
            | Self::Unframed(_)
            | Self::Http(_)
            | Self::HttpAnswered
            | Self::HttpDropped => EndCause::Server,
        }
    }
}

impl Session<'_> {
    /// It is over. All connections end with the server, and nobody is told of that.
    pub(crate) fn tell_end(&mut self, end: &End) {
        let (told, tenants) = (self.told_of_end.take(), self.connection.told.take());
        if self.shared.cancel.is_cancelled() {
            return;
        }
        if let Some(told) = told {
            self.shared.call("ended", || told.ended());
        }
        if !tenants.is_empty() {
            let ended = EndedConnection {
                flow: self.flow,
                cause: end.cause(),
                lasted: self.opened_at.elapsed(),
                tenants,
            };
            self.shared.ended(&ended);
        }
    }
}
