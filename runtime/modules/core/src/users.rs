//! Users of the tenant's domains: where they are, and where calls to those go that are nobody here.

use evroute_module_tm::{NotReached, Reached, Users};
use evroute_resolver::ChosenBy;
use evroute_sip::{Scheme, Uri, unescape};
use evroute_tenant::TenantIndex;

use crate::core::Core;
use crate::decision::{BranchTarget, Decision};
use crate::route_permission::Asking;
use crate::static_routes::{StaticRoute, StaticRoutes};

/// Finds one of a tenant's routes by a spelling of a user.
type FindRoute = for<'a> fn(&'a StaticRoutes, &str) -> Option<&'a StaticRoute>;

/// A user of ours: a static route, or the contacts that are registered; else the route of a number
/// that begins like his, for those who may use it.
pub(crate) fn to_user(core: &Core, asking: &Asking<'_>, user: &str, uri: &Uri<'_>) -> Decision {
    let by_route = |find: FindRoute| {
        let route = static_route(core, asking.tenant, (user, uri), find)?;
        Some(match core.may_use(asking, &route) {
            true => Decision::Forward(vec![hop(&route, user)]),
            false => core.not_for_sender(asking),
        })
    };
    if let Some(decision) = by_route(StaticRoutes::user) {
        return decision;
    }
    let contacts = contacts(core, asking.tenant, uri);
    if !contacts.is_empty() {
        return Decision::Forward(contacts);
    }
    by_route(StaticRoutes::prefix).unwrap_or_else(|| Decision::answer(404, "Not Found"))
}

/// A route of a user, by each spelling that a route may have. Escaped or not, it is the same user
/// (RFC 3261 19.1.4). A number is the same with and without visual separators (RFC 3966 3); a route
/// may spell them out all the same.
fn static_route(
    core: &Core,
    tenant: TenantIndex,
    (user, uri): (&str, &Uri<'_>),
    find: FindRoute,
) -> Option<StaticRoute> {
    let names = [uri.subscriber(), Some(unescape(user))];
    core.static_route(tenant, |routes| {
        let names = names.iter().flatten();
        let mut names = names.filter_map(|name| std::str::from_utf8(name).ok());
        names.find_map(|name| find(routes, name))
    })
}

/// Where a route of users leads.
fn hop(route: &StaticRoute, user: &str) -> BranchTarget {
    BranchTarget {
        uri: route.to.as_deref().map(|to| with_user(to, user)),
        next_hop: None,
        target: None,
        chosen_by: ChosenBy::Operator,
        local: None,
        routes: Vec::new(),
    }
}

fn contacts(core: &Core, tenant: TenantIndex, uri: &Uri<'_>) -> Vec<BranchTarget> {
    let contacts = core.locations.lookup(tenant, uri);
    let hops = contacts.into_iter().map(|contact| BranchTarget {
        uri: Some(contact.uri),
        next_hop: None,
        target: contact.target,
        chosen_by: ChosenBy::Contact,
        local: Some(contact.local),
        routes: contact.path,
    });
    hops.collect()
}

/// Where a request of the server's own for a user of ours goes: the tenant, or its operator, asked
/// for it, so that every route is open to it.
fn of_own_request(
    core: &Core,
    tenant: TenantIndex,
    user: &str,
    uri: &Uri<'_>,
) -> Option<BranchTarget> {
    let route = |find: FindRoute| {
        let route = static_route(core, tenant, (user, uri), find)?;
        Some(hop(&route, user))
    };
    route(StaticRoutes::user)
        .or_else(|| contacts(core, tenant, uri).into_iter().next())
        .or_else(|| route(StaticRoutes::prefix))
}

impl Users for Core {
    fn find(&self, tenant: TenantIndex, uri: &Uri<'_>) -> Result<Option<Reached>, NotReached> {
        let user = match uri.scheme() {
            Scheme::Tel => Some(uri.opaque()),
            _ if self.identity.names().is_served_uri(uri) => uri.user(),
            _ => None,
        };
        let Some(user) = user else {
            return Ok(None);
        };
        let hop = of_own_request(self, tenant, user, uri).ok_or(NotReached)?;
        Ok(Some(Reached {
            request_uri: hop.uri.unwrap_or_default(),
            target: hop.target,
            local: hop.local,
            routes: hop.routes,
            chosen_by: hop.chosen_by,
        }))
    }
}

/// The URI of a static route, with the user that was asked for when it names none itself.
fn with_user(to: &str, user: &str) -> String {
    match (
        Uri::parse(to.as_bytes()).map(|uri| uri.user().is_some()),
        to.split_once(':'),
    ) {
        (Ok(false), Some((scheme, rest))) => format!("{scheme}:{user}@{rest}"),
        _ => to.to_owned(),
    }
}
