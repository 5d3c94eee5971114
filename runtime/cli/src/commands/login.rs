//! `evroute login`

use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::admin_client::{self, Target};
use crate::contexts::{self, Context, Contexts};
use crate::exit::Exit;
use crate::output;

const EXAMPLES: &str = "Examples:
  evroute login https://sip.example:8060 --tenant acme < acme.token
  evroute login https://sip.example:8060 --tenant acme --token-file acme.token
  evroute login https://192.0.2.1:8060 --ca ca.pem --name lab < ops.token
  evroute login 127.0.0.1:8060 --tenant demo < demo.token

The token is read from standard input or a file and tried. It is kept in ~/.config/evroute/contexts.toml, which nobody else \
may read; from then on commands call this server as this tenant. evroute context shows and changes which one that is.";

/// The longest token that is read, in bytes.
const TOKEN_BYTES_MAX: u64 = 4096;

/// Remember a server and a token for it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The server's admin address
    url: String,
    /// The tenant that commands are about
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// What the context is called [default: the tenant's name, else the URL's host]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A file that holds the token, instead of standard input
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Certificates that the server's is signed by, where the system does not know them
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Send the token without TLS to another machine
    #[arg(long)]
    insecure: bool,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        match self.log_in() {
            Ok(done) => output::done(done),
            Err(why) => output::wrong(why),
        }
    }

    fn log_in(&self) -> Result<String, String> {
        let path = contexts::file()?;
        let mut contexts = Contexts::load(&path)?;
        let token = self.token()?;
        let ca = self.ca.as_ref().map(std::path::absolute).transpose();
        let ca = ca.map_err(|error| format!("--ca: {error}"))?;
        let target = Target::new(&self.url, Some(token.clone()), ca.as_deref(), self.insecure)?;
        let who = target.call("token.whoami", &json!([]));
        let who = who.map_err(|refusal| refusal.text)?;
        let own = who.get("tenant").and_then(Value::as_str);
        let tenant = match (own, &self.tenant) {
            (Some(own), Some(asked)) if own != asked => {
                return Err(format!(
                    "the token is tenant {own}'s; log in with --tenant {own}"
                ));
            }
            (own, asked) => own.map(str::to_owned).or_else(|| asked.clone()),
        };
        let name = self.name.clone().or_else(|| tenant.clone());
        let name = name.unwrap_or_else(|| target.host().to_owned());
        let whose = match &tenant {
            Some(tenant) => format!("tenant {tenant}"),
            None => "operator".to_owned(),
        };
        let url = target.url().to_owned();
        contexts.put(Context {
            name: name.clone(),
            url: url.clone(),
            tenant,
            token,
            ca,
            insecure: self.insecure,
        });
        contexts.save(&path)?;
        Ok(format!(
            "logged in at {url} as {whose}; the context is {name}"
        ))
    }

    fn token(&self) -> Result<String, String> {
        if let Some(path) = &self.token_file {
            return admin_client::token(path);
        }
        let mut stdin = io::stdin().lock();
        if stdin.is_terminal() {
            output::tell("token (a line, then Ctrl-D):");
        }
        let mut text = String::new();
        let read = stdin
            .by_ref()
            .take(TOKEN_BYTES_MAX)
            .read_to_string(&mut text);
        read.map_err(|error| format!("standard input cannot be read: {error}"))?;
        let token = admin_client::one_word(&text);
        token.ok_or_else(|| {
            "standard input does not hold a token: one word is expected (evroute login URL < FILE)".to_owned()
        })
    }
}
