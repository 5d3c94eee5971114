//! What must hold between the parts of a message before anyone acts on it.

use std::fmt;

use crate::grammar::CommaSplit;
use crate::header::{HeaderError, HeaderName, Via};
use crate::message::Message;
use crate::method::Method;
use crate::parse_error::ParseErrorResponse;
use crate::uri::{Scheme, Uri};

/// Why a message that parses is not processed (RFC 3261 8.2, 16.3; RFC 4475).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidMessage {
    /// The status code for a request.
    pub code: u16,
    /// The reason phrase for a request; says what is wrong.
    pub reason: &'static str,
    /// The header field at fault, if it is one.
    pub header: Option<HeaderName<'static>>,
    /// What was wrong with its value.
    pub error: Option<HeaderError>,
    answer: ParseErrorResponse,
}

impl InvalidMessage {
    /// What to tell the sender: responses and ACK are dropped.
    pub fn answer(&self) -> ParseErrorResponse {
        self.answer
    }
}

impl fmt::Display for InvalidMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.reason)?;
        match (self.header, self.error) {
            (Some(name), Some(error)) => write!(f, " ({name}: {error})"),
            (Some(name), None) => write!(f, " ({name})"),
            (None, _) => Ok(()),
        }
    }
}

impl std::error::Error for InvalidMessage {}

/// The header fields that must be there once (RFC 3261 8.1.1). Max-Forwards may be
/// missing: RFC 2543 peers send none. In a response it means nothing.
const SINGLE: [HeaderName<'static>; 5] = [
    HeaderName::From,
    HeaderName::To,
    HeaderName::CallId,
    HeaderName::CSeq,
    HeaderName::MaxForwards,
];

/// Checks what a proxy reads of a received message: version, Request-URI, the topmost Via,
/// CSeq against method, which header fields there must be once, and in a request From, To,
/// Max-Forwards and the topmost Route as well. All else is left alone, well-formed or not
/// (RFC 3261 16.3 step 1): Contact and Expires are a registrar's to check, lower Vias and
/// Routes other hops'. Nor is it checked whether we can serve it (scheme, Require,
/// Max-Forwards 0, ...).
///
/// # Errors
/// The first fault found.
pub fn validate(message: &Message) -> Result<(), InvalidMessage> {
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

    fn refusal(self, message: &Message) -> InvalidMessage {
        let Self {
            code,
            reason,
            header,
            error,
        } = self;
        let is_answered = message.is_request() && message.method() != Method::Ack;
        let answer = if is_answered {
            ParseErrorResponse::Reply { code, reason }
        } else {
            ParseErrorResponse::Drop
        };
        InvalidMessage {
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
    if message.is_request() {
        check_parties(message)?;
        check_top_route(message)?;
        check_max_forwards(message)?;
    }
    Ok(())
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
            (_, HeaderName::MaxForwards) if !message.is_request() => {}
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
    let mut vias = message.headers(NAME).flat_map(CommaSplit::new);
    let top = vias.next().ok_or(Fault::header(NAME, "Via Missing"))?;
    let top = Via::parse(top).map_err(|error| Fault::value(NAME, "Bad Via", error))?;
    // Those below are only counted.
    if vias.count() >= message.state().limits.vias_max {
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

fn check_parties(message: &Message) -> Result<(), Fault> {
    message
        .from()
        .map_err(|error| Fault::value(HeaderName::From, "Bad From", error))?;
    message
        .to()
        .map_err(|error| Fault::value(HeaderName::To, "Bad To", error))?;
    Ok(())
}

/// The one that says whether the request is for us.
fn check_top_route(message: &Message) -> Result<(), Fault> {
    let top = message.routes().next().transpose();
    top.map(drop)
        .map_err(|error| Fault::value(HeaderName::Route, "Bad Route", error))
}

fn check_max_forwards(message: &Message) -> Result<(), Fault> {
    let hops = message.max_forwards();
    hops.map(drop)
        .map_err(|error| Fault::value(HeaderName::MaxForwards, "Bad Max-Forwards", error))
}

#[cfg(test)]
mod tests;
