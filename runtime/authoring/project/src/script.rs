//! Other programs: the languages' tools, and the shell functions that the example handlers are
//! built with too.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use crate::BuildError;

/// Debian's way to install packages, as the messages about missing tools have it.
const APT: &str = "apt-get install -y --no-install-recommends";

/// A tool that is not here, and Debian's packages that have it.
pub(crate) fn missing(what: &str, packages: &str) -> BuildError {
    BuildError::Missing {
        what: what.to_owned(),
        how: format!("{APT} {packages} (other distributions have packages of like names)"),
    }
}

/// Runs a tool to its end. What it prints goes to standard error as it is. `packages` are Debian's
/// that have the tool.
pub(crate) fn run(command: &mut Command, packages: &str) -> Result<(), BuildError> {
    let tool = command.get_program().to_string_lossy().into_owned();
    let status = command
        .stdin(Stdio::null())
        .stdout(io::stderr())
        .status()
        .map_err(|why| not_started(&tool, packages, &why))?;
    ended(&tool, status)
}

/// As [`run`], for a tool that talks when all is well: what it prints is shown when it fails.
pub(crate) fn run_quietly(command: &mut Command, packages: &str) -> Result<(), BuildError> {
    let tool = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|why| not_started(&tool, packages, &why))?;
    if !output.status.success() {
        let mut stderr = io::stderr().lock();
        // Nobody is left to tell when standard error is gone.
        let _ = stderr
            .write_all(&output.stdout)
            .and_then(|()| stderr.write_all(&output.stderr));
    }
    ended(&tool, output.status)
}

/// Runs a tool to its end; what it said on either stream, and how it ended, for the caller to judge
/// and to show.
pub(crate) fn heard(
    command: &mut Command,
    packages: &str,
) -> Result<(String, ExitStatus), BuildError> {
    let tool = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|why| not_started(&tool, packages, &why))?;
    let said = [output.stdout, output.stderr].concat();
    Ok((String::from_utf8_lossy(&said).into_owned(), output.status))
}

/// As [`run`]; where the tool fails, what it said is followed by what `advice` makes of that.
pub(crate) fn run_advised(
    command: &mut Command,
    packages: &str,
    advice: impl FnOnce(&str) -> Option<String>,
) -> Result<(), BuildError> {
    let tool = command.get_program().to_string_lossy().into_owned();
    let (said, status) = heard(command, packages)?;
    if !said.trim().is_empty() {
        tell(said.trim_end());
    }
    ended(&tool, status).map_err(|error| advised(error, advice(&said)))
}

/// An error with what to do about it, where that is known.
pub(crate) fn advised(error: BuildError, advice: Option<String>) -> BuildError {
    match advice {
        Some(advice) => BuildError::Unfit(format!("{error}\n{advice}")),
        None => error,
    }
}

/// Says something to who builds.
pub(crate) fn tell(text: &str) {
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Runs a tool to its end and returns what it wrote to standard output.
pub(crate) fn output_of(command: &mut Command, packages: &str) -> Result<String, BuildError> {
    let (output, ended) = output_and_end(command, packages)?;
    ended.map(|()| output)
}

/// The same of a tool whose output is wanted when it fails, too.
pub(crate) fn output_and_end(
    command: &mut Command,
    packages: &str,
) -> Result<(String, Result<(), BuildError>), BuildError> {
    let tool = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|why| not_started(&tool, packages, &why))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok((text, ended(&tool, output.status)))
}

fn not_started(tool: &str, packages: &str, why: &io::Error) -> BuildError {
    match why.kind() {
        io::ErrorKind::NotFound => missing(tool, packages),
        _ => BuildError::Unfit(format!("{tool} cannot be started: {why}")),
    }
}

/// An error for a tool that did not end well.
pub(crate) fn ended(tool: &str, status: ExitStatus) -> Result<(), BuildError> {
    if status.success() {
        return Ok(());
    }
    let name = Path::new(tool).file_name().unwrap_or_default();
    Err(BuildError::Tool {
        tool: name.to_string_lossy().into_owned(),
        status: status.to_string(),
    })
}

/// Runs a shell script in a folder; returns what it printed.
pub(crate) fn shell(text: &str, arguments: &[&str], folder: &Path) -> Result<String, BuildError> {
    let mut command = Command::new("sh");
    command
        .args(["-c", text, "sh"])
        .args(arguments)
        .current_dir(folder);
    output_of(&mut command, "dash")
}

/// What a script found: lines of `key=value`.
pub(crate) struct Findings(HashMap<String, String>);

impl Findings {
    pub(crate) fn of(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| line.split_once('='));
        Self(
            lines
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        )
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// A value that the script always prints.
    pub(crate) fn must(&self, key: &str) -> Result<&str, BuildError> {
        self.get(key)
            .ok_or_else(|| BuildError::Fault(format!("the search for tools found no {key}")))
    }

    /// The words of a value.
    pub(crate) fn words(&self, key: &str) -> Result<Vec<String>, BuildError> {
        let words = self.must(key)?.split_whitespace();
        Ok(words.map(str::to_owned).collect())
    }
}
