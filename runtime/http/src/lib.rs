//! One request of HTTP/1.0 or 1.1 as it was read, and one answer as it is written (RFC 9110, RFC
//! 9112). No socket, no clock: the transport has those.
//!
//! What could be read in two ways is refused: several lengths, codings of transfer, several hosts.
//! What an answer would be cut in two by is left out of it.

mod answer;
mod date;
mod field;
mod refusal;
mod request;

pub use answer::{AnswerFraming, HttpReply, REASON_BYTES_MAX, clean_reason, usual_reason};
pub use date::http_date;
pub use field::{HttpField, UnfitField, check_field};
pub use refusal::HttpRefusal;
pub use request::{FIELDS_MAX, HttpRequest};
