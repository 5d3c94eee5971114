//! Why a REGISTER is refused.

use evroute_sip::HeaderName;

/// Why a REGISTER is refused; nothing of it was carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// Require names what we do not know (RFC 3261 10.3 step 2).
    #[error("Require: {unsupported}")]
    BadExtension {
        /// The option tags, separated by commas.
        unsupported: String,
    },
    /// The phone keeps flows (RFC 5626 6), and the proxy that it speaks to does not.
    #[error("the first hop of its Path does not keep flows")]
    FirstHopLacksOutbound,
    /// A header field cannot be read.
    #[error("a header field cannot be read")]
    BadHeader,
    /// `*` beside other contacts, or with an Expires other than 0 (step 6).
    #[error("* goes only alone and with Expires: 0")]
    BadStar,
    /// The expiry is shorter than we keep (step 7).
    #[error("the expiry is below {min_expires} s")]
    IntervalTooBrief {
        /// The shortest we keep, in seconds.
        min_expires: u32,
    },
    /// A newer request of the same registration was carried out already (steps 6 and 7).
    #[error("the CSeq is not newer than that of the registration")]
    OutOfOrder,
    /// One contact is too long to keep.
    #[error("the contact is too long")]
    ContactTooLong,
    /// More contacts than an address of record may have.
    #[error("too many contacts for this address of record")]
    TooManyContacts,
    /// More contacts than the tenant may have.
    #[error("the tenant's location table is full")]
    TableFull,
    /// It could not be kept where it outlives the server.
    #[error("the registration is not kept: {why}")]
    NotKept {
        /// Why, for the log.
        why: String,
    },
}

/// When a phone tries again whose registration could not be kept, in seconds: a disk is full for
/// longer, and a queue is not, so that this is soon enough for both.
const RETRY_AFTER_SECONDS: u32 = 10;

impl RegisterError {
    /// Status code and reason phrase.
    #[must_use]
    pub const fn status(&self) -> (u16, &'static str) {
        match self {
            Self::BadExtension { .. } => (420, "Bad Extension"),
            Self::FirstHopLacksOutbound => (439, "First Hop Lacks Outbound Support"),
            Self::BadHeader => (400, "Bad Contact Or Expires"),
            Self::BadStar => (400, "Bad Use Of Contact *"),
            Self::IntervalTooBrief { .. } => (423, "Interval Too Brief"),
            Self::OutOfOrder => (500, "CSeq Out Of Order"),
            Self::ContactTooLong => (403, "Contact Too Long"),
            // Not Kamailio's 503: that sends the phone to another server, with the same end.
            Self::TooManyContacts => (403, "Too Many Contacts"),
            Self::TableFull => (503, "Location Table Full"),
            // Not 503: that would send the phone to another server, which knows nothing of it.
            Self::NotKept { .. } => (500, "Registration Not Kept"),
        }
    }

    /// The header field that belongs into the response.
    #[must_use]
    pub fn header(&self) -> Option<(HeaderName<'static>, String)> {
        match self {
            Self::BadExtension { unsupported } => {
                Some((HeaderName::Unsupported, unsupported.clone()))
            }
            Self::IntervalTooBrief { min_expires } => {
                Some((HeaderName::MinExpires, min_expires.to_string()))
            }
            Self::NotKept { .. } => Some((HeaderName::RetryAfter, RETRY_AFTER_SECONDS.to_string())),
            Self::FirstHopLacksOutbound
            | Self::BadHeader
            | Self::BadStar
            | Self::OutOfOrder
            | Self::ContactTooLong
            | Self::TooManyContacts
            | Self::TableFull => None,
        }
    }
}
