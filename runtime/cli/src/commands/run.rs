//! `evroute run`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use evroute_server::{Config, LogFormat, Vocabulary, open_log};

use super::{check, watch};
use crate::exit::Exit;
use crate::output;

const EXAMPLES: &str = "Examples:
  evroute run -c guest-examples/demo.toml
  evroute run -c /etc/evroute.toml --check
  evroute run --watch
  evroute run --watch my-guard -c my-guard/server.toml
  EVROUTE_LOG=debug evroute run -c my.toml --log-format json --log-file evroute.log

SIGINT or SIGTERM finishes what is under way, then stops; a second one stops at once. Both end with code 0, \
also before the server is ready. SIGHUP opens the log file anew. SIGUSR1 puts the state into the log.

Compiled code is kept in data_dir, with --watch in EVROUTE_CACHE, so that the next start need not compile it again; \
code_cache_bytes_max = 0 in [server] does without.

--watch builds the project in DIR (\"evroute new\" makes one), starts the server that its server.toml describes (SIP on \
127.0.0.1:5060, admin on 127.0.0.1:8060), and builds and deploys again when a source is saved. What is under way ends on the \
revision it began with. A build that fails is reported and changes nothing.";

/// Run the server
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The configuration [default with --watch: server.toml in DIR]
    #[arg(short, long, value_name = "FILE", required_unless_present = "watch")]
    config: Option<PathBuf>,
    /// Build the project in this folder, and deploy it again whenever it changes
    #[arg(short, long, value_name = "DIR", num_args = 0..=1, default_missing_value = ".", conflicts_with = "check")]
    watch: Option<PathBuf>,
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
    pub(super) fn execute(&self) -> Exit {
        let file = self.file();
        if self.check {
            return check::check_config(&file);
        }
        let builder = match self.watch.as_deref().map(watch::begin) {
            None => None,
            Some(Ok(builder)) => Some(builder),
            Some(Err(exit)) => return exit,
        };
        let mut config = match Config::load(&file, &Vocabulary::current()) {
            Ok(config) => config,
            Err(errors) => return output::wrong(errors.with_lines()),
        };
        if let Some(Err(wrong)) = builder
            .as_ref()
            .map(|builder| watch::fit(&mut config, builder))
        {
            return output::wrong(format_args!("{}: {wrong}", file.display()));
        }
        // This program, whatever lies under its name by now.
        config.server.compile_program = Some("/proc/self/exe".into());
        let format = match self.log_format {
            Format::Text => LogFormat::Text,
            Format::Json => LogFormat::Json,
        };
        let log = match open_log(&config.server, format, self.log_file.as_deref()) {
            Ok(log) => log,
            Err(error) => return output::wrong(error),
        };
        let ended = match builder {
            None => evroute_server::run(config, &log),
            Some(builder) => {
                let (replacer, replacements) = evroute_server::replacements();
                if let Err(error) = watch::start(builder, replacer) {
                    return output::our_fault(format_args!("no thread to watch with: {error}"));
                }
                evroute_server::run_replaceable(config, &log, replacements)
            }
        };
        match &ended {
            Ok(stopped) => tracing::info!("stopped: {stopped}"),
            // Standard error is written below, unless every line there is to be an object.
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

    /// The configuration: the one that was named, or the project's.
    fn file(&self) -> PathBuf {
        let of_project = || self.watch.as_ref().map(|folder| folder.join("server.toml"));
        self.config.clone().or_else(of_project).unwrap_or_default()
    }

    /// Whether standard error is a log in which every line is an object, errors included.
    fn is_object_only(&self) -> bool {
        let is_json = matches!(self.log_format, Format::Json);
        is_json && self.log_file.is_none() && tracing::enabled!(tracing::Level::ERROR)
    }
}
