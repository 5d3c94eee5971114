//! The sink that modules emit into.

use std::collections::BTreeSet;
use std::sync::Arc;

use evroute_event::{
    Answer, Cause, EventIndex, EventName, Payload, PinnedHandlers, Raised, Sink, Subscribed,
};
use evroute_module_api::EventBinding;
use evroute_sandbox::Handler;
use evroute_tenant::{TenantIndex, TenantSlots};

use crate::event_dispatch::{DispatchContext, EventDispatch, Step};
use crate::{LiveRevision, Observer, RevisionConfig, TenantSubscriptions};

/// Brings events to handlers.
pub struct Dispatcher {
    bindings: Vec<Arc<dyn EventBinding>>,
    tenants: TenantSlots<TenantSubscriptions>,
    observer: Arc<dyn Observer>,
}

impl std::fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dispatcher")
            .field("tenants", &self.tenants)
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
            tenants: TenantSlots::new(),
            observer,
        })
    }

    /// Puts a tenant's subscriptions in force, at once and all together; other tenants notice
    /// nothing. Runs in flight end on those they began with, and the last of them frees them.
    pub fn put_in_force(&self, tenant: TenantIndex, subscriptions: TenantSubscriptions) {
        self.tenants.put(tenant, Arc::new(subscriptions));
    }

    /// From now on nobody of this tenant listens: it is gone, or not to be asked.
    pub fn withdraw(&self, tenant: TenantIndex) {
        self.tenants.remove(tenant);
    }

    /// A revision that can be put in force, of which nothing has run yet.
    #[must_use]
    pub fn revision(&self, handler: Arc<Handler>, config: RevisionConfig) -> Arc<LiveRevision> {
        let revision = LiveRevision::new(handler, config, &self.bindings, &self.observer);
        Arc::new(revision)
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
        let handled = |tenant: &Arc<TenantSubscriptions>| tenant.handled & event.bit() != 0;
        self.tenants.read(tenant, handled).unwrap_or(false)
    }

    fn subscribed(&self, tenant: TenantIndex, event: EventIndex) -> Subscribed {
        let nobody = || Subscribed::Only(BTreeSet::new());
        self.tenants
            .read(tenant, |tenant| tenant.subscribed(event))
            .unwrap_or_else(nobody)
    }

    fn raise(&self, event: EventIndex, cause: Cause, payload: Box<dyn Payload>) -> Raised {
        let tenant = self.tenants.get(cause.tenant);
        self.raise_among(tenant, event, cause, payload)
    }

    fn pin(&self, tenant: TenantIndex) -> PinnedHandlers {
        let tenant = self.tenants.get(tenant);
        tenant.map_or_else(PinnedHandlers::default, |tenant| {
            PinnedHandlers::new(tenant)
        })
    }

    fn is_handled_by(&self, by: &PinnedHandlers, _: TenantIndex, event: EventIndex) -> bool {
        let tenant = by.get::<TenantSubscriptions>();
        tenant.is_some_and(|tenant| tenant.handled & event.bit() != 0)
    }

    fn raise_to(
        &self,
        to: &PinnedHandlers,
        event: EventIndex,
        cause: Cause,
        payload: Box<dyn Payload>,
    ) -> Raised {
        // Of a tenant that is gone nobody is asked, whoever was held.
        let is_there = self.tenants.read(cause.tenant, |_| ()).is_some();
        let tenant = to.share::<TenantSubscriptions>().filter(|_| is_there);
        self.raise_among(tenant, event, cause, payload)
    }
}

impl Dispatcher {
    /// Asks the handlers of these subscriptions; nobody without any.
    fn raise_among(
        &self,
        tenant: Option<Arc<TenantSubscriptions>>,
        event: EventIndex,
        cause: Cause,
        payload: Box<dyn Payload>,
    ) -> Raised {
        let (Some(binding), Some(tenant)) = (self.bindings.get(event.position()), tenant) else {
            let verdict = None;
            return Raised::Done(Answer { payload, verdict });
        };
        let context = DispatchContext {
            binding,
            tenant: &tenant,
            observer: &self.observer,
            event,
            cause,
        };
        let dispatch = EventDispatch {
            payload,
            verdict: None,
            next: 0,
            call: None,
        };
        match context.ask_sync(dispatch) {
            Step::Done(answer) => Raised::Done(answer),
            Step::Waits(dispatch) => Raised::Pending(context.later(dispatch)),
        }
    }
}
