//! The only `use rsip`: conversions for callers who hold its types, and the second opinion
//! of the differential test. Nothing received from the network passes through here.
//!
//! rsip 0.4 cannot hold every SIP message. What it would lose or change is refused:
//! IPv6, users it misreads (those with a dot), schemes other than `sip` and `sips`, URI
//! headers, unknown methods, values that are not UTF-8. Two things it does lose: the
//! spelling of header names, and the reason phrase of a status code it knows.

use rsip::headers::header::Tokenizer;
use rsip::{Header, Headers};

use crate::edit::{EditError, check_text};
use crate::grammar::unfold;
use crate::header::HeaderName;
use crate::message::Message;
use crate::method::Method;
use crate::parse::Framing;
use crate::parse_error::ParseErrorKind;
use crate::request::RequestBuilder;
use crate::status::reason_phrase;
use crate::uri::{Scheme, Uri};

/// What cannot be converted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RsipError {
    /// rsip has a closed list of methods.
    #[error("rsip has no method {0}")]
    Method(String),
    /// rsip cannot hold the URI, or would read it differently.
    #[error("rsip cannot hold the URI {0}")]
    Uri(String),
    /// rsip cannot hold the version.
    #[error("rsip cannot hold the version {0}")]
    Version(String),
    /// The value of this header field is not UTF-8, or rsip refuses it.
    #[error("rsip cannot hold the header field {0}")]
    Header(String),
    /// The rsip value is no valid part of a message.
    #[error("not a valid part of a message: {0}")]
    Edit(#[from] EditError),
    /// The rsip message is not a message of ours.
    #[error("not a message: {0}")]
    Parse(ParseErrorKind),
}

impl From<rsip::Method> for Method<'static> {
    fn from(method: rsip::Method) -> Self {
        match method {
            rsip::Method::Ack => Method::Ack,
            rsip::Method::Bye => Method::Bye,
            rsip::Method::Cancel => Method::Cancel,
            rsip::Method::Info => Method::Info,
            rsip::Method::Invite => Method::Invite,
            rsip::Method::Message => Method::Message,
            rsip::Method::Notify => Method::Notify,
            rsip::Method::Options => Method::Options,
            rsip::Method::PRack => Method::Prack,
            rsip::Method::Publish => Method::Publish,
            rsip::Method::Refer => Method::Refer,
            rsip::Method::Register => Method::Register,
            rsip::Method::Subscribe => Method::Subscribe,
            rsip::Method::Update => Method::Update,
        }
    }
}

impl TryFrom<Method<'_>> for rsip::Method {
    type Error = RsipError;

    fn try_from(method: Method<'_>) -> Result<Self, RsipError> {
        Ok(match method {
            Method::Ack => rsip::Method::Ack,
            Method::Bye => rsip::Method::Bye,
            Method::Cancel => rsip::Method::Cancel,
            Method::Info => rsip::Method::Info,
            Method::Invite => rsip::Method::Invite,
            Method::Message => rsip::Method::Message,
            Method::Notify => rsip::Method::Notify,
            Method::Options => rsip::Method::Options,
            Method::Prack => rsip::Method::PRack,
            Method::Publish => rsip::Method::Publish,
            Method::Refer => rsip::Method::Refer,
            Method::Register => rsip::Method::Register,
            Method::Subscribe => rsip::Method::Subscribe,
            Method::Update => rsip::Method::Update,
            Method::Other(name) => return Err(RsipError::Method(name.to_owned())),
        })
    }
}

impl TryFrom<Uri<'_>> for rsip::Uri {
    type Error = RsipError;

    /// Converts, and compares what rsip has read with what we have.
    fn try_from(uri: Uri<'_>) -> Result<Self, RsipError> {
        let refused = || RsipError::Uri(uri.as_str().to_owned());
        let is_bracketed = uri.host().starts_with('[');
        let is_sip = matches!(uri.scheme(), Scheme::Sip | Scheme::Sips);
        if !is_sip || is_bracketed || uri.headers().is_some() {
            return Err(refused());
        }
        let read = rsip::Uri::try_from(uri.as_str()).map_err(|_| refused())?;
        let is_same = read.user() == uri.user()
            && read.host().to_string().eq_ignore_ascii_case(uri.host())
            && read.port().map(|port| *port.value()) == uri.port()
            && read.params.len() == uri.params().iter().count()
            && read.to_string().eq_ignore_ascii_case(uri.as_str());
        if is_same { Ok(read) } else { Err(refused()) }
    }
}

impl TryFrom<&Message> for rsip::SipMessage {
    type Error = RsipError;

    /// List headers are split: rsip reads only the first Via of a field.
    fn try_from(message: &Message) -> Result<Self, RsipError> {
        if !message.version().eq_ignore_ascii_case("SIP/2.0") {
            return Err(RsipError::Version(message.version().to_owned()));
        }
        let headers = headers_of(message)?;
        let (version, body) = (rsip::Version::V2, message.body().to_vec());
        match (message.request_uri(), message.status()) {
            (Some(uri), _) => {
                let parsed =
                    Uri::parse(uri.as_bytes()).map_err(|_| RsipError::Uri(uri.to_owned()))?;
                let (method, uri) = (message.method().try_into()?, parsed.try_into()?);
                Ok(rsip::Request {
                    method,
                    uri,
                    version,
                    headers,
                    body,
                }
                .into())
            }
            (None, status) => {
                let status_code = rsip::StatusCode::from(status.unwrap_or_default());
                Ok(rsip::Response {
                    status_code,
                    version,
                    headers,
                    body,
                }
                .into())
            }
        }
    }
}

fn headers_of(message: &Message) -> Result<Headers, RsipError> {
    let mut headers = Headers::default();
    for field in message.fields() {
        let refused = || RsipError::Header(field.name_raw.to_owned());
        let mut push = |value: &[u8]| -> Result<(), RsipError> {
            let value = unfold(value);
            let token = Tokenizer::from((field.name.as_str().as_bytes(), &*value));
            let header: Result<Header, rsip::Error> = token.try_into();
            headers.push(header.map_err(|_| refused())?);
            Ok(())
        };
        match field.name {
            HeaderName::Via | HeaderName::Route | HeaderName::RecordRoute | HeaderName::Contact => {
                crate::grammar::CommaSplit::new(field.value).try_for_each(push)?;
            }
            _ => push(field.value)?,
        }
    }
    Ok(headers)
}

impl TryFrom<&rsip::SipMessage> for Message {
    type Error = RsipError;

    /// Written by us, never by rsip's own printer, which destroys bodies that are not text.
    fn try_from(message: &rsip::SipMessage) -> Result<Self, RsipError> {
        let (line, headers, body) = match message {
            rsip::SipMessage::Request(request) => {
                let line = format!("{} {} SIP/2.0", request.method, request.uri);
                (line, &request.headers, &request.body)
            }
            rsip::SipMessage::Response(response) => {
                let code = response.status_code.code();
                let reason = match &response.status_code {
                    rsip::StatusCode::Other(_, reason) => reason.as_str(),
                    _ => reason_phrase(code),
                };
                (
                    format!("SIP/2.0 {code} {reason}"),
                    &response.headers,
                    &response.body,
                )
            }
        };
        check_text(line.as_bytes())?;
        let wire = format!("{line}\r\n\r\n").into();
        let mut message = Message::parse(wire, Framing::Datagram)
            .map_err(|error| RsipError::Parse(error.kind))?;
        for (name, value) in headers.iter().filter_map(split_header) {
            if HeaderName::from(name.as_str()) != HeaderName::ContentLength {
                message.append_header(&name, value)?;
            }
        }
        if body.is_empty() {
            message.ensure_content_length()?;
        } else {
            message.set_body(None, body.clone().into())?;
        }
        Ok(message)
    }
}

/// rsip has no accessor for a header's name; its text has.
fn split_header(header: &Header) -> Option<(String, String)> {
    let text = header.to_string();
    let (name, value) = text.split_once(':')?;
    Some((name.to_owned(), value.trim_start_matches(' ').to_owned()))
}

impl RequestBuilder {
    /// Takes over header fields. From, To, Call-ID, CSeq and Max-Forwards replace what
    /// the builder has; Content-Length is computed; the rest is added in order.
    ///
    /// # Errors
    /// [`RsipError::Header`] for a CSeq or Max-Forwards that is not a number. All other
    /// values are checked by [`build`](RequestBuilder::build).
    pub fn rsip_headers(mut self, headers: &Headers) -> Result<Self, RsipError> {
        for (name, value) in headers.iter().filter_map(split_header) {
            let number = |text: Option<&str>| {
                text.and_then(|text| text.parse().ok())
                    .ok_or(RsipError::Header(name.clone()))
            };
            self = match HeaderName::from(name.as_str()) {
                HeaderName::From => self.from(&value),
                HeaderName::To => self.to(&value),
                HeaderName::CallId => self.call_id(&value),
                HeaderName::CSeq => self.cseq(number(value.split_whitespace().next())?),
                HeaderName::MaxForwards => self.max_forwards(number(Some(value.trim()))?),
                HeaderName::ContentLength => self,
                _ => self.header(&name, &value),
            };
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
