//! Whom a connection is to.

use std::net::IpAddr;

use evroute_tenant::TenantIndex;

/// Whom a connection with TLS has to be to, and for whom it is: one that was made for another name
/// or tenant is not used.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TlsPeer {
    /// The name that the way to it began with: the host of a URI, before DNS (RFC 3263 4, RFC 5922
    /// 4). What an SRV record leads to has no say.
    pub name: Box<str>,
    /// The tenant, whose authorities, certificate and pins are used.
    pub tenant: TenantIndex,
}

impl TlsPeer {
    /// Whether it is meant by its address. Then a connection that came from just there will do,
    /// whose other side showed no certificate, as phones have none.
    #[must_use]
    pub fn is_address(&self) -> bool {
        self.name.parse::<IpAddr>().is_ok()
    }
}
