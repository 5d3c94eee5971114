//! Contacts that lead nowhere from here, and what is written into them in a dialog.

use std::net::IpAddr;

use evroute_sip::{Contact, EditError, HeaderName, Message, Method, Scheme, Uri};
use evroute_transport::{Flow, Proto};

/// The parameter of a Contact's URI that says where its phone is reached. Kamailio's; what stands
/// in it is for whoever wrote it to read.
const ALIAS: &str = "alias";

/// Whether a contact leads nowhere from here: there is a NAT between the phone, who spoke to us
/// directly over this flow, and us. As Kamailio's `nat_uac_test` (1 and 64): it names an address
/// that is private to the phone (RFC 1918, RFC 6598, RFC 4193, link-local) and not the one that it
/// came from, or none at all (`.invalid`, RFC 7118 5). WebSocket clients cannot be dialled.
#[must_use]
pub fn leads_nowhere(contact: &Uri<'_>, flow: &Flow) -> bool {
    match flow.proto {
        Proto::Ws | Proto::Wss => true,
        Proto::Udp | Proto::Tcp | Proto::Tls => match contact.host_ip() {
            Some(ip) => is_private(ip) && ip.to_canonical() != flow.remote.ip().to_canonical(),
            None => is_invalid_name(contact.host()),
        },
    }
}

fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            ip.is_private() || ip.is_link_local() || ip.is_unspecified() || is_shared
        }
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified(),
    }
}

fn is_invalid_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.rsplit('.')
        .next()
        .is_some_and(|last| last.eq_ignore_ascii_case("invalid"))
}

/// Whether later requests of a dialog would go to the Contact of a message that came over this
/// flow from the phone itself, and get nowhere: then [`add_alias`] says where they go. Of a request
/// one Via says that nobody is in between.
#[must_use]
pub fn wants_alias(message: &Message, flow: &Flow) -> bool {
    if !is_target_refresh(message) || message.is_request() && message.vias().nth(1).is_some() {
        return false;
    }
    let is_it = |contact: Contact<'_>| {
        let uri = contact.addr().and_then(|addr| addr.parse_uri().ok());
        let is_sip = |uri: &Uri<'_>| matches!(uri.scheme(), Scheme::Sip | Scheme::Sips);
        uri.is_some_and(|uri| is_sip(&uri) && leads_nowhere(&uri, flow))
    };
    let mut contacts = message.contacts();
    match (contacts.next(), contacts.next()) {
        (Some(Ok(contact)), None) => is_it(contact),
        (Some(Ok(_)), Some(_)) | (Some(Err(_)), _) | (None, _) => false,
    }
}

/// Whether the Contact is where later requests go (RFC 3261 12.2, RFC 3311, RFC 6665 4.4.1).
fn is_target_refresh(message: &Message) -> bool {
    let is_met = message
        .status()
        .is_none_or(|status| (101..300).contains(&status));
    is_met
        && match message.method() {
            Method::Invite
            | Method::Notify
            | Method::Refer
            | Method::Subscribe
            | Method::Update => true,
            Method::Ack
            | Method::Bye
            | Method::Cancel
            | Method::Info
            | Method::Message
            | Method::Options
            | Method::Prack
            | Method::Publish
            | Method::Register
            | Method::Other(_) => false,
        }
}

/// Writes an alias into the URI of the Contact, in place of one that is there. Kamailio's
/// `set_contact_alias`.
///
/// # Errors
/// When the Contact cannot be read or written.
pub fn add_alias(message: &mut Message, alias: &str) -> Result<(), EditError> {
    let contact = message.contacts().next().ok_or(EditError::NoSuchHeader)??;
    let addr = contact.addr().ok_or(EditError::NoSuchHeader)?;
    let uri = with_alias(&addr.parse_uri()?, Some(alias));
    let display = addr.display().unwrap_or_default();
    let value = [display, b" <", uri.as_bytes(), b">", addr.params().raw()].concat();
    // A fold cannot be written back as it is.
    let is_line_end = |byte: u8| matches!(byte, b'\r' | b'\n');
    let unfolded = value
        .trim_ascii()
        .iter()
        .map(|&byte| if is_line_end(byte) { b' ' } else { byte });
    let value: Vec<u8> = unfolded.collect();
    message.replace_first_value(HeaderName::Contact, value)
}

/// The alias of a URI.
#[must_use]
pub fn alias<'a>(uri: &Uri<'a>) -> Option<&'a str> {
    uri.params().text(ALIAS)
}

/// The URI as its phone knows it. Kamailio's `handle_ruri_alias`.
#[must_use]
pub fn without_alias(uri: &Uri<'_>) -> String {
    with_alias(uri, None)
}

fn with_alias(uri: &Uri<'_>, alias: Option<&str>) -> String {
    let (text, params) = (uri.as_str(), uri.params());
    let headers = uri.headers().map(|headers| format!("?{headers}"));
    let headers = headers.unwrap_or_default();
    let before = text
        .len()
        .saturating_sub(params.raw().len() + headers.len());
    let mut written = text.get(..before).unwrap_or(text).to_owned();
    for param in params.iter() {
        if param.name.eq_ignore_ascii_case(ALIAS.as_bytes()) {
            continue;
        }
        written.push(';');
        written.push_str(&String::from_utf8_lossy(param.name));
        if let Some(value) = param.value {
            written.push('=');
            written.push_str(&String::from_utf8_lossy(value));
        }
    }
    if let Some(alias) = alias {
        written.push_str(&format!(";{ALIAS}={alias}"));
    }
    written + &headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{request, response, values};

    fn flow(proto: Proto, remote: &str) -> Flow {
        Flow {
            proto,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: remote.parse().unwrap(),
            connection: None,
        }
    }

    fn is_lost(contact: &str, proto: Proto, remote: &str) -> bool {
        leads_nowhere(
            &Uri::parse(contact.as_bytes()).unwrap(),
            &flow(proto, remote),
        )
    }

    #[test]
    fn a_private_address_behind_another_leads_nowhere() {
        for contact in [
            "sip:a@10.0.0.7:5060",
            "sip:a@100.64.0.1",
            "sip:a@[fd00::1]",
            "sip:a@x.invalid",
        ] {
            assert!(
                is_lost(contact, Proto::Udp, "203.0.113.5:4000"),
                "{contact}"
            );
        }
        assert!(is_lost("sip:a@203.0.113.5", Proto::Ws, "203.0.113.5:4000"));
    }

    #[test]
    fn an_address_that_can_be_reached_leads_there() {
        for (contact, remote) in [
            ("sip:a@127.0.0.1:5080", "127.0.0.1:39999"),
            ("sip:a@10.0.0.7:5080", "10.0.0.7:5060"),
            ("sip:a@198.51.100.9", "203.0.113.5:4000"),
            ("sip:a@phone.example.com", "203.0.113.5:4000"),
        ] {
            assert!(!is_lost(contact, Proto::Tcp, remote), "{contact}");
        }
    }

    const CONTACT: &str = "Contact: <sip:a@10.0.0.7:5060>\r\n";

    fn wants(method: &str, headers: &str, remote: &str) -> bool {
        let message = request(method, "sip:bob@example.com", headers);
        wants_alias(&message, &flow(Proto::Udp, remote))
    }

    #[test]
    fn a_phone_behind_a_nat_gets_an_alias_where_its_contact_is_a_dialogs_target() {
        let nat = "203.0.113.5:4000";
        for method in ["INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"] {
            assert!(wants(method, CONTACT, nat), "{method}");
            assert!(!wants(method, CONTACT, "10.0.0.7:5060"), "{method}");
        }
        for method in ["REGISTER", "BYE", "ACK", "MESSAGE"] {
            assert!(!wants(method, CONTACT, nat), "{method}");
        }
        for (status, is_wanted) in [(100, false), (180, true), (200, true), (302, false)] {
            let answer = response(status, "INVITE", CONTACT);
            let wanted = wants_alias(&answer, &flow(Proto::Udp, nat));
            assert_eq!(wanted, is_wanted, "{status}");
        }
    }

    #[test]
    fn what_came_through_another_proxy_or_has_not_one_contact_is_left_alone() {
        let nat = "203.0.113.5:4000";
        let through = format!("Via: SIP/2.0/UDP p;branch=z9hG4bKp\r\n{CONTACT}");
        assert!(!wants("INVITE", &through, nat));
        assert!(!wants("INVITE", "", nat));
        assert!(!wants("INVITE", &format!("{CONTACT}{CONTACT}"), nat));
        assert!(!wants("INVITE", "Contact: <tel:+1202>\r\n", nat));
    }

    #[test]
    fn an_alias_comes_into_the_uri_and_out_of_it() {
        for (contact, expected, without) in [
            (
                "sip:a@10.0.0.7:5060;expires=60",
                "<sip:a@10.0.0.7:5060;alias=T>;expires=60",
                "sip:a@10.0.0.7:5060",
            ),
            (
                "\"A, B\" <sip:a@10.0.0.7;transport=tcp;ob?x=y>;+sip.instance=\"<urn:a>\"",
                "\"A, B\" <sip:a@10.0.0.7;transport=tcp;ob;alias=T?x=y>;+sip.instance=\"<urn:a>\"",
                "sip:a@10.0.0.7;transport=tcp;ob?x=y",
            ),
            (
                "<sip:a@10.0.0.7;ALIAS=203.0.113.9~1~1;x>",
                "<sip:a@10.0.0.7;x;alias=T>",
                "sip:a@10.0.0.7;x",
            ),
            ("A\r\n B <sip:a@h>", "A   B <sip:a@h;alias=T>", "sip:a@h"),
        ] {
            let header = format!("Contact: {contact}\r\n");
            let mut invite = request("INVITE", "sip:bob@example.com", &header);
            add_alias(&mut invite, "T").unwrap();
            assert_eq!(values(&invite, "Contact"), [expected]);
            let written = invite.contacts().next().unwrap().unwrap();
            let uri = written.addr().unwrap().parse_uri().unwrap();
            assert_eq!(alias(&uri), Some("T"));
            assert_eq!(without_alias(&uri), without);
        }
    }
}
