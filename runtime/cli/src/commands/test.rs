//! `evroute test`

mod case_lines;
pub(super) mod files;
mod findings;
mod recorded_cases;

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use evroute_cases::{CaseResult, Recorded, Suite, junit, record, record_runs};
use evroute_deploy::{Attestation, CasesShown};
use evroute_project::Sources;
use evroute_recording::Recording;
use evroute_server::{CodeCache, PATIENCE, megabytes, reported_when_slow};

use super::build_project;
use crate::exit::Exit;
use crate::{attestation_file, component_file, output, recording_file};

const EXAMPLES: &str = "Examples:
  evroute test my-guard
  evroute test --filter blocked --verbose
  evroute test my-guard --junit report.xml
  evroute test my-guard --record main=postgres://user@localhost/calls
  evroute test --component my-guard.wasm --cases my-guard/cases
  evroute test my-guard --attestation guard.wasm.attestation

Builds the project in DIR where its component is older than its sources, and runs every case of its folder of cases in a \
fresh sandbox with the modules of the server, without one. A recording among the cases (.evrec, evroute recordings get) \
is a case, too: it passes when its run ends as it did. What is not as a case says is shown line by line: - is what the \
case expects, + what came. Fuel and memory are the same on every machine. How cases are written: docs/testing-handlers.md.

Compiled code is kept in EVROUTE_CACHE, by default ~/.cache/evroute, so that the next test need not compile it again; \
--no-code-cache does without.

Exit codes: 0 all cases pass, 1 one does not or something cannot be built or read, 2 usage, 4 our fault.";

/// Run a handler through its cases, without a server
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The project
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    folder: PathBuf,
    /// Test the component that is there, without building it
    #[arg(long)]
    no_build: bool,
    /// Test this component, of no project
    #[arg(long, value_name = "FILE", requires = "cases", conflicts_with_all = ["folder", "no_build"],
        value_hint = ValueHint::FilePath)]
    component: Option<PathBuf>,
    /// A file of cases or a folder of them [default: what the project says]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    cases: Option<PathBuf>,
    /// Only cases whose name contains this
    #[arg(short, long, value_name = "TEXT")]
    filter: Option<String>,
    /// For each case what came, its fuel, memory and time, and the lines that it logged
    #[arg(short, long)]
    verbose: bool,
    /// Ask this database, `main=sqlite:FILE` or `main=postgres://...`, in the cases that name an
    /// answers_file, and write what it answers there; may be given again
    #[arg(long, value_name = "LABEL=URL")]
    record: Vec<Recorded>,
    /// Compile the component even where it was compiled before, and keep nothing of that
    #[arg(long)]
    no_code_cache: bool,
    /// Record what each case's run is given, asks and decides, as files in this folder, for
    /// `evroute replay`
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    recordings: Option<PathBuf>,
    /// What `evroute fuzz` has found, to be run again [default: findings, in the project]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    findings: Option<PathBuf>,
    /// Write a report in JUnit's XML
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    junit: Option<PathBuf>,
    /// Add what is shown of the component to this file, for evroute sign and evroute deploy
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "filter")]
    attestation: Option<PathBuf>,
}

/// Records the runs of these cases, each as a file that is named as its case.
fn record_into(
    folder: &Path,
    wasm: &[u8],
    suite: &Suite,
    code_cache: Option<&CodeCache>,
) -> Result<(), Exit> {
    let recordings = record_runs(wasm, suite, code_cache).map_err(output::wrong)?;
    std::fs::create_dir_all(folder).map_err(|error| {
        let folder = folder.display();
        output::wrong(format_args!("{folder} cannot be made: {error}"))
    })?;
    for (name, recording) in recordings {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let name = name.chars().map(plain).collect::<String>();
        let path = folder.join(format!("{name}.evrec"));
        let written = evroute_recording::write(&recording).map_err(|error| error.to_string());
        let kept =
            written.and_then(|file| std::fs::write(&path, file).map_err(|error| error.to_string()));
        kept.map_err(|why| output::wrong(format_args!("{}: {why}", path.display())))?;
    }
    Ok(())
}

/// What became of one file of cases: a sentence when they could not be judged.
type Tested = (String, Result<Vec<CaseResult>, String>);

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        match self.tested() {
            Ok(exit) | Err(exit) => exit,
        }
    }

    fn tested(&self) -> Result<Exit, Exit> {
        let Subject {
            component,
            suites,
            recordings,
        } = self.subject()?;
        let wasm = component_file::read(&component).map_err(output::wrong)?;
        let code_cache = self.code_cache();
        let mut tested: Vec<Tested> = Vec::new();
        for (path, suite) in &suites {
            let name = path.display().to_string();
            let tell = || {
                let (path, size) = (component.display(), megabytes(wasm.len()));
                output::tell(format_args!("compiling and testing {path} ({size}) ..."));
            };
            let run_suite = || record(&wasm, suite, &self.record, code_cache.as_ref());
            let judged = reported_when_slow(PATIENCE, tell, run_suite)
                .map_err(|error| format!("{}, {name}: {error}", component.display()));
            match &judged {
                Ok(cases) => {
                    self.print(&name, cases)?;
                    self.keep(cases)?;
                }
                Err(why) => output::complain(why),
            }
            if let Some(folder) = self.recordings.as_deref().filter(|_| judged.is_ok()) {
                record_into(folder, &wasm, suite, code_cache.as_ref())?;
            }
            tested.push((name, judged));
        }
        for (path, recording) in &recordings {
            let judged = recorded_cases::judged(path, recording, &wasm, code_cache.as_ref());
            tested.push(self.shown(judged)?);
        }
        if let Some(folder) = self.findings_folder() {
            tested.extend(findings::run(&folder, &wasm, code_cache.as_ref()));
        }
        if let Some(path) = &self.junit {
            std::fs::write(path, junit(&tested)).map_err(|error| {
                let path = path.display();
                output::wrong(format_args!("{path} cannot be written: {error}"))
            })?;
        }
        if let Some(path) = &self.attestation {
            let add =
                |shown: &mut Attestation| tested.iter().for_each(|one| shown.add_cases(of(one)));
            attestation_file::add(path, &wasm, add).map_err(output::wrong)?;
        }
        end(&tested)
    }

    /// Prints what became of cases.
    fn shown(&self, tested: Tested) -> Result<Tested, Exit> {
        match &tested.1 {
            Ok(cases) => self.print(&tested.0, cases)?,
            Err(why) => output::complain(why),
        }
        Ok(tested)
    }

    /// Where findings lie: of a component that is of no project, where it is said.
    fn findings_folder(&self) -> Option<PathBuf> {
        let of_project = || {
            self.component
                .is_none()
                .then(|| self.folder.join("findings"))
        };
        self.findings.clone().or_else(of_project)
    }

    /// Where compiled code is kept. One that cannot be used costs time only.
    fn code_cache(&self) -> Option<CodeCache> {
        let folder = build_project::code_cache().filter(|_| !self.no_code_cache)?;
        match CodeCache::open(&folder, CodeCache::BYTES_MAX) {
            Ok(cache) => Some(cache),
            Err(why) => {
                output::tell(format_args!(
                    "compiled code is not kept for the next test: {why}"
                ));
                None
            }
        }
    }

    /// The component, built where that is wanted and due, and its cases.
    fn subject(&self) -> Result<Subject, Exit> {
        if let (Some(component), Some(cases)) = (&self.component, &self.cases) {
            return self.of(component.clone(), cases);
        }
        let mut builder = build_project::open(&self.folder).map_err(output::wrong)?;
        let project = builder.project();
        let component = project.component.clone();
        // A mistake in a case file is reported before a long build.
        let subject = self.of(component, self.cases.as_ref().unwrap_or(&project.cases))?;
        if !self.no_build && !Sources::look(project).are_built(project) {
            let built = builder.build(&mut build_project::show);
            built.map_err(|error| build_project::failed(&error))?;
        }
        Ok(subject)
    }

    /// The cases that are asked for; it is an error when there are none.
    fn of(&self, component: PathBuf, cases: &Path) -> Result<Subject, Exit> {
        let files = files::of(cases).map_err(output::wrong)?;
        let mut recordings = Vec::new();
        // Where answers are recorded, nothing else is asked for.
        for path in files
            .recordings
            .into_iter()
            .filter(|_| self.record.is_empty())
        {
            let read = recording_file::read(&path);
            let wrong = |why| output::wrong(format_args!("{}: {why}", path.display()));
            let recording = read.map_err(wrong)?;
            recordings.push((path, recording));
        }
        let mut suites = Vec::new();
        for path in files.cases {
            let suite = if self.record.is_empty() {
                Suite::open(&path)
            } else {
                Suite::open_to_record(&path)
            };
            let suite = suite.map_err(output::wrong)?;
            suites.push((path, suite));
        }
        let answered: usize = suites.iter().map(|(_, suite)| suite.recordings()).sum();
        if !self.record.is_empty() && answered == 0 {
            return Err(output::usage(
                "--record: no case names an answers_file to write; docs/testing-handlers.md says how",
            ));
        }
        let all = Subject {
            component,
            suites,
            recordings,
        };
        match &self.filter {
            Some(text) => all.filtered(text),
            None => Ok(all),
        }
    }
}

/// A component and its cases.
struct Subject {
    component: PathBuf,
    suites: Vec<(PathBuf, Suite)>,
    recordings: Vec<(PathBuf, Recording)>,
}

impl Subject {
    /// With only those cases that have this in their name.
    fn filtered(self, text: &str) -> Result<Self, Exit> {
        let Self {
            component,
            suites,
            mut recordings,
        } = self;
        let of_suites = suites.iter().flat_map(|(_, suite)| suite.names());
        let of_recordings = recordings
            .iter()
            .map(|(path, _)| recorded_cases::name(path));
        let names: Vec<_> = of_suites.map(str::to_owned).chain(of_recordings).collect();
        if !names.iter().any(|name| name.contains(text)) {
            return Err(output::usage(format_args!(
                "no case has {text:?} in its name; there are:\n  {}",
                names.join("\n  ")
            )));
        }
        let filtered = suites
            .into_iter()
            .map(|(path, suite)| (path, suite.filtered(text)));
        recordings.retain(|(path, _)| recorded_cases::name(path).contains(text));
        Ok(Self {
            component,
            suites: filtered.filter(|(_, suite)| suite.cases() > 0).collect(),
            recordings,
        })
    }
}

impl Arguments {
    /// Writes the files of answers that were recorded.
    fn keep(&self, cases: &[CaseResult]) -> Result<(), Exit> {
        if self.record.is_empty() {
            return Ok(());
        }
        for (path, text) in cases.iter().filter_map(|case| case.recording.as_ref()) {
            std::fs::write(path, text).map_err(|error| {
                let path = path.display();
                output::wrong(format_args!("{path} cannot be written: {error}"))
            })?;
        }
        Ok(())
    }

    fn print(&self, path: &str, cases: &[CaseResult]) -> Result<(), Exit> {
        for case in cases {
            match output::lines(&case_lines::case_lines(path, case, self.verbose)) {
                Exit::Done => {}
                other @ (Exit::Wrong | Exit::Usage | Exit::Cannot | Exit::OurFault) => {
                    return Err(other);
                }
            }
        }
        Ok(())
    }
}

/// What is attested of one file. One that could not be judged has failed.
fn of((file, cases): &Tested) -> CasesShown {
    let count = |passed| {
        let cases = cases.iter().flatten();
        let count = cases.filter(|case| case.has_passed() == passed).count();
        u64::try_from(count).unwrap_or(u64::MAX)
    };
    CasesShown {
        file: file.clone(),
        passed: count(true),
        failed: count(false).saturating_add(u64::from(cases.is_err())),
    }
}

/// The last line, and how the command ends.
fn end(tested: &[Tested]) -> Result<Exit, Exit> {
    let judged = || tested.iter().filter_map(|(_, cases)| cases.as_ref().ok());
    let broken = tested.len() - judged().count();
    let failed = judged().flatten().filter(|case| !case.has_passed()).count();
    let passed = judged().flatten().count() - failed;
    let mut text = format!("{passed} passed, {failed} failed");
    if broken > 0 {
        let all = tested.len();
        text.push_str(&format!(", {broken} of {all} files could not be tested"));
    }
    match output::done(text) {
        Exit::Done if failed == 0 && broken == 0 => Ok(Exit::Done),
        Exit::Done => Ok(Exit::Wrong),
        other @ (Exit::Wrong | Exit::Usage | Exit::Cannot | Exit::OurFault) => Err(other),
    }
}
