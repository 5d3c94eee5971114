//! The SIP message: bytes in, bytes out, and everything in between without I/O.
//!
//! A [`Message`] keeps the bytes it was parsed from and an index of spans into them.
//! Reading a header takes it apart then and there, borrowed; nothing is typed in advance.
//! Edits write beside the original and move spans, so that what was not touched leaves
//! exactly as it came. Cloning shares everything until one of the clones is edited.
//!
//! The way of a received message: [`Message::parse`] (structure and limits; an error knows
//! its [`Answer`]), [`validate`] (what must hold between header fields), typed views
//! ([`Message::top_via`], [`Message::from`], ...), edits ([`Message::prepend_header`], ...),
//! [`Message::print`].
//!
//! `rsip` is named in one file only, for conversions at the Rust API. It is not on the
//! wire path: it refuses IPv6, folds and unknown methods, and changes what it forwards.

mod edit;
mod grammar;
mod header;
mod limits;
mod message;
mod method;
mod parse;
mod parse_error;
mod print;
mod request;
mod response;
mod rsip_adapter;
mod salvage;
mod span;
mod status;
mod tag;
mod unread;
mod uri;
mod validate;

pub use edit::EditError;
pub use header::{
    CSeq, Contact, HeaderError, HeaderName, NameAddr, Param, Params, QValue, Rport, Via,
    canonical_host,
};
pub use limits::Limits;
pub use message::{HeaderField, Message};
pub use method::Method;
pub use parse::Framing;
pub use parse_error::{Answer, ParseError, ParseErrorKind};
pub use request::RequestBuilder;
pub use rsip_adapter::RsipError;
pub use salvage::Salvage;
pub use status::reason_phrase;
pub use tag::with_one_tag;
pub use unread::malformed_unread;
pub use uri::{Scheme, Uri, UriBuf, UriError, unescape};
pub use validate::{Refusal, validate};
