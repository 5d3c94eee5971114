//! Requests that a proxy does not forward.

use evroute_sip::{EditError, HeaderName, Message, Method};

/// Why a request is refused before it is forwarded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The Request-URI's scheme is unknown (RFC 3261 16.3 step 2).
    #[error("the Request-URI's scheme is not supported")]
    UnsupportedScheme,
    /// Max-Forwards is used up (16.3 step 3).
    #[error("Max-Forwards is zero")]
    TooManyHops,
    /// The request has been here before, in the same shape (16.3 step 4, RFC 5393).
    #[error("the request is looping")]
    LoopDetected,
    /// Max-Breadth is too small for all branches (RFC 5393 5).
    #[error("Max-Breadth is used up")]
    MaxBreadthExceeded,
    /// Proxy-Require names what we do not know (16.3 step 5).
    #[error("Proxy-Require: {unsupported}")]
    BadExtension {
        /// The option tags, separated by commas.
        unsupported: String,
    },
    /// Neither from nor to anybody we serve: an open relay would carry it.
    #[error("relaying is not allowed")]
    RelayForbidden,
}

impl Refusal {
    /// Status code and reason phrase.
    #[must_use]
    pub const fn status(&self) -> (u16, &'static str) {
        match self {
            Self::UnsupportedScheme => (416, "Unsupported URI Scheme"),
            Self::TooManyHops => (483, "Too Many Hops"),
            Self::LoopDetected => (482, "Loop Detected"),
            Self::MaxBreadthExceeded => (440, "Max-Breadth Exceeded"),
            Self::BadExtension { .. } => (420, "Bad Extension"),
            Self::RelayForbidden => (403, "Relaying Forbidden"),
        }
    }

    /// The response; `None` for an ACK, which is never answered (17.1.1.3).
    ///
    /// # Errors
    /// When `request` is no request, or the tag is no token.
    pub fn to_response(
        &self,
        request: &Message,
        to_tag: &str,
    ) -> Result<Option<Message>, EditError> {
        if request.method() == Method::Ack {
            return Ok(None);
        }
        let (code, reason) = self.status();
        let mut response = Message::response_to(request, code, reason, Some(to_tag))?;
        match self {
            Self::BadExtension { unsupported } => {
                response.append_header(HeaderName::Unsupported, unsupported)?;
            }
            Self::UnsupportedScheme
            | Self::TooManyHops
            | Self::LoopDetected
            | Self::MaxBreadthExceeded
            | Self::RelayForbidden => {}
        }
        Ok(Some(response))
    }
}
