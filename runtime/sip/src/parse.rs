//! Bytes to message: the structure of RFC 3261 section 7, and the limits.

use bytes::Bytes;

use crate::grammar::{Decimal, decimal, is_token_byte, token, trim, trim_end};
use crate::header::HeaderTag;
use crate::limits::Limits;
use crate::message::{Body, FIELDS_FIRST, Field, Parties, StartLine, State};
use crate::parse_error::ParseErrorKind as Kind;
use crate::span::{Source, Span};

/// How the end of a message is known (RFC 3261 18.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// One message per datagram: without Content-Length the body is the rest.
    Datagram,
    /// One message after the other: Content-Length is required.
    Stream,
}

/// Everything above the body.
pub(crate) struct Head {
    pub(crate) start: StartLine,
    pub(crate) start_line: Span,
    pub(crate) fields: Vec<Field>,
    pub(crate) content_length: Option<usize>,
    /// Offset of the first byte after the empty line.
    pub(crate) body_start: usize,
    pub(crate) has_bare_lf: bool,
}

pub(crate) fn parse(wire: &Bytes, framing: Framing, limits: &Limits) -> Result<State, Kind> {
    let head = parse_head(wire, limits)?;
    let rest = wire.len() - head.body_start;
    let body_len = match (head.content_length, framing) {
        // On a stream nobody has seen the body yet: that it is short cannot be known.
        (Some(length), Framing::Stream) if length > limits.message_bytes_max => {
            return Err(Kind::MessageTooLong);
        }
        (Some(length), _) if length > rest => return Err(Kind::ShortBody),
        (Some(length), _) => length,
        (None, Framing::Datagram) => rest,
        (None, Framing::Stream) => return Err(Kind::MissingContentLength),
    };
    Ok(head.with_body(wire, body_len, limits))
}

/// The message without its body, however long that is: only as much is looked at as a message may
/// have.
pub(crate) fn parse_without_body(wire: &Bytes, limits: &Limits) -> Result<State, Kind> {
    let wire = wire.slice(..wire.len().min(limits.message_bytes_max));
    let head = parse_head(&wire, limits)?;
    Ok(head.with_body(&wire, 0, limits))
}

impl Head {
    fn with_body(self, wire: &Bytes, body_len: usize, limits: &Limits) -> State {
        State {
            wire: wire.clone(),
            overlay: Vec::new(),
            start: self.start,
            start_line: self.start_line,
            fields: self.fields,
            body: Body::Wire(Span::new(self.body_start, self.body_start + body_len)),
            has_bare_lf: self.has_bare_lf,
            is_edited: false,
            parties: Parties::default(),
            limits: *limits,
        }
    }
}

/// Indexes start line and header fields, and finds the body.
pub(crate) fn parse_head(wire: &[u8], limits: &Limits) -> Result<Head, Kind> {
    if wire.len() > limits.message_bytes_max || u32::try_from(wire.len()).is_err() {
        return Err(Kind::MessageTooLong);
    }
    let mut lines = Lines {
        wire,
        at: leading_line_ends(wire),
        has_bare_lf: false,
    };
    if lines.at == wire.len() {
        return Err(Kind::Empty);
    }
    let begin = lines.at;
    let content = lines.next_line()?;
    let start = parse_start_line(wire, content)?;
    let start_line = Span::new(begin, lines.at);
    if start_line.len() > limits.line_bytes_max {
        return Err(Kind::StartLineTooLong);
    }
    let mut fields = Vec::with_capacity(FIELDS_FIRST);
    let mut content_length = None;
    let mut vias = 0;
    loop {
        let begin = lines.at;
        let content = lines.next_field()?;
        if content.len() == 0 {
            break;
        }
        let line = Span::new(begin, lines.at);
        if line.len() > limits.line_bytes_max {
            return Err(Kind::HeaderTooLong);
        }
        if fields.len() == limits.headers_max {
            return Err(Kind::TooManyHeaders);
        }
        let field = parse_field(wire, content, line)?;
        match field.tag {
            HeaderTag::Via => vias += 1,
            HeaderTag::ContentLength => {
                content_length = Some(read_length(field.value.of(wire), content_length)?);
            }
            _ => {}
        }
        if vias > limits.vias_max {
            return Err(Kind::TooManyVias);
        }
        fields.push(field);
    }
    let has_bare_lf = lines.has_bare_lf;
    Ok(Head {
        start,
        start_line,
        fields,
        content_length,
        body_start: lines.at,
        has_bare_lf,
    })
}

/// Line ends before the start line are skipped (RFC 3261 7.5).
pub(crate) fn leading_line_ends(wire: &[u8]) -> usize {
    wire.iter()
        .position(|byte| !matches!(byte, b'\r' | b'\n'))
        .unwrap_or(wire.len())
}

/// Walks line by line.
struct Lines<'a> {
    wire: &'a [u8],
    at: usize,
    has_bare_lf: bool,
}

impl Lines<'_> {
    /// The next line without its ending. CR is only allowed right before LF: a lone one
    /// is a line end to some parsers, and would let a value smuggle a header past others.
    fn next_line(&mut self) -> Result<Span, Kind> {
        let begin = self.at;
        let rest = self.wire.get(begin..).unwrap_or_default();
        let found = memchr::memchr2(b'\r', b'\n', rest).ok_or(Kind::MissingBlankLine)?;
        let end = begin + found;
        match self.wire.get(end..) {
            Some([b'\r', b'\n', ..]) => self.at = end + 2,
            Some([b'\r', _, ..]) => return Err(Kind::BareCr),
            Some([b'\n', ..]) => {
                self.has_bare_lf = true;
                self.at = end + 1;
            }
            _ => return Err(Kind::MissingBlankLine),
        }
        Ok(Span::new(begin, end))
    }

    /// The next header field: a line and the lines folded under it (RFC 3261 7.3.1).
    fn next_field(&mut self) -> Result<Span, Kind> {
        let mut content = self.next_line()?;
        if content.len() == 0 {
            return Ok(content);
        }
        while matches!(self.wire.get(self.at), Some(b' ' | b'\t')) {
            content = Span::new(content.start(), self.next_line()?.end());
        }
        Ok(content)
    }
}

fn parse_start_line(wire: &[u8], content: Span) -> Result<StartLine, Kind> {
    let line = content.of(wire);
    let at = |offset: usize| content.start() + offset;
    let is_status = line
        .get(..4)
        .is_some_and(|four| four.eq_ignore_ascii_case(b"SIP/"));
    let first = memchr::memchr(b' ', line).ok_or(Kind::BadStartLine)?;
    if is_status {
        let code = line.get(first + 1..first + 4).ok_or(Kind::BadStatusCode)?;
        let reason_start = match line.get(first + 4) {
            None => line.len(),
            Some(b' ') => first + 5,
            Some(_) => return Err(Kind::BadStatusCode),
        };
        let code = match decimal(code) {
            Decimal::Number(code @ 100..=699) => u16::try_from(code).unwrap_or_default(),
            Decimal::Number(_) | Decimal::TooLarge | Decimal::NotANumber => {
                return Err(Kind::BadStatusCode);
            }
        };
        let version = Span::new(at(0), at(first));
        check_version(version.of(wire))?;
        return Ok(StartLine::Status {
            version,
            code,
            reason: Span::new(at(reason_start), at(line.len())),
        });
    }
    let last = memchr::memrchr(b' ', line).ok_or(Kind::BadStartLine)?;
    let method = Span::new(at(0), at(first));
    token(method.of(wire)).ok_or(Kind::BadMethod)?;
    let version = Span::new(at(last + 1), at(line.len()));
    check_version(version.of(wire))?;
    // With one space only, method and version overlap and the URI is empty.
    let uri = Span::new(at(first + 1), at(last.max(first + 1)));
    let is_clean = uri
        .of(wire)
        .iter()
        .all(|byte| *byte > b' ' && *byte != 0x7f);
    if uri.len() == 0 || !is_clean || std::str::from_utf8(uri.of(wire)).is_err() {
        return Err(Kind::BadRequestUri);
    }
    Ok(StartLine::Request {
        method,
        uri,
        uri_source: Source::Wire,
        version,
    })
}

/// `SIP/` digits `.` digits; which version it is decides [`validate`](crate::validate).
fn check_version(version: &[u8]) -> Result<(), Kind> {
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let Some((name, numbers)) = version.split_at_checked(4) else {
        return Err(Kind::BadStartLine);
    };
    let is_version = name.eq_ignore_ascii_case(b"SIP/")
        && crate::grammar::split_once(numbers, b'.')
            .is_some_and(|(major, minor)| is_number(major) && is_number(minor));
    if is_version {
        Ok(())
    } else {
        Err(Kind::BadStartLine)
    }
}

fn parse_field(wire: &[u8], content: Span, line: Span) -> Result<Field, Kind> {
    let text = content.of(wire);
    let name_len = text
        .iter()
        .position(|byte| !is_token_byte(*byte))
        .ok_or(Kind::MissingColon)?;
    let name = Span::new(content.start(), content.start() + name_len);
    // HCOLON = *( SP / HTAB ) ":" SWS
    let mut colon = name_len;
    while matches!(text.get(colon), Some(b' ' | b'\t')) {
        colon += 1;
    }
    if text.get(colon) != Some(&b':') {
        let has_colon = memchr::memchr(b':', text).is_some();
        return Err(if has_colon {
            Kind::BadHeaderName
        } else {
            Kind::MissingColon
        });
    }
    if name_len == 0 {
        return Err(Kind::BadHeaderName);
    }
    let raw = text.get(colon + 1..).unwrap_or_default();
    let value = trim(raw);
    let value_end = content.start() + colon + 1 + trim_end(raw).len();
    let value = Span::new(value_end.saturating_sub(value.len()), value_end);
    Ok(Field {
        tag: HeaderTag::of(name.of(wire)),
        source: Source::Wire,
        name,
        value,
        line,
    })
}

/// Two fields that agree are one; two that differ would let two hops frame differently.
fn read_length(value: &[u8], before: Option<usize>) -> Result<usize, Kind> {
    let length = match decimal(value) {
        Decimal::Number(length) => length as usize,
        // Larger than any message.
        Decimal::TooLarge => usize::MAX,
        Decimal::NotANumber => return Err(Kind::BadContentLength),
    };
    match before {
        Some(before) if before != length => Err(Kind::ConflictingContentLength),
        Some(_) | None => Ok(length),
    }
}

#[cfg(test)]
mod tests;
