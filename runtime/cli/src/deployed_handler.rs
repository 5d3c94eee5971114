//! Which handler of a running server a command is about.

use clap::Args;
use serde_json::{Map, Value};

use crate::admin_client::{Refusal, Server};
use crate::exit::Exit;
use crate::output;

/// A deployed handler, and why something is done with it.
#[derive(Debug, Args)]
pub(crate) struct DeployedHandler {
    /// The handler's name
    handler: String,
    #[command(flatten)]
    tenant: Tenant,
    /// Why, for the audit log
    #[arg(short = 'm', long = "message", value_name = "WHY", default_value = "")]
    why: String,
    #[command(flatten)]
    server: Server,
}

/// Whose handlers.
#[derive(Debug, Args)]
pub(crate) struct Tenant {
    /// Whose handler it is [default: the token's or the context's]
    #[arg(long, value_name = "NAME", env = "EVROUTE_TENANT")]
    tenant: Option<String>,
}

impl Tenant {
    /// The tenant that is meant; none where the token says it.
    pub(crate) fn named(&self, server: &Server) -> Option<String> {
        server.tenant(self.tenant.as_deref())
    }

    /// The parameters of a call about this tenant.
    pub(crate) fn params<const N: usize>(
        &self,
        server: &Server,
        more: [(&str, Value); N],
    ) -> Map<String, Value> {
        let tenant = self.named(server).map(Value::from);
        let tenant = tenant.map(|tenant| ("tenant".to_owned(), tenant));
        let more = more.map(|(name, value)| (name.to_owned(), value));
        tenant.into_iter().chain(more).collect()
    }
}

impl DeployedHandler {
    /// Calls a method that changes what is in force of it, and says what is.
    pub(crate) fn change(&self, method: &str) -> Exit {
        match self.changed(method) {
            Ok(in_force) => output::done(sentence(&in_force)),
            Err(refusal) => refusal.exit(),
        }
    }

    fn changed(&self, method: &str) -> Result<Value, Refusal> {
        let params = [
            ("handler", Value::from(self.handler.as_str())),
            ("why", Value::from(self.why.as_str())),
        ];
        let params = self.tenant.params(&self.server, params);
        self.server.answer(method, &Value::Object(params))
    }
}

/// What is in force, from an answer of the server.
pub(crate) fn sentence(in_force: &Value) -> String {
    let handler = in_force
        .get("handler")
        .and_then(Value::as_str)
        .unwrap_or("?");
    let number = |name: &str| in_force.get(name).and_then(Value::as_u64);
    let canary = in_force.get("canary").filter(|canary| !canary.is_null());
    let of_canary = |name: &str| {
        canary
            .and_then(|canary| canary.get(name))
            .and_then(Value::as_u64)
    };
    let current = match number("revision") {
        Some(revision) => format!("{handler}: r{revision} is in force"),
        None => format!("{handler}: no revision is in force"),
    };
    match (
        of_canary("revision"),
        of_canary("percent"),
        of_canary("seconds"),
    ) {
        (Some(revision), Some(percent), Some(seconds)) => format!(
            "{current}, r{revision} gets {percent} % of the calls and is watched for {seconds} s"
        ),
        _ => match number("previous") {
            Some(previous) => format!("{current}; evroute rollback leads to r{previous}"),
            None => current,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_in_force_is_a_sentence() {
        let canary = json!({ "revision": 3, "percent": 5, "seconds": 600 });
        for (in_force, expected) in [
            (
                json!({ "handler": "guard", "revision": 1, "canary": null, "previous": null }),
                "guard: r1 is in force",
            ),
            (
                json!({ "handler": "guard", "revision": 2, "previous": 1 }),
                "guard: r2 is in force; evroute rollback leads to r1",
            ),
            (
                json!({ "handler": "guard", "revision": 2, "canary": canary }),
                "guard: r2 is in force, r3 gets 5 % of the calls and is watched for 600 s",
            ),
            (
                json!({ "handler": "guard", "revision": null, "previous": 3 }),
                "guard: no revision is in force; evroute rollback leads to r3",
            ),
        ] {
            assert_eq!(sentence(&in_force), expected);
        }
    }
}
