//! Header fields as text. The message's own functions have them as octets, since nobody promises
//! that they are UTF-8; what is not becomes U+FFFD here.

use alloc::string::String;
use alloc::vec::Vec;

use crate::bindings::evroute::sip::types::Message;
use crate::bindings::evroute::textops::headers;
use crate::error::{Context, Result};

/// The first field of this name.
#[must_use]
pub fn get(message: &Message, name: &str) -> Option<String> {
    message.header(name).map(text)
}

/// All fields of this name in order, at most `limit` of them.
#[must_use]
pub fn all(message: &Message, name: &str, limit: u32) -> Vec<String> {
    message.headers(name, limit).into_iter().map(text).collect()
}

/// All fields of the event's message in order, names and values. Each is asked of the server when it
/// is its turn.
pub fn fields() -> impl Iterator<Item = (String, String)> {
    (0..).map_while(|place| Some((headers::name(place)?, text(headers::value(place)?))))
}

/// Removes the fields of the event's message whose name is like this, `X-*`, and says how many there
/// were. Those of the server stay.
///
/// # Errors
/// It is no pattern, or this event is past such edits.
pub fn remove_matching(pattern: &str) -> Result<u32> {
    headers::remove_matching(pattern).context(pattern)
}

fn text(octets: Vec<u8>) -> String {
    String::from_utf8(octets)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
