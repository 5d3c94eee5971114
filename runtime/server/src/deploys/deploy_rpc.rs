//! `deploy.*`: what POST /rpc can call of the deploys.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evroute_deploy::{Canary, HandlerInForce, difference};
use evroute_module_api::{RpcCaller, RpcScope};
use evroute_tenant::{HandlerId, Revision, TenantId};
use serde_json::{Value, json};

use super::canary_watch::shown as shown_reading;
use super::in_force::Change;
use super::live_handler::LiveHandler;
use super::shown;
use super::{Asked, DeployError, Deploys};
use crate::{DuplicateMethod, RpcError, RpcMethods, RpcParams};

/// The longest reason or evidence, in bytes.
const TEXT_BYTES_MAX: usize = 4096;
/// How many rows of the audit log are shown when nobody says how many.
const AUDIT_ROWS: u32 = 100;

const TENANT: RpcScope = RpcScope::changes_tenant(0);
const READS: RpcScope = RpcScope::reads_tenant(0);

type Call = fn(&Deploys, &RpcCaller, &RpcParams) -> Result<Value, RpcError>;

/// One method.
struct Row {
    name: &'static str,
    doc: &'static str,
    scope: RpcScope,
    call: Call,
}

const ROWS: [Row; 10] = [
    Row {
        name: "deploy.put",
        doc: "TENANT HANDLER DIGEST [SETTINGS] [WHY] [EVIDENCE] [SIGNATURE] [ATTESTATION]: tries a component that \
              was sent to POST /deploy and keeps it as a revision",
        scope: TENANT,
        call: put,
    },
    Row {
        name: "deploy.activate",
        doc: "TENANT HANDLER REVISION [PERCENT] [SECONDS] [WHY]: puts a revision in force, or gives \
              it a share of the calls for a time",
        scope: TENANT,
        call: activate,
    },
    Row {
        name: "deploy.promote",
        doc: "TENANT HANDLER [WHY]: puts the canary in force",
        scope: TENANT,
        call: |deploys, caller, params| change(deploys, caller, params, Change::Promote),
    },
    Row {
        name: "deploy.rollback",
        doc: "TENANT HANDLER [WHY]: takes the canary away, or puts the revision before in force",
        scope: TENANT,
        call: |deploys, caller, params| change(deploys, caller, params, Change::Rollback),
    },
    Row {
        name: "deploy.drain",
        doc: "TENANT HANDLER [WHY]: takes a handler out of force; a rollback brings it back",
        scope: TENANT,
        call: |deploys, caller, params| change(deploys, caller, params, Change::Drain),
    },
    Row {
        name: "deploy.revisions",
        doc: "TENANT [HANDLER]: the kept revisions, the newest first, and what is in force",
        scope: READS,
        call: revisions,
    },
    Row {
        name: "deploy.diff",
        doc: "TENANT HANDLER FROM TO: what changes from one revision to the other",
        scope: READS,
        call: diff,
    },
    Row {
        name: "deploy.component",
        doc: "TENANT HANDLER [REVISION]: the component of a kept revision, in Base64; of the one in \
              force where none is named",
        scope: TENANT,
        call: component,
    },
    Row {
        name: "deploy.audit",
        doc: "[TENANT] [ROWS]: the last rows of the audit log, or those about a tenant, the newest first",
        scope: READS,
        call: audit,
    },
    Row {
        name: "deploy.audit_verify",
        doc: "follows the chain of the whole audit log; its end, to be kept elsewhere",
        scope: RpcScope::READS_SERVER,
        call: audit_verify,
    },
];

/// Adds the methods. They compile and write, so that each has a thread of its own.
pub(crate) fn add(methods: &mut RpcMethods, deploys: &Arc<Deploys>) -> Result<(), DuplicateMethod> {
    for row in ROWS {
        let deploys = Arc::clone(deploys);
        methods.add_by(row.name, row.doc, row.scope, move |caller, params| {
            let deploys = Arc::clone(&deploys);
            let call = row.call;
            async move {
                let work = move || call(&deploys, &caller, &params);
                let done = tokio::task::spawn_blocking(work).await;
                done.unwrap_or_else(|_| Err(RpcError::internal("it broke; the log says more")))
            }
        })?;
    }
    methods.mark_large("deploy.component");
    methods.mark_large("deploy.audit");
    methods.mark_large("deploy.revisions");
    Ok(())
}

fn text(params: &RpcParams, position: usize, name: &str) -> Result<String, RpcError> {
    let text = params.text_opt(position, name)?.unwrap_or_default();
    match text.len() <= TEXT_BYTES_MAX {
        true => Ok(text),
        false => Err(RpcError::invalid_params(format!(
            "{name} has {} bytes, and {TEXT_BYTES_MAX} are taken at most",
            text.len()
        ))),
    }
}

fn revision(params: &RpcParams, position: usize, name: &str) -> Result<Revision, RpcError> {
    let number = params.integer(position, name)?;
    let number = u32::try_from(number).map_err(|_| {
        RpcError::invalid_params(format!("{name} is the number of a revision, for example 3"))
    })?;
    Ok(Revision::new(number))
}

fn put(deploys: &Deploys, caller: &RpcCaller, params: &RpcParams) -> Result<Value, RpcError> {
    params.only(&[
        "tenant",
        "handler",
        "digest",
        "settings",
        "why",
        "evidence",
        "signature",
        "attestation",
    ])?;
    let deploying = deploys.deploying(caller, &params.text(0, "tenant")?)?;
    let asked = Asked {
        handler: params.text(1, "handler")?,
        digest: params.text(2, "digest")?,
        settings: params.get(3, "settings").cloned(),
        why: text(params, 4, "why")?,
        evidence: text(params, 5, "evidence")?,
        signature: params.text_opt(6, "signature")?,
        attestation: params.text_opt(7, "attestation")?,
    };
    let record = deploys.put(&deploying, asked)?;
    Ok(Value::Object(shown::revision(&record)))
}

fn activate(deploys: &Deploys, caller: &RpcCaller, params: &RpcParams) -> Result<Value, RpcError> {
    params.only(&["tenant", "handler", "revision", "percent", "seconds", "why"])?;
    let deploying = deploys.deploying(caller, &params.text(0, "tenant")?)?;
    let handler = params.text(1, "handler")?;
    let revision = revision(params, 2, "revision")?;
    let canary = match (params.get(3, "percent"), params.get(4, "seconds")) {
        (None, None) => None,
        (Some(_), Some(_)) => {
            let (percent, seconds) = (params.integer(3, "percent")?, params.integer(4, "seconds")?);
            let canary = Canary::new(revision, percent, seconds);
            Some(canary.map_err(|error| RpcError::refused(error.to_string()))?)
        }
        (Some(_), None) | (None, Some(_)) => {
            return Err(RpcError::invalid_params(
                "a canary has percent and seconds, both or none of them",
            ));
        }
    };
    let why = text(params, 5, "why")?;
    let change = Change::Activate(revision, canary);
    let kept = deploys.change(&deploying, &handler, change, (&why, ""))?;
    Ok(shown::in_force(&kept))
}

fn change(
    deploys: &Deploys,
    caller: &RpcCaller,
    params: &RpcParams,
    change: Change,
) -> Result<Value, RpcError> {
    params.only(&["tenant", "handler", "why"])?;
    let deploying = deploys.deploying(caller, &params.text(0, "tenant")?)?;
    let (handler, why) = (params.text(1, "handler")?, text(params, 2, "why")?);
    let kept = deploys.change(&deploying, &handler, change, (&why, ""))?;
    Ok(shown::in_force(&kept))
}

/// A tenant that is there, and a handler's name, for whoever only reads.
fn named(
    deploys: &Deploys,
    params: &RpcParams,
    handler: Option<String>,
) -> Result<(TenantId, Option<HandlerId>), RpcError> {
    let tenant = deploys.tenant(&params.text(0, "tenant")?)?;
    let handler = handler.map(|name| name.parse()).transpose();
    let handler = handler.map_err(|error| DeployError::Refused(format!("handler: {error}")))?;
    Ok((tenant.config.id.clone(), handler))
}

fn revisions(deploys: &Deploys, _: &RpcCaller, params: &RpcParams) -> Result<Value, RpcError> {
    params.only(&["tenant", "handler"])?;
    let handler = params.text_opt(1, "handler")?;
    let (tenant, handler) = named(deploys, params, handler)?;
    let kept = deploys.store().revisions(&tenant, handler.as_ref());
    let kept = kept.map_err(DeployError::from)?;
    let in_force = deploys
        .store()
        .in_force(&tenant)
        .map_err(DeployError::from)?;
    let live = deploys.in_force.all();
    let live = live.get(&tenant);
    let shown = kept.iter().map(|record| {
        let mut shown = shown::revision(record);
        let handler = &record.new.handler;
        let kept = in_force.iter().find(|one| one.handler == *handler);
        let live = live.and_then(|live| {
            live.handlers
                .iter()
                .find(|one| one.kept.handler == *handler)
        });
        let state = state(kept, live.map(|live| &live.kept), record.revision);
        shown.insert("state".to_owned(), json!(state));
        if let Some((old, new)) = live
            .and_then(LiveHandler::readings)
            .filter(|_| state == "canary")
        {
            let readings =
                json!({ "canary": shown_reading(&new), "in_force": shown_reading(&old) });
            shown.insert("readings".to_owned(), readings);
        }
        Value::Object(shown)
    });
    Ok(shown.collect())
}

/// What a revision is: by what gets events, which is not what is kept when that could not be made
/// ready.
fn state(
    kept: Option<&HandlerInForce>,
    live: Option<&HandlerInForce>,
    revision: Revision,
) -> &'static str {
    let current = |of: &HandlerInForce| of.activation.current == Some(revision);
    let Some(counts) = live.or(kept) else {
        return "kept";
    };
    let canary = counts.activation.canary.map(|canary| canary.revision());
    match Some(revision) {
        one if one == counts.activation.current => "in force",
        one if one == canary => "canary",
        _ if kept.is_some_and(current) => "not ready",
        one if one == counts.previous => "previous",
        _ => "kept",
    }
}

fn diff(deploys: &Deploys, _: &RpcCaller, params: &RpcParams) -> Result<Value, RpcError> {
    params.only(&["tenant", "handler", "from", "to"])?;
    let handler = params.text(1, "handler")?;
    let (tenant, handler) = named(deploys, params, Some(handler))?;
    let handler = handler.ok_or_else(|| RpcError::internal("a handler was named"))?;
    let record = |revision| {
        let record = deploys.store().revision(&tenant, &handler, revision);
        record.map_err(DeployError::from)
    };
    let from = record(revision(params, 2, "from")?)?;
    let to = record(revision(params, 3, "to")?)?;
    let all = difference(&from, &to).into_iter();
    let shown = all.map(|one| json!({ "what": one.what, "from": one.from, "to": one.to }));
    Ok(shown.collect())
}

fn component(deploys: &Deploys, _: &RpcCaller, params: &RpcParams) -> Result<Value, RpcError> {
    params.only(&["tenant", "handler", "revision"])?;
    let handler = params.text(1, "handler")?;
    let (tenant, handler) = named(deploys, params, Some(handler))?;
    let handler = handler.ok_or_else(|| RpcError::internal("a handler was named"))?;
    let store = deploys.store();
    let number = match params.get(2, "revision").filter(|given| !given.is_null()) {
        Some(_) => revision(params, 2, "revision")?,
        None => {
            let in_force = store.in_force(&tenant).map_err(DeployError::from)?;
            let of = in_force.iter().find(|one| one.handler == handler);
            let current = of.and_then(|one| one.activation.current);
            current.ok_or_else(|| {
                let what = format!("no revision of {handler} is in force; name one");
                RpcError::refused(what)
            })?
        }
    };
    let record = store
        .revision(&tenant, &handler, number)
        .map_err(DeployError::from)?;
    let component = store.blobs().read(record.new.digest, record.bytes);
    let component = component.map_err(DeployError::from)?;
    Ok(json!({
        "handler": handler.as_str(),
        "revision": number.number(),
        "digest": record.new.digest.to_string(),
        "component": STANDARD.encode(component),
    }))
}

fn audit(deploys: &Deploys, _: &RpcCaller, params: &RpcParams) -> Result<Value, RpcError> {
    params.only(&["tenant", "rows"])?;
    // Only an operator can leave it out: a tenant's own stands there.
    let tenant = match params.text_opt(0, "tenant")? {
        Some(_) => Some(named(deploys, params, None)?.0),
        None => None,
    };
    let rows = match params.get(1, "rows") {
        None => AUDIT_ROWS,
        Some(_) => u32::try_from(params.integer(1, "rows")?)
            .map_err(|_| RpcError::invalid_params("rows is how many rows, for example 100"))?,
    };
    let rows = deploys.store().audit_rows(tenant.as_ref(), rows);
    let rows = rows.map_err(DeployError::from)?;
    Ok(rows.iter().map(shown::row).collect())
}

fn audit_verify(deploys: &Deploys, _: &RpcCaller, params: &RpcParams) -> Result<Value, RpcError> {
    params.only(&[])?;
    let chain = deploys.store().verify_audit().map_err(DeployError::from)?;
    Ok(json!({ "rows": chain.rows, "head": chain.head.to_string() }))
}
