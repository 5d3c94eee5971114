//! Header fields that a proxy has no need to read.

use crate::header::{HeaderError, HeaderName};
use crate::message::Message;

/// The first header field that is malformed, in a message that [`validate`](crate::validate) has
/// passed: a Contact, an Expires, a lower Via or Route; in a response From, To, Max-Forwards or
/// any Route as well. A proxy leaves it as it is (RFC 3261 16.3 step 1); this is for its log.
pub fn malformed_unread(message: &Message) -> Option<(HeaderName<'static>, HeaderError)> {
    let vias = message.vias().skip(1).find_map(Result::err);
    let routes_read = usize::from(message.is_request());
    let routes = message.routes().skip(routes_read).find_map(Result::err);
    let contacts = message.contacts().find_map(|contact| match contact {
        Ok(contact) => contact.expires().err(),
        Err(error) => Some(error),
    });
    let own = [
        (HeaderName::Contact, contacts),
        (HeaderName::Expires, message.expires().err()),
        (HeaderName::Via, vias),
        (HeaderName::Route, routes),
        (HeaderName::From, message.from().err()),
        (HeaderName::To, message.to().err()),
        (HeaderName::MaxForwards, message.max_forwards().err()),
    ];
    own.into_iter()
        .find_map(|(name, error)| Some((name, error?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Framing;

    fn found(start: &str, more: &str) -> Option<(HeaderName<'static>, HeaderError)> {
        let text = format!(
            "{start}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\n{more}From: <sip:a@b>;tag=1\r\n\
             To: <sip:b@b>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n"
        );
        let message = Message::parse(text.into(), Framing::Datagram).unwrap();
        assert_eq!(crate::validate(&message), Ok(()), "{more}");
        malformed_unread(&message)
    }

    #[test]
    fn what_is_passed_on_unread_is_reported_with_its_fault() {
        let request = "INVITE sip:bob@b SIP/2.0";
        assert_eq!(found(request, "Contact: <sip:a@h>;expires=60\r\n"), None);
        let odd = Some((HeaderName::Contact, HeaderError::BadUri));
        assert_eq!(found(request, "Contact: \"Mr. X\" sip:a@h\r\n"), odd);
        let large = Some((HeaderName::Expires, HeaderError::NumberOutOfRange));
        assert_eq!(found(request, "Expires: 99999999999\r\n"), large);
        let routes = "Route: <sip:p;lr>\r\nRoute: x\r\n";
        let lower = Some((HeaderName::Route, HeaderError::BadUri));
        assert_eq!(found(request, routes), lower);
        let hops = Some((HeaderName::MaxForwards, HeaderError::NumberOutOfRange));
        assert_eq!(found("SIP/2.0 200 OK", "Max-Forwards: 300\r\n"), hops);
    }
}
