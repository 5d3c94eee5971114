//! `evroute deploy`

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::build_project;
use super::shadow::shadow;
use super::sign::handler_name;
use crate::admin_client::{Refusal, Server};
use crate::deployed_handler::{Tenant, sentence};
use crate::duration::duration;
use crate::exit::Exit;
use crate::tenant_asked::TenantAsked;
use crate::{attestation_file, compared, output};

/// The longest file that is sent, in bytes; the server says less.
const COMPONENT_BYTES_MAX: u64 = 1 << 30;

const EXAMPLES: &str = "Examples:
  evroute deploy guard.wasm --tenant demo -m \"first one\"
  evroute deploy my-guard --tenant demo
  evroute deploy guard.wasm --tenant demo --grants log,htable:blocked --limit run_fuel_max=1000000
  evroute deploy guard.wasm --tenant demo --canary 5% --for 10m -m \"new number plan\"
  evroute deploy guard.wasm --tenant demo --breaker fallback=previous-revision --breaker runs_min=50
  evroute deploy guard.wasm --tenant demo --signature guard.wasm.sig
  evroute deploy guard.wasm --tenant demo --signature guard.wasm.sig --attestation guard.wasm.attestation
  evroute deploy guard.wasm --tenant demo --shadow 1000
  evroute deploy guard.wasm --tenant demo --shadow 1000 --accept-changes -m \"block 0900\"

A folder is a project (evroute new makes one), which is built first. The server compiles and tries the component before anything of it \
is in force; whatever is wrong is said with what to do, with code 1, and changes nothing. When this command has ended with code 0 the \
revision is in force, and on disk. Calls under way end on the revision they began with.

A canary gets its share of the calls by their Call-ID. It is stopped when it fails more often than the revision in force or decides \
otherwise, and promoted when its time is up; evroute audit list says what became of it.

With --shadow the last recorded events of the handler are run in this component and in the revision in force, on this machine and with \
the answers that the server gave then. What ends differently is shown, as evroute diff --on does; then nothing is deployed, unless that \
was accepted. What was compared is kept as evidence.

Grants, limits, filters, breaker and the fail policy that are left out are those of the revision in force.";

/// Deploy a component to a running server
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A component, or a project's folder
    #[arg(value_name = "FILE|DIR")]
    component: PathBuf,
    #[command(flatten)]
    tenant: Tenant,
    /// As which handler [default: the file's name without .wasm]
    #[arg(long, value_name = "NAME")]
    handler: Option<String>,
    /// Why, for the audit log
    #[arg(short = 'm', long = "message", value_name = "WHY", default_value = "")]
    why: String,
    /// What speaks for it: a report, a commit
    #[arg(long, value_name = "TEXT", default_value = "")]
    evidence: String,
    /// Give it this share of the calls, and watch it
    #[arg(long, value_name = "PERCENT", value_parser = percent, requires = "seconds")]
    canary: Option<u8>,
    /// For how long the canary is watched: 90s, 10m, 2h, 1d
    #[arg(long = "for", id = "seconds", value_name = "TIME", value_parser = seconds, requires = "canary")]
    seconds: Option<u32>,
    /// What it may use, with commas between
    #[arg(long, value_name = "GRANTS", value_delimiter = ',')]
    grants: Option<Vec<String>>,
    /// What a failed run means
    #[arg(long, value_enum)]
    fail_policy: Option<FailPolicy>,
    /// A third segment of events that it wants: htable:expired:calls
    #[arg(long, value_name = "EVENT:NAME")]
    on: Option<Vec<String>>,
    /// A limit of its runs
    #[arg(long, value_name = "NAME=NUMBER", value_parser = limit)]
    limit: Vec<(String, u64)>,
    /// A key of its circuit breaker: fallback=previous-revision, runs_min=50
    #[arg(long, value_name = "KEY=VALUE", value_parser = breaker)]
    breaker: Vec<(String, String)>,
    /// The file with its signature
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// First run the last N recorded events in it, here; deploy only if all end as before
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    shadow: Option<u32>,
    /// Deploy although events end differently
    #[arg(long, requires = "shadow")]
    accept_changes: bool,
    /// What was shown of it: the file that was signed with it
    #[arg(long, value_name = "FILE", requires = "signature")]
    attestation: Option<PathBuf>,
    /// Only try and keep it; put nothing in force
    #[arg(long, conflicts_with = "canary")]
    keep_only: bool,
    #[command(flatten)]
    server: Server,
}

/// What is sent to the server.
struct Sent<'a> {
    path: &'a Path,
    handler: String,
    component: Vec<u8>,
    evidence: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FailPolicy {
    /// Carry on without the handler
    Open,
    /// Take the cautious verdict
    Closed,
}

fn percent(text: &str) -> Result<u8, String> {
    let number = text.strip_suffix('%').unwrap_or(text);
    let number = number
        .parse()
        .ok()
        .filter(|number| (1..100).contains(number));
    number.ok_or_else(|| "write 1% to 99%".to_owned())
}

fn seconds(text: &str) -> Result<u32, String> {
    let seconds = duration(text)?.as_secs();
    let seconds = u32::try_from(seconds).ok().filter(|seconds| *seconds > 0);
    seconds.ok_or_else(|| "write a time from 1s to 49710d".to_owned())
}

fn limit(text: &str) -> Result<(String, u64), String> {
    let limit = text.split_once('=');
    let limit = limit.and_then(|(name, most)| Some((name.to_owned(), most.parse().ok()?)));
    limit.ok_or_else(|| "write NAME=NUMBER, for example run_fuel_max=1000000".to_owned())
}

fn breaker(text: &str) -> Result<(String, String), String> {
    let key = text.split_once('=');
    let key = key.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    key.ok_or_else(|| "write KEY=VALUE, for example fallback=previous-revision".to_owned())
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let path = match self.path() {
            Ok(path) => path,
            Err(exit) => return exit,
        };
        match self.shadowed_and_deployed(&path) {
            Ok(exit) | Err(exit) => exit,
        }
    }

    fn shadowed_and_deployed(&self, path: &Path) -> Result<Exit, Exit> {
        let handler = self.handler.clone().or_else(|| handler_name(path));
        let handler = handler.ok_or_else(|| output::wrong("name the handler with --handler"))?;
        let component = read(path).map_err(output::wrong)?;
        let mut evidence = vec![self.evidence.clone()];
        if let Some(count) = self.shadow {
            let asked = TenantAsked::begin(&self.server, &self.tenant)?;
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            let comparison = shadow(&asked, &handler, &component, count)?;
            let printed = output::lines(&compared::lines(&comparison));
            let ended = compared::exit(&comparison, printed);
            if ended != Exit::Done && !(ended == Exit::Wrong && self.accept_changes) {
                output::tell("nothing was deployed; --accept-changes deploys it all the same");
                return Ok(ended);
            }
            let (events, different) = (comparison.events, comparison.different());
            let unclear = comparison.unclear();
            evidence.push(format!(
                "shadow of {events} events: {different} end differently, {unclear} unclear"
            ));
        }
        evidence.retain(|text| !text.is_empty());
        let sent = Sent {
            path,
            handler,
            component,
            evidence: evidence.join("; "),
        };
        match self.deploy(&sent) {
            Ok(sentence) => Ok(output::done(sentence)),
            Err(refusal) => Ok(refusal.exit()),
        }
    }

    /// The component: the file, or what the project makes.
    fn path(&self) -> Result<PathBuf, Exit> {
        if !self.component.is_dir() {
            return Ok(self.component.clone());
        }
        let mut builder = build_project::open(&self.component).map_err(output::wrong)?;
        let built = builder.build(&mut build_project::show);
        built.map_err(|error| build_project::failed(&error))?;
        Ok(builder.project().component.clone())
    }

    fn deploy(&self, sent: &Sent<'_>) -> Result<String, Refusal> {
        let Sent {
            path,
            handler,
            component,
            evidence,
        } = sent;
        output::tell(format_args!(
            "sending {} ({} bytes) ...",
            path.display(),
            component.len()
        ));
        let tenant = self.tenant.named(&self.server);
        let uploaded = self.server.upload(component, tenant.as_deref())?;
        let digest = uploaded.get("digest").cloned().unwrap_or_default();
        output::tell("the server compiles and tries it ...");
        let mut params = self.tenant.params(
            &self.server,
            [
                ("handler", json!(handler)),
                ("digest", digest),
                ("settings", Value::Object(self.settings())),
                ("why", json!(self.why)),
                ("evidence", json!(evidence)),
            ],
        );
        if let Some(path) = &self.signature {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
            params.insert("signature".to_owned(), json!(text));
        }
        if let Some(path) = &self.attestation {
            let text = attestation_file::text(path)?;
            params.insert("attestation".to_owned(), json!(text));
        }
        let kept = self.server.answer("deploy.put", &Value::Object(params))?;
        let revision = kept.get("revision").cloned().unwrap_or_default();
        if self.keep_only {
            return Ok(format!("{handler}: r{revision} is kept, and not in force"));
        }
        let mut params = self.tenant.params(
            &self.server,
            [
                ("handler", json!(handler)),
                ("revision", revision),
                ("why", json!(self.why)),
            ],
        );
        if let (Some(percent), Some(seconds)) = (self.canary, self.seconds) {
            params.insert("percent".to_owned(), json!(percent));
            params.insert("seconds".to_owned(), json!(seconds));
        }
        let in_force = self
            .server
            .answer("deploy.activate", &Value::Object(params))?;
        Ok(sentence(&in_force))
    }

    /// What was given; the rest stays as it is.
    fn settings(&self) -> Map<String, Value> {
        let mut settings = Map::new();
        let mut set = |name: &str, value: Value| settings.insert(name.to_owned(), value);
        if let Some(grants) = &self.grants {
            let grants: Vec<_> = grants.iter().filter(|grant| !grant.is_empty()).collect();
            set("grants", json!(grants));
        }
        if let Some(policy) = self.fail_policy {
            let policy = match policy {
                FailPolicy::Open => "open",
                FailPolicy::Closed => "closed",
            };
            set("fail_policy", json!(policy));
        }
        if let Some(on) = &self.on {
            set("on", json!(on));
        }
        if !self.limit.is_empty() {
            let limits = self
                .limit
                .iter()
                .map(|(name, most)| (name.clone(), json!(most)));
            set("limits", Value::Object(limits.collect()));
        }
        if !self.breaker.is_empty() {
            let rows = self.breaker.iter();
            let rows = rows.map(|(name, value)| (name.clone(), json!(value)));
            set("breaker", Value::Object(rows.collect()));
        }
        settings
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error| format!("{} cannot be read: {error}", path.display());
    let mut component = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(COMPONENT_BYTES_MAX)
        .read_to_end(&mut component)
        .map_err(unreadable)?;
    if component.starts_with(b"\0asm") {
        return Ok(component);
    }
    Err(format!(
        "{} is no WebAssembly binary; build the handler to a component first",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_times_are_read_as_people_write_them() {
        assert_eq!((percent("5%"), percent("99")), (Ok(5), Ok(99)));
        for text in ["0%", "100", "5 %", "-1", ""] {
            assert!(percent(text).is_err(), "{text}");
        }
        assert_eq!(seconds("10m"), Ok(600));
        for text in ["0s", "49711d", "5"] {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert_eq!(limit("run_fuel_max=5"), Ok(("run_fuel_max".to_owned(), 5)));
        assert!(limit("run_fuel_max").is_err());
    }
}
