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
            .map(|field| (field.name_raw.to_owned(), field.value.to_vec()))
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
