//! What can still be read of a message that is not one.

use bytes::Bytes;

use crate::grammar::{is_lws, trim};
use crate::header::HeaderTag;
use crate::limits::Limits;
use crate::message::Message;
use crate::parse::{Framing, leading_line_ends};

/// The header lines an answer copies (RFC 3261 8.2.6.2), as on the wire, line ending
/// removed. Fields after the fault may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartialMessage {
    /// The first word of the start line.
    pub method: Bytes,
    /// Via lines in order.
    pub vias: Vec<Bytes>,
    /// The From line.
    pub from: Option<Bytes>,
    /// The To line.
    pub to: Option<Bytes>,
    /// The Call-ID line.
    pub call_id: Option<Bytes>,
    /// The CSeq line.
    pub cseq: Option<Bytes>,
}

impl PartialMessage {
    /// Looks through at most [`Limits::message_bytes_max`] bytes. `None` for what starts
    /// like a response or not like SIP at all.
    pub(crate) fn of(wire: &Bytes, limits: &Limits) -> Option<Box<Self>> {
        let end = wire.len().min(limits.message_bytes_max);
        let begin = leading_line_ends(wire).min(end);
        let wire = wire.slice(begin..end);
        let mut lines = Lines::new(&wire);
        let start = lines.next()?;
        if start
            .get(..4)
            .is_some_and(|four| four.eq_ignore_ascii_case(b"SIP/"))
        {
            return None;
        }
        let method_len = start.iter().position(|byte| is_lws(*byte))?;
        let method = start
            .get(..method_len)
            .filter(|method| !method.is_empty())?;
        let mut partial_message = Self {
            method: wire.slice_ref(method),
            ..Self::default()
        };
        for line in lines
            .take(limits.headers_max)
            .take_while(|line| !line.is_empty())
        {
            // A lone CR could end the line for someone else: such a line is not echoed.
            if has_lone_cr(line) || line.len() > limits.line_bytes_max {
                continue;
            }
            partial_message.keep(&wire, line, limits);
        }
        Some(Box::new(partial_message))
    }

    fn keep(&mut self, wire: &Bytes, line: &[u8], limits: &Limits) {
        // What the parser would refuse for a fold before the colon is not echoed.
        let Some((name, _)) = crate::grammar::split_once(line, b':') else {
            return;
        };
        if memchr::memchr(b'\n', name).is_some() {
            return;
        }
        let slot = match HeaderTag::of(trim(name)) {
            HeaderTag::Via => {
                if self.vias.len() < limits.vias_max {
                    self.vias.push(wire.slice_ref(line));
                }
                return;
            }
            HeaderTag::From => &mut self.from,
            HeaderTag::To => &mut self.to,
            HeaderTag::CallId => &mut self.call_id,
            HeaderTag::CSeq => &mut self.cseq,
            _ => return,
        };
        if slot.is_none() {
            *slot = Some(wire.slice_ref(line));
        }
    }

    /// Whether an answer would reach someone who can match it.
    pub(crate) fn is_answerable(&self) -> bool {
        &*self.method != b"ACK"
            && !self.vias.is_empty()
            && self.call_id.is_some()
            && self.cseq.is_some()
    }

    /// A response with the fields that were read.
    pub(crate) fn to_response(&self, code: u16, reason: &str) -> Option<Message> {
        let mut text = format!("SIP/2.0 {code} {reason}\r\n").into_bytes();
        let single = [&self.from, &self.to, &self.call_id, &self.cseq];
        for line in self.vias.iter().chain(single.into_iter().flatten()) {
            text.extend_from_slice(line);
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(b"Content-Length: 0\r\n\r\n");
        Message::parse(text.into(), Framing::Datagram).ok()
    }
}

/// Lines with the lines folded under them, endings removed.
pub(crate) struct Lines<'a> {
    wire: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(wire: &'a [u8]) -> Self {
        Self { wire, at: 0 }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let begin = self.at;
        loop {
            let end = self.at + memchr::memchr(b'\n', self.wire.get(self.at..)?)?;
            self.at = end + 1;
            let is_blank = matches!(self.wire.get(begin..end)?, [] | [b'\r']);
            if is_blank || !matches!(self.wire.get(self.at), Some(b' ' | b'\t')) {
                let line = self.wire.get(begin..end)?;
                return Some(line.strip_suffix(b"\r").unwrap_or(line));
            }
        }
    }
}

fn has_lone_cr(line: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', line).any(|at| line.get(at + 1) != Some(&b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_error::ParseErrorResponse;

    fn answer_to(text: &str) -> Option<String> {
        let error = Message::parse(Bytes::from(text.to_owned()), Framing::Datagram).unwrap_err();
        let response = error.to_response();
        assert_eq!(
            response.is_none(),
            error.answer() == ParseErrorResponse::Drop
        );
        response.map(|response| String::from_utf8(response.print().to_vec()).unwrap())
    }

    const FIELDS: &str = "v: SIP/2.0/UDP h\r\nFrom: <sip:a@b>\r\n ;tag=1\r\nCall-ID: c\r\nno colon\r\nCSeq: 1 X\r\n\r\n";

    #[test]
    fn a_broken_request_is_answered_with_the_fields_that_were_read() {
        let answer = answer_to(&format!("X sip:a@b SIP/2.0\r\n{FIELDS}")).unwrap();
        assert_eq!(
            answer,
            "SIP/2.0 400 Header Line Without Colon\r\nv: SIP/2.0/UDP h\r\nFrom: <sip:a@b>\r\n ;tag=1\r\n\
             Call-ID: c\r\nCSeq: 1 X\r\nContent-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn responses_acks_and_noise_are_dropped() {
        assert_eq!(answer_to(&format!("SIP/2.0 200 OK\r\n{FIELDS}")), None);
        assert_eq!(answer_to(&format!("ACK sip:a@b SIP/2.0\r\n{FIELDS}")), None);
        assert_eq!(answer_to("\r\n\r\n"), None);
        assert_eq!(answer_to("\x16\x03\x01\n\n"), None);
        assert_eq!(
            answer_to("X sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nbroken\r\n\r\n"),
            None
        );
    }

    #[test]
    fn lines_that_others_may_read_differently_are_not_echoed() {
        let text = format!("X sip:a@b SIP/2.0\r\nTo: <sip:x>\rVia: evil\r\n{FIELDS}");
        assert!(!answer_to(&text).unwrap().contains("evil"));
        let text = format!("X sip:a@b SIP/2.0\r\nTo\r\n : <sip:evil>\r\n{FIELDS}");
        assert!(!answer_to(&text).unwrap().contains("evil"));
    }
}
