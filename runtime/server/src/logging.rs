//! The server's own log: to standard error, or to a file.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use evroute_module_log::{HandlerLogSink, LogFormat, LogRate, LogSink, LogWriter, TracingLayer};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::ServerConfig;
use crate::feed::{Feed, TappedLogSink};
use crate::log_file::{LogFile, Rotation};
use crate::log_filter::log_filter;

/// The environment variable that wins over the configuration's `server.log`.
pub const LOG_VARIABLE: &str = "EVROUTE_LOG";

/// Why the log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The environment's filter.
    #[error(
        "{LOG_VARIABLE}={0:?} is not a log filter ({1}); write off, error, warn, info, debug or trace"
    )]
    Filter(String, String),
    /// The file.
    #[error("the log file {} cannot be opened: {why}; name another with --log-file", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// There is no thread to write it.
    #[error("the log cannot be written: {0}")]
    Thread(io::Error),
    /// The process has a log already.
    #[error("the log is open already")]
    Open,
}

/// The open log.
#[derive(Clone, Debug)]
pub struct Log {
    writer: LogWriter,
    log_sink: HandlerLogSink,
    file: Option<PathBuf>,
    rotation: Rotation,
    /// Of the tenants that are there: freed with them.
    rates: Arc<Mutex<Vec<Weak<LogRate>>>>,
    feed: Arc<Feed>,
}

impl Log {
    /// Where the lines of a tenant's handlers go: the same log, in the same format, under the same
    /// filter, so many bytes in a second.
    #[must_use]
    pub fn log_sink(&self, tenant: &str, bytes_per_second_max: u64) -> Arc<dyn LogSink> {
        let rate = Arc::new(LogRate::new(tenant, bytes_per_second_max, Instant::now()));
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        rates.retain(|rate| rate.strong_count() > 0);
        rates.push(Arc::downgrade(&rate));
        let log = self.log_sink.clone().with_rate(rate);
        Arc::new(TappedLogSink::new(log, Arc::clone(&self.feed)))
    }

    /// A log that nobody reads.
    #[cfg(test)]
    pub(crate) fn to_nowhere() -> Self {
        let writer = LogWriter::new(LogFormat::Text, io::sink()).unwrap();
        Self {
            log_sink: HandlerLogSink::filtered(writer.clone()),
            writer,
            file: None,
            rotation: Rotation::default(),
            rates: Arc::default(),
            feed: Arc::default(),
        }
    }

    /// How many lines of each tenant were dropped because its handlers wrote too much.
    #[must_use]
    pub fn dropped_of_tenants(&self) -> Vec<(String, u64)> {
        let rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        // One whose rate was changed has two as long as runs hold the old one.
        let mut dropped = BTreeMap::new();
        for rate in rates.iter().filter_map(Weak::upgrade) {
            *dropped.entry(rate.tenant().to_owned()).or_insert(0) += rate.dropped();
        }
        dropped.into_iter().collect()
    }

    /// Who looks on at what handlers write.
    pub(crate) fn feed(&self) -> Arc<Feed> {
        Arc::clone(&self.feed)
    }

    /// The file that it is written to; without one it goes to standard error.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Opens the file anew, for whoever has renamed it. Without a file there is nothing to do.
    ///
    /// # Errors
    /// [`LogError::File`]; the log goes on in the file that was open.
    pub fn reopen(&self) -> Result<(), LogError> {
        if let Some(path) = &self.file {
            self.writer.redirect(open(path, self.rotation)?);
        }
        Ok(())
    }

    /// How many lines were dropped because the log could not keep up.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.writer.dropped()
    }

    /// Waits until everything is written: the last thing a process does.
    pub fn flush(&self) {
        self.writer.flush();
    }
}

/// Opens the log of this process. `file` is appended to; without it, lines go to standard error,
/// where [`LogFormat::Text`] becomes [`LogFormat::Terminal`] on a terminal, unless `NO_COLOR` is
/// set.
/// From then on a panic is a line of the log, too.
///
/// # Errors
/// [`LogError`].
pub fn open_log(
    config: &ServerConfig,
    format: LogFormat,
    file: Option<&Path>,
) -> Result<Log, LogError> {
    let filter = filter(config, std::env::var(LOG_VARIABLE).ok())?;
    let rotation = Rotation {
        bytes_max: config.log_file_bytes_max,
        files_kept: config.log_files_max,
    };
    let file_opened = file.map(|path| open(path, rotation)).transpose()?;
    let writer = match file_opened {
        Some(file) => LogWriter::new(format, file),
        None => LogWriter::new(on_stderr(format), io::stderr()),
    };
    let writer = writer.map_err(LogError::Thread)?;
    tracing_subscriber::registry()
        .with(filter)
        .with(TracingLayer::new(writer.clone()))
        .try_init()
        .map_err(|_| LogError::Open)?;
    log_panics();
    Ok(Log {
        log_sink: HandlerLogSink::filtered(writer.clone()),
        writer,
        file: file.map(Path::to_owned),
        rotation,
        rates: Arc::default(),
        feed: Arc::default(),
    })
}

/// How lines look on standard error.
fn on_stderr(format: LogFormat) -> LogFormat {
    let (no_color, term) = (std::env::var_os("NO_COLOR"), std::env::var_os("TERM"));
    let is_terminal = io::stderr().is_terminal();
    shown(format, is_terminal, no_color.as_deref(), term.as_deref())
}

/// For whom lines are: a terminal that has colours, whose user has not refused them.
fn shown(
    format: LogFormat,
    is_terminal: bool,
    no_color: Option<&OsStr>,
    term: Option<&OsStr>,
) -> LogFormat {
    let is_wanted = no_color.is_none_or(OsStr::is_empty);
    let is_capable = term.is_some_and(|term| !term.is_empty() && term != "dumb");
    match format {
        LogFormat::Text if is_terminal && is_wanted && is_capable => LogFormat::Terminal,
        LogFormat::Text | LogFormat::Terminal | LogFormat::Json => format,
    }
}

/// Panics are caught where they happen; what they say belongs into the log and nowhere else.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a panic: {}", text.unwrap_or("no reason given"));
    }));
}

fn open(path: &Path, rotation: Rotation) -> Result<LogFile, LogError> {
    LogFile::open(path, rotation).map_err(|why| LogError::File {
        path: path.to_owned(),
        why,
    })
}

fn filter(config: &ServerConfig, variable: Option<String>) -> Result<EnvFilter, LogError> {
    let text = variable
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| config.log.clone());
    log_filter(&text).map_err(|why| LogError::Filter(text, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(log: &str) -> ServerConfig {
        ServerConfig {
            deploy_dir: None,
            data_dir: "data".into(),
            workers: std::num::NonZeroUsize::MIN,
            core_module_backend: true,
            instance_pool_max: 0,
            component: evroute_sandbox::ComponentLimits::default(),
            compile: evroute_compile::CompileLimits::default(),
            cells: crate::CellLimits::default(),
            compile_program: None,
            code_cache_dir: "data/code-cache".into(),
            code_cache_bytes_max: 0,
            tenant_start: std::time::Duration::ZERO,
            log: log.to_owned(),
            log_file_bytes_max: 0,
            log_files_max: 0,
            drain: std::time::Duration::ZERO,
        }
    }

    #[test]
    fn the_environment_wins_unless_it_is_empty() {
        let filter = |variable: Option<&str>| {
            filter(&config("warn"), variable.map(str::to_owned))
                .unwrap()
                .to_string()
        };
        let read = |text| log_filter(text).unwrap().to_string();
        assert_eq!(filter(None), read("warn"));
        assert_eq!(filter(Some("")), read("warn"));
        assert_eq!(filter(Some("debug")), read("debug"));
    }

    #[test]
    fn colours_are_for_terminals_whose_users_have_not_refused_them() {
        let some = |text: &'static str| Some(OsStr::new(text));
        let xterm = some("xterm-256color");
        let text = LogFormat::Text;
        assert_eq!(shown(text, true, None, xterm), LogFormat::Terminal);
        assert_eq!(shown(text, true, some(""), xterm), LogFormat::Terminal);
        assert_eq!(shown(text, true, some("1"), xterm), text);
        assert_eq!(shown(text, true, None, some("dumb")), text);
        assert_eq!(shown(text, true, None, None), text);
        assert_eq!(shown(text, false, None, xterm), text, "piped");
        let json = LogFormat::Json;
        assert_eq!(shown(json, true, None, xterm), json);
    }

    #[test]
    fn a_bad_variable_and_an_impossible_file_are_named() {
        let error = filter(&config("warn"), Some("=x=".into()))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("EVROUTE_LOG=\"=x=\" is not a log filter ("),
            "{error}"
        );
        let error = open(Path::new("/nowhere/x.log"), Rotation::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("the log file /nowhere/x.log cannot be opened: No such file"),
            "{error}"
        );
    }
}
