//! The system calls that are left.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter_all_threads,
};

use crate::Purpose;

/// What computing takes: memory, waiting for each other, reading and writing what is open, an end.
const COMPUTING: &[libc::c_long] = &[
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

/// What running takes beside that: the first image of a memory is a piece of memory that has a
/// descriptor, so that instances share it until they write.
const IMAGES: &[libc::c_long] = &[
    libc::SYS_memfd_create,
    libc::SYS_ftruncate,
    libc::SYS_fcntl,
    libc::SYS_lseek,
    libc::SYS_pwrite64,
];

/// Those that take a descriptor, and which of their arguments it is. A map of memory without one
/// says -1, which is no number of any.
const DESCRIPTORS: &[(libc::c_long, u8)] = &[
    (libc::SYS_read, 0),
    (libc::SYS_readv, 0),
    (libc::SYS_write, 0),
    (libc::SYS_writev, 0),
    (libc::SYS_close, 0),
    (libc::SYS_fstat, 0),
    (libc::SYS_mmap, 4),
    (libc::SYS_ftruncate, 0),
    (libc::SYS_fcntl, 0),
    (libc::SYS_lseek, 0),
    (libc::SYS_pwrite64, 0),
];

/// No system call of any thread but those of this purpose, and with no descriptors but those of
/// these ranges: others are answered "not permitted". None where the kernel has no seccomp.
pub(crate) fn few_calls(purpose: Purpose, descriptors: &[(u32, u32)]) -> Option<()> {
    let more = match purpose {
        Purpose::Compile => &[],
        Purpose::Run => IMAGES,
    };
    let arch = TargetArch::try_from(std::env::consts::ARCH).ok()?;
    let calls = COMPUTING.iter().chain(more);
    let mut rules: BTreeMap<i64, _> = calls.map(|call| (*call, Vec::new())).collect();
    if *descriptors != [(0, u32::MAX)] {
        for (call, argument) in DESCRIPTORS {
            if let Some(rule) = rules.get_mut(call) {
                *rule = within(*argument, descriptors)?;
            }
        }
    }
    let refused = SeccompAction::Errno(u32::try_from(libc::EPERM).unwrap_or(1));
    let filter = SeccompFilter::new(rules, refused, SeccompAction::Allow, arch).ok()?;
    let program: BpfProgram = filter.try_into().ok()?;
    apply_filter_all_threads(&program).ok()
}

/// That an argument is a number of one of these ranges.
fn within(argument: u8, ranges: &[(u32, u32)]) -> Option<Vec<SeccompRule>> {
    let condition = |operator, number: u32| {
        let number = u64::from(number);
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, number).ok()
    };
    let rule = |(first, last): &(u32, u32)| {
        let least = condition(SeccompCmpOp::Ge, *first)?;
        SeccompRule::new(vec![least, condition(SeccompCmpOp::Le, *last)?]).ok()
    };
    ranges.iter().map(rule).collect()
}
