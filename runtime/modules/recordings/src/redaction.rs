//! What is not written as it was.

use std::collections::BTreeSet;

use bytes::Bytes;
use evroute_http::HttpRequest;
use evroute_recording::Recording;
use evroute_sip::{Framing, HeaderName, Message};
use memchr::memmem;
use ring::hmac;

/// What is shorter is not looked for outside of its header field: it would be found by chance.
const TEXT_BYTES_MIN: usize = 6;
/// How many texts are looked for in one recording.
const TEXTS_MAX: usize = 256;

/// Why a recording is not written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum NotRedacted {
    /// The system gave no random numbers for a key.
    #[error("there is no key")]
    NoKey,
    /// A message cannot be read again, so nobody knows what in it is to be replaced.
    #[error("its message cannot be read again")]
    Unreadable,
}

/// Replaces values by letters: as many as there were bytes, made from the value and a key that
/// only this process has. Equal values stay equal, so what is compared within the recordings of
/// one life of the tenant still is, and nothing moves. White space stays where it is.
pub(crate) struct Redaction {
    key: Option<hmac::Key>,
    names: Vec<String>,
    bodies: bool,
}

impl Redaction {
    pub(crate) const fn new(key: Option<hmac::Key>, names: Vec<String>, bodies: bool) -> Self {
        Self { key, names, bodies }
    }

    /// Replaces in the messages of a recording, and wherever what was replaced there came up in
    /// the run, or what would be of the request of HTTP that it is about.
    ///
    /// # Errors
    /// Nothing of the recording is to be written then.
    pub(crate) fn apply(
        &self,
        recording: &mut Recording,
        http: Option<&HttpRequest>,
    ) -> Result<(), NotRedacted> {
        let key = self.key.as_ref().ok_or(NotRedacted::NoKey)?;
        let mut texts = BTreeSet::new();
        if let Some(request) = http {
            self.note_http(request, &mut texts);
        }
        let given = recording.event.iter_mut().map(|event| &mut event.message);
        let left = recording.end.iter_mut().map(|end| &mut end.message);
        for message in given.chain(left).flatten() {
            *message = self.message(key, std::mem::take(message), &mut texts)?;
        }
        // The longest first: a part of what was replaced is not found any more.
        let mut texts: Vec<_> = texts.into_iter().collect();
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        recording.change_texts(|bytes| {
            for text in &texts {
                replace_all(key, bytes, text);
            }
        });
        Ok(())
    }

    /// A message with its values replaced, which are noted.
    fn message(
        &self,
        key: &hmac::Key,
        printed: Vec<u8>,
        texts: &mut BTreeSet<Vec<u8>>,
    ) -> Result<Vec<u8>, NotRedacted> {
        let wire = Bytes::from(printed);
        let message =
            Message::parse(wire.clone(), Framing::Datagram).map_err(|_| NotRedacted::Unreadable)?;
        let begin = message.raw().as_ptr().addr();
        let mut changed = message.raw().to_vec();
        let mut replace = |value: &[u8]| {
            // A field's value lies within the bytes that were read.
            let at = value.as_ptr().addr().wrapping_sub(begin);
            if let Some(place) = changed.get_mut(at..at + value.len()) {
                place.copy_from_slice(&letters(key, value));
            }
        };
        for field in message.fields() {
            if self.is_redacted(field.name) {
                replace(field.value);
                note(field.value, texts);
            }
        }
        if self.bodies {
            replace(message.body());
            if texts.len() < TEXTS_MAX && message.body().len() >= TEXT_BYTES_MIN {
                texts.insert(message.body().to_vec());
            }
        }
        Ok(changed)
    }

    /// Notes what is to be replaced of a request of HTTP, of which a recording has the answers to
    /// calls only.
    fn note_http(&self, request: &HttpRequest, texts: &mut BTreeSet<Vec<u8>>) {
        let names = self.names.iter().map(String::as_str);
        for name in names.chain(["Cookie"]) {
            for value in request.fields_named(name) {
                note(value, texts);
                // The parts of credentials and cookies that stand without quotation marks.
                for part in value.split(|byte| b" ;=,".contains(byte)) {
                    note(part, texts);
                }
            }
        }
        if self.bodies && request.body.len() >= TEXT_BYTES_MIN && texts.len() < TEXTS_MAX {
            texts.insert(request.body.to_vec());
        }
    }

    fn is_redacted(&self, name: HeaderName<'_>) -> bool {
        self.names
            .iter()
            .any(|wanted| HeaderName::from(wanted) == name)
    }
}

fn replace_all(key: &hmac::Key, bytes: &mut [u8], text: &[u8]) {
    let finder = memmem::Finder::new(text);
    let mut from = 0;
    while let Some(found) = bytes.get(from..).and_then(|rest| finder.find(rest)) {
        let at = from + found;
        from = at + text.len();
        if let Some(place) = bytes.get_mut(at..from) {
            place.copy_from_slice(&letters(key, text));
        }
    }
}

/// The letters for a value.
fn letters(key: &hmac::Key, value: &[u8]) -> Vec<u8> {
    let mut letters = Vec::with_capacity(value.len());
    for number in 0_u64.. {
        if letters.len() >= value.len() {
            break;
        }
        let mut context = hmac::Context::with_key(key);
        context.update(&number.to_be_bytes());
        context.update(value);
        let block = context.sign();
        letters.extend(block.as_ref().iter().map(|byte| b'a' + byte % 26));
    }
    let shown = value.iter().zip(letters);
    let kept = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    shown
        .map(|(byte, letter)| if kept(byte) { *byte } else { letter })
        .collect()
}

/// Notes a value, and what stands in it between quotation marks: the parts of credentials, as a
/// handler may have asked for one of them.
fn note(value: &[u8], texts: &mut BTreeSet<Vec<u8>>) {
    let quoted = value.split(|byte| *byte == b'"').skip(1).step_by(2);
    for text in std::iter::once(value).chain(quoted) {
        if text.len() >= TEXT_BYTES_MIN && texts.len() < TEXTS_MAX {
            texts.insert(text.to_vec());
        }
    }
}
