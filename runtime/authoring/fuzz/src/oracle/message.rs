//! Whether the message that a handler leaves is what a reader reads.

use bytes::Bytes;
use evroute_event::Outcome;
use evroute_sip::{Framing, Message};

use super::{Judged, Oracle};
use crate::executor::Execution;
use crate::heard::is_edit;

pub(super) fn judge(execution: &Execution) -> Option<Judged> {
    of_message(execution).or_else(|| of_reply(execution))
}

/// What is added to an answer, read again.
fn of_reply(execution: &Execution) -> Option<Judged> {
    let run = &execution.run.run;
    let subject = run.payload.subject();
    let parts = subject.reply.as_ref().filter(|parts| parts.bytes() > 0)?;
    let wrong = |what: &str| Some(Judged::new(Oracle::Message, "answer", what));
    // A response is read as it would be by whoever gets it.
    let mut wire = b"SIP/2.0 500 \r\n".to_vec();
    wire.extend(parts.print());
    if parts.body.is_none() {
        wire.extend(b"\r\n");
    }
    let Ok(read) = Message::parse(Bytes::from(wire), Framing::Datagram) else {
        return wrong("what it adds to the answer makes that no message");
    };
    let added = parts.headers.iter();
    let mut added: Vec<_> = added
        .map(|(name, value)| (name.as_str(), value.trim_ascii()))
        .collect();
    if let Some((content_type, _)) = &parts.body {
        added.push(("Content-Type", content_type.as_bytes().trim_ascii()));
    }
    let fields = read.fields().map(|field| (field.name_raw, field.value));
    if !fields.eq(added) {
        return wrong("the header fields of the answer, read again, are others");
    }
    let body = parts
        .body
        .as_ref()
        .map_or(&[][..], |(_, body)| body.as_slice());
    if read.body() != body {
        return wrong("the body of the answer, read again, is another one");
    }
    None
}

fn of_message(execution: &Execution) -> Option<Judged> {
    let run = &execution.run.run;
    let is_edited = execution.calls.iter().any(|call| is_edit(call.function));
    if run.outcome != Outcome::Returned || !is_edited {
        return None;
    }
    let model = run.payload.subject().message.as_ref()?;
    let printed = Bytes::from(model.print().to_vec());
    let wrong = |what: String| Some(Judged::new(Oracle::Message, "message", what));
    let read = match Message::parse(printed, Framing::Datagram) {
        Ok(read) => read,
        Err(why) => return wrong(format!("what it leaves is no message: {why}")),
    };
    let fields = |message: &Message| -> Vec<(String, Vec<u8>)> {
        let fields = message.fields();
        fields
            .map(|field| (field.name_raw.to_owned(), unfolded(field.value)))
            .collect()
    };
    if fields(&read) != fields(model) {
        return wrong("its header fields, read again, are others".to_owned());
    }
    if read.body() != model.body() {
        return wrong("its body, read again, is another one".to_owned());
    }
    if read.request_uri() != model.request_uri() {
        return wrong("its Request-URI, read again, is another one".to_owned());
    }
    None
}

/// A value without the line ends that it may be folded by, RFC 3261 section 7.3.1: what is read
/// again may be folded otherwise.
fn unfolded(value: &[u8]) -> Vec<u8> {
    let is_blank = |byte: &u8| b" \t\r\n".contains(byte);
    let words = value.split(is_blank).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(&b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_folded_otherwise_is_the_same() {
        assert_eq!(unfolded(b"a\r\n b"), unfolded(b"a\n\tb "));
        assert_ne!(unfolded(b"ab"), unfolded(b"a b"));
    }
}
