//! What is added to the answer that a verdict gives:
//! `Verdict::reject(503, "Busy").with("Retry-After", "30")`.
//!
//! Whether it is added is not worth a handler's failure, since a run that fails may let the request
//! through: the server says in the log what it refused. Who wants to know why has
//! [`bindings`](crate::bindings)`::evroute::textops::reply`.

use crate::bindings::evroute::textops::reply;

/// Adds a header field. False when the server refuses it; the answer is given without it.
#[inline]
pub fn append(name: &str, value: impl AsRef<[u8]>) -> bool {
    reply::append_header(name, value.as_ref()).is_ok()
}

/// Gives the answer a body. False when the server refuses it; the answer is given without it.
#[inline]
pub fn set_body(content_type: &str, body: impl AsRef<[u8]>) -> bool {
    reply::set_body(content_type, body.as_ref()).is_ok()
}
