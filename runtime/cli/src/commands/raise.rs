//! `evroute raise`

use clap::Args;
use serde_json::{Map, Value, json};

use crate::admin_client::Server;
use crate::exit::Exit;
use crate::{output, params};

const EXAMPLES: &str = "Examples:
  evroute raise maintenance
  evroute raise maintenance reason=upgrade minutes=5
  evroute raise maintenance --tenant demo
  evroute raise maintenance --context acme

Handlers that export evroute:custom/event see it as custom:event:EVENT.";

/// Raise an event of your own in a running server
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The event's name
    event: String,
    /// Its parameters
    #[arg(value_name = "KEY=VALUE")]
    words: Vec<String>,
    /// Whose handlers are asked; may be omitted where there is one tenant
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    #[command(flatten)]
    server: Server,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let mut parameters = Map::new();
        for word in &self.words {
            let Some((key, value)) = params::key_and_value(word) else {
                return output::usage(format_args!("{word:?} is not a parameter; write KEY=VALUE"));
            };
            if parameters.insert(key, value).is_some() {
                return output::usage(format_args!("{word:?}: this key is there twice"));
            }
        }
        let target = match self.server.target() {
            Ok(target) => target,
            Err(why) => return output::wrong(why),
        };
        let mut params = json!({ "event": self.event, "parameters": parameters });
        let tenant = self.tenant.as_ref().or(target.tenant.as_ref());
        if let (Some(tenant), Some(params)) = (tenant, params.as_object_mut()) {
            params.insert("tenant".to_owned(), Value::from(tenant.as_str()));
        }
        match target.call("custom.raise", &params) {
            Ok(raised) => output::done(output::pretty(&raised)),
            Err(refusal) => refusal.exit(),
        }
    }
}
