//! evroute's own micro-bench: a command that prints JSON lines.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::error::Error;
use crate::sample::{Series, Summary};

/// One line of the command's output.
#[derive(Debug, Deserialize)]
struct Line {
    name: String,
    unit: String,
    samples: Vec<f64>,
}

/// The command, and what it has reported so far.
#[derive(Debug)]
pub(crate) struct Micro {
    command: String,
    out: PathBuf,
    /// One series per name, one sample (the median of what the command printed) per round.
    pub(crate) series: Vec<Series>,
}

impl Micro {
    /// A slot for this shell command. It finds the folder for its log file in
    /// EVROUTE_BENCH_OUT.
    pub(crate) fn new(command: &str, out: PathBuf) -> Self {
        Self {
            command: command.to_owned(),
            out,
            series: Vec::new(),
        }
    }

    /// Runs the command once and adds one sample to each series.
    pub(crate) fn measure_round(&mut self) -> Result<(), Error> {
        let name = || "the micro-bench command".to_owned();
        let output = Command::new("sh")
            .args(["-c", &self.command])
            .env("EVROUTE_BENCH_OUT", &self.out)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|source| Error::Start {
                name: name(),
                source,
            })?;
        if !output.status.success() {
            let what = format!("ended with {}", output.status);
            return Err(Error::Unexpected { name: name(), what });
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let lines = parse(&text).map_err(|what| Error::Unexpected { name: name(), what })?;
        for line in lines {
            self.add(&line);
        }
        Ok(())
    }

    fn add(&mut self, line: &Line) {
        let Some(summary) = Summary::of(&line.samples) else {
            return;
        };
        match self
            .series
            .iter_mut()
            .find(|series| series.name == line.name)
        {
            Some(series) => series.samples.push(summary.median),
            None => self.series.push(Series {
                samples: vec![summary.median],
                ..Series::new(&line.name, &line.unit)
            }),
        }
    }
}

/// Reads the JSON lines; lines that do not begin with a brace are for humans.
fn parse(text: &str) -> Result<Vec<Line>, String> {
    let lines: Vec<Line> = text
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).map_err(|error| format!("{error} in {line}")))
        .collect::<Result<_, _>>()?;
    if lines.is_empty() {
        return Err("printed no JSON line".to_owned());
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMAND: &str = r#"echo hello; echo '{"name":"a/line","unit":"ns","samples":[3,1,2]}'"#;

    #[test]
    fn each_round_adds_the_median_of_what_was_printed() {
        let mut micro = Micro::new(COMMAND, PathBuf::new());
        micro.measure_round().unwrap();
        micro.measure_round().unwrap();
        let series = micro.series.first().unwrap();
        assert_eq!(
            (series.name.as_str(), series.samples.as_slice()),
            ("a/line", &[2.0, 2.0][..])
        );
    }

    #[test]
    fn a_failing_command_is_an_error() {
        assert!(
            Micro::new("exit 3", PathBuf::new())
                .measure_round()
                .is_err()
        );
        assert!(
            Micro::new("echo nothing", PathBuf::new())
                .measure_round()
                .is_err()
        );
        assert!(
            Micro::new("echo '{'", PathBuf::new())
                .measure_round()
                .is_err()
        );
    }
}
