//! `evroute __compile`: what the server calls, and nobody else.

use clap::Args;
use evroute_compile::{CompileLimits, serve};
use evroute_confine::Isolation;

use crate::exit::Exit;
use crate::output;

const EXAMPLES: &str = "Examples:
  evroute __compile --seconds 10 --memory-bytes 536870912 --threads 1 < handler.wasm > handler.code";

/// Compile the component on standard input, shut in; called by the server
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Processor time, whole seconds
    #[arg(long, value_name = "NUMBER")]
    seconds: u32,
    /// Memory
    #[arg(long, value_name = "NUMBER")]
    memory_bytes: u64,
    /// Threads
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    threads: usize,
    /// Whether the kernel must have Landlock and seccomp: best-effort or required
    #[arg(long, value_name = "WORD", value_parser = isolation, default_value = "required")]
    isolation: Isolation,
    /// Compile its two core modules by themselves as well
    #[arg(long)]
    core_modules: bool,
}

fn isolation(word: &str) -> Result<Isolation, String> {
    Isolation::of(word).ok_or_else(|| "best-effort or required".to_owned())
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let limits = CompileLimits {
            seconds_max: self.seconds,
            memory_bytes_max: self.memory_bytes,
            isolation: self.isolation,
        };
        let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
        match serve(
            &limits,
            self.core_modules,
            self.threads,
            &mut input,
            &mut output,
        ) {
            Ok(()) => Exit::Done,
            Err(why) => output::wrong(why),
        }
    }
}
