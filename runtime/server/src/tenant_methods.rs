//! RPC methods about tenants. Kamailio has none; the names are ours.

use std::future::Future;
use std::sync::Arc;

use evroute_module_api::RpcScope;
use serde_json::{Value, json};

use crate::tenant_end::TenantEnd;
use crate::tenant_error::{Removal, TenantChange, TenantError};
use crate::tenant_registry::{TenantLife, TenantRegistry};
use crate::tenant_starts::TenantStage;
use crate::{DuplicateMethod, RpcError, RpcMethods, RpcParams};

/// How many tenants one answer lists.
const LISTED_MAX: usize = 1000;

/// `tenant.list`, `tenant.show`, `tenant.add`, `tenant.set`, `tenant.remove`, `tenant.reload`.
pub(crate) fn add(
    methods: &mut RpcMethods,
    registry: &Arc<TenantRegistry>,
) -> Result<(), DuplicateMethod> {
    add_reading(methods, registry)?;
    let of = Arc::clone(registry);
    methods.add(
        "tenant.add",
        "NAME TEXT: adds the tenant of this [[tenant]] section, and serves it",
        RpcScope::CHANGES_SERVER,
        move |params| {
            let registry = Arc::clone(&of);
            async move {
                params.only(&["name", "text"])?;
                let (name, text) = (params.text(0, "name")?, params.text(1, "text")?);
                let adding = Arc::clone(&registry);
                changed(&registry, async move { adding.add(&name, &text).await }).await?;
                Ok(json!({ "change": TenantChange::Added.as_str() }))
            }
        },
    )?;
    let of = Arc::clone(registry);
    methods.add(
        "tenant.set",
        "NAME TEXT [FORCE]: changes a tenant that was added; force loses what it keeps in memory",
        RpcScope::CHANGES_SERVER,
        move |params| {
            let registry = Arc::clone(&of);
            async move {
                params.only(&["name", "text", "force"])?;
                let (name, text) = (params.text(0, "name")?, params.text(1, "text")?);
                let force = flag(&params, 2, "force")?;
                let setting = Arc::clone(&registry);
                let set = async move { setting.set(&name, &text, force).await };
                let change = changed(&registry, set).await?;
                Ok(json!({ "change": change.as_str() }))
            }
        },
    )?;
    add_removing(methods, registry)
}

fn add_reading(
    methods: &mut RpcMethods,
    registry: &Arc<TenantRegistry>,
) -> Result<(), DuplicateMethod> {
    let of = Arc::clone(registry);
    methods.add(
        "tenant.list",
        "[AFTER]: the tenants by name, and how far each has come; next is where to go on after",
        RpcScope::READS_SERVER,
        move |params| {
            let listed = params.only(&["after"]);
            let listed = listed.and_then(|()| params.text_opt(0, "after"));
            let listed = listed.map(|after| list(&of, after.as_deref()));
            async move { listed }
        },
    )?;
    methods.mark_large("tenant.list");
    let of = Arc::clone(registry);
    methods.add(
        "tenant.show",
        "TENANT: its domains, quota and handlers, and how far it has come",
        RpcScope::reads_tenant(0),
        move |params| {
            let shown = show(&of, &params);
            async move { shown }
        },
    )
}

fn add_removing(
    methods: &mut RpcMethods,
    registry: &Arc<TenantRegistry>,
) -> Result<(), DuplicateMethod> {
    let of = Arc::clone(registry);
    methods.add(
        "tenant.remove",
        "NAME [PURGE] [FORCE]: removes a tenant that was added, once what is under way has ended; \
         purge removes the files of its databases, force does not wait",
        RpcScope::CHANGES_SERVER,
        move |params| {
            let registry = Arc::clone(&of);
            async move {
                params.only(&["name", "purge", "force"])?;
                let name = params.text(0, "name")?;
                let removal = Removal {
                    purge: flag(&params, 1, "purge")?,
                    force: flag(&params, 2, "force")?,
                };
                let removing = Arc::clone(&registry);
                let removed = async move { removing.remove(&name, removal).await };
                let ended = changed(&registry, removed).await?;
                let is_drained = ended == TenantEnd::Drained;
                Ok(json!({ "change": TenantChange::Removed.as_str(), "drained": is_drained }))
            }
        },
    )?;
    let of = Arc::clone(registry);
    methods.add(
        "tenant.reload",
        "[FORCE]: reads the tenants of the configuration file again; those that are as they were \
         are not touched",
        RpcScope::CHANGES_SERVER,
        move |params| {
            let registry = Arc::clone(&of);
            async move {
                params.only(&["force"])?;
                let force = flag(&params, 0, "force")?;
                let reloading = Arc::clone(&registry);
                let reloaded = async move { reloading.reload(force).await };
                let reloaded = changed(&registry, reloaded).await?.into_iter();
                let reported = reloaded.map(|(tenant, change)| match change {
                    Ok(change) => json!({ "tenant": tenant, "change": change.as_str() }),
                    Err(why) => json!({ "tenant": tenant, "refused": why.to_string() }),
                });
                Ok(json!({ "tenants": reported.collect::<Vec<_>>() }))
            }
        },
    )
}

/// A change in a task of its own: it comes to its end even when whoever asked for it hangs up, or
/// waits no longer.
async fn changed<T: Send + 'static>(
    registry: &TenantRegistry,
    change: impl Future<Output = Result<T, TenantError>> + Send + 'static,
) -> Result<T, RpcError> {
    let task = registry.parts.shutdown.tasks().spawn(change);
    let changed = task.await;
    let changed =
        changed.map_err(|broken| RpcError::internal(format!("the change broke: {broken}")))?;
    changed.map_err(|why| match why {
        TenantError::Config(_) | TenantError::Wrong(_) => RpcError::invalid_params(why.to_string()),
        TenantError::Unknown(_)
        | TenantError::Known(_)
        | TenantError::OfFile(_)
        | TenantError::Starting(_)
        | TenantError::Loses { .. }
        | TenantError::Start(_)
        | TenantError::Full
        | TenantError::Stopping
        | TenantError::Write { .. } => RpcError::refused(why.to_string()),
    })
}

/// A yes or no that may be missing, which is no.
fn flag(params: &RpcParams, position: usize, name: &str) -> Result<bool, RpcError> {
    match params.text_opt(position, name)?.as_deref() {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(other) => Err(RpcError::invalid_params(format!(
            "{name} is {other:?}; write true or false"
        ))),
    }
}

fn list(registry: &TenantRegistry, after: Option<&str>) -> Value {
    let mut all = registry.all();
    if let Some(after) = after {
        all.retain(|life| life.config.id.as_str() > after);
    }
    let rows: Vec<_> = all
        .iter()
        .take(LISTED_MAX)
        .map(|life| row(registry, life))
        .collect();
    let last = all.get(LISTED_MAX.saturating_sub(1));
    let next = last.filter(|_| all.len() > LISTED_MAX);
    let broken = registry.broken();
    let broken = broken.iter().take(LISTED_MAX);
    let broken = broken.map(|one| json!({ "name": one.name, "why": one.why }));
    let mut listed = json!({ "tenants": rows, "broken_files": broken.collect::<Vec<_>>() });
    if let (Some(next), Some(listed)) = (next, listed.as_object_mut()) {
        listed.insert("next".to_owned(), json!(next.config.id.as_str()));
    }
    listed
}

/// What a list says of a tenant.
fn row(registry: &TenantRegistry, life: &TenantLife) -> Value {
    let stage = registry.parts.starts.stage(life.index());
    let stage = stage.unwrap_or(TenantStage::Draining);
    let mut row = json!({
        "name": life.config.id.as_str(),
        "stage": stage.as_str(),
        "source": life.config.source.as_str(),
        "domains": life.config.domains,
    });
    if let (TenantStage::Disabled(why), Some(row)) = (stage, row.as_object_mut()) {
        row.insert("why".to_owned(), json!(why));
    }
    row
}

fn show(registry: &TenantRegistry, params: &RpcParams) -> Result<Value, RpcError> {
    params.only(&["tenant"])?;
    let name = params.text(0, "tenant")?;
    let unknown = || RpcError::refused(TenantError::Unknown(name.clone()).to_string());
    let life = registry.find(&name).ok_or_else(unknown)?;
    let (mut shown, config, quota) = (row(registry, &life), &life.config, &life.config.quota);
    let handlers = registry.parts.handlers.status_of(life.index()).into_iter();
    let handlers = handlers
        .map(|one| json!({ "name": one.name, "revision": one.revision, "events": one.events }));
    let more = [
        ("listeners", json!(config.listeners)),
        (
            "sources",
            json!(
                config
                    .sources
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
            ),
        ),
        ("handlers", json!(handlers.collect::<Vec<_>>())),
        (
            "quota",
            json!({
                "runs_concurrent_max": quota.runs_concurrent_max,
                "run_ms_per_second_max": quota.run_ms_per_second_max,
                "events_per_second_max": quota.event_rates.events_per_second_max,
                "fuel_per_second_max": quota.event_rates.fuel_per_second_max,
                "outgoing_requests_per_second_max": quota.outgoing_requests_per_second_max,
                "log_bytes_per_second_max": quota.log_bytes_per_second_max,
                "table_entries_max": quota.table_entries_max,
                "table_bytes_max": quota.table_bytes_max,
                "shv_entries_max": quota.shv_entries_max,
                "shv_bytes_max": quota.shv_bytes_max,
                "contacts_max": quota.contacts_max,
                "aor_contacts_max": quota.aor_contacts_max,
                "journal_bytes_max": quota.journal_bytes_max,
                "journal_queued_bytes_max": quota.journal_queued_bytes_max,
                "events_queued_max": quota.events_queued_max,
            }),
        ),
    ];
    if let Some(shown) = shown.as_object_mut() {
        shown.extend(more.map(|(key, value)| (key.to_owned(), value)));
    }
    Ok(shown)
}
