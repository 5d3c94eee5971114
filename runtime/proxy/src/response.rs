//! RFC 3261 16.7 steps 1, 3 and 9: a response on its way back.

use evroute_sip::{HeaderName, Message};

use crate::error::StrayResponse;
use crate::next_hop::NextHop;
use crate::own_names::OwnNames;

/// Whom a response is for, once our Via is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returned {
    /// Whoever sent us the request. On a reliable transport the connection it came by is
    /// to be used first (18.2.2), and this only when that is gone.
    Upstream(NextHop),
    /// Us: it answers a request of our own.
    Ours,
}

/// Takes our Via off a response and says where it goes. For a response that belongs to a
/// transaction the core knows the way better, from the request.
///
/// # Errors
/// [`StrayResponse`]: drop it, silently.
pub fn forward_response(response: &mut Message, own: &OwnNames) -> Result<Returned, StrayResponse> {
    if !own.is_own_via(&response.top_via()?) {
        return Err(StrayResponse::NotOurs);
    }
    response.remove_first_value(HeaderName::Via)?;
    let Some(via) = response.vias().next() else {
        return Ok(Returned::Ours);
    };
    let next_hop = NextHop::of_via(&via?)?;
    // A datagram may come without; on a stream its end would never be found.
    if next_hop.proto.is_reliable() {
        response.ensure_content_length()?;
    }
    Ok(Returned::Upstream(next_hop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{own, response, values};

    const OURS: &str = "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKo";

    #[test]
    fn our_via_comes_off_and_the_next_says_where_to() {
        for separator in [", ", "\r\nv: "] {
            let vias = format!(
                "{OURS}{separator}SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;received=192.0.2.9;rport=4000\r\n"
            );
            let mut response = response(180, "INVITE", &vias);
            let Ok(Returned::Upstream(hop)) = forward_response(&mut response, &own()) else {
                panic!("not forwarded");
            };
            assert_eq!(hop.addr(), Some("192.0.2.9:4000".parse().unwrap()));
            assert_eq!(values(&response, "Via").len(), 1);
        }
    }

    #[test]
    fn on_its_way_to_a_stream_a_response_gets_its_length() {
        let text = format!(
            "SIP/2.0 200 OK\r\n{OURS}\r\nVia: SIP/2.0/TCP 192.0.2.9\r\nCSeq: 1 INVITE\r\n\r\nbody"
        );
        let mut response = crate::testing::parse(&text);
        assert!(forward_response(&mut response, &own()).is_ok());
        assert_eq!(values(&response, "Content-Length"), ["4"]);
    }

    #[test]
    fn without_another_via_it_is_ours() {
        let mut response = response(200, "OPTIONS", &format!("{OURS}\r\n"));
        assert_eq!(forward_response(&mut response, &own()), Ok(Returned::Ours));
    }

    #[test]
    fn responses_meant_for_others_are_strays() {
        let mut stray = response(
            200,
            "OPTIONS",
            "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKo\r\n",
        );
        assert_eq!(
            forward_response(&mut stray, &own()),
            Err(StrayResponse::NotOurs)
        );
        let mut none = response(200, "OPTIONS", "");
        assert!(matches!(
            forward_response(&mut none, &own()),
            Err(StrayResponse::BadVia(_))
        ));
    }
}
