//! `evroute __cell`: what the server calls, and nobody else.

use clap::Args;
use evroute_cell::RunnerRoom;
use evroute_sandbox::SandboxConfig;
use evroute_server::serve_cell;

use crate::exit::Exit;
use crate::output;

const EXAMPLES: &str = "Examples:
  evroute __cell --memory-bytes 536870912 --seconds 600   # on a socket of the server's";

/// Runs of one at a time, and what is beside it: a trial, and what debug builds compare with.
const RUNS_MAX: u32 = 4;
/// Used instances that are kept for the next run: a runner has few handlers loaded.
const INSTANCES_MAX: u32 = 64;

/// Run the handlers of a cell, shut in; called by the server
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Memory beside what the program has when it starts
    #[arg(long, value_name = "NUMBER")]
    memory_bytes: u64,
    /// Processor time of its whole life, whole seconds
    #[arg(long, value_name = "NUMBER")]
    seconds: u32,
    /// The largest memory of a run
    #[arg(long, value_name = "NUMBER", default_value_t = SandboxConfig::MEMORY_BYTES_MAX as usize)]
    run_memory_bytes: usize,
    /// The largest table of a run
    #[arg(long, value_name = "NUMBER", default_value_t = SandboxConfig::TABLE_ELEMENTS_MAX as usize)]
    run_table_elements: usize,
    /// Run small handlers as core modules
    #[arg(long)]
    core_modules: bool,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let room = RunnerRoom {
            memory_bytes_max: self.memory_bytes,
            seconds_max: self.seconds,
            sandbox: SandboxConfig {
                runs_concurrent_max: RUNS_MAX,
                instance_pool_max: INSTANCES_MAX,
                memory_bytes_max: self.run_memory_bytes,
                table_elements_max: self.run_table_elements,
                core_module_backend: self.core_modules,
                ..SandboxConfig::default()
            },
        };
        match serve_cell(&room) {
            Ok(()) => Exit::Done,
            Err(why) => output::wrong(why),
        }
    }
}
