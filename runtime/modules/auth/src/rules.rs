//! Who has to show who he is.

use evroute_sip::{HeaderName, Message, Method, Uri, unescape};
use evroute_tenant::{PeerIdentity, TenantIndex, TrustedSender};
use evroute_transport::Flow;

/// Which requests of a tenant have to be authenticated, and as whom.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rules {
    /// The realm of all users. None: each has that of the domain in his address, as Kamailio's
    /// `www_authorize("$td", ...)`.
    pub realm: Option<String>,
    /// The tenant's domains, in lower case; the first counts where an address names none of them.
    pub domains: Vec<String>,
    /// Methods that are asked about, in upper case.
    pub methods: Vec<String>,
    /// Peers that are asked nothing, by their networks or certificates. Kamailio's `permissions`,
    /// `allow_trusted`.
    pub trusted: Vec<TrustedSender>,
    /// Whether those are asked, too, whose From is of no domain of the tenant.
    pub everyone: bool,
    /// Whether From has to be the user who shows his password (Kamailio's `check_from`).
    pub check_from: bool,
    /// Whether the To of a REGISTER has to be that user (Kamailio's `check_to`).
    pub check_to: bool,
}

/// What somebody is asked to show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// For which realm.
    pub realm: String,
    /// Whether it is the registrar that asks (401), or the proxy (407).
    pub by_registrar: bool,
    /// The user part of the address that has to be his; none where any may be.
    pub user: Option<Vec<u8>>,
}

impl Asked {
    /// The status of a challenge, and its reason phrase.
    #[must_use]
    pub const fn status(&self) -> (u16, &'static str) {
        match self.by_registrar {
            true => (401, "Unauthorized"),
            false => (407, "Proxy Authentication Required"),
        }
    }

    /// Where the challenge stands, and where its answer.
    #[must_use]
    pub const fn headers(&self) -> (HeaderName<'static>, HeaderName<'static>) {
        match self.by_registrar {
            true => (HeaderName::WwwAuthenticate, HeaderName::Authorization),
            false => (
                HeaderName::ProxyAuthenticate,
                HeaderName::ProxyAuthorization,
            ),
        }
    }
}

impl Rules {
    /// Methods that can never be asked about: an ACK has no answer and a CANCEL no second try (RFC
    /// 3261 22.1, 22.3).
    pub const NEVER_ASKED: [&'static str; 2] = ["ACK", "CANCEL"];

    /// What is asked of whoever sent this request; none when nothing is. `peer` is who its
    /// connection is to, `tenant` whose rules these are.
    #[must_use]
    pub fn asked(
        &self,
        request: &Message,
        flow: &Flow,
        peer: Option<&PeerIdentity>,
        tenant: TenantIndex,
    ) -> Option<Asked> {
        let method = request.method();
        let is_named = self.methods.iter().any(|named| named == method.as_str());
        let address = flow.remote.ip();
        let mut trusted = self.trusted.iter();
        if !is_named || trusted.any(|sender| sender.is(address, peer, tenant)) {
            return None;
        }
        let by_registrar = method == Method::Register;
        let address = if by_registrar {
            request.to()
        } else {
            request.from()
        };
        let address = address.ok().and_then(|address| address.parse_uri().ok());
        let domain = address.as_ref().and_then(|address| self.domain(address));
        if domain.is_none() && !by_registrar && !self.everyone {
            return None;
        }
        let is_checked = if by_registrar {
            self.check_to
        } else {
            self.check_from
        };
        let user = address.as_ref().map(|address| user_of(address));
        let realm = self
            .realm
            .as_deref()
            .or(domain)
            .or(self.domains.first().map(String::as_str));
        Some(Asked {
            realm: realm.unwrap_or_default().to_owned(),
            by_registrar,
            // Inside a dialog From is what the call began with: a number that was dialled, say.
            // Whose From cannot be read is nobody.
            user: (is_checked && !request.is_in_dialog()).then(|| user.unwrap_or_default()),
        })
    }

    /// Which of the tenant's domains an address is of.
    fn domain(&self, address: &Uri<'_>) -> Option<&str> {
        let host = address.host();
        let host = host.strip_suffix('.').unwrap_or(host);
        let mut domains = self.domains.iter();
        let domain = domains.find(|domain| domain.eq_ignore_ascii_case(host))?;
        Some(domain)
    }
}

/// The user part without its escapes; of a telephone number the number.
fn user_of(address: &Uri<'_>) -> Vec<u8> {
    let user = address.user().unwrap_or_default();
    unescape(user).into_owned()
}

#[cfg(test)]
mod tests;
