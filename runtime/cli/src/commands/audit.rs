//! `evroute audit`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::admin_client::Server;
use crate::deployed_handler::Tenant;
use crate::exit::Exit;
use crate::output;

const EXAMPLES: &str = "Examples:
  evroute audit list --tenant demo
  evroute audit list --tenant demo --rows 1000
  evroute audit verify

Each row of the log holds a hash over the row before it and itself. verify follows all of them and prints how many there are and the \
last hash: keep it elsewhere, and rows that are cut off later are missed.";

/// Show who deployed what and why, and whether the log was changed
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The last rows, or those about a tenant, the newest first
    List {
        #[command(flatten)]
        tenant: Tenant,
        /// How many
        #[arg(long, default_value_t = 100)]
        rows: u32,
        #[command(flatten)]
        server: Server,
    },
    /// Follow the whole chain
    Verify {
        #[command(flatten)]
        server: Server,
    },
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        match &self.what {
            What::List {
                tenant,
                rows,
                server,
            } => {
                let params = Value::Object(tenant.params(server, [("rows", json!(rows))]));
                match server.answer("deploy.audit", &params) {
                    Ok(answer) => print(&answer),
                    Err(refusal) => refusal.exit(),
                }
            }
            What::Verify { server } => match server.answer("deploy.audit_verify", &json!({})) {
                Ok(end) => {
                    let rows = end.get("rows").and_then(Value::as_u64).unwrap_or_default();
                    let head = end.get("head").and_then(Value::as_str).unwrap_or_default();
                    output::done(format_args!("{rows} rows, unchanged; the last is {head}"))
                }
                Err(refusal) => refusal.exit(),
            },
        }
    }
}

fn print(rows: &Value) -> Exit {
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    let lines = rows.iter().map(|row| {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
        let number = row.get("row").and_then(Value::as_u64).unwrap_or_default();
        let line = format!(
            "{number:>6}  {}  {:<12} {:<9} {:<24} {}",
            text("at"),
            text("who"),
            text("what"),
            format!("{}/{}", text("tenant"), text("handler")),
            text("subject"),
        );
        let more = [("why", text("why")), ("evidence", text("evidence"))];
        let more = more.into_iter().filter(|(_, said)| !said.is_empty());
        let more = more.map(|(name, said)| format!("\n        {name}: {said}"));
        line + &more.collect::<String>()
    });
    let lines: Vec<_> = lines.collect();
    match lines.is_empty() {
        true => output::done("the log has no row about that"),
        false => output::done(lines.join("\n")),
    }
}
