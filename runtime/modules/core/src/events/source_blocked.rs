//! `core:source-blocked`.

use evroute_bindings::export;
use evroute_event::{Subject, event};
use evroute_module_api::GuestEvent;

/// `core:source-blocked`: somebody sends the tenant too much, and is blocked from now on.
#[derive(Clone, Debug)]
pub struct SourceBlocked {
    /// When, and the way that the request came which was too much; no message.
    pub subject: Subject,
    /// An IPv4 address, or the first of a /64, without a port.
    pub address: String,
    /// The user who is blocked; none where it is the source.
    pub user: Option<String>,
    /// How long the block lasts.
    pub seconds: u32,
}

event!(SourceBlocked: "core:source-blocked" -> ());

impl GuestEvent for SourceBlocked {
    type Export = export::CoreSourceBlocked;
}
