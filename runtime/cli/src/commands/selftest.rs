//! `evroute selftest`

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueHint};
use evroute_selftest::{Attack, Trial, attacks, try_attacks};
use evroute_server::{Config, Vocabulary};
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::output::{self, Tone};

const EXAMPLES: &str = "Examples:
  evroute selftest /etc/evroute/evroute.toml
  evroute selftest /etc/evroute/evroute.toml --json > selftest.json

Runs hostile handlers against the sandbox as the configuration has it: one for each limit and each way out that is \
known. Opens no socket, writes no file, and touches no server that runs. Exit code 1 when one of them comes to anything \
but what it must.";

/// A server without a configuration.
const DEFAULTS: &str = "[[listen]]\ntransport = \"udp\"\naddress = \"127.0.0.1:0\"\n\n\
                        [[tenant]]\nname = \"any\"\ndomains = [\"localhost\"]\n";

/// Attack this node's own sandbox, and say what came of it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The configuration whose settings are tried; without it, the defaults
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    config: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Say more: what each attack came to, those included that hold
    #[arg(long, short)]
    verbose: bool,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        match self.tried() {
            Ok(exit) | Err(exit) => exit,
        }
    }

    fn tried(&self) -> Result<Exit, Exit> {
        let vocabulary = Vocabulary::current();
        let config = match &self.config {
            Some(file) => Config::load(file, &vocabulary),
            None => Config::parse(Path::new(""), DEFAULTS, &vocabulary),
        };
        let config = config.map_err(|errors| output::wrong(errors.with_lines()))?;
        let all = attacks().map_err(output::our_fault)?;
        let count = all.iter().filter(|attack| attack.is_tried_here()).count();
        let began = Instant::now();
        let mut number = 0_usize;
        let shows_progress = std::io::stderr().is_terminal();
        let mut each = |trial: &Trial| {
            number += 1;
            if shows_progress {
                output::tell(format_args!("{number}/{count} {}", trial.attack.name));
            }
        };
        let trials = try_attacks(&config, &mut each).map_err(output::our_fault)?;
        let took = began.elapsed();
        let printed = if self.json {
            output::done(format_args!("{:#}", report(&all, &trials, took)))
        } else {
            output::lines(&self.reported(&all, &trials, took))
        };
        match printed {
            Exit::Done if trials.iter().all(|trial| trial.holds) => Ok(Exit::Done),
            Exit::Done => Ok(Exit::Wrong),
            other @ (Exit::Wrong | Exit::Usage | Exit::Cannot | Exit::OurFault) => Err(other),
        }
    }

    fn reported(&self, all: &[Attack], trials: &[Trial], took: Duration) -> Vec<(Tone, String)> {
        let mut lines = Vec::new();
        for trial in trials {
            let (attack, came) = (&trial.attack, &trial.came);
            let what = format!("{} ({})", attack.name, attack.tries);
            if !trial.holds {
                let must = attack.must();
                lines.push((Tone::Bad, format!("FAILED {what}")));
                lines.push((Tone::Good, format!("       must be {must}")));
                lines.push((Tone::Bad, format!("       but {came}")));
            } else if self.verbose {
                lines.push((Tone::Good, format!("held   {what}: {came}")));
            } else {
                lines.push((Tone::Good, format!("held   {what}")));
            }
        }
        let held = trials.iter().filter(|trial| trial.holds).count();
        let elsewhere = all.iter().filter(|attack| !attack.is_tried_here()).count();
        let seconds = took.as_secs_f64();
        lines.push((
            Tone::Plain,
            format!(
                "{held} of {} attacks held, in {seconds:.1} s; {elsewhere} more take a running server and are not tried here",
                trials.len()
            ),
        ));
        lines
    }
}

fn report(all: &[Attack], trials: &[Trial], took: Duration) -> Value {
    let row = |trial: &Trial| {
        json!({
            "attack": trial.attack.name,
            "vector": trial.attack.vector,
            "tries": trial.attack.tries,
            "limit": trial.attack.limit,
            "must": trial.attack.must(),
            "came": trial.came,
            "holds": trial.holds,
            "seconds": trial.took.as_secs_f64(),
        })
    };
    let elsewhere = all.iter().filter(|attack| !attack.is_tried_here());
    let elsewhere = elsewhere.map(|attack| json!({ "attack": attack.name, "limit": attack.limit }));
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "holds": trials.iter().all(|trial| trial.holds),
        "seconds": took.as_secs_f64(),
        "attacks": trials.iter().map(row).collect::<Vec<_>>(),
        "not_tried": elsewhere.collect::<Vec<_>>(),
    })
}
