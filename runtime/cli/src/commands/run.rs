//! `evroute run`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use evroute_server::{ComponentCheck, Config, LogFormat, Vocabulary, open_log};

use super::check;
use crate::exit::Exit;
use crate::output;

const EXAMPLES: &str = "Examples:
  evroute run -c guest-examples/demo.toml
  evroute run -c /etc/evroute.toml --check
  EVROUTE_LOG=debug evroute run -c my.toml --log-format json --log-file evroute.log

SIGINT or SIGTERM finishes what is under way, then stops; a second one stops at once. Both end with code 0, \
also before the server is ready. SIGHUP opens the log file anew. SIGUSR1 puts the state into the log.";

/// Run the server
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The configuration
    #[arg(short, long, value_name = "FILE")]
    config: PathBuf,
    /// Only say whether the configuration is right
    #[arg(long)]
    check: bool,
    /// How log lines look
    #[arg(long, value_enum, default_value_t = Format::Text)]
    log_format: Format,
    /// Append log lines to this file instead of standard error
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object per line
    Json,
}

impl Arguments {
    pub(super) fn execute(&self, check: ComponentCheck) -> Exit {
        if self.check {
            return check::check_config(&self.config, check);
        }
        let config = match Config::load(&self.config, &Vocabulary::current()) {
            Ok(config) => config,
            Err(errors) => return output::wrong(errors),
        };
        let format = match self.log_format {
            Format::Text => LogFormat::Text,
            Format::Json => LogFormat::Json,
        };
        let log = match open_log(&config.server, format, self.log_file.as_deref()) {
            Ok(log) => log,
            Err(error) => return output::wrong(error),
        };
        let ended = evroute_server::run(config, &log);
        match &ended {
            Ok(stopped) => tracing::info!("stopped: {stopped}"),
            // Standard error is told below, unless every line there is to be an object.
            Err(error) if log.file().is_some() || self.is_object_only() => {
                tracing::error!("{error}");
            }
            Err(_) => {}
        }
        log.flush();
        match ended {
            Ok(_) => Exit::Done,
            Err(error) => {
                if !self.is_object_only() {
                    output::complain(&error);
                }
                if error.is_our_fault() {
                    Exit::OurFault
                } else {
                    Exit::Wrong
                }
            }
        }
    }

    /// Whether standard error is a log in which every line is an object, errors included.
    fn is_object_only(&self) -> bool {
        let is_json = matches!(self.log_format, Format::Json);
        is_json && self.log_file.is_none() && tracing::enabled!(tracing::Level::ERROR)
    }
}
