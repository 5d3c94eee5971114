//! What a process shuts itself in with.

use crate::Isolation;

/// What a process shuts itself in with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Confinement {
    /// What it is for, which decides about its system calls.
    pub purpose: Purpose,
    /// How much memory it may take beside what it has when it shuts itself in.
    pub memory: MemoryLimit,
    /// Processor time of its whole life, in whole seconds.
    pub seconds_max: u32,
    /// The largest file that it may write, in bytes. It can open none, but a piece of memory that
    /// has a descriptor counts as one.
    pub file_bytes_max: u64,
    /// Whether it may work where the kernel lacks Landlock or seccomp.
    pub isolation: Isolation,
}

/// What a process is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// It compiles.
    Compile,
    /// It runs what was compiled.
    Run,
}

/// How memory is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemoryLimit {
    /// All addresses that are mapped, in bytes.
    Addresses(u64),
    /// What can be written, in bytes: for a process that sets addresses aside by the TiB.
    Data(u64),
}
