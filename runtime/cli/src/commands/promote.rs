//! `evroute promote`

use clap::Args;

use crate::deployed_handler::DeployedHandler;
use crate::exit::Exit;

const EXAMPLES: &str = "Examples:
  evroute promote guard --tenant demo
  evroute promote guard --tenant demo -m \"seen enough\"

The canary gets all calls. Without this command the server promotes or stops it when its time is up, or stops it before. A \
revision that is no canary is put in force by deploying its component again, or by evroute rpc deploy.activate.";

/// Put a handler's canary in force
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    of: DeployedHandler,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        self.of.change("deploy.promote")
    }
}
