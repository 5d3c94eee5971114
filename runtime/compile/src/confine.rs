//! A process shuts itself in.

use std::collections::BTreeMap;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetStatus,
    Scope,
};
use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch, apply_filter_all_threads};

use crate::{CompileIsolation, CompileLimits};

/// What a process was shut in with, beside the limits of time and memory, which always hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Confined {
    /// Landlock: no file can be opened and no TCP connection made.
    pub landlock: bool,
    /// seccomp: no system call but those that computing takes.
    pub seccomp: bool,
}

/// A process could not be shut in.
#[derive(Debug, thiserror::Error)]
pub enum ConfineError {
    /// The system refused a limit.
    #[error("the compiler could not limit its {what}: {why}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// What the system said.
        why: String,
    },
    /// The kernel lacks what `compile_isolation = "required"` asks for.
    #[error(
        "this kernel has no {0}, and compile_isolation in [server] requires it; use a kernel with it, or \
         \"best-effort\""
    )]
    Lacking(&'static str),
}

/// Shuts this process in for good: limits of memory, time and files, then Landlock, then threads,
/// then seccomp for all of them. To be called before anything of a stranger's is read, and while
/// the process has one thread.
///
/// # Errors
/// [`ConfineError`]; the process may be half shut in then, and is of no more use.
pub fn confine(limits: &CompileLimits, threads: usize) -> Result<Confined, ConfineError> {
    // A server that is gone wants no answer.
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(limit_error("life"))?;
    limit_resources(limits)?;
    let landlock = no_files().unwrap_or(false);
    if !landlock && limits.isolation == CompileIsolation::Required {
        return Err(ConfineError::Lacking("Landlock"));
    }
    // Threads cannot be made any more once the filter is there.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1));
    let pool = pool.build_global();
    pool.map_err(|error| ConfineError::Limit {
        what: "threads",
        why: error.to_string(),
    })?;
    let seccomp = few_calls().is_some();
    if !seccomp && limits.isolation == CompileIsolation::Required {
        return Err(ConfineError::Lacking("seccomp"));
    }
    Ok(Confined { landlock, seccomp })
}

fn limit_error<E: std::fmt::Display>(what: &'static str) -> impl Fn(E) -> ConfineError {
    move |why| ConfineError::Limit {
        what,
        why: why.to_string(),
    }
}

/// Descriptors: the three that it has, and one for a ruleset.
const FILES_MAX: u64 = 8;

fn limit_resources(limits: &CompileLimits) -> Result<(), ConfineError> {
    // The program itself is not the component's doing.
    let mapped = mapped_bytes().map_err(limit_error("memory"))?;
    let seconds = u64::from(limits.seconds_max.max(1));
    for (what, resource, soft, hard) in [
        (
            "memory",
            Resource::As,
            limits.memory_bytes_max.saturating_add(mapped),
            None,
        ),
        (
            "processor time",
            Resource::Cpu,
            seconds,
            Some(seconds.saturating_add(1)),
        ),
        ("files", Resource::Fsize, 0, None),
        ("files", Resource::Nofile, FILES_MAX, None),
        ("core dumps", Resource::Core, 0, None),
    ] {
        let limit = Rlimit {
            current: Some(soft),
            maximum: Some(hard.unwrap_or(soft)),
        };
        setrlimit(resource, limit).map_err(limit_error(what))?;
    }
    Ok(())
}

/// How much address space this process has mapped, in bytes.
fn mapped_bytes() -> std::io::Result<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages = statm
        .split(' ')
        .next()
        .and_then(|pages| pages.parse::<u64>().ok());
    let page = u64::try_from(rustix::param::page_size()).unwrap_or(u64::MAX);
    let missing = || std::io::Error::other("/proc/self/statm is not as it should be");
    Ok(pages.ok_or_else(missing)?.saturating_mul(page))
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

/// What computing takes: memory, waiting for each other, reading and writing what is open, an end.
const CALLS: &[libc::c_long] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_ppoll,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_tgkill,
    libc::SYS_membarrier,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_rseq,
    libc::SYS_set_robust_list,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// No system call but those that are listed: others are answered "not permitted". None where the
/// kernel has no seccomp.
fn few_calls() -> Option<()> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).ok()?;
    let rules: BTreeMap<i64, _> = CALLS.iter().map(|call| (*call, Vec::new())).collect();
    let refused = SeccompAction::Errno(u32::try_from(libc::EPERM).unwrap_or(1));
    let filter = SeccompFilter::new(rules, refused, SeccompAction::Allow, arch).ok()?;
    let program: BpfProgram = filter.try_into().ok()?;
    apply_filter_all_threads(&program).ok()
}
