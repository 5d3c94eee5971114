//! `evroute revisions`

use clap::Args;
use serde_json::Value;

use crate::admin_client::Server;
use crate::deployed_handler::Tenant;
use crate::exit::Exit;
use crate::output;

const EXAMPLES: &str = "Examples:
  evroute revisions --tenant demo
  evroute revisions guard --tenant demo
  evroute rpc deploy.revisions demo guard

The last one prints everything that is known of each revision, as JSON.";

/// List what was deployed and what is in force
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Of this handler only
    handler: Option<String>,
    #[command(flatten)]
    tenant: Tenant,
    #[command(flatten)]
    server: Server,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let handler = self.handler.as_deref().map_or(Value::Null, Value::from);
        let params = self.tenant.params(&self.server, [("handler", handler)]);
        let params = Value::Object(params);
        let answer = match self.server.answer("deploy.revisions", &params) {
            Ok(answer) => answer,
            Err(refusal) => return refusal.exit(),
        };
        let rows = answer.as_array().map(Vec::as_slice).unwrap_or_default();
        if rows.is_empty() {
            return output::done("nothing was deployed");
        }
        let lines: Vec<_> = rows.iter().map(line).collect();
        output::done(lines.join("\n"))
    }
}

fn line(row: &Value) -> String {
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| row.get(name).and_then(Value::as_u64).unwrap_or_default();
    let list = |name: &str| {
        let list = row.get(name).and_then(Value::as_array);
        let words = list.into_iter().flatten().filter_map(Value::as_str);
        words.collect::<Vec<_>>().join(",")
    };
    let revision = format!("r{}", number("revision"));
    let attested = match text("attestation") {
        "" => String::new(),
        shown => format!("({shown})"),
    };
    format!(
        "{:<20} {revision:<5} {:<9} {}  {}  {:.19}  {:>9} bytes  [{}]  {}  {attested}",
        text("handler"),
        text("state"),
        text("at"),
        text("who"),
        text("digest"),
        number("bytes"),
        list("grants"),
        text("why"),
    )
    .trim_end()
    .to_owned()
}
