//! How runners are started, and how many.

use std::path::PathBuf;

use evroute_sandbox::SandboxConfig;

/// Processor time of a runner's whole life: what one that is never given back can take.
const SECONDS_MAX: u32 = 600;

/// How runners are started, and how many.
#[derive(Clone, Debug)]
pub struct RunnerConfig {
    /// The program: the same one as this process.
    pub program: PathBuf,
    /// What stands before the words that say what a runner may take.
    pub arguments: Vec<String>,
    /// Memory of one runner, beside what the program has when it starts, in bytes.
    /// `cell_memory_bytes_max`.
    pub memory_bytes_max: u64,
    /// How many runs of one cell may be under way at the same time, each in a process of its own.
    /// `cell_runs_concurrent_max`.
    pub runs_per_cell_max: usize,
    /// How many runners there are, all cells together. `cell_runners_max`.
    pub runners_max: usize,
    /// The server's sandbox, whose settings decide which code can be loaded.
    pub sandbox: SandboxConfig,
}

impl RunnerConfig {
    /// What a runner is told on its command line.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = vec![
            format!("--memory-bytes={}", self.memory_bytes_max),
            format!("--seconds={SECONDS_MAX}"),
            format!("--run-memory-bytes={}", self.sandbox.memory_bytes_max),
            format!("--run-table-elements={}", self.sandbox.table_elements_max),
        ];
        if self.sandbox.core_module_backend {
            words.push("--core-modules".to_owned());
        }
        words
    }
}
