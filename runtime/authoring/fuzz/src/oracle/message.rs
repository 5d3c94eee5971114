//! Whether the message that a handler leaves is what a reader reads.

use bytes::Bytes;
use evroute_event::Outcome;
use evroute_sip::{Framing, Message};

use super::{Judged, Oracle};
use crate::executor::Execution;
use crate::heard::is_edit;

pub(super) fn judge(execution: &Execution) -> Option<Judged> {
    let run = &execution.run.run;
    let is_edited = execution
        .calls
        .iter()
        .any(|call| is_edit(call.function.name));
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
