//! Child processes that never outlive us.
//!
//! Every child is started through `setpriv --pdeathsig`, so the kernel ends it even
//! when we are killed; dropping a [`Process`] ends it in the ordinary case.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::error::Error;

const STOP_GRACE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(20);

/// What to start: a program, its arguments and environment, and where its output goes.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    /// Our name for it, used in messages.
    pub(crate) name: String,
    /// The program.
    pub(crate) program: PathBuf,
    /// Its arguments.
    pub(crate) arguments: Vec<String>,
    /// Extra environment variables.
    pub(crate) environment: Vec<(String, String)>,
    /// Its working directory.
    pub(crate) directory: PathBuf,
    /// File that receives stdout and stderr; opened for appending, so that it may be
    /// truncated while the process runs.
    pub(crate) log: PathBuf,
}

/// A running child.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a child.
    pub(crate) fn start(launch: &Launch) -> Result<Self, Error> {
        let output = open_log(&launch.log)?;
        let errors = output.try_clone().map_err(Error::io("open", &launch.log))?;
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "--"])
            .arg(&launch.program)
            .args(&launch.arguments)
            .envs(launch.environment.iter().map(|(key, value)| (key, value)))
            .current_dir(&launch.directory)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(|source| Error::Start {
                name: launch.name.clone(),
                source,
            })?;
        Ok(Self {
            child,
            log: launch.log.clone(),
        })
    }

    /// Its process id. `setpriv` replaces itself, so this is the program's own.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended already.
    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)) | Err(_))
    }

    /// Waits for its end, at most so long; `None` when it still runs.
    pub(crate) fn wait_at_most(&mut self, limit: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < deadline => thread::sleep(POLL),
                Ok(None) | Err(_) => return None,
            }
        }
    }

    /// The last lines of its output.
    pub(crate) fn log_tail(&self) -> String {
        log_tail(&self.log)
    }

    /// Makes its log empty, so that long runs do not fill the disk.
    pub(crate) fn truncate_log(&self) -> Result<(), Error> {
        File::create(&self.log)
            .map(|_| ())
            .map_err(Error::io("empty", &self.log))
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(id) = id {
            // It may have ended in between; then there is nothing left to signal.
            let _ = kill_process(id, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.has_ended() {
            return;
        }
        self.signal(Signal::TERM);
        if self.wait_at_most(STOP_GRACE).is_none() {
            // Kamailio's children get their parent's end as a signal and follow.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn open_log(path: &Path) -> Result<File, Error> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(Error::io("open", path))
}

/// The last 15 lines of a text file; empty when it cannot be read.
pub(crate) fn log_tail(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.len().saturating_sub(15);
    lines.get(first..).unwrap_or_default().join("\n")
}

/// A process and all its descendants that live.
pub(crate) fn tree(root: u32) -> Vec<u32> {
    let children = children_by_parent();
    let mut found = vec![root];
    let mut next = 0;
    while let Some(id) = found.get(next) {
        if let Some(more) = children.get(id) {
            found.extend(more);
        }
        next += 1;
    }
    found
}

/// The fields of /proc/PID/stat after the command name, which may contain anything.
pub(crate) fn stat_fields(id: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

fn children_by_parent() -> HashMap<u32, Vec<u32>> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    let Ok(entries) = fs::read_dir("/proc") else {
        return children;
    };
    for entry in entries.flatten() {
        let Some(id) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let parent = stat_fields(id).and_then(|fields| fields.get(1)?.parse().ok());
        if let Some(parent) = parent {
            children.entry(parent).or_default().push(id);
        }
    }
    children
}
