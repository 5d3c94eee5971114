//! The copy of a request that goes to one hop, and where that is: RFC 3261 16.6.

use evroute_identity::LocalEndpoint;
use evroute_proxy::{
    Breadth, Forward, ForwardError, HopHeaders, RecordRoute, add_path, add_via_and_record_route,
    check_secure, clone_for_branch, forward_request, is_recorded, wants_path,
};
use evroute_resolver::Unresolved;
use evroute_sip::{Message, Method};
use evroute_transport::{Flow, Target};

use crate::core::Core;
use crate::decision::BranchTarget;
use crate::ignored::Ignored;
use crate::outgoing_request::OutgoingRequest;

/// A request ready to leave.
pub(crate) struct PreparedRequest {
    pub(crate) request: Message,
    pub(crate) target: Target,
}

/// Makes the copy of a request that goes to one hop.
///
/// The error is the status code that stands for the branch.
pub(crate) async fn prepare(
    core: &Core,
    outgoing: &OutgoingRequest,
    flow: &Flow,
    hop: &BranchTarget,
    breadth: Option<Breadth>,
) -> Result<PreparedRequest, u16> {
    let (mut request, target) = find_way(core, outgoing, hop).await?;
    // A phone behind a NAT is reached from the socket that it registered at, or not at all; where
    // there are several networks so is any phone.
    let prefer = target.local.or(hop.local).or(outgoing.egress_address);
    let prefer = prefer.unwrap_or(flow.local);
    let Some(out) = core
        .identity
        .endpoint(target.proto, target.remote.ip(), Some(prefer))
    else {
        let (tenant, call_id) = core.about(outgoing.tenant, &outgoing.request);
        tracing::info!(tenant, call_id, to = %target, "a request has no way out");
        return Err(503);
    };
    let branches = core.uac.branches();
    // An ACK to a 2xx has no transaction: its repetition must look the same (16.11).
    let branch = if outgoing.request.method() == Method::Ack {
        branches.stateless(&outgoing.request, outgoing.hash)
    } else {
        branches.unique(outgoing.hash)
    };
    let inbound = core
        .identity
        .endpoint(flow.proto, flow.remote.ip(), Some(flow.local));
    let tenant = core.name(outgoing.tenant);
    let hop_headers = HopHeaders {
        via: &out.sent_by,
        branch: &branch,
        record_route: record_route(&outgoing.request, inbound.as_ref(), &out),
        tenant: &tenant,
    };
    let written = breadth.map_or(Ok(()), |breadth| breadth.write(&mut request));
    let stamped = written
        .map_err(ForwardError::from)
        .and_then(|()| add_via_and_record_route(&mut request, &hop_headers));
    stamped.map_err(|error| refused(core, outgoing, &error))?;
    if request.method() == Method::Register && wants_path(&outgoing.request) {
        let token = core.flow_tokens.write(&tenant, flow);
        let added = add_path(&mut request, &out.sent_by, &token);
        added.map_err(|error| refused(core, outgoing, &error.into()))?;
    }
    if !target
        .proto
        .takes(request.printed_len(), target.remote.ip())
    {
        let (tenant, call_id) = core.about(outgoing.tenant, &outgoing.request);
        tracing::info!(tenant, call_id, to = %target, "a request is too large for a datagram");
        return Err(513);
    }
    Ok(PreparedRequest {
        request,
        target: Target {
            local: Some(out.local),
            ..target
        },
    })
}

async fn find_way(
    core: &Core,
    outgoing: &OutgoingRequest,
    hop: &BranchTarget,
) -> Result<(Message, Target), u16> {
    let request = &outgoing.request;
    let routes: Vec<&str> = hop.routes.iter().map(String::as_str).collect();
    let forward = Forward {
        request_uri: hop.uri.as_deref(),
        next_hop: hop.next_hop.as_deref(),
        routes: &routes,
    };
    if let Some(target) = &hop.target {
        let copy =
            clone_for_branch(request, &forward).map_err(|error| refused(core, outgoing, &error))?;
        for message in [request, &copy] {
            check_secure(message, target.proto).map_err(|error| refused(core, outgoing, &error))?;
        }
        return Ok((copy, target.clone()));
    }
    let (copy, next) =
        forward_request(request, &forward).map_err(|error| refused(core, outgoing, &error))?;
    let found = core
        .targets
        .resolve(&next, outgoing.tenant, hop.chosen_by)
        .await;
    let targets = found.map_err(|error| {
        let (tenant, call_id) = core.about(outgoing.tenant, request);
        tracing::info!(tenant, call_id, %error, "a request has no next hop");
        match error {
            // As if the next hop had answered 503 (16.7 step 6 makes it a 500).
            Unresolved::NoAddress { .. } => 503_u16,
            Unresolved::Refused(_) => 403,
        }
    })?;
    Ok((copy, targets.first))
}

fn refused(core: &Core, outgoing: &OutgoingRequest, error: &ForwardError) -> u16 {
    let (tenant, call_id) = core.about(outgoing.tenant, &outgoing.request);
    tracing::info!(tenant, call_id, %error, "a request cannot be forwarded");
    error.status().0
}

/// We stay in the path of dialogs.
fn record_route<'a>(
    request: &Message,
    inbound: Option<&'a LocalEndpoint>,
    out: &'a LocalEndpoint,
) -> RecordRoute<'a> {
    if !is_recorded(request) {
        return RecordRoute::No;
    }
    match inbound {
        Some(inbound) => RecordRoute::between(&inbound.sent_by, &out.sent_by),
        None => RecordRoute::Single(&out.sent_by),
    }
}

/// Forwards a request that has no transaction, once.
pub(crate) async fn send_without_state(
    core: &Core,
    outgoing: &OutgoingRequest,
    flow: &Flow,
    hop: &BranchTarget,
) {
    let (source, call_id) = (flow.remote, outgoing.request.call_id());
    // Why it has no way is logged there.
    let Ok(ready) = prepare(core, outgoing, flow, hop, None).await else {
        return core.ignore(Ignored::AckNotSent, source, call_id, &"it has no way out");
    };
    if let Some(transport) = core.layer.transport() {
        let sent = transport.send(ready.request.print(), &ready.target);
        if let Err(error) = sent {
            core.ignore(Ignored::AckNotSent, source, call_id, &error);
        }
    }
}
