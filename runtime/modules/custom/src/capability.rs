//! What guests may call: `evroute:custom/raise`, and the payload of this module's event.

use std::sync::Arc;

use evroute_bindings::evroute::custom::{raise, types};
use evroute_bindings::{handle, import};
use evroute_event::Cause;
use evroute_module_api::{Capability, HostTrap, QueuePlace, RunSlot, RunState, Value, run_view};
use wasmtime::component::Resource;

use crate::events::CustomEvent;
use crate::limits::{Refused, size};
use crate::queue::CustomTenant;

/// What this module implements.
pub(crate) const ROWS: &[Capability] = &[
    Capability::of::<import::CustomTypes, CustomView<'static>>(),
    Capability::of::<import::CustomRaise, CustomView<'static>>().granted_by("custom"),
];

run_view!(CustomView);

type Handle = Resource<handle::CustomEvent>;

impl types::Host for CustomView<'_> {}

impl types::HostCustomEvent for CustomView<'_> {
    fn name(&mut self, _: Handle) -> wasmtime::Result<String> {
        let name = self.0.payload::<CustomEvent>()?.name().to_owned();
        self.0.charge(name.len())?;
        Ok(name)
    }

    fn keys(&mut self, _: Handle) -> wasmtime::Result<Vec<String>> {
        let parameters = self.0.payload::<CustomEvent>()?.parameters();
        let keys: Vec<_> = parameters.iter().map(|(key, _)| key.clone()).collect();
        self.0.charge(keys.iter().map(String::len).sum())?;
        Ok(keys)
    }

    fn get(&mut self, _: Handle, key: String) -> wasmtime::Result<Value> {
        let parameters = self.0.payload::<CustomEvent>()?.parameters();
        let value = parameters
            .iter()
            .find(|(known, _)| *known == key)
            .map(|(_, value)| value.clone());
        let value = value.unwrap_or(Value::Null);
        self.0.charge(key.len() + size(&value))?;
        Ok(value)
    }

    fn drop(&mut self, _: Handle) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl raise::Host for CustomView<'_> {
    fn raise(
        &mut self,
        name: String,
        parameters: Vec<(String, Value)>,
    ) -> wasmtime::Result<Result<(), raise::Error>> {
        let run = &mut *self.0;
        let bytes = |(key, value): &(String, Value)| key.len() + size(value);
        run.charge(name.len() + parameters.iter().map(bytes).sum::<usize>())?;
        if !run.handler_context.grants.may("custom", Some(&name)) {
            return Ok(Err(raise::Error::NotGranted));
        }
        let cause = run.cause.deeper();
        if cause.depth > run.handler_context.limits.event_depth_max {
            return Ok(Err(raise::Error::QuotaExceeded));
        }
        let event = match CustomEvent::new(&name, parameters, run.subject()?.time_us) {
            Ok(event) => event,
            Err(Refused::Name(_)) => return Ok(Err(raise::Error::InvalidName)),
            Err(Refused::Parameters) => return Ok(Err(raise::Error::QuotaExceeded)),
        };
        run.charge_action()?;
        let raising = run.slot(Raising::new)?;
        let Ok(place) = raising.tenant.reserve() else {
            return Ok(Err(raise::Error::QuotaExceeded));
        };
        raising.events.push((place, cause, event));
        Ok(Ok(()))
    }
}

/// What one run has raised, not queued yet, each with its place in the queue.
struct Raising {
    tenant: Arc<CustomTenant>,
    events: Vec<(QueuePlace<CustomEvent>, Cause, CustomEvent)>,
}

impl Raising {
    fn new(run: &RunState) -> wasmtime::Result<Self> {
        let tenant = run.handler_context.tenant.share::<CustomTenant>();
        let tenant =
            tenant.ok_or_else(|| HostTrap::host_fault("this tenant has no queue of events"))?;
        Ok(Self {
            tenant,
            events: Vec::new(),
        })
    }
}

impl RunSlot for Raising {
    fn commit(self: Box<Self>) {
        for (place, cause, event) in self.events {
            place.put(cause, event);
        }
    }
}

#[cfg(test)]
mod tests {
    use evroute_tenant::TenantIndex;

    use super::*;

    #[test]
    fn what_a_failed_run_raised_is_never_queued_and_its_place_is_free_again() {
        let (queue, mut receiver) = crate::Queue::new(1);
        let tenant = Arc::new(CustomTenant::of(queue));
        let cause = Cause::outside(TenantIndex::new(0));
        let raising = || Raising {
            tenant: Arc::clone(&tenant),
            events: vec![(
                tenant.reserve().unwrap(),
                cause,
                CustomEvent::new("a", Vec::new(), 1).unwrap(),
            )],
        };
        drop(raising());
        assert!(receiver.try_recv().is_err());
        let kept = Box::new(raising());
        assert!(tenant.reserve().is_err(), "the place is kept for the run");
        assert_eq!(tenant.refused(), 1);
        kept.commit();
        assert_eq!(receiver.try_recv().unwrap().event.name(), "a");
    }
}
