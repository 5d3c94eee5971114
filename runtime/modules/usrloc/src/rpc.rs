//! The operator's hand: the methods `ul.*`. Names as Kamailio's.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use evroute_module_api::{
    RpcCall, RpcError, RpcFuture, RpcMethod, RpcParams, RpcResult, RpcScope, ServerState,
    TenantState,
};
use evroute_sip::{QValue, Uri};
use evroute_transport::{Flow, Proto};
use serde_json::{Value as Json, json};

use crate::{Aor, Binding, LocationTable, Reach, RegisterError, Timestamp, Update};

/// How many addresses of record one answer lists.
const ADDRESSES_MAX: usize = 1_000;

/// The Call-ID of what an operator added: no phone's, so that the phone's own REGISTER follows it.
const CALL_ID: &str = "rpc";

pub(crate) const METHODS: &[RpcMethod] = &[
    RpcMethod {
        name: "ul.dump",
        doc: "[TENANT] [AFTER]: addresses of record and their contacts, those after this address; next in the \
              answer is where to go on after",
        scope: RpcScope::reads_tenant(0),
        is_large: true,
        call: RpcCall::Sync(dump),
    },
    RpcMethod {
        name: "ul.lookup",
        doc: "AOR [TENANT]: the contacts of one address of record, the preferred ones first",
        scope: RpcScope::reads_tenant(1),
        is_large: false,
        call: RpcCall::Sync(lookup),
    },
    RpcMethod {
        name: "ul.add",
        doc: "AOR CONTACT [TENANT] [SECONDS] [Q]: registers a contact, for as long as a phone without an expiry would \
              get unless SECONDS are given; it is on the disk when this answers",
        scope: RpcScope::changes_tenant(2),
        is_large: false,
        call: RpcCall::Async(add),
    },
    RpcMethod {
        name: "ul.rm",
        doc: "AOR [TENANT]: removes all contacts of an address of record",
        scope: RpcScope::changes_tenant(1),
        is_large: false,
        call: RpcCall::Async(remove),
    },
    RpcMethod {
        name: "ul.rm_contact",
        doc: "AOR CONTACT [TENANT]: removes one contact",
        scope: RpcScope::changes_tenant(2),
        is_large: false,
        call: RpcCall::Async(remove_contact),
    },
];

/// Whose contacts are meant; may be left open where there is one tenant.
fn of(
    server: &ServerState,
    params: &RpcParams,
    position: usize,
) -> Result<(Arc<TenantState>, Arc<LocationTable>), RpcError> {
    let tenant = server.tenant_or_only(params.text_opt(position, "tenant")?.as_deref());
    let tenant = tenant.map_err(RpcError::invalid_params)?;
    let table = tenant.share::<LocationTable>();
    let table = table.ok_or_else(|| RpcError::refused("this server registers nobody"))?;
    Ok((tenant, table))
}

/// `bob@example.com`, or a URI that names him.
fn aor(params: &RpcParams) -> Result<Aor, RpcError> {
    let text = params.text(0, "aor")?;
    let uri = match Uri::parse(text.as_bytes()) {
        Ok(uri) if uri.user().is_some() => Aor::of_uri(&uri),
        Ok(_) | Err(_) => {
            let uri = format!("sip:{text}");
            let uri = Uri::parse(uri.as_bytes()).ok();
            uri.and_then(|uri| Aor::of_uri(&uri))
        }
    };
    uri.ok_or_else(|| {
        RpcError::invalid_params(format!(
            "{text:?} is no address of record: write bob@example.com"
        ))
    })
}

fn now(server: &ServerState) -> Timestamp {
    Timestamp::from_seconds((server.clock)() / 1_000_000)
}

fn dump(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["tenant", "after"])?;
    let (_, table) = of(server, params, 0)?;
    let after = params.text_opt(1, "after")?;
    let addresses = table.addresses_after(after.as_deref(), ADDRESSES_MAX);
    let next = addresses
        .last()
        .filter(|_| addresses.len() == ADDRESSES_MAX);
    let now = now(server);
    let shown = addresses.iter().map(|aor| shown(&table, aor, now));
    let shown: Vec<_> = shown.collect();
    Ok(json!({
        "contacts": table.len(),
        "aors": shown,
        "next": next.map(Aor::as_str),
    }))
}

fn lookup(server: &ServerState, params: &RpcParams) -> RpcResult {
    params.only(&["aor", "tenant"])?;
    let (_, table) = of(server, params, 1)?;
    let aor = aor(params)?;
    let shown = shown(&table, &aor, now(server));
    match shown
        .get("contacts")
        .and_then(Json::as_array)
        .is_some_and(Vec::is_empty)
    {
        true => Err(RpcError::refused(format!("nobody is registered as {aor}"))),
        false => Ok(shown),
    }
}

fn shown(table: &LocationTable, aor: &Aor, now: Timestamp) -> Json {
    let contacts = table.lookup(aor.as_str(), now);
    let contact = |binding: &Arc<Binding>| {
        let Binding {
            uri,
            received,
            reach,
            path,
            expires_at,
            q,
            call_id,
            cseq,
            user_agent,
            instance,
            reg_id,
            ..
        } = &**binding;
        let user_agent = user_agent.as_ref();
        json!({
            "contact": uri,
            "received": format!("{}:{}", received.proto.as_param(), received.remote),
            "socket": format!("{}:{}", received.proto.as_param(), received.local),
            "is_reached_by_flow": *reach == Reach::Flow,
            "path": path,
            "expires_seconds": now.until(*expires_at),
            "q": f64::from(q.thousandths()) / 1000.0,
            "call_id": call_id,
            "cseq": cseq,
            "user_agent": user_agent.map(|agent| String::from_utf8_lossy(agent)),
            "instance": instance,
            "reg_id": reg_id,
        })
    };
    json!({ "aor": aor.as_str(), "contacts": contacts.iter().map(contact).collect::<Vec<_>>() })
}

fn add(server: Arc<ServerState>, params: RpcParams) -> RpcFuture {
    Box::pin(async move {
        params.only(&["aor", "contact", "tenant", "seconds", "q"])?;
        let (_, table) = of(&server, &params, 2)?;
        let (aor, now) = (aor(&params)?, now(&server));
        let binding = binding(&params, &aor, now, &table)?;
        change(&table, &aor, Update::Add(Box::new(binding)), now).await
    })
}

/// A contact that no phone registered: it is reached by its URI.
fn binding(
    params: &RpcParams,
    aor: &Aor,
    now: Timestamp,
    table: &LocationTable,
) -> Result<Binding, RpcError> {
    let contact = params.text(1, "contact")?;
    let uri = Uri::parse(contact.as_bytes());
    let uri = uri.map_err(|error| RpcError::invalid_params(format!("{contact:?}: {error}")))?;
    let config = table.config();
    let seconds = match params.text_opt(3, "seconds")? {
        None => config.default_expires,
        Some(_) => u32::try_from(params.integer(3, "seconds")?)
            .ok()
            .filter(|seconds| (1..=config.max_expires).contains(seconds))
            .ok_or_else(|| {
                let most = config.max_expires;
                RpcError::invalid_params(format!("seconds are from 1 to {most}"))
            })?,
    };
    let unspecified = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let binding = Binding {
        aor: aor.clone(),
        uri: uri.as_str().to_owned(),
        received: Flow {
            proto: Proto::Udp,
            local: unspecified,
            remote: unspecified,
            connection: None,
        },
        reach: Reach::Uri,
        path: Vec::new(),
        expires_at: now.plus(seconds),
        q: q(params)?,
        call_id: CALL_ID.to_owned(),
        cseq: 0,
        user_agent: None,
        instance: None,
        reg_id: None,
    };
    match binding.bytes() > config.contact_bytes_max {
        true => Err(RpcError::invalid_params("the contact is too long")),
        false => Ok(binding),
    }
}

fn q(params: &RpcParams) -> Result<QValue, RpcError> {
    let Some(text) = params.text_opt(4, "q")? else {
        return Ok(QValue::HIGHEST);
    };
    let contact = format!("<sip:q>;q={text}");
    let read = evroute_sip::Contact::parse(contact.as_bytes()).and_then(|contact| contact.q());
    let wrong = || RpcError::invalid_params(format!("q is {text:?}: write 0 to 1, as in 0.5"));
    read.ok().flatten().ok_or_else(wrong)
}

fn remove(server: Arc<ServerState>, params: RpcParams) -> RpcFuture {
    Box::pin(async move {
        params.only(&["aor", "tenant"])?;
        let (_, table) = of(&server, &params, 1)?;
        let (aor, now) = (aor(&params)?, now(&server));
        change(&table, &aor, Update::Remove(None), now).await
    })
}

fn remove_contact(server: Arc<ServerState>, params: RpcParams) -> RpcFuture {
    Box::pin(async move {
        params.only(&["aor", "contact", "tenant"])?;
        let (_, table) = of(&server, &params, 2)?;
        let (aor, now) = (aor(&params)?, now(&server));
        let contact = params.text(1, "contact")?;
        change(&table, &aor, Update::Remove(Some(contact)), now).await
    })
}

/// Carries out a change and waits until it is kept. A removal that removes nothing is refused.
async fn change(table: &LocationTable, aor: &Aor, update: Update, now: Timestamp) -> RpcResult {
    let refused = |error: RegisterError| RpcError::refused(error.to_string());
    let saved = table.save(aor, update, now).map_err(refused)?;
    if saved.changes.is_empty() {
        return Err(RpcError::refused(format!("{aor} has no such contact")));
    }
    table.kept(saved).await.map_err(refused)?;
    Ok(shown(table, aor, now))
}

#[cfg(test)]
mod tests;
