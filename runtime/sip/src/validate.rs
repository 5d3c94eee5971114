//! What must hold between the parts of a message before anyone acts on it.

use std::fmt;

use crate::grammar::CommaSplit;
use crate::header::{Contact, HeaderError, HeaderName, NameAddr, Via};
use crate::message::Message;
use crate::method::Method;
use crate::parse_error::Answer;
use crate::uri::{Scheme, Uri};

/// Why a message that parses is not processed (RFC 3261 8.2, 16.3; RFC 4475).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status code for a request.
    pub code: u16,
    /// The reason phrase for a request; says what is wrong.
    pub reason: &'static str,
    /// The header field at fault, if it is one.
    pub header: Option<HeaderName<'static>>,
    /// What was wrong with its value.
    pub error: Option<HeaderError>,
    answer: Answer,
}

impl Refusal {
    /// What to tell the sender: responses and ACK are dropped.
    pub fn answer(&self) -> Answer {
        self.answer
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.reason)?;
        match (self.header, self.error) {
            (Some(name), Some(error)) => write!(f, " ({name}: {error})"),
            (Some(name), None) => write!(f, " ({name})"),
            (None, _) => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

/// The header fields that must be there once (RFC 3261 8.1.1). Max-Forwards may be
/// missing: RFC 2543 peers send none.
const SINGLE: [HeaderName<'static>; 5] = [
    HeaderName::From,
    HeaderName::To,
    HeaderName::CallId,
    HeaderName::CSeq,
    HeaderName::MaxForwards,
];

/// Checks what a received message needs to be processed: version, Request-URI, mandatory
/// header fields, repeated ones, CSeq against method, number ranges, and the form of every
/// address, Via and Route. Not checked: whether we can serve it (scheme, Require,
/// Max-Forwards 0, ...) and what only the end points read (Date, bodies).
///
/// # Errors
/// The first fault found.
pub fn validate(message: &Message) -> Result<(), Refusal> {
    check(message).map_err(|fault| fault.refusal(message))
}

/// A refusal that does not know yet whether it can be answered.
struct Fault {
    code: u16,
    reason: &'static str,
    header: Option<HeaderName<'static>>,
    error: Option<HeaderError>,
}

impl Fault {
    fn start_line(code: u16, reason: &'static str) -> Self {
        Self {
            code,
            reason,
            header: None,
            error: None,
        }
    }

    fn header(name: HeaderName<'static>, reason: &'static str) -> Self {
        Self {
            code: 400,
            reason,
            header: Some(name),
            error: None,
        }
    }

    fn value(name: HeaderName<'static>, reason: &'static str, error: HeaderError) -> Self {
        Self {
            code: 400,
            reason,
            header: Some(name),
            error: Some(error),
        }
    }

    fn refusal(self, message: &Message) -> Refusal {
        let Self {
            code,
            reason,
            header,
            error,
        } = self;
        let is_answered = message.is_request() && message.method() != Method::Ack;
        let answer = if is_answered {
            Answer::Reply { code, reason }
        } else {
            Answer::Drop
        };
        Refusal {
            code,
            reason,
            header,
            error,
            answer,
        }
    }
}

fn check(message: &Message) -> Result<(), Fault> {
    if !message.version().eq_ignore_ascii_case("SIP/2.0") {
        return Err(Fault::start_line(505, "Version Not Supported"));
    }
    check_counts(message)?;
    check_vias(message)?;
    if let Some(uri) = message.request_uri() {
        check_request_uri(uri)?;
    }
    check_cseq(message)?;
    check_addresses(message)?;
    check_numbers(message)
}

fn check_request_uri(uri: &str) -> Result<(), Fault> {
    let uri = Uri::parse(uri.as_bytes()).map_err(|_| Fault::start_line(400, "Bad Request-URI"))?;
    match uri.scheme() {
        // RFC 3261 19.1.1: headers are not allowed in the Request-URI.
        Scheme::Sip | Scheme::Sips if uri.headers().is_some() => {
            Err(Fault::start_line(400, "Headers In Request-URI"))
        }
        Scheme::Sip | Scheme::Sips | Scheme::Tel | Scheme::Other(_) => Ok(()),
    }
}

fn check_counts(message: &Message) -> Result<(), Fault> {
    let mut counts = [0_usize; SINGLE.len()];
    for field in &message.state().fields {
        for (name, count) in SINGLE.iter().zip(&mut counts) {
            *count += usize::from(name.tag() == field.tag);
        }
    }
    for (name, count) in SINGLE.into_iter().zip(counts) {
        match (count, name) {
            (1, _) | (0, HeaderName::MaxForwards) => {}
            (0, _) => return Err(Fault::header(name, missing(name))),
            _ => return Err(Fault::header(name, repeated(name))),
        }
    }
    if message.call_id().is_none() {
        return Err(Fault::header(HeaderName::CallId, "Bad Call-ID"));
    }
    Ok(())
}

fn missing(name: HeaderName<'_>) -> &'static str {
    match name {
        HeaderName::From => "From Missing",
        HeaderName::To => "To Missing",
        HeaderName::CallId => "Call-ID Missing",
        HeaderName::CSeq => "CSeq Missing",
        _ => "Header Field Missing",
    }
}

fn repeated(name: HeaderName<'_>) -> &'static str {
    match name {
        HeaderName::From => "From Repeated",
        HeaderName::To => "To Repeated",
        HeaderName::CallId => "Call-ID Repeated",
        HeaderName::CSeq => "CSeq Repeated",
        HeaderName::MaxForwards => "Max-Forwards Repeated",
        _ => "Header Field Repeated",
    }
}

fn check_vias(message: &Message) -> Result<(), Fault> {
    const NAME: HeaderName<'static> = HeaderName::Via;
    let bad = |error| Fault::value(NAME, "Bad Via", error);
    let (mut count, mut top) = (0, None);
    for item in message.headers(NAME).flat_map(CommaSplit::new) {
        let via = Via::parse(item).map_err(bad)?;
        count += 1;
        top.get_or_insert(via);
    }
    let top = top.ok_or(Fault::header(NAME, "Via Missing"))?;
    if count > message.state().limits.vias_max {
        return Err(Fault {
            code: 483,
            ..Fault::header(NAME, "Too Many Hops")
        });
    }
    // The cookie alone promises uniqueness and has none (RFC 4475 3.2.1).
    match top.branch() {
        Some(branch) if branch.eq_ignore_ascii_case("z9hG4bK") => {
            Err(Fault::header(NAME, "Bad Branch"))
        }
        Some(_) | None => Ok(()),
    }
}

fn check_cseq(message: &Message) -> Result<(), Fault> {
    let cseq = message
        .cseq()
        .map_err(|error| Fault::value(HeaderName::CSeq, "Bad CSeq", error))?;
    if message.is_request() && cseq.method != message.method() {
        return Err(Fault::header(HeaderName::CSeq, "CSeq Method Differs"));
    }
    Ok(())
}

fn check_addresses(message: &Message) -> Result<(), Fault> {
    message
        .from()
        .map_err(|error| Fault::value(HeaderName::From, "Bad From", error))?;
    message
        .to()
        .map_err(|error| Fault::value(HeaderName::To, "Bad To", error))?;
    for field in message.headers(HeaderName::Contact) {
        let bad = |error| Fault::value(HeaderName::Contact, "Bad Contact", error);
        check_list(field, check_contact).map_err(bad)?;
    }
    for field in message.headers(HeaderName::Route) {
        let bad = |error| Fault::value(HeaderName::Route, "Bad Route", error);
        check_list(field, |item| NameAddr::parse(item).map(drop)).map_err(bad)?;
    }
    Ok(())
}

fn check_contact(item: &[u8]) -> Result<(), HeaderError> {
    match Contact::parse(item)?.expires() {
        // Malformed counts as an hour, too large is refused (RFC 4475 3.1.2.4).
        Ok(_) | Err(HeaderError::BadNumber) => Ok(()),
        Err(error) => Err(error),
    }
}

/// An empty field is no value at all; an empty item between commas is a fault.
fn check_list(
    field: &[u8],
    check: impl FnMut(&[u8]) -> Result<(), HeaderError>,
) -> Result<(), HeaderError> {
    if field.is_empty() {
        Ok(())
    } else {
        CommaSplit::new(field).try_for_each(check)
    }
}

fn check_numbers(message: &Message) -> Result<(), Fault> {
    message
        .max_forwards()
        .map_err(|error| Fault::value(HeaderName::MaxForwards, "Bad Max-Forwards", error))?;
    match message.expires() {
        Ok(_) | Err(HeaderError::BadNumber) => Ok(()),
        Err(error) => Err(Fault::value(HeaderName::Expires, "Bad Expires", error)),
    }
}

#[cfg(test)]
mod tests;
