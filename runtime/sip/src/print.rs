//! Message to bytes.

use bytes::Bytes;

use crate::message::{Field, Message, StartLine, State};
use crate::span::{Source, Span};

impl Message {
    /// The message as it goes onto the wire. What was not edited is byte for byte what
    /// came; only a line that ended in LF alone ends in CRLF. Without edits nothing is
    /// copied.
    pub fn print(&self) -> Bytes {
        let state = self.state();
        if let (false, false, Some(span)) = (state.is_edited, state.has_bare_lf, self.wire_span()) {
            return state.wire.slice(span.start()..span.end());
        }
        let mut out = Vec::with_capacity(state.printed_len());
        self.print_into(&mut out);
        out.into()
    }

    /// How many bytes [`print`](Self::print) returns.
    pub fn printed_len(&self) -> usize {
        let state = self.state();
        if state.has_bare_lf {
            self.print().len()
        } else {
            state.printed_len()
        }
    }

    /// Appends what [`print`](Self::print) returns.
    pub fn print_into(&self, out: &mut Vec<u8>) {
        let state = self.state();
        if state.has_bare_lf {
            let mut head = Vec::with_capacity(state.printed_len());
            print_head(state, &mut head);
            repair_line_ends(&head, out);
        } else {
            print_head(state, out);
        }
        out.extend_from_slice(state.body());
    }

    /// From the start line to the last byte of a body that was received.
    fn wire_span(&self) -> Option<Span> {
        let state = self.state();
        match &state.body {
            crate::message::Body::Wire(body) if body.end() <= state.wire.len() => {
                Some(Span::new(state.start_line.start(), body.end()))
            }
            crate::message::Body::Wire(_) | crate::message::Body::New(_) => None,
        }
    }
}

fn print_head(state: &State, out: &mut Vec<u8>) {
    match state.start {
        StartLine::Request {
            method,
            uri,
            uri_source: Source::Overlay,
            version,
        } => {
            out.extend_from_slice(method.of(&state.wire));
            out.push(b' ');
            out.extend_from_slice(uri.of(&state.overlay));
            out.push(b' ');
            out.extend_from_slice(version.of(&state.wire));
            out.extend_from_slice(b"\r\n");
        }
        StartLine::Request {
            uri_source: Source::Wire,
            ..
        }
        | StartLine::Status { .. } => {
            out.extend_from_slice(state.start_line.of(&state.wire));
        }
    }
    // Fields that follow each other in their buffer are copied in one piece.
    let mut run: Option<Field> = None;
    for field in &state.fields {
        match &mut run {
            Some(run) if run.source == field.source && run.line.end() == field.line.start() => {
                run.line = Span::new(run.line.start(), field.line.end());
            }
            Some(done) => {
                out.extend_from_slice(state.line_of(done));
                run = Some(*field);
            }
            None => run = Some(*field),
        }
    }
    if let Some(last) = &run {
        out.extend_from_slice(state.line_of(last));
    }
    out.extend_from_slice(b"\r\n");
}

/// Copies, with CR before every LF.
fn repair_line_ends(head: &[u8], out: &mut Vec<u8>) {
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(content) => {
                out.extend_from_slice(content.strip_suffix(b"\r").unwrap_or(content));
                out.extend_from_slice(b"\r\n");
            }
            None => out.extend_from_slice(line),
        }
    }
}
