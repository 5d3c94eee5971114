//! RFC 3261 16.3: may this request be forwarded at all?

use evroute_sip::{HeaderName, Message, Method, Scheme, Uri};

use crate::refusal::Refusal;

/// Steps 2, 3 and 5 of 16.3, for a request that [`evroute_sip::validate`] has passed
/// (step 1). Step 4 is [`check_loop`](crate::check_loop). `supported`: the option tags of
/// Proxy-Require that we know.
///
/// # Errors
/// The first refusal found.
pub fn validate_request(request: &Message, supported: &[&str]) -> Result<(), Refusal> {
    check_scheme(request)?;
    check_hops(request)?;
    check_extensions(request, supported)
}

/// `tel` passes: a handler or a Route may still say where it goes.
fn check_scheme(request: &Message) -> Result<(), Refusal> {
    let uri = request.request_uri().map(|uri| Uri::parse(uri.as_bytes()));
    match uri {
        Some(Ok(uri)) => match uri.scheme() {
            Scheme::Sip | Scheme::Sips | Scheme::Tel => Ok(()),
            Scheme::Other(_) => Err(Refusal::UnsupportedScheme),
        },
        Some(Err(_)) | None => Err(Refusal::UnsupportedScheme),
    }
}

fn check_hops(request: &Message) -> Result<(), Refusal> {
    match request.max_forwards() {
        Ok(Some(0)) => Err(Refusal::TooManyHops),
        // Without it the request may be forwarded (RFC 2543 peers); it gets one (16.6).
        Ok(_) | Err(_) => Ok(()),
    }
}

fn check_extensions(request: &Message, supported: &[&str]) -> Result<(), Refusal> {
    // Both belong to an INVITE that was let through (8.2.2.3).
    if matches!(request.method(), Method::Ack | Method::Cancel) {
        return Ok(());
    }
    let tags = request
        .values(HeaderName::ProxyRequire)
        .map(String::from_utf8_lossy);
    let unknown: Vec<_> = tags
        .filter(|tag| !supported.iter().any(|own| own.eq_ignore_ascii_case(tag)))
        // Folds do not belong into our answer.
        .map(|tag| tag.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Refusal::BadExtension {
        unsupported: unknown.join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{request, text};

    #[test]
    fn unknown_schemes_get_416() {
        for uri in ["sip:a@b", "sips:a@b", "tel:+1"] {
            assert_eq!(validate_request(&request("INVITE", uri, ""), &[]), Ok(()));
        }
        let refused = validate_request(&request("INVITE", "isbn:2983792873", ""), &[]);
        assert_eq!(refused, Err(Refusal::UnsupportedScheme));
    }

    #[test]
    fn max_forwards_zero_gets_483_and_none_passes() {
        let with = |hops: &str| request("OPTIONS", "sip:a@b", &format!("Max-Forwards: {hops}\r\n"));
        assert_eq!(validate_request(&with("0"), &[]), Err(Refusal::TooManyHops));
        assert_eq!(validate_request(&with("1"), &[]), Ok(()));
        assert_eq!(
            validate_request(&request("OPTIONS", "sip:a@b", ""), &[]),
            Ok(())
        );
    }

    #[test]
    fn unknown_extensions_get_420_with_their_names() {
        let headers = "Proxy-Require: foo, known\r\nProxy-Require: b\r\n ar\r\n";
        let invite = request("INVITE", "sip:a@b", headers);
        let refusal = validate_request(&invite, &["KNOWN"]).unwrap_err();
        assert_eq!(
            refusal,
            Refusal::BadExtension {
                unsupported: "foo, b ar".to_owned()
            }
        );
        let response = text(&refusal.to_response(&invite, "t").unwrap().unwrap());
        assert!(response.starts_with("SIP/2.0 420 Bad Extension\r\n"));
        assert!(
            response.contains("\r\nUnsupported: foo, b ar\r\n"),
            "{response}"
        );
    }

    #[test]
    fn ack_and_cancel_are_not_asked_for_extensions_and_ack_is_never_answered() {
        for method in ["ACK", "CANCEL"] {
            let request = request(method, "sip:a@b", "Proxy-Require: foo\r\n");
            assert_eq!(validate_request(&request, &[]), Ok(()));
        }
        let ack = request("ACK", "sip:a@b", "Max-Forwards: 0\r\n");
        let refusal = validate_request(&ack, &[]).unwrap_err();
        assert!(refusal.to_response(&ack, "t").unwrap().is_none());
    }
}
