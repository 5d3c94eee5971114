//! Writing edited text beside the received bytes.

use super::EditError;
use crate::header::HeaderTag;
use crate::message::{Field, StartLine, State};
use crate::span::{Source, Span};

/// CR, LF and NUL end a line for someone, or a string for someone else.
pub(crate) fn check_text(text: &[u8]) -> Result<(), EditError> {
    match memchr::memchr3(b'\r', b'\n', 0, text) {
        Some(_) => Err(EditError::ForbiddenByte),
        None => Ok(()),
    }
}

impl State {
    /// Writes `name: parts...` as a new field, not yet in the list. `parts` are trusted:
    /// checked text, or pieces of the message itself (which may hold folds).
    pub(crate) fn write_field(
        &mut self,
        tag: HeaderTag,
        name: &[u8],
        parts: &[&[u8]],
    ) -> Result<Field, EditError> {
        let value_len: usize = parts.iter().map(|part| part.len()).sum();
        let line_len = name.len() + value_len + ": \r\n".len();
        if line_len > self.limits.line_bytes_max {
            return Err(EditError::LineTooLong);
        }
        self.reserve_overlay(line_len)?;
        let overlay = &mut self.overlay;
        let line_start = overlay.len();
        overlay.extend_from_slice(name);
        let name_end = overlay.len();
        overlay.extend_from_slice(b": ");
        let value_start = overlay.len();
        for part in parts {
            overlay.extend_from_slice(part);
        }
        let value_end = overlay.len();
        overlay.extend_from_slice(b"\r\n");
        let written = overlay.get(value_start..value_end).unwrap_or_default();
        let lead = value_len - crate::grammar::trim_start(written).len();
        let trail = value_len - crate::grammar::trim_end(written).len();
        let value_start = (value_start + lead).min(value_end);
        let value_end = (value_end - trail).max(value_start);
        Ok(Field {
            tag,
            source: Source::Overlay,
            name: Span::new(line_start, name_end),
            value: Span::new(value_start, value_end),
            line: Span::new(line_start, overlay.len()),
        })
    }

    /// Writes a new Request-URI.
    pub(crate) fn write_uri(&mut self, text: &str) -> Result<(), EditError> {
        if text.len() > self.limits.line_bytes_max {
            return Err(EditError::LineTooLong);
        }
        self.reserve_overlay(text.len())?;
        let begin = self.overlay.len();
        self.overlay.extend_from_slice(text.as_bytes());
        let end = self.overlay.len();
        match &mut self.start {
            StartLine::Request {
                uri, uri_source, ..
            } => {
                *uri = Span::new(begin, end);
                *uri_source = Source::Overlay;
                Ok(())
            }
            StartLine::Status { .. } => Err(EditError::NotARequest),
        }
    }

    /// Room for `len` more bytes: the message stays within its limit, and so does the
    /// overlay, which forgets what no field uses when it fills up. Text that is about to be
    /// replaced still counts.
    fn reserve_overlay(&mut self, len: usize) -> Result<(), EditError> {
        let max = self.limits.message_bytes_max;
        if self.printed_len() + len > max {
            return Err(EditError::MessageTooLong);
        }
        if self.overlay.len() + len > max {
            self.compact();
        }
        if self.overlay.capacity() == 0 {
            self.overlay.reserve(OVERLAY_FIRST_BYTES.max(len));
        }
        Ok(())
    }
}

/// What the edits of a proxied request take: Via, Record-Route, Max-Forwards, Request-URI.
const OVERLAY_FIRST_BYTES: usize = 512;
