//! Why a message could not be forwarded.

use evroute_sip::{EditError, HeaderError};

use crate::next_hop::NextHopError;

/// Why a request could not be forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForwardError {
    /// It has been through too many hops: Max-Forwards was zero already.
    #[error("Max-Forwards is zero")]
    TooManyHops,
    /// The Route, Request-URI or forced next hop leads nowhere.
    #[error("no next hop: {0}")]
    NextHop(#[from] NextHopError),
    /// A `sips` URI would be reached without TLS (RFC 3261 26.2.2).
    #[error("a sips URI is not reached without TLS")]
    Insecure,
    /// A header field could not be written.
    #[error("{0}")]
    Edit(#[from] EditError),
}

impl ForwardError {
    /// The status code and reason phrase to answer with.
    #[must_use]
    pub const fn status(&self) -> (u16, &'static str) {
        match self {
            Self::TooManyHops => (483, "Too Many Hops"),
            Self::NextHop(NextHopError::NoHost) => (416, "Unsupported URI Scheme"),
            // Kamailio's code for a destination that cannot be resolved.
            Self::NextHop(NextHopError::BadUri | NextHopError::UnsupportedTransport) => {
                (478, "Unresolvable Destination")
            }
            // RFC 5630 5.3: there is no contact that may be called.
            Self::Insecure => (480, "Temporarily Unavailable"),
            Self::Edit(
                EditError::MessageTooLong | EditError::LineTooLong | EditError::TooManyHeaders,
            ) => (513, "Message Too Large"),
            Self::Edit(
                EditError::ForbiddenByte
                | EditError::BadName
                | EditError::ContentLength
                | EditError::NoSuchHeader
                | EditError::NotARequest
                | EditError::BadUri(_)
                | EditError::BadHeader(_)
                | EditError::BadMethod
                | EditError::BadStatus
                | EditError::MissingHeader,
            ) => (500, "Server Internal Error"),
        }
    }
}

/// Why a response is dropped (RFC 3261 18.1.2: silently).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrayResponse {
    /// The top Via is not ours: the response was not meant for us.
    #[error("the top Via is not ours")]
    NotOurs,
    /// A Via cannot be read.
    #[error("bad Via: {0}")]
    BadVia(#[from] HeaderError),
    /// The next Via leads nowhere.
    #[error("no next hop: {0}")]
    NextHop(#[from] NextHopError),
    /// Our Via could not be taken off.
    #[error("{0}")]
    Edit(#[from] EditError),
}
