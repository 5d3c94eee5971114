//! What was changed over the admin port, and by whom.

use std::fmt;
use std::net::IpAddr;

use evroute_module_api::{RpcCaller, RpcError};

/// One action of somebody: a call that changes something, done or refused, or one that the caller's
/// token does not reach.
#[derive(Debug)]
pub struct AuditedAction<'a> {
    /// Who.
    pub caller: &'a RpcCaller,
    /// From where.
    pub from: IpAddr,
    /// The method or the path.
    pub method: &'a str,
    /// The tenant that it is about, as the caller named it; none for what is about the server.
    pub tenant: Option<&'a str>,
    /// How it ended.
    pub outcome: Result<(), &'a RpcError>,
}

/// Keeps actions.
pub trait AuditSink: Send + Sync {
    /// Keeps one. Called once for each, after it ended and before it is answered.
    fn record(&self, action: &AuditedAction<'_>);
}

impl fmt::Debug for dyn AuditSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditSink")
    }
}

/// Writes them to the log.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuditLog;

impl AuditSink for AuditLog {
    fn record(&self, action: &AuditedAction<'_>) {
        let (caller, from, method) = (action.caller.name(), action.from, action.method);
        let tenant = action.tenant;
        match action.outcome {
            Ok(()) => {
                tracing::info!(target: "evroute::audit", caller, %from, method, tenant, "done");
            }
            Err(error) => {
                tracing::warn!(target: "evroute::audit", caller, %from, method, tenant, %error, "refused");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::{Arc, Mutex};

    use evroute_module_api::{RpcParams, RpcScope};
    use serde_json::json;

    use super::*;
    use crate::admin::rpc::{Calling, perform};
    use crate::{
        AdminParts, Config, Metrics, RpcMethods, Shutdown, Status, TokenStore, Vocabulary,
    };

    #[derive(Default)]
    struct Kept(Mutex<Vec<String>>);

    impl AuditSink for Kept {
        fn record(&self, action: &AuditedAction<'_>) {
            let (caller, method) = (action.caller.name(), action.method);
            let tenant = action.tenant.unwrap_or("-");
            let code = action.outcome.map_or_else(|error| error.code, |()| 0);
            let line = format!("{caller} {method} {tenant} {code}");
            self.0.lock().unwrap().push(line);
        }
    }

    fn parts(audit: Arc<Kept>, folder: &Path) -> AdminParts {
        let text = "[[tenant]]\nname = \"acme\"\ndomains = [\"example.com\"]\n";
        let config = Config::parse(Path::new("c.toml"), text, &Vocabulary::current()).unwrap();
        let mut methods = RpcMethods::new();
        for (name, scope) in [
            ("test.show", RpcScope::reads_tenant(0)),
            ("test.set", RpcScope::changes_tenant(0)),
            ("test.stop", RpcScope::CHANGES_SERVER),
        ] {
            let added = methods.add(name, "TENANT: a test", scope, |params| async move {
                match params.text_opt(1, "fails")? {
                    Some(why) => Err(RpcError::refused(why)),
                    None => Ok(json!("done")),
                }
            });
            added.unwrap();
        }
        AdminParts {
            methods: Arc::new(methods),
            metrics: Arc::new(Metrics::new()),
            status: Arc::new(Status::new(&config)),
            shutdown: Shutdown::new(),
            feed: Arc::default(),
            tokens: Arc::new(TokenStore::open(folder).unwrap()),
            audit,
        }
    }

    #[tokio::test]
    async fn what_changes_something_is_kept_and_what_a_token_does_not_reach() {
        let kept = Arc::new(Kept::default());
        let folder = tempfile::tempdir().unwrap();
        let parts = parts(Arc::clone(&kept), folder.path());
        let acme = RpcCaller::of_tenant("ci", "acme".parse().unwrap());
        let calling = |caller: &RpcCaller| Calling {
            caller: Arc::new(caller.clone()),
            from: [192, 0, 2, 1].into(),
        };
        let (acme, ops) = (calling(&acme), calling(&RpcCaller::operator("ops")));
        for (calling, method, params) in [
            (&acme, "test.show", json!([])),
            (&acme, "test.set", json!([])),
            (&acme, "test.set", json!([null, "no room"])),
            (&acme, "test.show", json!(["beta"])),
            (&acme, "test.stop", json!([])),
            (&ops, "test.show", json!(["beta"])),
            (&ops, "test.set", json!(["beta"])),
            (&ops, "test.stop", json!([])),
            (&ops, "test.nothing", json!([])),
        ] {
            let values = params.as_array().unwrap().clone();
            let _ = perform(&parts, calling, method, RpcParams::Positional(values)).await;
        }
        let expected = [
            "ci test.set acme 0",
            "ci test.set acme -32000",
            "ci test.show beta -32003",
            "ci test.stop acme -32003",
            "ops test.set beta 0",
            "ops test.stop - 0",
        ];
        assert_eq!(*kept.0.lock().unwrap(), expected);
    }
}
