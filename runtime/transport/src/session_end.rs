//! Why a connection ended.

use std::io;

use bytes::Bytes;

use crate::framer::FrameError;

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
