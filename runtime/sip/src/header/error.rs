//! Why a header value could not be read.

/// Why a header value could not be read. Reading is lazy: the message itself stays usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The field is not in the message.
    #[error("the header field is missing")]
    Missing,
    /// The field is there, without a value.
    #[error("the value is empty")]
    Empty,
    /// A quoted string is not closed.
    #[error("a quoted string is not closed")]
    UnbalancedQuote,
    /// `<` without `>`.
    #[error("an angle bracket is not closed")]
    UnclosedAngle,
    /// Something stands where a `;` or the end of the value should be.
    #[error("unexpected text after the address")]
    UnexpectedText,
    /// What should be a URI has no scheme or contains control characters.
    #[error("not a URI")]
    BadUri,
    /// `?` or `,` in an address without angle brackets (RFC 3261 20.10).
    #[error("a URI with ? or , must be enclosed in angle brackets")]
    NeedsAngle,
    /// A parameter without a name, as in `;;`.
    #[error("a parameter is empty")]
    EmptyParam,
    /// Via does not start with `SIP/2.0/`.
    #[error("the protocol is not SIP/2.0")]
    BadProtocol,
    /// Not a host name, IPv4 address or bracketed IPv6 address.
    #[error("not a host")]
    BadHost,
    /// Not a port number from 0 to 65535.
    #[error("not a port")]
    BadPort,
    /// Not a decimal number.
    #[error("not a number")]
    BadNumber,
    /// A number above what the field allows.
    #[error("the number is out of range")]
    NumberOutOfRange,
    /// CSeq without a method, or with something that is not a token.
    #[error("not a method")]
    BadMethod,
    /// Bytes that are not UTF-8 where only text can be.
    #[error("not text")]
    NotText,
}
