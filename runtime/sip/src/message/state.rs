//! What a message is made of: two buffers and the places in them.

use bytes::Bytes;

use super::Parties;
use crate::header::{HeaderName, HeaderTag};
use crate::limits::Limits;
use crate::span::{Source, Span};

/// Room for the header fields of most messages and for what a proxy adds: a proxied INVITE
/// has 12 to 18.
pub(crate) const FIELDS_FIRST: usize = 20;

/// One header field. All spans point into `source`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) tag: HeaderTag,
    pub(crate) source: Source,
    pub(crate) name: Span,
    /// The value without white space at its ends; folds inside are kept.
    pub(crate) value: Span,
    /// Name to line ending, ending included.
    pub(crate) line: Span,
}

/// The start line. Spans point into the wire bytes, except an edited Request-URI.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StartLine {
    Request {
        method: Span,
        uri: Span,
        uri_source: Source,
        version: Span,
    },
    Status {
        version: Span,
        code: u16,
        reason: Span,
    },
}

/// The body: a part of the wire bytes until it is replaced.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Wire(Span),
    New(Bytes),
}

#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) wire: Bytes,
    /// Text written by edits. It grows until [`State::compact`]; fields point into it.
    pub(crate) overlay: Vec<u8>,
    pub(crate) start: StartLine,
    /// The start line with its ending, in the wire bytes.
    pub(crate) start_line: Span,
    pub(crate) fields: Vec<Field>,
    pub(crate) body: Body,
    /// Some line ends in LF alone. We read it as a line end, so it is printed as CRLF:
    /// the next hop must not read the message differently from us.
    pub(crate) has_bare_lf: bool,
    pub(crate) is_edited: bool,
    pub(crate) parties: Parties,
    pub(crate) limits: Limits,
}

impl State {
    pub(crate) fn buffer(&self, source: Source) -> &[u8] {
        match source {
            Source::Wire => &self.wire,
            Source::Overlay => &self.overlay,
        }
    }

    pub(crate) fn name_of(&self, field: &Field) -> &str {
        // The parser and the edits only accept token characters, which are ASCII.
        std::str::from_utf8(field.name.of(self.buffer(field.source))).unwrap_or_default()
    }

    pub(crate) fn value_of(&self, field: &Field) -> &[u8] {
        field.value.of(self.buffer(field.source))
    }

    pub(crate) fn line_of(&self, field: &Field) -> &[u8] {
        field.line.of(self.buffer(field.source))
    }

    /// A test for fields of that name.
    pub(crate) fn is_named<'a>(&'a self, name: HeaderName<'a>) -> impl Fn(&Field) -> bool + Clone {
        let tag = name.tag();
        move |field| {
            field.tag == tag
                && (tag != HeaderTag::Other
                    || self.name_of(field).eq_ignore_ascii_case(name.as_str()))
        }
    }

    pub(crate) fn position(&self, name: HeaderName<'_>) -> Option<usize> {
        self.fields.iter().position(self.is_named(name))
    }

    pub(crate) fn body(&self) -> &[u8] {
        match &self.body {
            Body::Wire(span) => span.of(&self.wire),
            Body::New(bytes) => bytes,
        }
    }

    /// Length of the printed message, line endings that will be repaired not counted.
    pub(crate) fn printed_len(&self) -> usize {
        let start_line = match self.start {
            StartLine::Request {
                method,
                uri,
                uri_source: Source::Overlay,
                version,
            } => method.len() + uri.len() + version.len() + "  \r\n".len(),
            StartLine::Request {
                uri_source: Source::Wire,
                ..
            }
            | StartLine::Status { .. } => self.start_line.len(),
        };
        let fields: usize = self.fields.iter().map(|field| field.line.len()).sum();
        start_line + fields + CRLF_LEN + self.body().len()
    }

    /// Drops overlay text that no field uses any more.
    pub(crate) fn compact(&mut self) {
        let old = std::mem::take(&mut self.overlay);
        for field in &mut self.fields {
            if field.source == Source::Overlay {
                let shift = Shift {
                    from: field.line.start(),
                    to: self.overlay.len(),
                };
                self.overlay.extend_from_slice(field.line.of(&old));
                field.name = shift.apply(field.name);
                field.value = shift.apply(field.value);
                field.line = shift.apply(field.line);
            }
        }
        if let StartLine::Request {
            uri,
            uri_source: Source::Overlay,
            ..
        } = &mut self.start
        {
            let shift = Shift {
                from: uri.start(),
                to: self.overlay.len(),
            };
            self.overlay.extend_from_slice(uri.of(&old));
            *uri = shift.apply(*uri);
        }
    }
}

const CRLF_LEN: usize = 2;

/// Moves spans when the text they point to moves.
#[derive(Clone, Copy)]
struct Shift {
    from: usize,
    to: usize,
}

impl Shift {
    fn apply(self, span: Span) -> Span {
        let moved = |offset: usize| offset.saturating_sub(self.from) + self.to;
        Span::new(moved(span.start()), moved(span.end()))
    }
}
