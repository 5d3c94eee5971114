//! All texts of a recording beside its messages.

use crate::Recording;
use crate::recorded_value::{Kind, RecordedValue};

impl Recording {
    /// Hands each text and each list of bytes that the run moved to `change`: of its calls, of its
    /// verdict and of what was added to that answer, of how it ended. Messages and what stands
    /// around the run are left alone.
    ///
    /// A text that is no longer UTF-8 is made so.
    pub fn change_texts(&mut self, mut change: impl FnMut(&mut Vec<u8>)) {
        for call in &mut self.calls {
            let values = call.arguments.iter_mut().chain(&mut call.answer);
            for value in values {
                value.change_texts(&mut change);
            }
            if let Some(ended) = &mut call.ended {
                change_text(ended, &mut change);
            }
        }
        if let Some(end) = &mut self.end {
            change_text(&mut end.outcome, &mut change);
            let texts = end.verdict.iter_mut().chain(&mut end.next_hop);
            for text in texts {
                change_text(text, &mut change);
            }
            if let Some(reply) = &mut end.reply {
                change(reply);
            }
        }
    }
}

fn change_text(text: &mut String, change: &mut impl FnMut(&mut Vec<u8>)) {
    let mut bytes = std::mem::take(text).into_bytes();
    change(&mut bytes);
    *text = String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
}

impl RecordedValue {
    fn change_texts(&mut self, change: &mut impl FnMut(&mut Vec<u8>)) {
        let Some(kind) = &mut self.kind else { return };
        match kind {
            Kind::Text(text) => change_text(text, change),
            Kind::Bytes(bytes) => change(bytes),
            Kind::List(of) | Kind::Tuple(of) => {
                for value in &mut of.values {
                    value.change_texts(change);
                }
            }
            Kind::Record(of) => {
                for value in of
                    .fields
                    .iter_mut()
                    .filter_map(|field| field.value.as_mut())
                {
                    value.change_texts(change);
                }
            }
            Kind::Case(of) => {
                if let Some(value) = &mut of.value {
                    value.change_texts(change);
                }
            }
            Kind::Option(of) => {
                if let Some(value) = &mut of.value {
                    value.change_texts(change);
                }
            }
            Kind::Ok(value) | Kind::Err(value) => value.change_texts(change),
            Kind::Bool(_)
            | Kind::Unsigned(_)
            | Kind::Signed(_)
            | Kind::Real(_)
            | Kind::Handle(_) => {}
        }
    }
}
