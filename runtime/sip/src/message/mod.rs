//! The message.

mod parties;
mod state;
mod typed;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::grammar::{CommaSplit, unfold};
use crate::header::HeaderName;
use crate::limits::Limits;
use crate::method::Method;
use crate::parse::{Framing, parse, parse_without_body};
use crate::parse_error::{ParseError, ParseErrorKind};
use crate::partial_message::PartialMessage;
pub(crate) use parties::Parties;
pub(crate) use state::{Body, FIELDS_FIRST, Field, StartLine, State};

/// A SIP message: request or response. Cloning costs a reference count; the first edit of
/// a shared message copies the index, never the received bytes.
#[derive(Clone)]
pub struct Message(Arc<State>);

/// One header field, as [`Message::fields`] yields them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderField<'a> {
    /// The name, compact forms folded into their long names.
    pub name: HeaderName<'a>,
    /// The name as on the wire.
    pub name_raw: &'a str,
    /// The value without white space at its ends; folds inside are kept.
    pub value: &'a [u8],
}

impl Message {
    /// Reads one message within [`Limits::DEFAULT`]. Line ends before it and, in a
    /// datagram, bytes after its Content-Length are ignored (RFC 3261 7.5, 18.3).
    ///
    /// Only structure is checked: start line, header lines, length. Call
    /// [`validate`](crate::validate) before acting on a message from the network.
    ///
    /// # Errors
    /// See [`ParseErrorKind`](crate::ParseErrorKind); the error knows what to answer.
    pub fn parse(wire: Bytes, framing: Framing) -> Result<Self, ParseError> {
        Self::parse_within(wire, framing, &Limits::DEFAULT)
    }

    /// [`parse`](Self::parse) within limits of your own; edits keep to them as well.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_within(
        wire: Bytes,
        framing: Framing,
        limits: &Limits,
    ) -> Result<Self, ParseError> {
        match parse(&wire, framing, limits) {
            Ok(state) => Ok(Self(Arc::new(state))),
            Err(kind) => Err(ParseError {
                kind,
                partial_message: PartialMessage::of(&wire, limits),
            }),
        }
    }

    /// Reads a message and leaves its body out, however long that is and whether it is there or
    /// not: to find out what a message belongs to that is too large.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), for the start line and the header fields.
    pub fn parse_without_body(wire: &Bytes) -> Result<Self, ParseErrorKind> {
        let state = parse_without_body(wire, &Limits::DEFAULT)?;
        Ok(Self(Arc::new(state)))
    }

    pub(crate) fn state(&self) -> &State {
        &self.0
    }

    pub(crate) fn state_mut(&mut self) -> &mut State {
        let state = Arc::make_mut(&mut self.0);
        state.is_edited = true;
        state.parties = Parties::default();
        state
    }

    /// The bytes the message was parsed from, whatever has been edited since; line ends in
    /// front of it and bytes after it included.
    pub fn raw(&self) -> &Bytes {
        &self.0.wire
    }

    /// Whether it is a request.
    pub fn is_request(&self) -> bool {
        match self.0.start {
            StartLine::Request { .. } => true,
            StartLine::Status { .. } => false,
        }
    }

    /// The method of a request, and of the request that a response answers: its CSeq's.
    /// `Method::Other("")` for a response without a readable CSeq, which
    /// [`validate`](crate::validate) refuses.
    pub fn method(&self) -> Method<'_> {
        match self.0.start {
            StartLine::Request { method, .. } => Method::from(self.wire_text(method)),
            StartLine::Status { .. } => self.cseq().map_or(Method::Other(""), |cseq| cseq.method),
        }
    }

    /// The Request-URI as on the wire; `None` for a response.
    pub fn request_uri(&self) -> Option<&str> {
        match self.0.start {
            StartLine::Request {
                uri, uri_source, ..
            } => std::str::from_utf8(uri.of(self.0.buffer(uri_source))).ok(),
            StartLine::Status { .. } => None,
        }
    }

    /// The status code, 100 to 699; `None` for a request.
    pub fn status(&self) -> Option<u16> {
        match self.0.start {
            StartLine::Request { .. } => None,
            StartLine::Status { code, .. } => Some(code),
        }
    }

    /// The reason phrase as on the wire, possibly empty, not always UTF-8; `None` for a
    /// request.
    pub fn reason(&self) -> Option<&[u8]> {
        match self.0.start {
            StartLine::Request { .. } => None,
            StartLine::Status { reason, .. } => Some(reason.of(&self.0.wire)),
        }
    }

    /// The SIP version as on the wire; it compares without case (RFC 3261 7.1).
    pub fn version(&self) -> &str {
        match self.0.start {
            StartLine::Request { version, .. } | StartLine::Status { version, .. } => {
                self.wire_text(version)
            }
        }
    }

    fn wire_text(&self, span: crate::span::Span) -> &str {
        // The parser has checked that method and version are ASCII.
        std::str::from_utf8(span.of(&self.0.wire)).unwrap_or_default()
    }

    /// All header fields in order.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = HeaderField<'_>> + Clone {
        let state = self.state();
        state.fields.iter().map(|field| {
            let name_raw = state.name_of(field);
            let value = state.value_of(field);
            HeaderField {
                name: field.tag.name(name_raw),
                name_raw,
                value,
            }
        })
    }

    /// How many header fields there are.
    pub fn header_count(&self) -> usize {
        self.0.fields.len()
    }

    /// The value of the first header field of that name, unfolded: each fold reads as one
    /// space. May be empty.
    pub fn header<'n>(&self, name: impl Into<HeaderName<'n>>) -> Option<Cow<'_, [u8]>> {
        self.header_raw(name.into()).map(unfold)
    }

    /// The value of the first header field of that name, folds kept.
    pub(crate) fn header_raw(&self, name: HeaderName<'_>) -> Option<&[u8]> {
        let at = self.0.position(name)?;
        self.0.fields.get(at).map(|field| self.0.value_of(field))
    }

    /// The values of all header fields of that name, one per field, folds kept.
    pub fn headers<'a, 'n: 'a>(
        &'a self,
        name: impl Into<HeaderName<'n>>,
    ) -> impl Iterator<Item = &'a [u8]> + Clone {
        let state = self.state();
        let is_wanted = state.is_named(name.into());
        state
            .fields
            .iter()
            .filter(move |field| is_wanted(field))
            .map(|field| state.value_of(field))
    }

    /// The single values of all header fields of that name: fields that are lists
    /// ([`HeaderName::is_list`]) are split at their commas, empty items skipped.
    pub fn values<'a, 'n: 'a>(
        &'a self,
        name: impl Into<HeaderName<'n>>,
    ) -> impl Iterator<Item = &'a [u8]> + Clone {
        let name = name.into();
        let split = move |value: &'a [u8]| match name.is_list() {
            true => CommaSplit::new(value),
            false => CommaSplit::whole(value),
        };
        self.headers(name)
            .flat_map(split)
            .filter(|value| !value.is_empty())
    }

    /// The body, empty when there is none.
    pub fn body(&self) -> &[u8] {
        self.0.body()
    }

    /// The body, sharing the message's bytes.
    pub fn body_bytes(&self) -> Bytes {
        match &self.0.body {
            Body::Wire(span) => {
                let end = span.end().min(self.0.wire.len());
                self.0.wire.slice(span.start().min(end)..end)
            }
            Body::New(bytes) => bytes.clone(),
        }
    }
}

impl fmt::Debug for Message {
    /// Start line and sizes: bodies and credentials do not belong in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Message");
        match self.status() {
            Some(code) => out.field("status", &code),
            None => out.field("request_uri", &self.request_uri()),
        };
        out.field("method", &self.method().as_str())
            .field("headers", &self.header_count())
            .field("body_bytes", &self.body().len())
            .finish()
    }
}
