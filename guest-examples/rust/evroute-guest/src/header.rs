//! Header fields as text. The message's own functions have them as octets, since nobody promises
//! that they are UTF-8; what is not becomes U+FFFD here.

use alloc::string::String;
use alloc::vec::Vec;

use crate::bindings::evroute::sip::types::Message;

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

fn text(octets: Vec<u8>) -> String {
    String::from_utf8(octets)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
