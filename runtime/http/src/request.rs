//! A request.

use bytes::Bytes;

use crate::{HttpField, HttpRefusal};

/// The most header fields of a request.
pub const FIELDS_MAX: usize = 64;

/// Methods whose requests have a body (RFC 9110 9.3, RFC 5789): without a length nobody knows where
/// it ends.
const WITH_BODY: [&str; 3] = ["POST", "PUT", "PATCH"];

/// A request of HTTP/1.0 or 1.1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpRequest {
    /// The method, case kept.
    pub method: String,
    /// What was asked for, as it was written.
    pub target: String,
    /// False for HTTP/1.0.
    pub is_1_1: bool,
    /// Header fields in their order.
    pub fields: Vec<HttpField>,
    /// The body, once it was read.
    pub body: Bytes,
}

impl HttpRequest {
    /// Reads a head, which is whole: from the first line to the empty one.
    ///
    /// # Errors
    /// What the request is told.
    pub fn parse(head: &[u8]) -> Result<Self, HttpRefusal> {
        let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
        let mut request = httparse::Request::new(&mut fields);
        match request.parse(head) {
            Ok(parsed) if parsed.is_complete() => {}
            Err(httparse::Error::TooManyHeaders) => return Err(HttpRefusal::HEAD_TOO_LARGE),
            Ok(_) | Err(_) => return Err(HttpRefusal::BAD_REQUEST),
        }
        let field = |field: &httparse::Header<'_>| HttpField {
            name: field.name.to_owned(),
            value: Bytes::copy_from_slice(field.value.trim_ascii()),
        };
        let read = Self {
            method: request.method.unwrap_or_default().to_owned(),
            target: request.path.unwrap_or_default().to_owned(),
            is_1_1: request.version == Some(1),
            fields: request.headers.iter().map(field).collect(),
            body: Bytes::new(),
        };
        // RFC 9112 3.2: none is as bad as two.
        let hosts = read.fields_named("Host").count();
        match hosts > 1 || (hosts == 0 && read.is_1_1) {
            true => Err(HttpRefusal::BAD_HOST),
            false => Ok(read),
        }
    }

    /// How long its body is, in bytes (RFC 9112 6.3).
    ///
    /// # Errors
    /// What the request is told: its length is not said, or in more than one way.
    pub fn body_length(&self) -> Result<usize, HttpRefusal> {
        if self.fields_named("Transfer-Encoding").next().is_some() {
            return Err(HttpRefusal::NOT_IMPLEMENTED);
        }
        let mut lengths = self.fields_named("Content-Length");
        let Some(length) = lengths.next() else {
            return match WITH_BODY.contains(&&*self.method) {
                true => Err(HttpRefusal::LENGTH_REQUIRED),
                false => Ok(0),
            };
        };
        let digits = std::str::from_utf8(length).unwrap_or_default();
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if lengths.next().is_some() || !is_number {
            return Err(HttpRefusal::BAD_LENGTH);
        }
        // What is too long for a number is too long.
        Ok(digits.parse().unwrap_or(usize::MAX))
    }

    /// Whether the client waits to be told to send the body (RFC 9110 10.1.1).
    ///
    /// # Errors
    /// What the request is told: it expects something else.
    pub fn waits_to_continue(&self) -> Result<bool, HttpRefusal> {
        let mut expected = self.fields_named("Expect");
        match expected.next() {
            None => Ok(false),
            Some(value) if value.eq_ignore_ascii_case(b"100-continue") => Ok(self.is_1_1),
            Some(_) => Err(HttpRefusal::EXPECTATION),
        }
    }

    /// Whether the client lets the connection stay (RFC 9112 9.3). One of HTTP/1.0 does not.
    #[must_use]
    pub fn keeps_alive(&self) -> bool {
        self.is_1_1 && !self.has_token("Connection", "close")
    }

    /// Whether the answer has no body: the method is HEAD.
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.method == "HEAD"
    }

    /// The path, as it was written.
    #[must_use]
    pub fn path(&self) -> &str {
        let (path, _) = self.path_and_query();
        if path.is_empty() { "/" } else { path }
    }

    /// What stands behind the first `?`, as it was written.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.path_and_query().1
    }

    /// Whom it was sent to, without the port: of a target that is a whole URL (RFC 9112 3.2.2),
    /// else of Host.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        let authority = match self.whole_url() {
            Some(rest) => Some(rest.split(['/', '?']).next().unwrap_or(rest)),
            None => self.text("Host"),
        }?;
        let host = match authority.find(']') {
            Some(end) if authority.starts_with('[') => authority.get(..=end)?,
            _ => authority.split(':').next().unwrap_or(authority),
        };
        Some(host).filter(|host| !host.is_empty())
    }

    /// The fields of this name, in their order; case does not matter.
    pub fn fields_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Bytes> {
        let fields = self.fields.iter();
        let fields = fields.filter(move |field| field.name.eq_ignore_ascii_case(name));
        fields.map(|field| &field.value)
    }

    /// The one value of a field; none where it is not there, is there twice or is no text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        let mut found = self.fields.iter();
        let mut next = || found.find(|field| field.name.eq_ignore_ascii_case(name));
        let first = next()?;
        let is_alone = next().is_none();
        std::str::from_utf8(&first.value).ok().filter(|_| is_alone)
    }

    /// Whether a list of tokens, in one field or in several, has this one.
    #[must_use]
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        let values = self.fields_named(name);
        let values = values.filter_map(|value| std::str::from_utf8(value).ok());
        let mut tokens = values.flat_map(|value| value.split(','));
        tokens.any(|known| known.trim().eq_ignore_ascii_case(token))
    }

    fn path_and_query(&self) -> (&str, Option<&str>) {
        let target = match self.whole_url() {
            Some(rest) => {
                let start = rest.find(['/', '?']).unwrap_or(rest.len());
                rest.get(start..).unwrap_or_default()
            }
            None => &self.target,
        };
        match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        }
    }

    /// Behind the `://` of a target that is a whole URL.
    fn whole_url(&self) -> Option<&str> {
        let (scheme, rest) = self.target.split_once("://")?;
        let is_scheme = scheme.bytes().all(|byte| byte.is_ascii_alphabetic());
        is_scheme.then_some(rest).filter(|_| !scheme.is_empty())
    }
}

#[cfg(test)]
mod tests;
