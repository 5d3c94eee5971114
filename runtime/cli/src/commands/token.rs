//! `evroute token`

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use evroute_server::{NewToken, TokenRecord, TokenStore};
use serde_json::{Value, json};

use crate::admin_client::Server;
use crate::exit::Exit;
use crate::{output, table};

const EXAMPLES: &str = "Examples:
  evroute token create ops > ops.token
  evroute token create ci --tenant acme --days 90 > acme.token
  evroute token create dashboards --read > read.token
  evroute token create ops --data-dir data > ops.token
  evroute token list
  evroute token revoke ci --tenant acme
  evroute token create ops --operator --context lab > ops.token

Who is logged in for a tenant (evroute login --tenant) makes, lists and revokes its tokens. A token is printed once, when it is made; only its SHA-256 is kept, in data_dir. From the first operator's token on, \
nobody calls the admin port without one. --data-dir is for when no server runs: the first token of a new server, or a new one \
when all are lost.";

/// Make, list and revoke tokens of the admin port
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token and print it
    Create(Create),
    /// Show the tokens there are
    List(List),
    /// End a token at once
    Revoke(Revoke),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct Create {
    /// What the log and the audit call it
    name: String,
    /// The tenant that it reaches [default: the context's; without one, it is an operator's]
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// It is an operator's, also where the context is a tenant's
    #[arg(long, conflicts_with = "tenant")]
    operator: bool,
    /// It changes nothing
    #[arg(long)]
    read: bool,
    /// It ends after so many days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=36_500))]
    days: Option<u64>,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct List {
    /// Those of one tenant [default: the context's; without one, all]
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct Revoke {
    /// Its name or its id
    token: String,
    /// Whose it is; may be left out with an id [default: the context's]
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// Where tokens are kept.
#[derive(Debug, Args)]
struct Place {
    /// The data_dir of a server that does not run, instead of asking one that does
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    server: Server,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let done = match &self.action {
            Action::Create(create) => create.execute(),
            Action::List(list) => list.execute(),
            Action::Revoke(revoke) => revoke.execute(),
        };
        done.unwrap_or_else(output::wrong)
    }
}

impl Create {
    fn execute(&self) -> Result<Exit, String> {
        let Some(data_dir) = &self.place.data_dir else {
            let tenant = match self.operator {
                true => None,
                false => self.place.server.tenant(self.tenant.as_deref()),
            };
            let params = json!({
                "name": self.name, "tenant": tenant, "days": self.days, "read": self.read,
            });
            return Ok(self.place.server.show("token.create", &params, |made| {
                made.get("token")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            }));
        };
        let now = now();
        let new = NewToken {
            name: self.name.clone(),
            tenant: self.tenant.clone(),
            reads_only: self.read,
            expires: self.days.map(|days| now + days * 86_400),
            by: "evroute token create".to_owned(),
        };
        let made = open(data_dir)?.create(new, now);
        let made = made.map_err(|error| error.to_string())?;
        Ok(output::done(made.text()))
    }
}

impl List {
    fn execute(&self) -> Result<Exit, String> {
        let Some(data_dir) = &self.place.data_dir else {
            let params = json!({ "tenant": self.place.server.tenant(self.tenant.as_deref()) });
            return Ok(self.place.server.show("token.list", &params, listed));
        };
        let records = open(data_dir)?.list(self.tenant.as_deref());
        Ok(output::done(listed(&records.iter().map(shown).collect())))
    }
}

impl Revoke {
    fn execute(&self) -> Result<Exit, String> {
        let reported = |id: &Value| format!("revoked {}", id.as_str().unwrap_or_default());
        let Some(data_dir) = &self.place.data_dir else {
            let tenant = self.place.server.tenant(self.tenant.as_deref());
            let params = json!({ "token": self.token, "tenant": tenant });
            let shown = |revoked: &Value| reported(revoked.get("id").unwrap_or(&Value::Null));
            return Ok(self.place.server.show("token.revoke", &params, shown));
        };
        let revoked = open(data_dir)?.revoke(&self.token, self.tenant.as_deref());
        let revoked = revoked.map_err(|error| error.to_string())?;
        Ok(output::done(reported(&Value::from(revoked.id))))
    }
}

fn open(data_dir: &Path) -> Result<TokenStore, String> {
    if !data_dir.is_dir() {
        return Err(format!(
            "{} is not a folder; name the data_dir of [server]",
            data_dir.display()
        ));
    }
    TokenStore::open(data_dir).map_err(|error| error.to_string())
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

/// As `token.list` answers.
fn shown(record: &TokenRecord) -> Value {
    json!({
        "id": record.id, "name": record.name, "scope": record.scope(),
        "expires": record.expires, "last_used": record.last_used,
    })
}

/// A line for each token.
fn listed(records: &Value) -> String {
    let cell = |record: &Value, key: &str| match record.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(seconds)) => table::date(seconds.as_u64().unwrap_or_default()),
        Some(_) | None => "never".to_owned(),
    };
    let records = records.as_array().map(Vec::as_slice).unwrap_or_default();
    let keys = ["id", "name", "scope", "expires", "last_used"];
    let rows = records
        .iter()
        .map(|record| keys.map(|key| cell(record, key)));
    table::columns(
        &["ID", "NAME", "SCOPE", "EXPIRES", "LAST USED"],
        &rows.collect::<Vec<_>>(),
    )
}
