//! What a message keeps its order with.

use std::net::SocketAddr;

use evroute_module_api::Locations;
use evroute_sip::{Envelope, HeaderError, Limits, Message, Method, NameAddr};
use evroute_tenant::TenantIndex;
use evroute_transport::{ConnectionId, Flow};

use super::OrderKey;
use crate::core::Core;

/// What messages have in common that are worked on in the order in which they came.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum OrderBasis<'a> {
    /// A call, a dialog, and whatever else has a Call-ID of its own.
    Dialog(Option<&'a str>),
    /// Registrations of one address of record.
    AddressOfRecord(String),
    /// What one peer sends from one user to another: the lines of a chat.
    Peer {
        remote: SocketAddr,
        connection: Option<ConnectionId>,
        from: &'a [u8],
        to: &'a [u8],
    },
}

impl<'a> OrderBasis<'a> {
    /// Registrations keep their order with those of the same address of record; other requests
    /// outside of a dialog, which have a Call-ID each, with those that the same peer sends from the
    /// same user to the same user. A call has nothing to be in order with but itself, nor has
    /// OPTIONS, which changes nothing. `method` is that of a request.
    fn new(
        method: Option<Method<'_>>,
        call_id: Option<&'a str>,
        parties: impl FnOnce() -> Result<(NameAddr<'a>, NameAddr<'a>), HeaderError>,
        flow: &Flow,
        locations: &dyn Locations,
    ) -> Self {
        let Some(method) = method else {
            return Self::Dialog(call_id);
        };
        if !Envelope::has_parties(&method) {
            return Self::Dialog(call_id);
        }
        let Ok((from, to)) = parties() else {
            return Self::Dialog(call_id);
        };
        if to.tag().is_some() {
            return Self::Dialog(call_id);
        }
        if method == Method::Register {
            let address = to.parse_uri().ok();
            let address = address.and_then(|uri| locations.address_of_record(&uri));
            if let Some(address) = address {
                return Self::AddressOfRecord(address);
            }
        }
        Self::Peer {
            remote: flow.remote,
            connection: flow.connection,
            from: from.uri(),
            to: to.uri(),
        }
    }

    fn of_message(message: &'a Message, flow: &Flow, locations: &dyn Locations) -> Self {
        let method = message.is_request().then(|| message.method());
        let parties = || Ok((message.from()?, message.to()?));
        Self::new(method, message.call_id(), parties, flow, locations)
    }

    /// The same of a message that nobody has parsed. `None` for what is none.
    fn of_datagram(
        datagram: &'a [u8],
        flow: &Flow,
        limits: &Limits,
        locations: &dyn Locations,
    ) -> Option<Self> {
        let Envelope {
            method,
            call_id,
            from,
            to,
        } = Envelope::of(datagram, limits)?;
        let party = |value: Option<&'a [u8]>| NameAddr::parse(value.ok_or(HeaderError::Missing)?);
        let parties = || Ok((party(from)?, party(to)?));
        Some(Self::new(method, Some(call_id), parties, flow, locations))
    }
}

impl Core {
    /// What a message of this tenant keeps its order with.
    pub(crate) fn order_key(
        &self,
        message: &Message,
        flow: &Flow,
        tenant: TenantIndex,
    ) -> OrderKey {
        let basis = OrderBasis::of_message(message, flow, &*self.locations);
        self.routing.key(tenant, basis)
    }

    /// The same for a datagram that nobody has parsed, whosever it is: messages with the same
    /// [`OrderKey`] have the same number. What is no message, or has no Call-ID, has 0.
    pub(crate) fn order_of_datagram(&self, datagram: &[u8], flow: &Flow) -> u64 {
        let basis = OrderBasis::of_datagram(datagram, flow, &self.limits, &*self.locations);
        basis.map_or(0, |basis| self.routing.hash(basis))
    }
}

#[cfg(test)]
mod tests;
