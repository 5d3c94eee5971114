//! The sink that modules emit into.

use std::sync::Arc;

use arc_swap::ArcSwap;
use evroute_event::{Cause, EventIndex, EventName, Payload, Raised, Sink, Subscribed};
use evroute_module_api::EventBinding;
use evroute_tenant::TenantIndex;

use crate::event_dispatch::{DispatchContext, EventDispatch, Step};
use crate::{Observer, Snapshot};

/// Brings events to handlers.
pub struct Dispatcher {
    bindings: Vec<Arc<dyn EventBinding>>,
    snapshot: ArcSwap<Snapshot>,
    observer: Arc<dyn Observer>,
}

impl std::fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dispatcher")
            .field("snapshot", &self.snapshot)
            .finish_non_exhaustive()
    }
}

impl Dispatcher {
    /// A dispatcher for these events, to which nobody listens yet. The order of `glues` is that of
    /// the sandbox's.
    #[must_use]
    pub fn new(bindings: Vec<Arc<dyn EventBinding>>, observer: Arc<dyn Observer>) -> Arc<Self> {
        Arc::new(Self {
            bindings,
            snapshot: ArcSwap::from_pointee(Snapshot::new()),
            observer,
        })
    }

    /// Puts new subscriptions in force, at once and all together. Runs in flight end on those they
    /// began with.
    pub fn swap(&self, snapshot: Snapshot) {
        self.snapshot.store(Arc::new(snapshot));
    }

    /// The place of an event by its name, `tm:local-request`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<EventIndex> {
        self.bindings
            .iter()
            .position(|binding| binding.name().as_str() == name)
            .and_then(EventIndex::new)
    }
}

impl Sink for Dispatcher {
    fn index(&self, name: EventName) -> Option<EventIndex> {
        self.find(name.as_str())
    }

    fn is_handled(&self, tenant: TenantIndex, event: EventIndex) -> bool {
        self.snapshot
            .load()
            .tenant(tenant)
            .is_some_and(|tenant| tenant.handled & event.bit() != 0)
    }

    fn subscribed(&self, tenant: TenantIndex, event: EventIndex) -> Subscribed {
        self.snapshot.load().subscribed(tenant, event)
    }

    fn raise(&self, event: EventIndex, cause: Cause, payload: Box<dyn Payload>) -> Raised {
        let snapshot = self.snapshot.load();
        let (Some(binding), Some(tenant)) = (
            self.bindings.get(event.position()),
            snapshot.tenant(cause.tenant),
        ) else {
            return Raised::Done(evroute_event::Answer {
                payload,
                verdict: None,
            });
        };
        let context = DispatchContext {
            binding,
            tenant,
            observer: &self.observer,
            event,
            cause,
        };
        let dispatch = EventDispatch {
            payload,
            verdict: None,
            next: 0,
        };
        match context.ask_sync(dispatch) {
            Step::Done(answer) => Raised::Done(answer),
            Step::Waits(dispatch) => Raised::Pending(context.later(dispatch)),
        }
    }
}
