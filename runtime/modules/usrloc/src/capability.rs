//! What guests may call: the payloads of this module's events, `evroute:usrloc/types`.

use evroute_bindings::evroute::usrloc::types::{
    Host, HostContactAddedEvent, HostContactExpiredEvent, HostContactRemovedEvent,
    HostContactUpdatedEvent,
};
use evroute_bindings::{handle, import};
use evroute_event::Event;
use evroute_module_api::{Capability, run_view};
use wasmtime::component::Resource;

use crate::Binding;
use crate::events::{ContactAdded, ContactExpired, ContactRemoved, ContactUpdated};

/// What this module implements.
pub(crate) const ROWS: &[Capability] =
    &[Capability::of::<import::UsrlocTypes, UsrlocView<'static>>()];

run_view!(UsrlocView);

/// An event about a contact.
trait OfContact: Event {
    fn binding(&self) -> &Binding;
}

impl UsrlocView<'_> {
    /// Reads something of the contact and charges the run for it.
    fn text<E: OfContact>(
        &mut self,
        get: impl FnOnce(&Binding) -> String,
    ) -> wasmtime::Result<String> {
        let text = get(self.0.payload::<E>()?.binding());
        self.0.charge(text.len())?;
        Ok(text)
    }

    fn agent<E: OfContact>(&mut self) -> wasmtime::Result<Option<Vec<u8>>> {
        let agent = self.0.payload::<E>()?.binding().user_agent.clone();
        self.0.charge(agent.as_ref().map_or(0, Vec::len))?;
        Ok(agent)
    }

    fn end<E: OfContact>(&mut self) -> wasmtime::Result<u64> {
        self.0.charge(0)?;
        Ok(self.0.payload::<E>()?.binding().expires_at.seconds())
    }

    fn why<E: Event>(&mut self, get: impl FnOnce(&E) -> &'static str) -> wasmtime::Result<String> {
        let why = get(self.0.payload::<E>()?);
        self.0.charge(why.len())?;
        Ok(why.to_owned())
    }
}

impl Host for UsrlocView<'_> {}

/// What all events about a contact have, and what their own name for its end is.
macro_rules! contact_event {
    ($host:ident for $event:ident, $handle:ident, $end:ident, $why:expr) => {
        impl OfContact for $event {
            fn binding(&self) -> &Binding {
                &self.binding
            }
        }

        impl $host for UsrlocView<'_> {
            fn aor(&mut self, _: Resource<handle::$handle>) -> wasmtime::Result<String> {
                self.text::<$event>(|binding| binding.aor.as_str().to_owned())
            }

            fn contact(&mut self, _: Resource<handle::$handle>) -> wasmtime::Result<String> {
                self.text::<$event>(|binding| binding.uri.clone())
            }

            fn received(&mut self, _: Resource<handle::$handle>) -> wasmtime::Result<String> {
                self.text::<$event>(|binding| {
                    format!("{}:{}", binding.received.proto, binding.received.remote)
                })
            }

            fn user_agent(
                &mut self,
                _: Resource<handle::$handle>,
            ) -> wasmtime::Result<Option<Vec<u8>>> {
                self.agent::<$event>()
            }

            fn call_id(&mut self, _: Resource<handle::$handle>) -> wasmtime::Result<String> {
                self.text::<$event>(|binding| binding.call_id.clone())
            }

            fn $end(&mut self, _: Resource<handle::$handle>) -> wasmtime::Result<u64> {
                self.end::<$event>()
            }

            fn cause(&mut self, _: Resource<handle::$handle>) -> wasmtime::Result<String> {
                self.why::<$event>($why)
            }

            fn drop(&mut self, _: Resource<handle::$handle>) -> wasmtime::Result<()> {
                Ok(())
            }
        }
    };
}

contact_event!(HostContactAddedEvent for ContactAdded, ContactAddedEvent, expires_at, |event| event.why.as_str());
contact_event!(HostContactUpdatedEvent for ContactUpdated, ContactUpdatedEvent, expires_at, |event| event.why.as_str());
contact_event!(HostContactRemovedEvent for ContactRemoved, ContactRemovedEvent, expires_at, |event| event.why.as_str());
contact_event!(HostContactExpiredEvent for ContactExpired, ContactExpiredEvent, expired_at, |_| "expired");
