//! `evroute fuzz`

mod report;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueHint};
use evroute_cases::{CodeCache, Draft, Suite};
use evroute_deploy::FuzzShown;
use evroute_fuzz::{
    Campaign, CampaignProgress, Campaigned, FuzzTarget, Happening, Oracle, Property, Sense, Stop,
};
use evroute_server::{PATIENCE, megabytes, reported_when_slow};

use super::build_project;
use super::test::files;
use crate::duration::duration;
use crate::exit::Exit;
use crate::output::{self, Tone};
use crate::{attestation_file, component_file};

const EXAMPLES: &str = "Examples:
  evroute fuzz my-guard.wasm
  evroute fuzz my-guard.wasm --for 10m --corpus corpus --cases my-guard/cases
  evroute fuzz my-guard.wasm --never drop --sometimes 'verdict == reject'
  evroute fuzz my-guard.wasm --assert 'verdict != drop || header(Priority) != emergency'
  evroute fuzz new.wasm --against old.wasm
  evroute fuzz my-guard.wasm --executions 1000000 --never drop --attestation guard.wasm.attestation
  evroute fuzz my-guard.wasm --ci --executions 200000 --junit fuzz.xml

Raises the events that the handler handles, again and again, each time with another message or other fields, tables and \
answers of databases, and looks for what must not happen. Nothing has to be written for it: docs/fuzzing.md. What is found is \
confirmed on the component as it is, made as small as it can be, and kept as a folder in --findings; `evroute test` runs \
those from then on.

Exit codes: 0 nothing was found, 1 something was found, or a condition of --sometimes never held, 2 usage, 3 it cannot be \
fuzzed or what is found cannot be kept: the component is refused, it handles none of the events, the disk is full; 4 our \
fault.";

/// Find inputs that a handler does not bear
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The component
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    component: PathBuf,
    /// For how long: 90s, 10m, 2h [default: 60s, unless --executions is given]
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    time: Option<Duration>,
    /// How many executions at most: the same on every machine
    #[arg(long, value_name = "N")]
    executions: Option<u64>,
    /// Where random numbers begin; with --jobs 1 and --executions, the same seed finds the same
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Where inputs that took new ways are kept for the next time; may hold SIP messages, too
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    corpus: Option<PathBuf>,
    /// Where findings are kept
    #[arg(long, value_name = "DIR", default_value = "findings", value_hint = ValueHint::DirPath)]
    findings: PathBuf,
    /// Cases to begin with: a file or a folder of them
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    cases: Option<PathBuf>,
    /// Raise this event only; may be given again [default: all that the component handles]
    #[arg(long, value_name = "EVENT")]
    event: Vec<String>,
    /// A domain of the tenant; may be given again
    #[arg(long, value_name = "NAME", default_value = "example.org")]
    domain: Vec<String>,
    /// A verdict that must never come; may be given again
    #[arg(long, value_name = "VERDICT")]
    never: Vec<String>,
    /// A condition that must hold after each run; may be given again
    #[arg(long, value_name = "CONDITION")]
    assert: Vec<String>,
    /// A condition that must hold after one run of all; may be given again
    #[arg(long, value_name = "CONDITION")]
    sometimes: Vec<String>,
    /// Verdicts must not depend on the clock or on random numbers
    #[arg(long)]
    steady: bool,
    /// A revision that must decide alike
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    against: Option<PathBuf>,
    /// Do not look for this; may be given again
    #[arg(long, value_name = "ORACLE")]
    off: Vec<String>,
    /// List what is looked for, and end
    #[arg(long)]
    oracles: bool,
    /// Write a report in JUnit's XML
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    junit: Option<PathBuf>,
    /// Write a report in SARIF, for code scanning
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    sarif: Option<PathBuf>,
    /// Write which source lines were run, as lcov reads it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    lcov: Option<PathBuf>,
    /// Write the same as a page, with the ways that were never taken and what was compared there
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    html: Option<PathBuf>,
    /// Add what is shown of the component to this file, for evroute sign and evroute deploy
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    attestation: Option<PathBuf>,
    /// Show what is known on one page that is drawn again every second
    #[arg(long, conflicts_with = "ci")]
    live: bool,
    /// For pipelines: end at the first finding, print no line a second
    #[arg(long)]
    ci: bool,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        if self.oracles {
            let rows = Oracle::ALL.iter().map(|oracle| {
                let row = format!("{:<12}{}", oracle.word(), oracle.sentence());
                (Tone::Plain, row)
            });
            return output::lines(&rows.collect::<Vec<_>>());
        }
        match self.fuzzed() {
            Ok(exit) | Err(exit) => exit,
        }
    }

    fn fuzzed(&self) -> Result<Exit, Exit> {
        let properties = self.properties()?;
        let off = self.off.iter().map(|word| {
            Oracle::named(word).ok_or_else(|| {
                let words: Vec<_> = Oracle::ALL.iter().map(|oracle| oracle.word()).collect();
                let words = words.join(", ");
                output::usage(format_args!(
                    "--off {word}: there is no such oracle; there are {words}"
                ))
            })
        });
        let off = off.collect::<Result<Vec<_>, _>>()?;
        let seeds = self.seeds()?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = self.jobs.unwrap_or(cores).clamp(1, THREADS_MAX);
        let target = self.target(&self.component, threads)?;
        let against = self.against.as_deref();
        let against = against.map(|path| self.target(path, threads)).transpose()?;
        let default = self.executions.is_none().then_some(DEFAULT_TIME);
        let campaign = Campaign {
            target,
            against,
            seed: self.seed,
            threads,
            executions: self.executions,
            time: self.time.or(default),
            until_finding: self.ci,
            corpus: self.corpus.clone(),
            findings: Some(self.findings.clone()),
            events: self.event.clone(),
            domains: self.domain.clone(),
            seeds,
            properties,
            off,
            steady: self.steady,
        };
        self.introduce(&campaign);
        let mut found = Vec::new();
        let campaigned = campaign.run(&mut |happening| self.tell(&happening, &mut found));
        let campaigned = campaigned.map_err(output::cannot)?;
        let reported = self.report(&campaign, &campaigned);
        if let Some(path) = self.attestation.as_deref().filter(|_| campaigned.has_run()) {
            let shown = self.shown(&campaigned);
            let component = campaign.target.component();
            let added =
                attestation_file::add(path, component, |attestation| attestation.add_fuzz(shown));
            added.map_err(output::cannot)?;
        }
        let ended = end(&campaigned);
        reported.map(|()| ended)
    }

    /// What is attested of a campaign.
    fn shown(&self, campaigned: &Campaigned) -> FuzzShown {
        let options = [("never", &self.never), ("assert", &self.assert)];
        let always = options
            .into_iter()
            .flat_map(|(option, texts)| texts.iter().map(move |text| format!("{option} {text}")));
        let held = self
            .sometimes
            .iter()
            .filter(|text| !campaigned.unmet.contains(text));
        let held = held.map(|text| format!("sometimes {text}"));
        let steady = self.steady.then(|| "steady".to_owned());
        let progress = &campaigned.progress;
        FuzzShown {
            executions: progress.executions,
            edges: u64::try_from(progress.edges).unwrap_or(u64::MAX),
            edges_all: u64::try_from(progress.edges_all).unwrap_or(u64::MAX),
            findings: u64::try_from(campaigned.findings.len()).unwrap_or(u64::MAX),
            properties: always.chain(held).chain(steady).collect(),
            off: self.off.clone(),
        }
    }

    fn properties(&self) -> Result<Vec<Property>, Exit> {
        let never = self.never.iter().map(|word| Property::never(word));
        let always = self
            .assert
            .iter()
            .map(|text| Property::parse(text, Sense::Always));
        let sometimes = self
            .sometimes
            .iter()
            .map(|text| Property::parse(text, Sense::Sometimes));
        let properties = never.chain(always).chain(sometimes);
        properties.collect::<Result<_, _>>().map_err(output::usage)
    }

    fn seeds(&self) -> Result<Vec<Draft>, Exit> {
        let Some(cases) = &self.cases else {
            return Ok(Vec::new());
        };
        let mut seeds = Vec::new();
        for path in files::of(cases).map_err(output::usage)?.cases {
            let suite = Suite::open(&path).map_err(output::usage)?;
            seeds.extend(Draft::of_suite(&suite).map_err(output::usage)?);
        }
        Ok(seeds)
    }

    fn target(&self, path: &Path, threads: usize) -> Result<Arc<FuzzTarget>, Exit> {
        let shown = path.display();
        let wasm = component_file::read(path).map_err(output::usage)?;
        let tell = || {
            let size = megabytes(wasm.len());
            output::tell(format_args!("compiling {shown} ({size}) three times ..."));
        };
        let cache = build_project::code_cache();
        let cache = cache.and_then(|folder| CodeCache::open(&folder, CodeCache::BYTES_MAX).ok());
        let threads = u32::try_from(threads).unwrap_or(1);
        let made = reported_when_slow(PATIENCE, tell, || {
            FuzzTarget::new(&wasm, threads, cache.as_ref())
        });
        let made = made.map_err(|why| output::cannot(format_args!("{shown}: {why}")))?;
        Ok(Arc::new(made))
    }

    fn introduce(&self, campaign: &Campaign) {
        let target = &campaign.target;
        let (counted, all) = target.modules;
        let ways = match counted {
            0 => "its ways are not counted: it hands its components on; what it asks and is answered leads the search".to_owned(),
            _ => format!("{} edges in {counted} of {all} modules", target.edges()),
        };
        let (path, events) = (self.component.display(), target.events().join(", "));
        let (seed, threads) = (campaign.seed, campaign.threads);
        output::tell(format_args!(
            "{path}: {events}; {ways}; seed {seed}, {threads} threads"
        ));
    }

    fn tell(&self, happening: &Happening<'_>, found: &mut Vec<String>) {
        match happening {
            Happening::Second(progress) if self.live => output::redraw(&page(progress, found)),
            Happening::Second(progress) if !self.ci => output::tell(line(progress)),
            Happening::Second(_) => {}
            Happening::Found(finding, folder) => {
                let (name, what) = (&finding.name, &finding.what);
                let (before, now) = finding.sizes;
                found.push(format!("{name:<18} {:>7.1} s  {what}", finding.seconds));
                output::tell(format_args!("FOUND {name} in {}: {what}", finding.event));
                if let Some(folder) = folder {
                    let folder = folder.display();
                    output::tell(format_args!(
                        "  {before} bytes, made {now}; kept in {folder}"
                    ));
                }
            }
            Happening::Note(text) => output::tell(text),
        }
    }
}

/// How long it goes on unless something else is said.
const DEFAULT_TIME: Duration = Duration::from_secs(60);
/// Each thread has room for runs of its own.
const THREADS_MAX: usize = 64;

/// One line a second, as `go test -fuzz` has it.
fn line(progress: &CampaignProgress) -> String {
    let seconds = progress.elapsed.as_secs_f64();
    let rate = progress.executions as f64 / seconds.max(0.001);
    format!(
        "fuzz: elapsed {seconds:.0}s, execs {} ({rate:.0}/s), edges {}/{}, corpus {}, accepted {}%, findings {}",
        progress.executions,
        progress.edges,
        progress.edges_all,
        progress.corpus,
        progress.accepted(),
        progress.findings
    )
}

/// The page of --live.
fn page(progress: &CampaignProgress, found: &[String]) -> Vec<String> {
    let mut page = vec![line(progress)];
    let share = progress.edges.saturating_mul(50) / progress.edges_all.max(1);
    let bar: String = (0..50)
        .map(|at| if at < share { '#' } else { '.' })
        .collect();
    page.push(format!("edges     [{bar}]"));
    page.push(format!(
        "fuel      at most {} in a run that ended well",
        progress.fuel_max
    ));
    page.push(format!(
        "refused   {} by the server's parser",
        progress.refused
    ));
    page.push(format!(
        "known     {} runs with a bug that is known",
        progress.known
    ));
    page.push(String::new());
    page.extend(found.iter().map(|text| text.chars().take(120).collect()));
    page
}

fn end(campaigned: &Campaigned) -> Exit {
    let mut exit = Exit::Done;
    if !campaigned.findings.is_empty() {
        exit = Exit::Wrong;
    }
    for text in &campaigned.unmet {
        exit = Exit::Wrong;
        output::tell(format_args!("NEVER HELD --sometimes {text:?}"));
    }
    match &campaigned.stop {
        Some(Stop::CannotWrite(why) | Stop::NothingRan(why)) => exit = output::cannot(why),
        Some(Stop::Found) | None => {}
    }
    let printed = output::done(format_args!("{}", line(&campaigned.progress)));
    match printed {
        Exit::Done => exit,
        other @ (Exit::Wrong | Exit::Usage | Exit::Cannot | Exit::OurFault) => other,
    }
}
