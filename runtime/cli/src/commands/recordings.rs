//! `evroute recordings`

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueHint};
use serde_json::{Value, json};

use crate::admin_client::Server;
use crate::deployed_handler::Tenant;
use crate::exit::Exit;
use crate::tenant_asked::{TenantAsked, text};
use crate::{output, table};

const EXAMPLES: &str = "Examples:
  evroute recordings list --tenant demo
  evroute recordings list --failed --handler guard
  evroute recordings get 1f
  evroute recordings get 1f -o run.evrec
  evroute recordings export --to runs --failed
  evroute recordings watch 3848276298220188511@atlanta.example.com --seconds 600
  evroute replay run.evrec --handler my-guard.wasm --step

What is recorded is said in [tenant.recordings] of the server's configuration: failed runs, a share of all calls, rare \
decisions. The oldest recordings give way to new ones. Credentials, and header fields that the configuration names, were \
replaced by letters before anything was written.";

/// Show and fetch recorded runs of a running server
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show what was recorded, the newest first
    List(List),
    /// Fetch one recording
    Get(Get),
    /// Fetch all recordings into a folder
    Export(Export),
    /// Record each run of a call from now on
    Watch(Watch),
}

/// Whose recordings are asked for, and where.
#[derive(Debug, Args)]
struct Place {
    #[command(flatten)]
    tenant: Tenant,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Args)]
struct Wanted {
    /// Of this handler only
    #[arg(long, value_name = "NAME")]
    handler: Option<String>,
    /// Of this event only, as core:request
    #[arg(long, value_name = "NAME")]
    event: Option<String>,
    /// Of this call only
    #[arg(long, value_name = "CALL-ID")]
    call: Option<String>,
    /// Failed runs only
    #[arg(long)]
    failed: bool,
    /// How many at most
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100)]
    count: usize,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct List {
    #[command(flatten)]
    wanted: Wanted,
    /// Print JSON, a line for each
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct Get {
    /// Its id, as the list shows it
    id: String,
    /// Where to write it [default: ID.evrec]
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct Export {
    /// The folder, which is made when it is missing
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    to: PathBuf,
    #[command(flatten)]
    wanted: Wanted,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct Watch {
    /// The call
    call_id: String,
    /// How long
    #[arg(long, value_name = "N", default_value_t = 3600, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: u32,
    #[command(flatten)]
    place: Place,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let ended = match &self.action {
            Action::List(list) => list.execute(),
            Action::Get(get) => get.execute(),
            Action::Export(export) => export.execute(),
            Action::Watch(watch) => watch.execute(),
        };
        match ended {
            Ok(exit) | Err(exit) => exit,
        }
    }
}

impl Place {
    fn begin(&self) -> Result<TenantAsked, Exit> {
        TenantAsked::begin(&self.server, &self.tenant)
    }
}

impl Wanted {
    fn rows(&self, asked: &TenantAsked) -> Result<Vec<Value>, Exit> {
        asked.recordings(self.count, |row| self.includes(row))
    }

    fn includes(&self, row: &Value) -> bool {
        let is = |wanted: &Option<String>, name| {
            let wanted = wanted.as_deref();
            wanted.is_none_or(|wanted| text(row, name) == wanted)
        };
        is(&self.handler, "handler")
            && is(&self.event, "event")
            && is(&self.call, "call_id")
            && (!self.failed || text(row, "kept") == "failed")
    }
}

impl List {
    fn execute(&self) -> Result<Exit, Exit> {
        let rows = self.wanted.rows(&self.wanted.place.begin()?)?;
        if self.json {
            let lines: Vec<_> = rows.iter().map(Value::to_string).collect();
            return Ok(output::done(lines.join("\n")));
        }
        if rows.is_empty() {
            return Ok(output::done("nothing was recorded"));
        }
        let heads = [
            "ID", "TIME", "KEPT", "HANDLER", "EVENT", "OUTCOME", "VERDICT", "CALL-ID",
        ];
        let cells: Vec<_> = rows.iter().map(cells).collect();
        Ok(output::done(table::columns(&heads, &cells)))
    }
}

fn cells(row: &Value) -> [String; 8] {
    let own = |name| text(row, name).to_owned();
    if let Some(why) = row.get("unreadable").and_then(Value::as_str) {
        let unreadable = format!("unreadable: {why}");
        let none = String::new;
        return [
            own("id"),
            none(),
            none(),
            none(),
            none(),
            unreadable,
            none(),
            none(),
        ];
    }
    let time = row
        .get("time_us")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    let revision = row
        .get("revision")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    [
        own("id"),
        format!("{} {}", table::date(time / 1_000_000), table::clock(time)),
        own("kept"),
        format!("{} r{revision}", text(row, "handler")),
        own("event"),
        own("outcome"),
        own("verdict"),
        own("call_id"),
    ]
}

impl Get {
    fn execute(&self) -> Result<Exit, Exit> {
        let file = self.place.begin()?.recording_file(&self.id)?;
        let named = || PathBuf::from(format!("{}.evrec", self.id));
        let path = self.output.clone().unwrap_or_else(named);
        write(&path, &file)?;
        Ok(output::done(path.display()))
    }
}

impl Export {
    fn execute(&self) -> Result<Exit, Exit> {
        let asked = self.wanted.place.begin()?;
        let rows = self.wanted.rows(&asked)?;
        fs::create_dir_all(&self.to).map_err(|error| unwritable(&self.to, &error))?;
        for row in &rows {
            let id = text(row, "id");
            let path = self.to.join(format!("{id}.evrec"));
            write(&path, &asked.recording_file(id)?)?;
        }
        let (how_many, folder) = (rows.len(), self.to.display());
        Ok(output::done(format_args!(
            "{how_many} recordings in {folder}"
        )))
    }
}

fn write(path: &Path, file: &[u8]) -> Result<(), Exit> {
    fs::write(path, file).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Exit {
    output::wrong(format_args!("{}: {error}", path.display()))
}

impl Watch {
    fn execute(&self) -> Result<Exit, Exit> {
        let more = [
            ("call_id", Value::from(self.call_id.as_str())),
            ("seconds", json!(self.seconds)),
        ];
        self.place.begin()?.ask("recordings.watch", more)?;
        let (call, seconds) = (&self.call_id, self.seconds);
        let said = format!("each run of {call} is recorded for {seconds} s");
        Ok(output::done(said))
    }
}
