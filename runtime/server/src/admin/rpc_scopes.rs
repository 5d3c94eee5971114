//! Every method of this server, by who may call it.

use std::path::Path;
use std::sync::Arc;

use evroute_module_api::{RpcCaller, RpcError, RpcParams, RpcReach, RpcScope};
use serde_json::{Value, json};

use crate::{Config, MODULES, RpcMethods, Shutdown, Status, Vocabulary, core_rpc};

/// Name, documentation and scope of each.
fn rows() -> Vec<(&'static str, &'static str, RpcScope)> {
    let text = "[[tenant]]\nname = \"acme\"\ndomains = [\"example.com\"]\n";
    let config = Config::parse(Path::new("c.toml"), text, &Vocabulary::current()).unwrap();
    let mut of_server = RpcMethods::new();
    let status = Arc::new(Status::new(&config));
    core_rpc::add(&mut of_server, &status, &Shutdown::new()).unwrap();
    of_server.add_help().unwrap();
    let of_server = of_server.docs().map(|(name, doc)| {
        let scope = of_server.scope(name).unwrap();
        (name, doc, scope)
    });
    let of_modules = MODULES.iter().flat_map(|module| module.rpc());
    let of_modules = of_modules.map(|row| (row.name, row.doc, row.scope));
    let of_deploys = crate::deploys::method_rows();
    of_server.chain(of_modules).chain(of_deploys).collect()
}

/// Where the documentation has the tenant among the parameters.
fn documented(doc: &str) -> Option<usize> {
    let (parameters, _) = doc.split_once(':')?;
    let mut words = parameters.split_whitespace();
    words.position(|word| word.trim_matches(['[', ']']) == "TENANT")
}

#[test]
fn what_is_about_a_tenant_says_where_and_is_checked_there() {
    for (name, doc, scope) in rows() {
        let checked = match scope.reach {
            RpcReach::Tenant(position) => Some(position),
            RpcReach::Program | RpcReach::Server => None,
        };
        assert_eq!(documented(doc), checked, "{name}: {doc}");
    }
}

#[test]
fn a_tenants_token_reaches_its_own_and_refuses_all_others_in_the_same_words() {
    let acme = RpcCaller::of_tenant("ci", "acme".parse().unwrap());
    let named = |name: &str| match json!({ "tenant": name }) {
        Value::Object(values) => RpcParams::Named(values),
        other => panic!("{other}"),
    };
    for (name, _, scope) in rows() {
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
