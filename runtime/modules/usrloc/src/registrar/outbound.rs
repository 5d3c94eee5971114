//! Flows that a phone keeps by itself, one contact for each `reg-id` (RFC 5626 6).

use evroute_proxy::is_outbound;
use evroute_sip::{HeaderName, Message, NameAddr};

use crate::error::RegisterError;

/// The option tag.
pub(super) const OUTBOUND: &str = "outbound";

/// Whether flows are kept for the phone of a REGISTER: it asks for that, and whoever it speaks to
/// first, which is us or a proxy that says so in its Path, keeps them.
///
/// # Errors
/// [`RegisterError::FirstHopLacksOutbound`].
pub(super) fn keeps_flows(request: &Message) -> Result<bool, RegisterError> {
    if !is_outbound(request) {
        return Ok(false);
    }
    let is_direct = request.vias().nth(1).is_none();
    let first_hop = request.values(HeaderName::Path).last();
    let is_kept = |path: &[u8]| {
        let uri = NameAddr::parse(path)
            .ok()
            .and_then(|path| path.parse_uri().ok());
        uri.is_some_and(|uri| uri.param("ob").is_some())
    };
    match is_direct || first_hop.is_some_and(is_kept) {
        true => Ok(true),
        false => Err(RegisterError::FirstHopLacksOutbound),
    }
}
