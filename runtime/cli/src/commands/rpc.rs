//! `evroute rpc`

use clap::Args;
use serde_json::Value;

use crate::admin_client::Server;
use crate::exit::Exit;
use crate::{output, params};

const EXAMPLES: &str = "Examples:
  evroute rpc core.help
  evroute rpc htable.dump blocked
  evroute rpc core.help method=core.uptime
  evroute rpc tm.t_uac_start OPTIONS sip:service@127.0.0.1
  evroute rpc htable.dump --params '{\"table\": \"blocked\"}'

Parameters go by name if every one is KEY=VALUE, by position otherwise. JSON literals (5, true, null, [1], \"5\") are \
what they say; everything else is text.";

/// Call a method of a running server
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The method; core.help lists them
    method: String,
    /// Its parameters, by position or as KEY=VALUE
    #[arg(value_name = "ARGS", allow_negative_numbers = true)]
    words: Vec<String>,
    /// Its parameters as a JSON list or object
    #[arg(long, value_name = "JSON", conflicts_with = "words")]
    params: Option<String>,
    #[command(flatten)]
    server: Server,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let params = match &self.params {
            None => params::from_words(&self.words),
            Some(text) => match serde_json::from_str(text) {
                Ok(params @ (Value::Array(_) | Value::Object(_))) => params,
                Ok(_) => return output::usage("--params must be a JSON list or object"),
                Err(error) => return output::usage(format_args!("--params is not JSON: {error}")),
            },
        };
        self.server.call(&self.method, &params)
    }
}
