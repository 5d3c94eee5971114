//! The SIP message: bytes in, bytes out, and everything in between without I/O.
//!
//! A [`Message`] keeps the bytes it was parsed from and an index of spans into them.
//! Reading a header takes it apart then and there, borrowed; nothing is typed in advance.
//! Edits write beside the original and move spans, so that what was not touched leaves
//! exactly as it came. Cloning shares everything until one of the clones is edited.
//!
//! The way of a received message: [`Message::parse`] (structure and limits; an error knows
//! its [`ParseErrorResponse`]), [`validate`] (what must hold between header fields), typed views
//! ([`Message::top_via`], [`Message::from`], ...), edits ([`Message::prepend_header`], ...),
//! [`Message::print`].
//!
//! ```
//! use evroute_sip::{Framing, HeaderName, Message, validate};
//!
//! let wire = "OPTIONS sip:bob@example.com SIP/2.0\r\n\
//!     Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\n\
//!     From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\n\
//!     Call-ID: c\r\nCSeq: 7 OPTIONS\r\nMax-Forwards: 70\r\nX-Odd:  as it came \r\n\r\n";
//! let mut message = Message::parse(wire.into(), Framing::Datagram)?;
//! assert!(validate(&message).is_ok());
//! assert_eq!(message.top_via()?.branch(), Some("z9hG4bKa"));
//!
//! message.prepend_header(HeaderName::Via, "SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKb")?;
//! let printed = message.print();
//! assert!(String::from_utf8_lossy(&printed).contains("\r\nX-Odd:  as it came \r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `rsip` is named in one file only, for conversions at the Rust API, which are behind the
//! feature `rsip`. It is not on the wire path: it refuses IPv6, folds and unknown methods, and
//! changes what it forwards.

mod edit;
mod envelope;
mod grammar;
mod header;
mod limits;
mod message;
mod method;
mod parse;
mod parse_error;
mod partial_message;
mod print;
mod request;
mod response;
#[cfg(feature = "rsip")]
mod rsip_adapter;
mod span;
mod status;
mod tag;
mod unread;
mod uri;
mod validate;

pub use edit::EditError;
pub use envelope::Envelope;
pub use header::{
    CSeq, Contact, HeaderError, HeaderName, NameAddr, Param, Params, QValue, Rport, Via,
    canonical_host,
};
pub use limits::Limits;
pub use message::{HeaderField, Message};
pub use method::Method;
pub use parse::Framing;
pub use parse_error::{ParseError, ParseErrorKind, ParseErrorResponse};
pub use partial_message::PartialMessage;
pub use request::RequestBuilder;
#[cfg(feature = "rsip")]
pub use rsip_adapter::RsipError;
pub use status::reason_phrase;
pub use tag::with_one_tag;
pub use unread::malformed_unread;
pub use uri::{Scheme, Uri, UriBuf, UriError, unescape};
pub use validate::{InvalidMessage, validate};
