//! `evroute diff`

use clap::Args;
use serde_json::Value;

use crate::admin_client::Server;
use crate::deployed_handler::Tenant;
use crate::exit::Exit;
use crate::output::{self, Tone};

const EXAMPLES: &str = "Examples:
  evroute diff guard 3 4 --tenant demo

Events, imports, grants, limits, filters and the fail policy; - is in the first only, + in the second only.";

/// Show what changes from one revision to another
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The handler's name
    handler: String,
    /// The number of one revision
    from: u32,
    /// The number of the other
    to: u32,
    #[command(flatten)]
    tenant: Tenant,
    #[command(flatten)]
    server: Server,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let params = self.tenant.params(
            &self.server,
            [
                ("handler", Value::from(self.handler.as_str())),
                ("from", Value::from(self.from)),
                ("to", Value::from(self.to)),
            ],
        );
        let answer = match self.server.answer("deploy.diff", &Value::Object(params)) {
            Ok(answer) => answer,
            Err(refusal) => return refusal.exit(),
        };
        let rows = answer.as_array().map(Vec::as_slice).unwrap_or_default();
        if rows.is_empty() {
            return output::done("nothing changes");
        }
        let lines: Vec<_> = rows.iter().flat_map(lines).collect();
        output::lines(&lines)
    }
}

fn lines(row: &Value) -> Vec<(Tone, String)> {
    let text = |name: &str| row.get(name).and_then(Value::as_str);
    let what = text("what").unwrap_or_default();
    let sides = [("from", Tone::Bad, '-'), ("to", Tone::Good, '+')];
    let lines = sides
        .into_iter()
        .filter_map(|(side, tone, sign)| Some((tone, format!("{sign} {what} {}", text(side)?))));
    lines.collect()
}
