//! RPC methods of this module: `auth.*`, `subscriber.*`. Passwords never come by them, but their
//! hashes.

use std::sync::Arc;

use evroute_digest_auth::{Algorithm, Ha1};
use evroute_module_api::{
    RpcCall, RpcError, RpcFuture, RpcMethod, RpcParams, RpcResult, RpcScope, ServerState,
    TenantState,
};
use serde_json::{Value as Json, json};
use tokio::task::spawn_blocking;

use crate::subscribers::Replaces;
use crate::{AuthTenant, Subscriber, SubscriberError};

/// How many one answer lists, and how many one call writes.
const ROWS_MAX: usize = 1_000;

pub(crate) const METHODS: &[RpcMethod] = &[
    RpcMethod {
        name: "auth.show",
        doc: "[TENANT]: for which realms and with which algorithms its users are asked",
        scope: RpcScope::reads_tenant(0),
        is_large: false,
        call: RpcCall::Sync(show),
    },
    RpcMethod {
        name: "auth.blocked",
        doc: "[TENANT]: who is not listened to after wrong passwords, and for how long",
        scope: RpcScope::reads_tenant(0),
        is_large: true,
        call: RpcCall::Sync(blocked),
    },
    RpcMethod {
        name: "auth.unblock",
        doc: "USER REALM [TENANT]: forgets the wrong passwords of all sources for this user, and what a database said of him",
        scope: RpcScope::changes_tenant(2),
        is_large: false,
        call: RpcCall::Sync(unblock),
    },
    RpcMethod {
        name: "subscriber.list",
        doc: "[TENANT] [USER REALM]: users with a password, in their order; those after this one",
        scope: RpcScope::reads_tenant(0),
        is_large: true,
        call: RpcCall::Sync(list),
    },
    RpcMethod {
        name: "subscriber.put",
        doc: "ROWS REPLACES [TENANT]: adds users; each row has user, realm, and hashes by algorithm in ha1 and ha1b; \
              REPLACES is never, may or must",
        scope: RpcScope::changes_tenant(2),
        is_large: false,
        call: RpcCall::Async(put),
    },
    RpcMethod {
        name: "subscriber.remove",
        doc: "USER REALM [TENANT]: removes a user",
        scope: RpcScope::changes_tenant(2),
        is_large: false,
        call: RpcCall::Async(remove),
    },
];

/// Whose users are meant; may be left open where there is one tenant.
fn of(
    server: &ServerState,
    params: &RpcParams,
    position: usize,
) -> Result<(Arc<TenantState>, Arc<AuthTenant>), RpcError> {
    let tenant = server.tenant_or_only(params.text_opt(position, "tenant")?.as_deref());
    let tenant = tenant.map_err(RpcError::invalid_params)?;
    let Some(part) = tenant.share::<AuthTenant>() else {
        return Err(RpcError::refused(format!(
            "nobody of tenant {} is asked for a password; write [tenant.auth] in its configuration",
            tenant.id
        )));
    };
    if !server.is_served(tenant.index) {
        return Err(RpcError::refused(ServerState::NOT_SERVED));
    }
    Ok((tenant, part))
}

fn refused(error: &SubscriberError) -> RpcError {
    RpcError::refused(error.to_string())
}

fn show(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["tenant"])?;
    let (tenant, part) = of(server, params, 0)?;
    let config = part.config();
    let algorithms: Vec<_> = config.algorithms.iter().map(|one| one.as_str()).collect();
    Ok(json!({
        "tenant": tenant.id.as_str(),
        "realm": config.rules.realm,
        "domains": config.rules.domains,
        "methods": config.rules.methods,
        "algorithms": algorithms,
        "subscribers": part.store().kept().ok().map(|kept| kept.len()),
        "rows_max": ROWS_MAX,
    }))
}

fn blocked(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["tenant"])?;
    let (_, part) = of(server, params, 0)?;
    let now = (server.clock)() / 1_000;
    let rows = part.failed.all_blocked(now, ROWS_MAX);
    let row = |((source, user), failures, left): ((std::net::IpAddr, String), u32, u64)| {
        json!({
            "source": source.to_string(),
            "user": user,
            "failures": failures,
            "seconds": left.div_ceil(1_000),
        })
    };
    Ok(json!({ "blocked": rows.into_iter().map(row).collect::<Vec<_>>() }))
}

fn unblock(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["user", "realm", "tenant"])?;
    let (user, realm) = (params.text(0, "user")?, params.text(1, "realm")?);
    let (_, part) = of(server, params, 2)?;
    let sources = part.failed.pardon(&format!("{user}@{realm}"));
    Ok(json!({ "sources": sources, "looked_up_again": part.store().forget(&user, &realm) }))
}

fn list(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["tenant", "user", "realm"])?;
    let (_, part) = of(server, params, 0)?;
    let last = params
        .text_opt(1, "user")?
        .zip(params.text_opt(2, "realm")?);
    let kept = part.store().kept().map_err(|error| refused(&error))?;
    let rows = kept.after(last, ROWS_MAX);
    let next = (rows.len() == ROWS_MAX).then(|| {
        rows.last()
            .map(|((user, realm), _)| [user.clone(), realm.clone()])
    });
    let row = |((user, realm), subscriber): &((String, String), Arc<Subscriber>)| {
        let algorithms = subscriber.algorithms();
        let algorithms: Vec<_> = algorithms.into_iter().map(Algorithm::as_str).collect();
        json!({ "user": user, "realm": realm, "algorithms": algorithms })
    };
    Ok(json!({ "subscribers": rows.iter().map(row).collect::<Vec<_>>(), "next": next.flatten() }))
}

fn put(server: Arc<ServerState>, params: RpcParams) -> RpcFuture {
    Box::pin(beside(move || {
        params.only(&["rows", "replaces", "tenant"])?;
        let replaces = match params.text(1, "replaces")?.as_str() {
            "never" => Replaces::Never,
            "may" => Replaces::May,
            "must" => Replaces::Must,
            other => {
                let wrong = format!("replaces is {other:?}: write never, may or must");
                return Err(RpcError::invalid_params(wrong));
            }
        };
        let (_, part) = of(&server, &params, 2)?;
        let rows = params.get(0, "rows").and_then(Json::as_array);
        let rows = rows.filter(|rows| rows.len() <= ROWS_MAX).ok_or_else(|| {
            RpcError::invalid_params(format!("rows is no list of at most {ROWS_MAX} rows"))
        })?;
        let rows: Vec<_> = rows.iter().map(row).collect::<Result<_, _>>()?;
        let count = rows.len();
        let kept = part.store().kept().map_err(|error| refused(&error))?;
        kept.put(rows, replaces).map_err(|error| refused(&error))?;
        Ok(json!({ "written": count }))
    }))
}

fn row(row: &Json) -> Result<((String, String), Subscriber), RpcError> {
    let text = |key: &str| {
        let text = row.get(key).and_then(Json::as_str).map(str::to_owned);
        text.ok_or_else(|| RpcError::invalid_params(format!("a row has no {key}")))
    };
    let subscriber = Subscriber {
        ha1: hashes(row, "ha1")?,
        ha1b: hashes(row, "ha1b")?,
    };
    Ok(((text("user")?, text("realm")?), subscriber))
}

fn hashes(row: &Json, key: &str) -> Result<Vec<Ha1>, RpcError> {
    let Some(written) = row.get(key).and_then(Json::as_object) else {
        return Ok(Vec::new());
    };
    let hash = |(name, text): (&String, &Json)| {
        let algorithm = Algorithm::named(name)?;
        Ha1::parse(algorithm, text.as_str()?)
    };
    let wrong = |name: &str| RpcError::invalid_params(format!("{key} of {name:?} is no hash"));
    let read = written
        .iter()
        .map(|pair| hash(pair).ok_or_else(|| wrong(pair.0)));
    read.collect()
}

fn remove(server: Arc<ServerState>, params: RpcParams) -> RpcFuture {
    Box::pin(beside(move || {
        params.only(&["user", "realm", "tenant"])?;
        let (user, realm) = (params.text(0, "user")?, params.text(1, "realm")?);
        let (_, part) = of(&server, &params, 2)?;
        let kept = part.store().kept().map_err(|error| refused(&error))?;
        kept.remove(&user, &realm)
            .map_err(|error| refused(&error))?;
        Ok(json!({ "removed": true }))
    }))
}

/// Does what waits for the disk where nobody else waits for it.
async fn beside(does: impl FnOnce() -> RpcResult + Send + 'static) -> RpcResult {
    let done = spawn_blocking(does).await;
    done.unwrap_or_else(|_| {
        Err(RpcError::refused(
            "it panicked; the log says where".to_owned(),
        ))
    })
}
