//! What this module raises. The event filter of each is the name of the handler that it is about.

use std::sync::Arc;

use evroute_bindings::export;
use evroute_event::{Subject, event};
use evroute_module_api::{EventBinding, GuestEvent, Naming, TypedBinding};
use evroute_tenant::Revision;

/// The events of the deploy module, in the order of the reference.
pub(crate) fn bindings() -> Vec<Arc<dyn EventBinding>> {
    vec![
        Arc::new(TypedBinding::<DeployActivated>::default()),
        Arc::new(TypedBinding::<DeployRolledBack>::default()),
        Arc::new(TypedBinding::<DeployBreakerOpen>::default()),
    ]
}

/// `deploy:activated:<handler>`: a revision of a deployed handler is in force, put there or
/// promoted from a canary.
#[derive(Clone, Debug)]
pub struct DeployActivated {
    /// When; no message.
    pub subject: Subject,
    /// The handler that was deployed to.
    pub handler: String,
    /// The revision in force from now on.
    pub revision: Revision,
    /// The one in force until now; none when there was none.
    pub previous: Option<Revision>,
    /// Who did it.
    pub who: String,
    /// Why, in their words.
    pub why: String,
}

event!(DeployActivated: "deploy:activated" -> (), filter handler);

impl GuestEvent for DeployActivated {
    type Export = export::DeployActivated;
    const SEGMENT: Option<Naming> = Some(Naming::Free);
}

/// `deploy:rolled-back:<handler>`: a revision of a deployed handler was taken back, by a rollback
/// or as a canary that was stopped.
#[derive(Clone, Debug)]
pub struct DeployRolledBack {
    /// When; no message.
    pub subject: Subject,
    /// The handler of which a revision was taken back.
    pub handler: String,
    /// The revision in force from now on.
    pub revision: Revision,
    /// The one that gets no events any more; none when the handler had been drained.
    pub taken_back: Option<Revision>,
    /// Who did it.
    pub who: String,
    /// Why, in their words.
    pub why: String,
}

event!(DeployRolledBack: "deploy:rolled-back" -> (), filter handler);

impl GuestEvent for DeployRolledBack {
    type Export = export::DeployRolledBack;
    const SEGMENT: Option<Naming> = Some(Naming::Free);
}

/// `deploy:breaker-open:<handler>`: the circuit breaker of a revision has opened.
#[derive(Clone, Debug)]
pub struct DeployBreakerOpen {
    /// When; no message.
    pub subject: Subject,
    /// The handler whose runs failed.
    pub handler: String,
    /// The revision that is not asked any more.
    pub revision: Revision,
    /// What its runs failed of.
    pub reason: String,
    /// Runs in the stretch that opened it, or probes.
    pub runs: u64,
    /// Those of them that failed of it.
    pub failures: u64,
    /// How often it has opened, this time included.
    pub openings: u64,
}

event!(DeployBreakerOpen: "deploy:breaker-open" -> (), filter handler);

impl GuestEvent for DeployBreakerOpen {
    type Export = export::DeployBreakerOpen;
    const SEGMENT: Option<Naming> = Some(Naming::Free);
}
