//! `evroute diff`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueHint};
use serde_json::Value;

use crate::admin_client::Server;
use crate::deployed_handler::Tenant;
use crate::exit::Exit;
use crate::output::{self, Tone};
use crate::recorded_events::RecordingFiles;
use crate::tenant_asked::TenantAsked;
use crate::{attestation_file, compared, component_file};

const EXAMPLES: &str = "Examples:
  evroute diff guard 3 4 --tenant demo
  evroute diff old.wasm new.wasm --on runs
  evroute diff guard 3 4 --tenant demo --on runs
  evroute diff old.wasm new.wasm --on runs --json
  evroute diff old.wasm new.wasm --attestation guard.wasm.attestation --on runs

The first shows what changes from one revision to the other: events, imports, grants, limits, filters and the fail policy; - is in \
the first only, + in the second only.

The others run recorded events in both and show which of them end differently: the verdict, the outcome, the message, where it is sent, \
what is left undone. Both get the answers that the server gave then. They are put together by how they end; the branch that they take \
one way, and the others the other way, is where that was decided. Where a revision asks for what was not recorded, nobody knows how it \
would end. Recordings come from: evroute recordings export --to runs, or evroute test my-guard --recordings runs

Exit codes with --on: 0 all end as before, 1 some do not, 2 usage.";

/// Show what changes from one revision to another
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A deployed handler's name, or the component before the change
    #[arg(value_name = "HANDLER|OLD")]
    from: String,
    /// The number of one revision, or the component after the change
    #[arg(value_name = "FROM|NEW")]
    to: String,
    /// The number of the other revision
    #[arg(value_name = "TO")]
    revision: Option<u32>,
    /// Recordings to run: files, or folders with .evrec files
    #[arg(long, value_name = "PATH", num_args = 1.., value_hint = ValueHint::AnyPath)]
    on: Vec<PathBuf>,
    /// Add what is shown of the second component to this file, for evroute sign and evroute deploy
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "on")]
    attestation: Option<PathBuf>,
    /// Print JSON
    #[arg(long, requires = "on")]
    json: bool,
    #[command(flatten)]
    tenant: Tenant,
    #[command(flatten)]
    server: Server,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let ended = match (self.revision, self.on.is_empty()) {
            (Some(to), true) => self.settings(to),
            (None, true) => Err(output::usage(
                "two components are compared on recorded events: add --on DIR; \
                 of a deployed handler, name two revisions: evroute diff guard 3 4",
            )),
            (_, false) => self.compared(),
        };
        match ended {
            Ok(exit) | Err(exit) => exit,
        }
    }

    /// The number of the first revision of a deployed handler.
    fn number(&self) -> Result<u64, Exit> {
        let number = self.to.parse();
        number.map_err(|_| output::usage(format_args!("{:?} is no number of a revision", self.to)))
    }

    fn settings(&self, to: u32) -> Result<Exit, Exit> {
        let asked = TenantAsked::begin(&self.server, &self.tenant)?;
        let params = [
            ("handler", Value::from(self.from.as_str())),
            ("from", Value::from(self.number()?)),
            ("to", Value::from(to)),
        ];
        let answer = asked.ask("deploy.diff", params)?;
        let rows = answer.as_array().map(Vec::as_slice).unwrap_or_default();
        if rows.is_empty() {
            return Ok(output::done("nothing changes"));
        }
        let lines: Vec<_> = rows.iter().flat_map(lines).collect();
        Ok(output::lines(&lines))
    }

    fn compared(&self) -> Result<Exit, Exit> {
        let recordings = RecordingFiles::below(&self.on).map_err(output::usage)?;
        let [old, new] = match self.revision {
            None => {
                let read =
                    |path: &str| component_file::read(Path::new(path)).map_err(output::usage);
                [read(&self.from)?, read(&self.to)?]
            }
            Some(to) => {
                let asked = TenantAsked::begin(&self.server, &self.tenant)?;
                let component = |revision| asked.component(&self.from, Some(revision));
                [component(self.number()?)?, component(to.into())?]
            }
        };
        let (old, new): (Arc<[u8]>, Arc<[u8]>) = (old.into(), new.into());
        let comparison = compared::run([&old, &new], &recordings)?;
        if let Some(path) = &self.attestation {
            let shown = compared::shown(&old, &comparison);
            let added =
                attestation_file::add(path, &new, |attestation| attestation.add_shadow(shown));
            added.map_err(output::wrong)?;
        }
        let printed = match self.json {
            true => output::done(compared::json(&comparison)),
            false => output::lines(&compared::lines(&comparison)),
        };
        Ok(compared::exit(&comparison, printed))
    }
}

fn lines(row: &Value) -> Vec<(Tone, String)> {
    let text = |name: &str| row.get(name).and_then(Value::as_str);
    let what = text("what").unwrap_or_default();
    let sides = [("from", Tone::Bad, '-'), ("to", Tone::Good, '+')];
    let lines = sides
        .into_iter()
        .filter_map(|(side, tone, sign)| Some((tone, format!("{sign} {what} {}", text(side)?))));
    lines.collect()
}
