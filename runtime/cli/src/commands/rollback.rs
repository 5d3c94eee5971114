//! `evroute rollback`

use clap::Args;

use crate::deployed_handler::DeployedHandler;
use crate::exit::Exit;

const EXAMPLES: &str = "Examples:
  evroute rollback guard --tenant demo
  evroute rollback guard --tenant demo -m \"rejects calls from abroad\"

Takes a canary away; without one, puts the revision in force that was before this one. Twice is two back. After a drain, what was \
drained is in force again. Runs under way end on the revision they began with.";

/// Go back to the revision before
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    of: DeployedHandler,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        self.of.change("deploy.rollback")
    }
}
