//! Request validation: RFC 3261 16.3, after the syntax (16.3 step 1) was checked by `evroute_sip::validate`.

use evroute_sip::{HeaderName, Message, Method, Scheme, Uri};

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
        Self {
            code,
            reason,
            header: None,
        }
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
    let Some(uri) = request.request_uri() else {
        return Err(unsupported);
    };
    match Uri::parse(uri.as_bytes()).map(|uri| uri.scheme()) {
        Ok(Scheme::Sip | Scheme::Sips | Scheme::Tel) => Ok(()),
        Ok(Scheme::Other(_)) | Err(_) => Err(unsupported),
    }
}

/// We support no option that a proxy could be required to support. ACK and CANCEL belong to a request that was asked
/// already (8.2.2.3).
fn check_proxy_require(request: &Message) -> Result<(), Refused> {
    if matches!(request.method(), Method::Ack | Method::Cancel) {
        return Ok(());
    }
    let options: Vec<String> = request
        .values(HeaderName::ProxyRequire)
        .map(|option| String::from_utf8_lossy(option))
        // A fold cannot be written back.
        .map(|option| {
            option
                .split_ascii_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    if options.is_empty() {
        return Ok(());
    }
    let header = Some((HeaderName::Unsupported, options.join(", ")));
    Err(Refused {
        code: 420,
        reason: "Bad Extension",
        header,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{own, request};

    fn code(method: &str, uri: &str, headers: &str) -> Option<u16> {
        check_request(&request(method, uri, headers), &own())
            .err()
            .map(|refused| refused.code)
    }

    #[test]
    fn unknown_schemes_get_416() {
        for uri in ["sip:a@b", "sips:a@b", "tel:+1"] {
            assert_eq!(code("INVITE", uri, ""), None);
        }
        assert_eq!(code("INVITE", "isbn:2983792873", ""), Some(416));
    }

    #[test]
    fn max_forwards_zero_gets_483_and_none_at_all_passes() {
        assert_eq!(code("OPTIONS", "sip:a@b", "Max-Forwards: 0\r\n"), Some(483));
        assert_eq!(code("OPTIONS", "sip:a@b", "Max-Forwards: 1\r\n"), None);
        assert_eq!(code("OPTIONS", "sip:a@b", ""), None);
    }

    #[test]
    fn required_extensions_get_420_with_their_names_except_for_ack_and_cancel() {
        let headers = "Proxy-Require: foo, bar\r\nProxy-Require: b\r\n az\r\n";
        let refused = check_request(&request("INVITE", "sip:a@b", headers), &own()).unwrap_err();
        assert_eq!(refused.code, 420);
        assert_eq!(
            refused.header,
            Some((HeaderName::Unsupported, "foo, bar, b az".to_owned()))
        );
        assert_eq!(code("ACK", "sip:a@b", headers), None);
        assert_eq!(code("CANCEL", "sip:a@b", headers), None);
    }
}
