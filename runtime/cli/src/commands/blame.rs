//! `evroute blame`

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Args;
use evroute_cases::{HarnessSandbox, Replayed, Replayer};
use evroute_compare::{differences, ending};
use evroute_recording::Recording;
use serde_json::Value;

use crate::admin_client::Server;
use crate::deployed_handler::Tenant;
use crate::exit::Exit;
use crate::output::{self, Tone};
use crate::tenant_asked::{TenantAsked, text};

/// So many runs of a call are looked into: a dialog has some ten.
const RUNS_MAX: usize = 100;

const EXAMPLES: &str = "Examples:
  evroute blame 3848276298220188511@atlanta.example.com --tenant demo
  evroute blame 3848276298220188511@atlanta.example.com --handler guard --context production

Names the revision that changed what became of a call. Each recorded run of the call is run again, here, in every kept revision of its \
handler, with the answers that the server gave then. The call must have been recorded: see [tenant.recordings], and evroute recordings \
watch for calls to come.";

/// Name the revision that changed a call's outcome
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The call
    call_id: String,
    /// Runs of this handler only
    #[arg(long, value_name = "NAME")]
    handler: Option<String>,
    #[command(flatten)]
    tenant: Tenant,
    #[command(flatten)]
    server: Server,
}

/// The kept revisions of one handler, the oldest first, each with a thread's worth of replays.
struct Revisions(Vec<(Value, Replayer)>);

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        match self.blamed() {
            Ok(exit) | Err(exit) => exit,
        }
    }

    fn blamed(&self) -> Result<Exit, Exit> {
        let asked = TenantAsked::begin(&self.server, &self.tenant)?;
        let is_handlers = |row: &Value| {
            let handler = self.handler.as_deref();
            handler.is_none_or(|handler| text(row, "handler") == handler)
        };
        let is_wanted = |row: &Value| text(row, "call_id") == self.call_id && is_handlers(row);
        let rows = asked.recordings(RUNS_MAX, is_wanted)?;
        if rows.is_empty() {
            return Err(output::wrong(format_args!(
                "no run of {} was recorded, or it gave way to newer ones; \
                 evroute recordings list shows what there is",
                self.call_id
            )));
        }
        let sandbox = HarnessSandbox::as_in_a_server(1, None).map_err(output::wrong)?;
        let mut revisions: BTreeMap<String, Revisions> = BTreeMap::new();
        let mut lines = Vec::new();
        for (id, recording) in &asked.fetched(&rows)?.0 {
            let Some(header) = &recording.header else {
                continue;
            };
            if !revisions.contains_key(&header.handler) {
                let kept = Revisions::fetch(&asked, &header.handler, &sandbox)?;
                revisions.insert(header.handler.clone(), kept);
            }
            if let Some(revisions) = revisions.get_mut(&header.handler) {
                lines.extend(revisions.blame(id, recording));
            }
        }
        Ok(output::lines(&lines))
    }
}

impl Revisions {
    fn fetch(asked: &TenantAsked, handler: &str, sandbox: &HarnessSandbox) -> Result<Self, Exit> {
        output::tell(format_args!("fetching the kept revisions of {handler} ..."));
        let answer = asked.ask("deploy.revisions", [("handler", Value::from(handler))])?;
        let rows = answer.as_array().map(Vec::as_slice).unwrap_or_default();
        let mut revisions = Vec::new();
        for row in rows.iter().rev() {
            let number = row.get("revision").and_then(Value::as_u64);
            let component: Arc<[u8]> = asked.component(handler, number)?.into();
            let replayer = Replayer::new(sandbox, component).map_err(output::wrong)?;
            revisions.push((row.clone(), replayer.granting_imports()));
        }
        Ok(Self(revisions))
    }

    /// One run in every revision.
    fn blame(&mut self, id: &str, recording: &Recording) -> Vec<(Tone, String)> {
        let (Some(header), Some(event)) = (&recording.header, &recording.event) else {
            return Vec::new();
        };
        let given = event.message.as_deref().unwrap_or_default();
        let first = given
            .split(|byte| *byte == b'\r')
            .next()
            .unwrap_or_default();
        let first = String::from_utf8_lossy(first);
        let (handler, ran) = (&header.handler, header.revision);
        let head = format!("{id} {} {first}, {handler} r{ran}", event.name);
        let mut lines = vec![(Tone::Plain, head)];
        if self.0.is_empty() {
            let why = "none of its revisions was deployed; it is the configuration's own";
            lines.push((Tone::Plain, format!("  {why}")));
        }
        let mut before: Option<Replayed> = None;
        for (row, replayer) in &mut self.0 {
            let number = row
                .get("revision")
                .and_then(Value::as_u64)
                .unwrap_or_default();
            let of = format!("  r{number:<4} {}  {}", text(row, "at"), text(row, "who"));
            let replayed = match replayer.replay(recording) {
                Ok(replayed) => replayed,
                Err(error) => {
                    lines.push((Tone::Plain, format!("{of}  cannot run it: {error}")));
                    continue;
                }
            };
            if let Some(call) = &replayed.unanswered {
                let what = format!("asks for what was not recorded: {}", call.function);
                lines.push((Tone::Plain, format!("{of}  {what}")));
                continue;
            }
            let end = ending(&replayed.found);
            let changed = before
                .as_ref()
                .map(|before| differences(given, before, &replayed));
            match changed.filter(|changed| !changed.is_empty()) {
                None => lines.push((Tone::Plain, format!("{of}  {end}"))),
                Some(changed) => {
                    let (what, why) = (changed.join(", "), text(row, "why"));
                    let line = format!("{of}  {end}  <- changed: {what}  {why}");
                    lines.push((Tone::Bad, line.trim_end().to_owned()));
                }
            }
            before = Some(replayed);
        }
        lines
    }
}
