//! The registrar of every tenant, as the core asks for it.

use std::sync::Arc;

use evroute_module_api::{Locations, Registered, RegisteredContact, Registering, TenantState};
use evroute_sip::{Message, Uri};
use evroute_tenant::{TenantIndex, TenantSlots};
use evroute_transport::{ConnectionId, Flow};

use super::connections::RegisteredConnections;
use crate::{Aor, Binding, LocationTable, RegisterError, Timestamp, answer_headers, read_register};

/// The registrar of all tenants: their location tables, and the time. `clock` gives microseconds
/// since 1970.
pub struct Registrar {
    tenants: Arc<TenantSlots<TenantState>>,
    clock: fn() -> u64,
    connections: RegisteredConnections,
}

impl Registrar {
    /// The registrar of these tenants.
    #[must_use]
    pub fn new(tenants: &Arc<TenantSlots<TenantState>>, clock: fn() -> u64) -> Self {
        Self {
            tenants: Arc::clone(tenants),
            clock,
            connections: RegisteredConnections::default(),
        }
    }

    fn table(&self, tenant: TenantIndex) -> Option<Arc<LocationTable>> {
        self.tenants.read(tenant, |tenant| tenant.share())?
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_seconds((self.clock)() / 1_000_000)
    }
}

impl Locations for Registrar {
    fn address_of_record(&self, aor: &Uri<'_>) -> Option<String> {
        Aor::of_uri(aor).map(|aor| aor.to_string())
    }

    fn lookup(&self, tenant: TenantIndex, uri: &Uri<'_>) -> Vec<RegisteredContact> {
        let (Some(table), Some(aor)) = (self.table(tenant), Aor::of_uri(uri)) else {
            return Vec::new();
        };
        let mut found = table.lookup(aor.as_str(), self.now());
        if let Some(gr) = uri.param("gr") {
            // One phone of the user's, and of its ways the last it registered (RFC 5627 5.3).
            found.retain(|binding| binding.is_gruu(gr.value));
            found.truncate(1);
        }
        found.iter().map(|binding| contact(binding)).collect()
    }

    fn is_registered_from(&self, tenant: TenantIndex, aor: &Uri<'_>, flow: &Flow) -> bool {
        let (Some(table), Some(aor)) = (self.table(tenant), Aor::of_uri(aor)) else {
            return false;
        };
        let mut contacts = table.lookup(aor.as_str(), self.now()).into_iter();
        // Who comes through another proxy is not there himself.
        contacts.any(|binding| binding.path.is_empty() && binding.received.is_same_way(flow))
    }

    fn register(
        &self,
        tenant: TenantIndex,
        aor: &Uri<'_>,
        request: &Message,
        flow: &Flow,
    ) -> Registering {
        let (Some(table), Some(aor)) = (self.table(tenant), Aor::of_uri(aor)) else {
            return Registering::Done(Registered {
                code: 404,
                reason: "Not Found",
                headers: Vec::new(),
            });
        };
        let now = self.now();
        let saved = read_register(request, &aor, flow, now, table.config())
            .and_then(|update| table.save(&aor, update, now));
        let saved = match saved {
            Ok(saved) => saved,
            Err(error) => return Registering::Done(refused(&error, &aor)),
        };
        if let Some(connection) = flow.connection.filter(|_| !saved.registered.is_empty()) {
            self.connections.add(connection, tenant);
        }
        let registered = Registered {
            code: 200,
            reason: "OK",
            headers: answer_headers(request, &saved.registered, now, table.config()),
        };
        if !saved.is_pending() {
            table.told(saved);
            return Registering::Done(registered);
        }
        Registering::Waits(Box::pin(async move {
            match table.kept(saved).await {
                Ok(_) => registered,
                Err(error) => refused(&error, &aor),
            }
        }))
    }

    fn closed(&self, connection: ConnectionId) {
        let now = self.now();
        for tenant in self.connections.take(connection) {
            let table = self.table(tenant);
            let lost = table.map_or(0, |table| table.connection_closed(connection, now));
            if lost > 0 {
                let tenant = self.tenants.read(tenant, |tenant| tenant.id.to_string());
                tracing::debug!(tenant, %connection, contacts = lost, "contacts are gone with their connection");
            }
        }
    }
}

/// A binding, as the core forwards to it. A Path is the way there, whatever the REGISTER came by
/// (RFC 3327 5.4).
fn contact(binding: &Binding) -> RegisteredContact {
    RegisteredContact {
        uri: binding.uri.clone(),
        target: binding.target().filter(|_| binding.path.is_empty()),
        local: binding.received.local,
        path: binding.path.clone(),
    }
}

fn refused(error: &RegisterError, aor: &Aor) -> Registered {
    tracing::info!(aor = aor.as_str(), %error, "a registration was refused");
    let (code, reason) = error.status();
    Registered {
        code,
        reason,
        headers: error.header().into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use evroute_sip::{Framing, HeaderName};
    use evroute_transport::Proto;

    use super::*;
    use crate::Config;

    const TENANT: TenantIndex = TenantIndex::new(0);

    fn locations() -> Registrar {
        let table = LocationTable::new(Config::default());
        let tenant = TenantState::new("demo".parse().unwrap(), TENANT).with(Arc::new(table));
        let tenants = TenantSlots::from_iter([(TENANT, Arc::new(tenant))]);
        Registrar::new(&Arc::new(tenants), || 1_000_000_000_000)
    }

    fn uri(text: &str) -> Uri<'_> {
        Uri::parse(text.as_bytes()).unwrap()
    }

    fn register(locations: &Registrar, aor: &str, more: &str) -> Registered {
        let text = format!(
            "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.5;branch=z9hG4bKr\r\nFrom: <{aor}>;tag=1\r\n\
             To: <{aor}>\r\nCall-ID: r\r\nCSeq: 1 REGISTER\r\n{more}Content-Length: 0\r\n\r\n"
        );
        let request = Message::parse(text.into(), Framing::Datagram).unwrap();
        let flow = Flow {
            proto: Proto::Udp,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: "203.0.113.5:4000".parse().unwrap(),
            connection: None,
        };
        match locations.register(TENANT, &uri(aor), &request, &flow) {
            Registering::Done(registered) => registered,
            Registering::Waits(_) => panic!("there is nothing to wait for"),
        }
    }

    #[test]
    fn spellings_of_one_address_of_record_find_one_contact() {
        let locations = locations();
        let contact = "Contact: <sip:bob@203.0.113.5>\r\n";
        let registered = register(&locations, "sip:%62ob@Example.com", contact);
        assert_eq!(registered.code, 200, "{registered:?}");
        for spelling in ["sip:bob@example.com", "sip:b%6fb@EXAMPLE.com.:5060"] {
            let found = locations.lookup(TENANT, &uri(spelling));
            assert_eq!(found.len(), 1, "{spelling}");
        }
        assert!(
            locations
                .lookup(TENANT, &uri("sip:Bob@example.com"))
                .is_empty()
        );
    }

    #[test]
    fn an_expiry_that_is_too_short_is_answered_with_the_shortest() {
        let contact = "Contact: <sip:bob@203.0.113.5>;expires=59\r\n";
        let refused = register(&locations(), "sip:bob@example.com", contact);
        assert_eq!(refused.code, 423);
        assert_eq!(refused.headers, [(HeaderName::MinExpires, "60".to_owned())]);
    }

    #[test]
    fn a_contact_behind_a_path_is_reached_by_it_and_not_by_where_it_came_from() {
        let locations = locations();
        let contact = "Contact: <sip:bob@10.0.0.7>\r\n";
        register(&locations, "sip:bob@example.com", contact);
        register(
            &locations,
            "sip:carol@example.com",
            &format!("{contact}Path: <sip:edge.example.com;lr>\r\n"),
        );
        let only = |aor: &str| locations.lookup(TENANT, &uri(aor)).remove(0);
        let bob = only("sip:bob@example.com");
        assert!(bob.path.is_empty() && bob.target.is_some(), "{bob:?}");
        let carol = only("sip:carol@example.com");
        assert_eq!(carol.path, ["<sip:edge.example.com;lr>"]);
        assert_eq!(carol.target, None);
    }

    #[test]
    fn a_gruu_reaches_one_phone_by_the_last_of_its_ways() {
        let locations = locations();
        let contact = |host: &str, instance: &str, call_id: u8| {
            format!(
                "Contact: <sip:bob@{host}>;+sip.instance=\"<urn:uuid:{instance}>\";expires=6{call_id}\r\n"
            )
        };
        for (host, instance) in [("h1", "1"), ("h2", "2"), ("h3", "1")] {
            let registered = register(
                &locations,
                "sip:bob@example.com",
                &contact(host, instance, 0),
            );
            assert_eq!(registered.code, 200);
        }
        let found = |uri_text: &str| {
            let found = locations.lookup(TENANT, &uri(uri_text)).into_iter();
            found.map(|contact| contact.uri).collect::<Vec<_>>()
        };
        assert_eq!(found("sip:bob@example.com").len(), 3);
        assert_eq!(found("sip:bob@example.com;gr=urn:uuid:1"), ["sip:bob@h3"]);
        assert_eq!(found("sip:bob@example.com;gr=urn:uuid:2"), ["sip:bob@h2"]);
        assert!(found("sip:bob@example.com;gr=urn:uuid:3").is_empty());
        assert!(found("sip:bob@example.com;gr").is_empty());
    }
}
