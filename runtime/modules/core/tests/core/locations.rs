//! One tenant's registrar, as the server plugs it in.

use evroute_module_core::{Contact, Locations, Registered};
use evroute_module_usrloc::{Aor, Config, LocationTable, Timestamp, answer_headers, read_register};
use evroute_sip::{Message, Uri};
use evroute_tenant::TenantIndex;
use evroute_transport::Flow;

/// The real table behind the core's trait. Time stands still.
pub(crate) struct Registrar(LocationTable);

impl Registrar {
    pub(crate) fn new() -> Self {
        Self(LocationTable::new(Config::default()))
    }
}

const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

impl Locations for Registrar {
    fn address_of_record(&self, aor: &Uri<'_>) -> Option<String> {
        Aor::of_uri(aor).map(|aor| aor.to_string())
    }

    fn lookup(&self, _: TenantIndex, aor: &Uri<'_>) -> Vec<Contact> {
        let Some(aor) = Aor::of_uri(aor) else {
            return Vec::new();
        };
        let found = self.0.lookup(aor.as_str(), NOW);
        let contacts = found.iter().map(|binding| Contact {
            uri: binding.uri.clone(),
            target: binding.target().filter(|_| binding.path.is_empty()),
            local: binding.received.local,
            path: binding.path.clone(),
        });
        contacts.collect()
    }

    fn register(
        &self,
        _: TenantIndex,
        aor: &Uri<'_>,
        request: &Message,
        flow: &Flow,
    ) -> Registered {
        let Some(aor) = Aor::of_uri(aor) else {
            return Registered {
                code: 404,
                reason: "Not Found",
                headers: Vec::new(),
            };
        };
        let saved = read_register(request, &aor, flow, NOW, self.0.config())
            .and_then(|update| self.0.save(&aor, update, NOW));
        match saved {
            Ok(bindings) => Registered {
                code: 200,
                reason: "OK",
                headers: answer_headers(request, &bindings, NOW),
            },
            Err(error) => {
                let (code, reason) = error.status();
                let headers = error.header().into_iter().collect();
                Registered {
                    code,
                    reason,
                    headers,
                }
            }
        }
    }
}
