//! `evroute drain`

use clap::Args;

use crate::deployed_handler::DeployedHandler;
use crate::exit::Exit;

const EXAMPLES: &str = "Examples:
  evroute drain guard --tenant demo
  evroute drain guard --tenant demo -m \"not needed any more\"

No run of it begins any more; those under way end. Its revisions are kept, and evroute rollback brings it back.";

/// Take a deployed handler out of force
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    of: DeployedHandler,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        self.of.change("deploy.drain")
    }
}
