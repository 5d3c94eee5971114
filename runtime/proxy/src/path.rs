//! Path: staying on the way to a phone whose REGISTER is forwarded (RFC 3327, RFC 5626 5.1).

use evroute_sip::{EditError, HeaderName, Message};

use crate::record_route::{needs_sips, value};
use crate::sent_by::SentBy;

/// Whether a REGISTER that is forwarded gets a Path: the phone itself sent it to us, and says that
/// it knows what that is. A registrar may refuse one that nobody asked for (RFC 3327 5.3).
#[must_use]
pub fn wants_path(register: &Message) -> bool {
    let is_direct = register.vias().nth(1).is_none();
    is_direct && (is_supported(register, "path") || is_supported(register, "outbound"))
}

/// Writes it: this side of ours, towards the registrar, with the token of the flow that the phone
/// is reached over. `ob` says that the flow is kept, where the phone asked for that.
///
/// # Errors
/// When there is no room for it.
pub fn add_path(register: &mut Message, side: &SentBy, token: &str) -> Result<(), EditError> {
    let scheme = if needs_sips(register) { "sips" } else { "sip" };
    let more = if is_outbound(register) { ";ob" } else { "" };
    let path = value(scheme, &format!("{token}@"), side, more);
    register.prepend_header(HeaderName::Path, path)
}

/// Whether a REGISTER asks for what RFC 5626 describes: a flow for each `reg-id` of an instance.
#[must_use]
pub fn is_outbound(register: &Message) -> bool {
    let mut contacts = register.contacts().flatten();
    let has_reg_id = contacts.any(|contact| {
        let addr = contact.addr();
        addr.is_some_and(|addr| addr.params().get("reg-id").is_some())
    });
    has_reg_id && is_supported(register, "outbound")
}

fn is_supported(message: &Message, option: &str) -> bool {
    let mut options = message.values(HeaderName::Supported);
    options.any(|tag| tag.trim_ascii().eq_ignore_ascii_case(option.as_bytes()))
}

#[cfg(test)]
mod tests {
    use evroute_transport::Proto;

    use super::*;
    use crate::testing::{request, values};

    fn pathed(headers: &str, proto: Proto) -> Option<String> {
        let mut register = request("REGISTER", "sip:example.com", headers);
        let side = SentBy::of_addr(proto, "192.0.2.1:5060".parse().unwrap());
        wants_path(&register).then(|| {
            add_path(&mut register, &side, "T").unwrap();
            values(&register, "Path").join(", ")
        })
    }

    #[test]
    fn a_phone_that_knows_paths_gets_one_with_its_flow() {
        let path = pathed("Supported: gruu, Path\r\n", Proto::Udp);
        assert_eq!(path.as_deref(), Some("<sip:T@192.0.2.1:5060;lr>"));
        let outbound = "Supported: outbound\r\n\
             Contact: <sip:a@10.0.0.7>;reg-id=1;+sip.instance=\"<urn:uuid:x>\"\r\n";
        let path = pathed(outbound, Proto::Tcp);
        let expected = "<sip:T@192.0.2.1:5060;transport=tcp;lr;ob>";
        assert_eq!(path.as_deref(), Some(expected));
    }

    #[test]
    fn who_does_not_know_paths_or_is_behind_another_proxy_gets_none() {
        for headers in [
            "",
            "Supported: gruu\r\n",
            "Via: SIP/2.0/UDP p;branch=z9hG4bKp\r\nSupported: path\r\nPath: <sip:p;lr>\r\n",
        ] {
            assert_eq!(pathed(headers, Proto::Udp), None, "{headers}");
        }
    }
}
