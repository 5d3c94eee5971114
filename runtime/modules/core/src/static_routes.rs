//! Where an operator's `[[tenant.route]]` lead, and who may use them.

use std::collections::HashMap;

use evroute_tenant::TrustedSender;

/// What a static route is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RouteMatch {
    /// One user of the tenant's domains, by the user part of his URI.
    User(String),
    /// Users of the tenant's domains, and `tel` URIs, that begin so and are nobody of ours. The
    /// longest prefix counts.
    Prefix(String),
    /// Everybody in this domain, which is not the tenant's; in lower case.
    Domain(String),
    /// Everybody in a domain that no other route is for.
    AnyDomain,
}

/// Who may use a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteSender {
    /// Whoever reaches this server.
    Anyone,
    /// Who has shown who he is, by digest.
    Authenticated,
    /// Whose From is registered, and who sends from where he registered from.
    Registered,
    /// Who sends from there, or has shown this certificate. Kamailio's `permissions`,
    /// `allow_source_address`.
    Trusted(TrustedSender),
}

/// A static route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticRoute {
    /// Where it leads, a SIP URI. None: to where the request says, for domains.
    pub to: Option<String>,
    /// Who may use it; one of them is enough.
    pub from: Vec<RouteSender>,
}

/// A tenant's static routes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StaticRoutes {
    users: HashMap<String, StaticRoute>,
    prefixes: HashMap<String, StaticRoute>,
    /// Bytes of the longest prefix: no more of a number is looked at.
    longest_prefix: usize,
    domains: HashMap<String, StaticRoute>,
    any_domain: Option<StaticRoute>,
}

impl FromIterator<(RouteMatch, StaticRoute)> for StaticRoutes {
    fn from_iter<I: IntoIterator<Item = (RouteMatch, StaticRoute)>>(routes: I) -> Self {
        let mut all = Self::default();
        for (matching, route) in routes {
            match matching {
                RouteMatch::User(user) => drop(all.users.insert(user, route)),
                RouteMatch::Prefix(prefix) => {
                    all.longest_prefix = all.longest_prefix.max(prefix.len());
                    all.prefixes.insert(prefix, route);
                }
                RouteMatch::Domain(domain) => drop(all.domains.insert(domain, route)),
                RouteMatch::AnyDomain => all.any_domain = Some(route),
            }
        }
        all
    }
}

impl StaticRoutes {
    /// The route of a user.
    pub(crate) fn user(&self, user: &str) -> Option<&StaticRoute> {
        self.users.get(user)
    }

    /// The route of the longest prefix that a user begins with.
    pub(crate) fn prefix(&self, user: &str) -> Option<&StaticRoute> {
        let longest = self.longest_prefix.min(user.len());
        let mut prefixes = (1..=longest).rev().filter_map(|bytes| user.get(..bytes));
        prefixes.find_map(|prefix| self.prefixes.get(prefix))
    }

    /// The route of a domain that is not the tenant's.
    pub(crate) fn domain(&self, host: &str) -> Option<&StaticRoute> {
        let own = || {
            let host = host.strip_suffix('.').unwrap_or(host);
            self.domains.get(&host.to_ascii_lowercase())
        };
        let named = (!self.domains.is_empty()).then(own).flatten();
        named.or(self.any_domain.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(all: &[RouteMatch]) -> StaticRoutes {
        let numbered = all.iter().enumerate().map(|(number, one)| {
            let route = StaticRoute {
                to: Some(format!("sip:{number}")),
                from: vec![RouteSender::Registered],
            };
            (one.clone(), route)
        });
        numbered.collect()
    }

    fn leads_to(route: Option<&StaticRoute>) -> Option<&str> {
        route?.to.as_deref()
    }

    #[test]
    fn the_longest_prefix_counts() {
        let prefix = |text: &str| RouteMatch::Prefix(text.to_owned());
        let routes = routes(&[prefix("+"), prefix("+49"), prefix("+4930")]);
        for (number, expected) in [
            ("+493012", Some("sip:2")),
            ("+4930", Some("sip:2")),
            ("+4989", Some("sip:1")),
            ("+1", Some("sip:0")),
            ("+", Some("sip:0")),
            ("112", None),
            ("", None),
            ("+é9", Some("sip:0")),
        ] {
            assert_eq!(leads_to(routes.prefix(number)), expected, "{number}");
        }
        assert_eq!(leads_to(routes.user("+49")), None, "a prefix is no user");
    }

    #[test]
    fn a_domain_counts_before_all_others_and_spelled_as_dns_has_it() {
        let domain = RouteMatch::Domain("b.example".to_owned());
        let only = routes(std::slice::from_ref(&domain));
        assert_eq!(leads_to(only.domain("c.example")), None);
        let both = routes(&[RouteMatch::AnyDomain, domain]);
        assert_eq!(leads_to(both.domain("B.Example.")), Some("sip:1"));
        assert_eq!(leads_to(both.domain("x.b.example")), Some("sip:0"));
    }
}
