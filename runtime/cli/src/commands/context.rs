//! `evroute context`

use clap::{Args, Subcommand};

use crate::contexts::{self, Contexts};
use crate::exit::Exit;
use crate::{output, table};

const EXAMPLES: &str = "Examples:
  evroute context list
  evroute context use acme
  evroute context remove acme
  evroute usage --context acme

evroute login adds one. They are kept in ~/.config/evroute/contexts.toml.";

/// Show and choose the servers you are logged in at
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show them; * is the one in use
    List,
    /// Use one from now on
    Use {
        /// Its name
        name: String,
    },
    /// Forget one and its token; the token stays valid until it is revoked
    Remove {
        /// Its name
        name: String,
    },
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        match self.act() {
            Ok(done) => output::done(done),
            Err(why) => output::wrong(why),
        }
    }

    fn act(&self) -> Result<String, String> {
        let path = contexts::file()?;
        let mut contexts = Contexts::load(&path)?;
        match &self.action {
            Action::List => Ok(listed(&contexts)),
            Action::Use { name } => {
                contexts.named(name)?;
                contexts.current = Some(name.clone());
                contexts.save(&path)?;
                Ok(format!("commands call {name} from now on"))
            }
            Action::Remove { name } => {
                contexts.remove(name)?;
                contexts.save(&path)?;
                Ok(format!("{name} is forgotten"))
            }
        }
    }
}

fn listed(contexts: &Contexts) -> String {
    let rows = contexts.all.iter().map(|context| {
        let is_current = contexts.current.as_deref() == Some(context.name.as_str());
        let tenant = context.tenant.clone().unwrap_or_else(|| "-".to_owned());
        let mark = if is_current { "*" } else { "" };
        [
            mark.to_owned(),
            context.name.clone(),
            tenant,
            context.url.clone(),
        ]
    });
    table::columns(&["", "NAME", "TENANT", "URL"], &rows.collect::<Vec<_>>())
}
