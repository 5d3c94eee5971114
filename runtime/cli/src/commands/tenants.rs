//! `evroute tenants`

use clap::Args;

use super::tenant;
use crate::admin_client::Server;
use crate::exit::Exit;
use crate::usage_report::UsageReport;

const EXAMPLES: &str = "Examples:
  evroute tenants --usage
  evroute tenants
  evroute tenants --usage --json --price million_events=0.25 --currency EUR

The second is \"evroute tenant list\"; the others are \"evroute usage\" of all tenants.";

/// Print the tenants of a running server, or what they used
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What each used, and what it costs
    #[arg(long, required_if_eq_any([("csv", "true"), ("json", "true")]))]
    usage: bool,
    #[command(flatten)]
    report: UsageReport,
    #[command(flatten)]
    server: Server,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        match self.usage {
            true => self.report.show(&self.server, None),
            false => tenant::list(&self.server),
        }
    }
}
