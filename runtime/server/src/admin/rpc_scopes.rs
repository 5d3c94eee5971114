//! Every method of this server, by who may call it.

use std::collections::BTreeSet;

use evroute_module_api::{RpcCaller, RpcError, RpcParams, RpcReach, RpcScope};
use serde_json::json;

use crate::MODULES;
use crate::tenant_registry::tests::methods_of_a_server;

/// Name, documentation and scope of each method of a running server: none is left out, since they
/// are asked of one.
async fn rows() -> Vec<(&'static str, &'static str, RpcScope)> {
    let methods = methods_of_a_server().await;
    let docs = methods.docs();
    let rows = docs.map(|(name, doc)| (name, doc, methods.scope(name).unwrap()));
    rows.collect()
}

#[tokio::test]
async fn every_group_of_methods_is_looked_at() {
    let rows = rows().await;
    let groups = rows.iter().filter_map(|(name, ..)| name.split_once('.'));
    let groups: BTreeSet<_> = groups.map(|(group, _)| group).collect();
    for group in ["breaker", "core", "deploy", "system", "tenant", "token"] {
        assert!(groups.contains(group), "{group}: {groups:?}");
    }
    let names: BTreeSet<_> = rows.iter().map(|(name, ..)| *name).collect();
    let of_modules = MODULES.iter().flat_map(|module| module.rpc());
    for name in of_modules.map(|row| row.name).chain(["tenant.usage"]) {
        assert!(names.contains(name), "{name}");
    }
}

/// Where the documentation has the tenant among the parameters.
fn documented(doc: &str) -> Option<usize> {
    let (parameters, _) = doc.split_once(':')?;
    let mut words = parameters.split_whitespace();
    words.position(|word| word.trim_matches(['[', ']']) == "TENANT")
}

#[tokio::test]
async fn what_is_about_a_tenant_says_where_and_is_checked_there() {
    for (name, doc, scope) in rows().await {
        let checked = match scope.reach {
            RpcReach::Tenant(position) => Some(position),
            RpcReach::Program | RpcReach::Server => None,
        };
        assert_eq!(documented(doc), checked, "{name}: {doc}");
    }
}

#[tokio::test]
async fn a_tenants_token_reaches_its_own_and_refuses_all_others_in_the_same_words() {
    let acme = RpcCaller::of_tenant("ci", "acme".parse().unwrap());
    let named = |name: &str| {
        let mut values = serde_json::Map::new();
        values.insert("tenant".to_owned(), json!(name));
        RpcParams::Named(values)
    };
    for (name, _, scope) in rows().await {
        let code = |tenant| {
            let admitted = acme.admit(scope, named(tenant));
            admitted.map_or_else(|error| error.code, |_| 0)
        };
        let codes = ["acme", "beta", "nobody"].map(code);
        let forbidden = RpcError::FORBIDDEN;
        let expected = match scope.reach {
            RpcReach::Program => [0, 0, 0],
            RpcReach::Server => [forbidden, forbidden, forbidden],
            RpcReach::Tenant(_) => [0, forbidden, forbidden],
        };
        assert_eq!(codes, expected, "{name}");
        let (foreign, unknown) = (named("beta"), named("nobody"));
        if let RpcReach::Tenant(_) = scope.reach {
            assert_eq!(
                acme.admit(scope, foreign),
                acme.admit(scope, unknown),
                "{name}"
            );
        }
    }
}
