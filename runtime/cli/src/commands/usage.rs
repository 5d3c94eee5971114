//! `evroute usage`

use clap::Args;

use crate::admin_client::Server;
use crate::exit::Exit;
use crate::usage_report::UsageReport;

const EXAMPLES: &str = "Examples:
  evroute usage demo
  evroute usage
  evroute usage --csv > usage.csv
  evroute usage --json
  evroute usage --price million_events=0.25 --currency EUR
  evroute usage --context acme

The numbers outlive a restart of the server; a crash loses those of five seconds at most. work is \
one number for all that runs did: fuel, and host calls in fuel. amount is what [tariff] in the \
configuration makes of it, or the prices of the command line.";

/// Show what tenants of a running server used, and what it costs
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Whose [default: the token's or the context's; without one, all]
    tenant: Option<String>,
    #[command(flatten)]
    report: UsageReport,
    #[command(flatten)]
    server: Server,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        self.report.show(&self.server, self.tenant.as_deref())
    }
}
