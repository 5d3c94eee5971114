//! A process shuts itself in.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetStatus,
    Scope,
};
use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};

use crate::descriptors::usable_descriptors;
use crate::system_calls::few_calls;
use crate::{Confinement, Isolation, MemoryLimit, Purpose};

/// What a process was shut in with, beside the limits of time and memory, which always hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Confined {
    /// Landlock: no file can be opened and no TCP connection made.
    pub landlock: bool,
    /// seccomp: no system call but those that its purpose takes.
    pub seccomp: bool,
}

/// A process could not be shut in.
#[derive(Debug, thiserror::Error)]
pub enum ConfineError {
    /// The system refused a limit.
    #[error("the process could not limit its {what}: {why}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// What the system said.
        why: String,
    },
    /// What is made once the process is limited, and before its system calls are, could not be.
    #[error("{0}")]
    NotPrepared(String),
    /// The kernel lacks what isolation that is required asks for.
    #[error(
        "this kernel has no {lacking}, and {required_by} requires it; use a kernel with it{or}"
    )]
    Lacking {
        /// What it lacks.
        lacking: &'static str,
        /// What asks for it.
        required_by: &'static str,
        /// What can be done otherwise, or nothing.
        or: &'static str,
    },
}

/// Shuts this process in for good: limits of memory, time and files, then Landlock, then what
/// `prepare` makes, then seccomp for all threads. To be called before anything of a stranger's is
/// read, and while the process has one thread. `prepare` makes the threads that will be needed:
/// none can be made afterwards. What is open before it, beside standard input and output, cannot be
/// used afterwards, such as what the process was started with.
///
/// # Errors
/// [`ConfineError`]; the process may be half shut in then, and is of no more use.
pub fn confine<T>(
    confinement: &Confinement,
    prepare: impl FnOnce() -> Result<T, String>,
) -> Result<(Confined, T), ConfineError> {
    // A server that is gone wants no answer.
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(limit_error("life"))?;
    limit_resources(confinement)?;
    let descriptors = usable_descriptors().map_err(limit_error("descriptors"))?;
    let landlock = no_files().unwrap_or(false);
    require(confinement, landlock, "Landlock")?;
    let prepared = prepare().map_err(ConfineError::NotPrepared)?;
    let seccomp = few_calls(confinement.purpose, &descriptors).is_some();
    require(confinement, seccomp, "seccomp")?;
    Ok((Confined { landlock, seccomp }, prepared))
}

fn require(
    confinement: &Confinement,
    is_there: bool,
    lacking: &'static str,
) -> Result<(), ConfineError> {
    if is_there || confinement.isolation == Isolation::BestEffort {
        return Ok(());
    }
    let (required_by, or) = match confinement.purpose {
        Purpose::Compile => (
            "compile_isolation in [server]",
            ", or write \"best-effort\" there",
        ),
        Purpose::Run => (
            "a cell",
            ", or take the tenant's cell out of the configuration",
        ),
    };
    Err(ConfineError::Lacking {
        lacking,
        required_by,
        or,
    })
}

fn limit_error<E: std::fmt::Display>(what: &'static str) -> impl Fn(E) -> ConfineError {
    move |why| ConfineError::Limit {
        what,
        why: why.to_string(),
    }
}

/// Descriptors of a compiler: the three that it has, and one for a ruleset.
const FILES_MAX: u64 = 8;
/// Descriptors of a runner: those, its socket, and one for the first image of each memory that it
/// has loaded.
const RUNNER_FILES_MAX: u64 = 1024;

fn limit_resources(confinement: &Confinement) -> Result<(), ConfineError> {
    // The program itself is not the component's doing.
    let (what, bytes) = match confinement.memory {
        MemoryLimit::Addresses(bytes) => (Resource::As, bytes.saturating_add(mapped(0)?)),
        MemoryLimit::Data(bytes) => (Resource::Data, bytes.saturating_add(mapped(5)?)),
    };
    let files = match confinement.purpose {
        Purpose::Compile => FILES_MAX,
        Purpose::Run => RUNNER_FILES_MAX,
    };
    let seconds = u64::from(confinement.seconds_max.max(1));
    let last = Some(seconds.saturating_add(1));
    for (name, resource, soft, hard) in [
        ("memory", what, bytes, None),
        ("processor time", Resource::Cpu, seconds, last),
        ("files", Resource::Fsize, confinement.file_bytes_max, None),
        ("files", Resource::Nofile, files, None),
        ("core dumps", Resource::Core, 0, None),
    ] {
        let limit = Rlimit {
            current: Some(soft),
            maximum: Some(hard.unwrap_or(soft)),
        };
        setrlimit(resource, limit).map_err(limit_error(name))?;
    }
    Ok(())
}

/// One of the numbers of pages that the system tells of this process, in bytes: the first is all
/// that is mapped, the sixth what can be written.
fn mapped(column: usize) -> Result<u64, ConfineError> {
    let statm = std::fs::read_to_string("/proc/self/statm").map_err(limit_error("memory"))?;
    let pages = statm.split_ascii_whitespace().nth(column);
    let pages = pages.and_then(|pages| pages.parse::<u64>().ok());
    let page = u64::try_from(rustix::param::page_size()).unwrap_or(u64::MAX);
    let odd = "/proc/self/statm is not as it should be";
    let pages = pages.ok_or_else(|| limit_error("memory")(odd))?;
    Ok(pages.saturating_mul(page))
}

/// No file, no TCP connection, no signal to others. Whether the kernel enforces it, at least for
/// files.
fn no_files() -> Result<bool, landlock::RulesetError> {
    let abi = ABI::V6;
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?
        .restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => true,
        RulesetStatus::NotEnforced => false,
    })
}
