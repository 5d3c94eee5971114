//! `evroute replay`

mod variables;

use std::path::PathBuf;

use clap::{Args, ValueHint};
use evroute_cases::{Replayed, core_dump, fuel_profile, replay};
use evroute_recording::Recording;
use evroute_server::{PATIENCE, megabytes, reported_when_slow};

use crate::exit::Exit;
use crate::output::{self, Tone};
use crate::{component_file, recording_file};
use variables::Variables;

const EXAMPLES: &str = "Examples:
  evroute replay runs/a-blocked-caller-is-rejected.evrec --handler my-guard.wasm
  evroute replay runs/a-blocked-caller-is-rejected.evrec --handler my-guard.wasm --step
  evroute replay run.evrec --handler my-guard.wasm --flame fuel.svg
  evroute replay run.evrec --handler my-guard.wasm --core core.wasm

Recordings are written by: evroute test my-guard --recordings runs

Runs what a recording says again, without a server: what the handler asked of the server is answered from the recording. \
With the component that was recorded, verdict, message, every call and fuel are the same; with another one, what differs is \
shown, and the first call that is not the recorded one: - is what was recorded, + what comes.

Exit codes: 0 it ends as it did, 1 it does not, 2 usage, or the file is no recording that can be read, 4 our fault.";

/// Run a recording again, in its handler or another one
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The recording
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    recording: PathBuf,
    /// The component to run
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    handler: PathBuf,
    /// Print its calls one by one, and what it writes with what was there before
    #[arg(long)]
    step: bool,
    /// Write where its fuel is burnt, as a flame graph in SVG
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    flame: Option<PathBuf>,
    /// Write the same as folded stacks, for other tools
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    folded: Option<PathBuf>,
    /// Write what it had in memory where it is cut short, as a core dump for debuggers of Wasm
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    core: Option<PathBuf>,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        match self.replayed() {
            Ok(exit) | Err(exit) => exit,
        }
    }

    fn replayed(&self) -> Result<Exit, Exit> {
        let recording = recording_file::read(&self.recording)
            .map_err(|why| output::usage(format_args!("{}: {why}", self.recording.display())))?;
        let component = component_file::read(&self.handler).map_err(output::usage)?;
        let tell = || {
            let (path, size) = (self.handler.display(), megabytes(component.len()));
            output::tell(format_args!("compiling {path} ({size}) ..."));
        };
        let run = || replay(&component, &recording, None);
        let replayed = reported_when_slow(PATIENCE, tell, run).map_err(|error| {
            let (file, handler) = (self.recording.display(), self.handler.display());
            output::wrong(format_args!("{file} in {handler}: {error}"))
        })?;
        self.profile(&component, &recording)?;
        self.dump(&component, &recording)?;
        let differences = replayed.differences();
        let mut lines = screen(&recording, &replayed);
        if self.step {
            lines.extend(steps(&replayed));
        }
        for difference in &differences {
            lines.push((Tone::Bad, difference.to_string()));
        }
        let printed = output::lines(&lines);
        Ok(match (differences.is_empty(), printed) {
            (false, Exit::Done) => Exit::Wrong,
            (_, printed) => printed,
        })
    }
}

impl Arguments {
    /// Writes where fuel is burnt, if that is asked for.
    fn profile(&self, component: &[u8], recording: &Recording) -> Result<(), Exit> {
        if self.flame.is_none() && self.folded.is_none() {
            return Ok(());
        }
        let profile = fuel_profile(component, recording, None).map_err(output::wrong)?;
        let texts = [
            (&self.flame, profile.svg()),
            (&self.folded, profile.folded()),
        ];
        for (path, text) in texts {
            if let Some(path) = path {
                output::file(path, text.as_bytes())?;
            }
        }
        Ok(())
    }

    /// Writes what was in memory, if that is asked for.
    fn dump(&self, component: &[u8], recording: &Recording) -> Result<(), Exit> {
        let Some(path) = &self.core else {
            return Ok(());
        };
        let dump = core_dump(component, recording, None).map_err(output::wrong)?;
        let nothing = "it was not cut short: there is nothing to dump";
        let dump = dump.ok_or_else(|| output::wrong(nothing))?;
        output::file(path, &dump)
    }
}

/// The calls that the run makes now, each that writes with what was there, and then what is there.
fn steps(replayed: &Replayed) -> Vec<(Tone, String)> {
    let (mut lines, mut variables) = (Vec::new(), Variables::default());
    for (number, call) in (1..).zip(&replayed.calls) {
        let before = variables.see(call);
        let before = before.map_or_else(String::new, |before| format!(" (before: {before})"));
        let left = call
            .fuel_left
            .map_or_else(String::new, |fuel| format!(" (fuel left {fuel})"));
        lines.push((Tone::Plain, format!("{number:>5} {call}{before}{left}")));
    }
    let written = variables.written().into_iter();
    lines.extend(written.map(|line| (Tone::Plain, format!("wrote    {line}"))));
    lines
}

/// What was given, what came of it and what it cost.
fn screen(recording: &Recording, replayed: &Replayed) -> Vec<(Tone, String)> {
    let mut lines = Vec::new();
    let mut plain = |name: &str, text: String| {
        lines.push((Tone::Plain, format!("{name:<9}{text}")));
    };
    if let (Some(header), Some(event)) = (&recording.header, &recording.event) {
        let message = event.message.as_deref().unwrap_or_default();
        let first = message.split(|byte| *byte == b'\r').next();
        let first = String::from_utf8_lossy(first.unwrap_or_default()).into_owned();
        plain("event", format!("{} {first}", event.name));
        let same = match replayed.is_same_component {
            true => "the recorded component",
            false => "another component",
        };
        let (tenant, handler) = (&header.tenant, &header.handler);
        plain("handler", format!("{tenant}/{handler}: {same}"));
    }
    let found = &replayed.found;
    plain("outcome", found.outcome.clone());
    if let Some(verdict) = &found.verdict {
        plain("verdict", verdict.clone());
    }
    if !replayed.at.is_empty() {
        plain("at", replayed.at.clone());
    }
    for line in &replayed.log {
        plain("log", line.clone());
    }
    plain("calls", recording.calls.len().to_string());
    let (then, now) = (replayed.recorded.fuel, found.fuel);
    plain("fuel", format!("{now} (recorded {then})"));
    plain("memory", format!("{} bytes", found.memory_bytes));
    lines
}
