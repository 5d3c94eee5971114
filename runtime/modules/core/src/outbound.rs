//! The copy of a request that goes to one hop, and where that is: RFC 3261 16.6.

use evroute_module_tm::{Side, Unresolved, resolve};
use evroute_proxy::{
    Breadth, Forward, ForwardError, RecordRoute, Stamp, check_secure, copy_request,
    forward_request, is_recorded, stamp_request,
};
use evroute_sip::{Message, Method};
use evroute_transport::{Flow, Target};

use crate::core::Core;
use crate::decision::Hop;
use crate::ignored::Ignored;
use crate::leaving::Leaving;

/// A request ready to leave.
pub(crate) struct Ready {
    pub(crate) request: Message,
    pub(crate) target: Target,
}

/// Makes the copy of a request that goes to one hop.
///
/// The error is the status code that stands for the branch.
pub(crate) async fn prepare(
    core: &Core,
    leaving: &Leaving,
    flow: &Flow,
    hop: &Hop,
    breadth: Option<Breadth>,
) -> Result<Ready, u16> {
    let (mut request, target) = find_way(core, leaving, hop).await?;
    // A phone behind a NAT is reached from the socket that it registered at, or not at all; where there are several networks
    // so is any phone.
    let prefer = target.local.or(hop.local).or(leaving.way_out);
    let prefer = prefer.unwrap_or(flow.local);
    let Some(out) = core
        .own
        .side(target.proto, target.remote.ip(), Some(prefer))
    else {
        let (tenant, call_id) = core.about(leaving.tenant, &leaving.request);
        tracing::info!(tenant, call_id, to = %target, "a request has no way out");
        return Err(503);
    };
    let branches = core.origin.branches();
    // An ACK to a 2xx has no transaction: its repetition must look the same (16.11).
    let branch = if leaving.request.method() == Method::Ack {
        branches.stateless(&leaving.request, leaving.hash)
    } else {
        branches.unique(leaving.hash)
    };
    let inbound = core
        .own
        .side(flow.proto, flow.remote.ip(), Some(flow.local));
    let stamp = Stamp {
        via: &out.sent_by,
        branch: &branch,
        record_route: record_route(&leaving.request, inbound.as_ref(), &out),
        tenant: core.name(leaving.tenant),
    };
    let written = breadth.map_or(Ok(()), |breadth| breadth.write(&mut request));
    let stamped = written
        .map_err(ForwardError::from)
        .and_then(|()| stamp_request(&mut request, &stamp));
    stamped.map_err(|error| refused(core, leaving, &error))?;
    if !target
        .proto
        .takes(request.printed_len(), target.remote.ip())
    {
        let (tenant, call_id) = core.about(leaving.tenant, &leaving.request);
        tracing::info!(tenant, call_id, to = %target, "a request is too large for a datagram");
        return Err(513);
    }
    Ok(Ready {
        request,
        target: Target {
            local: Some(out.local),
            ..target
        },
    })
}

async fn find_way(core: &Core, leaving: &Leaving, hop: &Hop) -> Result<(Message, Target), u16> {
    let request = &leaving.request;
    let routes: Vec<&str> = hop.routes.iter().map(String::as_str).collect();
    let forward = Forward {
        request_uri: hop.uri.as_deref(),
        next_hop: hop.next_hop.as_deref(),
        routes: &routes,
    };
    if let Some(target) = hop.target {
        let copy =
            copy_request(request, &forward).map_err(|error| refused(core, leaving, &error))?;
        for message in [request, &copy] {
            check_secure(message, target.proto).map_err(|error| refused(core, leaving, &error))?;
        }
        return Ok((copy, target));
    }
    let (copy, next) =
        forward_request(request, &forward).map_err(|error| refused(core, leaving, &error))?;
    let found = resolve(&next, &core.own, leaving.tenant, hop.chosen_by).await;
    let target = found.map_err(|error| {
        let (tenant, call_id) = core.about(leaving.tenant, request);
        tracing::info!(tenant, call_id, %error, "a request has no next hop");
        match error {
            // As if the next hop had answered 503 (16.7 step 6 makes it a 500).
            Unresolved::NoAddress { .. } => 503_u16,
            Unresolved::Refused(_) => 403,
        }
    })?;
    Ok((copy, target))
}

fn refused(core: &Core, leaving: &Leaving, error: &ForwardError) -> u16 {
    let (tenant, call_id) = core.about(leaving.tenant, &leaving.request);
    tracing::info!(tenant, call_id, %error, "a request cannot be forwarded");
    error.status().0
}

/// We stay in the path of dialogs.
fn record_route<'a>(
    request: &Message,
    inbound: Option<&'a Side>,
    out: &'a Side,
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
pub(crate) async fn send_without_state(core: &Core, leaving: &Leaving, flow: &Flow, hop: &Hop) {
    let (source, call_id) = (flow.remote, leaving.request.call_id());
    // Why it has no way is told there.
    let Ok(ready) = prepare(core, leaving, flow, hop, None).await else {
        return core.ignore(Ignored::AckNotSent, source, call_id, &"it has no way out");
    };
    if let Some(transport) = core.layer.transport() {
        let sent = transport.send(ready.request.print(), &ready.target);
        if let Err(error) = sent {
            core.ignore(Ignored::AckNotSent, source, call_id, &error);
        }
    }
}
