//! Request validation: RFC 3261 16.3, after the syntax (16.3 step 1) was checked by `evroute_sip::validate`.

use evroute_sip::{HeaderName, Message, Scheme, Uri};

use crate::{Own, branch};

/// Why a request is not forwarded, and the answer to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// The status code.
    pub code: u16,
    /// The reason phrase.
    pub reason: &'static str,
    /// A header field that belongs into the answer.
    pub header: Option<(HeaderName<'static>, String)>,
}

impl Refused {
    pub(crate) const fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason, header: None }
    }
}

/// Checks what every request must fulfil before it is routed: scheme (416), Max-Forwards (483), loops (482),
/// Proxy-Require (420).
///
/// # Errors
/// [`Refused`]: the answer to send; an ACK is dropped instead.
pub fn check_request(request: &Message, own: &Own) -> Result<(), Refused> {
    check_scheme(request)?;
    if request.max_forwards().ok().flatten() == Some(0) {
        return Err(Refused::new(483, "Too Many Hops"));
    }
    if branch::is_looped(request, own) {
        return Err(Refused::new(482, "Loop Detected"));
    }
    check_proxy_require(request)
}

fn check_scheme(request: &Message) -> Result<(), Refused> {
    let unsupported = Refused::new(416, "Unsupported URI Scheme");
    let Some(uri) = request.request_uri() else { return Err(unsupported) };
    match Uri::parse(uri.as_bytes()).map(|uri| uri.scheme()) {
        Ok(Scheme::Sip | Scheme::Sips | Scheme::Tel) => Ok(()),
        Ok(Scheme::Other(_)) | Err(_) => Err(unsupported),
    }
}

/// We support no option that a proxy could be required to support.
fn check_proxy_require(request: &Message) -> Result<(), Refused> {
    let options: Vec<String> = request
        .values(HeaderName::ProxyRequire)
        .map(|option| String::from_utf8_lossy(option.as_ref()).trim().to_owned())
        .collect();
    if options.is_empty() {
        return Ok(());
    }
    let header = Some((HeaderName::Unsupported, options.join(", ")));
    Err(Refused { code: 420, reason: "Bad Extension", header })
}
