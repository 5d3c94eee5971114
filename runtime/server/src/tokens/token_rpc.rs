//! RPC methods about tokens.

use std::sync::Arc;

use evroute_clock::wall_seconds;
use evroute_module_api::{RpcCaller, RpcError, RpcParams, RpcResult, RpcScope};
use serde_json::{Value, json};

use super::{NewToken, TokenRecord, TokenRefusal, TokenStore};
use crate::{DuplicateMethod, RpcMethods};

const DAY_SECONDS: u64 = 86_400;

/// The longest life of a token that ends, in days.
const DAYS_MAX: i64 = 36_500;

/// Whether there is a tenant of this name.
type IsTenant = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// `token.create`, `token.list`, `token.revoke`, `token.whoami`.
pub(crate) fn add(
    methods: &mut RpcMethods,
    tokens: &Arc<TokenStore>,
    is_tenant: IsTenant,
) -> Result<(), DuplicateMethod> {
    let store = Arc::clone(tokens);
    methods.add_by(
        "token.create",
        "NAME [TENANT] [DAYS] [READ]: makes a token of the tenant, without one an operator's; shows it once",
        RpcScope::changes_tenant(1),
        move |caller, params| {
            let (store, is_tenant) = (Arc::clone(&store), Arc::clone(&is_tenant));
            on_disk(move || create(&store, &*is_tenant, &caller, &params))
        },
    )?;
    methods.add_by(
        "token.whoami",
        "whose the token is that this is called with",
        RpcScope::READS_PROGRAM,
        |caller, params| {
            let reported = json!({
                "name": caller.name(), "tenant": caller.tenant().map(|tenant| tenant.as_str()),
                "expires": caller.expires(),
            });
            async move { params.only(&[]).map(|()| reported) }
        },
    )?;
    let store = Arc::clone(tokens);
    methods.add(
        "token.list",
        "[TENANT]: the tokens there are, without their secrets",
        RpcScope::reads_tenant(0),
        move |params| {
            let listed = params.only(&["tenant"]);
            let tenant = listed.and_then(|()| params.text_opt(0, "tenant"));
            let listed = tenant.map(|tenant| store.list(tenant.as_deref()));
            async move { listed.map(|records| records.iter().map(shown).collect()) }
        },
    )?;
    let store = Arc::clone(tokens);
    methods.add(
        "token.revoke",
        "TOKEN [TENANT]: ends a token, by its id or its name",
        RpcScope::changes_tenant(1),
        move |params| {
            let store = Arc::clone(&store);
            on_disk(move || revoke(&store, &params))
        },
    )
}

/// Where a disk may be waited for.
async fn on_disk(work: impl FnOnce() -> RpcResult + Send + 'static) -> RpcResult {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.unwrap_or_else(|error| Err(RpcError::internal(error.to_string())))
}

fn create(
    store: &TokenStore,
    is_tenant: &dyn Fn(&str) -> bool,
    caller: &RpcCaller,
    params: &RpcParams,
) -> RpcResult {
    params.only(&["name", "tenant", "days", "read"])?;
    let tenant = params.text_opt(1, "tenant")?;
    if let Some(tenant) = tenant.as_deref().filter(|tenant| !is_tenant(tenant)) {
        let wrong =
            format!("there is no tenant {tenant:?}; evroute rpc core.help shows how to see them");
        return Err(RpcError::invalid_params(wrong));
    }
    let now = wall_seconds();
    let new = NewToken {
        name: params.text(0, "name")?,
        tenant,
        reads_only: params.text_opt(3, "read")?.as_deref() == Some("true"),
        expires: expires(params, caller, now)?,
        by: caller.name().to_owned(),
    };
    let scope = new.clone();
    let secret = store.create(new, now).map_err(refused)?;
    Ok(json!({
        "id": secret.id(),
        "token": secret.text(),
        "tenant": scope.tenant,
        "expires": scope.expires,
    }))
}

/// When the new token ends: not after the one that makes it.
fn expires(params: &RpcParams, caller: &RpcCaller, now: u64) -> Result<Option<u64>, RpcError> {
    let asked = match params.get(2, "days") {
        None => None,
        Some(_) => {
            let days = params.integer(2, "days")?;
            let days = Some(days).filter(|days| (1..=DAYS_MAX).contains(days));
            let days = days.and_then(|days| u64::try_from(days).ok());
            let days = days.ok_or_else(|| {
                RpcError::invalid_params(format!("days must be from 1 to {DAYS_MAX}"))
            })?;
            Some(now + days * DAY_SECONDS)
        }
    };
    Ok(match (asked, caller.expires()) {
        (Some(asked), Some(own)) => Some(asked.min(own)),
        (asked, own) => asked.or(own),
    })
}

fn revoke(store: &TokenStore, params: &RpcParams) -> RpcResult {
    params.only(&["token", "tenant"])?;
    let (token, tenant) = (params.text(0, "token")?, params.text_opt(1, "tenant")?);
    let revoked = store.revoke(&token, tenant.as_deref()).map_err(refused)?;
    Ok(shown(&revoked))
}

fn shown(record: &TokenRecord) -> Value {
    json!({
        "id": record.id,
        "name": record.name,
        "scope": record.scope(),
        "created": record.created,
        "by": record.by,
        "expires": record.expires,
        "last_used": record.last_used,
    })
}

fn refused(refusal: TokenRefusal) -> RpcError {
    match refusal {
        TokenRefusal::Name(_)
        | TokenRefusal::Tenant(_)
        | TokenRefusal::Past
        | TokenRefusal::Unknown(_) => RpcError::invalid_params(refusal.to_string()),
        TokenRefusal::Taken(_) | TokenRefusal::TooMany(_) => RpcError::refused(refusal.to_string()),
        TokenRefusal::Random(_) | TokenRefusal::File(_) => {
            tracing::error!(error = %refusal, "tokens cannot be kept");
            RpcError::internal(refusal.to_string())
        }
    }
}
