//! How runners are started, and how many.

use std::path::PathBuf;

use evroute_sandbox::SandboxConfig;

use crate::RunnerRoom;

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
            format!("{MEMORY}{}", self.memory_bytes_max),
            format!("{SECONDS}{SECONDS_MAX}"),
            format!("{RUN_MEMORY}{}", self.sandbox.memory_bytes_max),
            format!("{RUN_TABLE}{}", self.sandbox.table_elements_max),
        ];
        if self.sandbox.core_module_backend {
            words.push(CORE_MODULES.to_owned());
        }
        words
    }
}

/// As `evroute __cell` has them.
const MEMORY: &str = "--memory-bytes=";
const SECONDS: &str = "--seconds=";
const RUN_MEMORY: &str = "--run-memory-bytes=";
const RUN_TABLE: &str = "--run-table-elements=";
const CORE_MODULES: &str = "--core-modules";

impl RunnerRoom {
    /// What a [`RunnerConfig`] tells a runner on its command line, for programs without a parser of
    /// their own; the rest of `sandbox` stays. None where one of the numbers is missing.
    #[must_use]
    pub fn told(words: &[String], sandbox: SandboxConfig) -> Option<Self> {
        let number = |name: &str| -> Option<u64> {
            let word = words.iter().find_map(|word| word.strip_prefix(name));
            word.and_then(|word| word.parse().ok())
        };
        let size = |name: &str| usize::try_from(number(name)?).ok();
        Some(Self {
            memory_bytes_max: number(MEMORY)?,
            seconds_max: u32::try_from(number(SECONDS)?).ok()?,
            sandbox: SandboxConfig {
                memory_bytes_max: size(RUN_MEMORY)?,
                table_elements_max: size(RUN_TABLE)?,
                core_module_backend: words.iter().any(|word| word == CORE_MODULES),
                ..sandbox
            },
        })
    }
}
