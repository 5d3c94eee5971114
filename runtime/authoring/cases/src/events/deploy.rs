//! Events of deploys and circuit breakers.

use evroute_module_deploy::events::{DeployActivated, DeployBreakerOpen, DeployRolledBack};
use evroute_tenant::Revision;

use super::{InCases, Kind, kind, missing, quiet};
use crate::case::{Case, RevisionStep};

pub(super) fn kinds() -> Vec<Kind> {
    vec![
        kind::<DeployActivated>(),
        kind::<DeployRolledBack>(),
        kind::<DeployBreakerOpen>(),
    ]
}

fn step(case: &Case) -> Result<&RevisionStep, String> {
    let step = case.deploy.as_ref();
    step.ok_or_else(|| missing("deploy = { handler, revision }"))
}

impl InCases for DeployActivated {
    const EXAMPLE: &'static str = r#"deploy = { handler = "guard", revision = 2 }"#;

    fn build(case: &Case) -> Result<Self, String> {
        let step = step(case)?;
        Ok(Self {
            subject: quiet(case),
            handler: step.handler.clone(),
            revision: Revision::new(step.revision),
            previous: step.before.map(Revision::new),
            who: step.who.clone(),
            why: step.why.clone(),
        })
    }
}

impl InCases for DeployRolledBack {
    const EXAMPLE: &'static str = r#"deploy = { handler = "guard", revision = 1, before = 2 }"#;

    fn build(case: &Case) -> Result<Self, String> {
        let step = step(case)?;
        Ok(Self {
            subject: quiet(case),
            handler: step.handler.clone(),
            revision: Revision::new(step.revision),
            taken_back: step.before.map(Revision::new),
            who: step.who.clone(),
            why: step.why.clone(),
        })
    }
}

impl InCases for DeployBreakerOpen {
    const EXAMPLE: &'static str =
        r#"breaker = { handler = "guard", revision = 2, reason = "traps" }"#;

    fn build(case: &Case) -> Result<Self, String> {
        let open = case.breaker.as_ref();
        let open = open.ok_or_else(|| missing("breaker = { handler, revision, reason }"))?;
        Ok(Self {
            subject: quiet(case),
            handler: open.handler.clone(),
            revision: Revision::new(open.revision),
            reason: open.reason.clone(),
            runs: open.runs,
            failures: open.failures,
            openings: open.openings,
        })
    }
}
