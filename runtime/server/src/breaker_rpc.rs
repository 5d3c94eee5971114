//! RPC methods about circuit breakers.

use std::sync::Arc;

use evroute_dispatch::{Breaker, LiveRevision, Revisions};
use evroute_module_api::RpcScope;
use serde_json::{Value, json};

use crate::handlers::Handlers;
use crate::{DuplicateMethod, RpcError, RpcMethods, RpcParams};

/// `breaker.list`, `breaker.reset`.
pub(crate) fn add(
    methods: &mut RpcMethods,
    handlers: &Arc<Handlers>,
) -> Result<(), DuplicateMethod> {
    let all = Arc::clone(handlers);
    methods.add(
        "breaker.list",
        "[TENANT]: the circuit breakers of its handlers, or of all: their states, why they opened \
         last, and the events for which their fallbacks counted",
        RpcScope::reads_tenant(0),
        move |params| {
            let listed = list(&all, &params);
            async move { listed }
        },
    )?;
    let all = Arc::clone(handlers);
    methods.add(
        "breaker.reset",
        "TENANT HANDLER: closes the circuit breakers of a handler's revisions",
        RpcScope::changes_tenant(0),
        move |params| {
            let reset = reset(&all, &params);
            async move { reset }
        },
    )
}

fn list(handlers: &Handlers, params: &RpcParams) -> Result<Value, RpcError> {
    params.only(&["tenant"])?;
    let wanted = params.text_opt(0, "tenant")?;
    let mut rows = Vec::new();
    for (tenant, handler, revisions) in handlers.revisions() {
        if wanted.as_ref().is_some_and(|wanted| *wanted != tenant) {
            continue;
        }
        let breakers = revisions.each();
        rows.extend(breakers.filter_map(|(role, revision)| {
            let row = row(revision, revision.breaker()?);
            Some(json!({ "tenant": tenant, "handler": handler, "role": role, "breaker": row }))
        }));
    }
    Ok(Value::Array(rows))
}

fn reset(handlers: &Handlers, params: &RpcParams) -> Result<Value, RpcError> {
    params.only(&["tenant", "handler"])?;
    let (tenant, handler) = (params.text(0, "tenant")?, params.text(1, "handler")?);
    let all = handlers.revisions();
    let of_handler = |(t, h, _): &&(String, String, Revisions)| *t == tenant && *h == handler;
    let mut reset = 0;
    for (_, _, revisions) in all.iter().filter(of_handler) {
        for breaker in revisions
            .each()
            .filter_map(|(_, revision)| revision.breaker())
        {
            breaker.reset();
            reset += 1;
        }
    }
    match reset {
        0 => Err(RpcError::refused(format!(
            "tenant {tenant:?} has no handler {handler:?} with a breaker; breaker.list names them"
        ))),
        _ => Ok(json!({ "reset": reset })),
    }
}

fn row(revision: &LiveRevision, breaker: &Breaker) -> Value {
    let reading = breaker.read();
    json!({
        "revision": revision.number().number(),
        "state": reading.state.as_str(),
        "reason": reading.reason.map(|reason| reason.as_str()),
        "openings": reading.openings,
        "events_instead": reading.events_instead,
    })
}
