//! What the user may ask for on the command line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Parser, ValueEnum};

/// One of the measurements of `make bench`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Cost of one event with the local-request handler, beside Kamailio.
    A,
    /// evroute alone: instantiation, call, an event that nobody handles.
    B,
    /// Calls relayed, CPU per call, beside Kamailio.
    C,
    /// Honest tenants beside a hostile one, in each lane.
    E,
    /// One UDP listener on one worker and on two.
    F,
    /// Thousands of handlers: how long a start takes, what each holds.
    G,
    /// Registrations with a password, on the disk, beside Kamailio, which keeps them in memory.
    H,
    /// What phones hold that are connected and do nothing, beside Kamailio.
    I,
}

/// Measures evroute beside Kamailio 5.6 on this machine, in one run. Prints
/// progress, then a table; writes JSON to the output folder.
///
/// Absolute times drift on shared machines. Rounds are interleaved and ratios are
/// taken within a round; medians and the spread over all rounds are printed.
#[derive(Debug, Parser)]
#[command(name = "evroute-bench", version)]
pub(crate) struct Options {
    /// Measure only this part (may be given more than once).
    #[arg(long, value_enum)]
    only: Vec<Part>,

    /// Few and short rounds: shows that everything works, proves nothing.
    #[arg(long)]
    quick: bool,

    /// The evroute binary. Without it only Kamailio is measured.
    #[arg(long, value_name = "PATH")]
    pub(crate) evroute: Option<PathBuf>,

    /// An earlier evroute, to take calls through in the same rounds (part c): what a change cost.
    #[arg(long, value_name = "PATH", requires = "evroute")]
    pub(crate) before: Option<PathBuf>,

    /// Also take calls through evroute with this component on every request (parts c and f).
    #[arg(long, value_name = "FILE", requires = "evroute")]
    pub(crate) handler: Option<PathBuf>,

    /// The local-request component, raised for real by RPC (part a), multiplied in part g.
    #[arg(long, value_name = "FILE", requires = "evroute")]
    pub(crate) local_request: Option<PathBuf>,

    /// A component that spins on every request of its tenant, for the synchronous lane (part e).
    #[arg(long, value_name = "FILE", requires = "evroute")]
    pub(crate) hostile: Option<PathBuf>,

    /// The same for the async lane (part e).
    #[arg(long, value_name = "FILE", requires = "evroute")]
    pub(crate) hostile_async: Option<PathBuf>,

    /// Shell command that measures evroute's events and prints JSON lines
    /// {"name":.., "unit":"ns", "samples":[..]}; run once in every round.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) micro: Option<String>,

    /// Folder for JSON results, logs and SIPp statistics.
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    pub(crate) out: PathBuf,
}

/// How much is measured; two sizes, chosen by `--quick`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Interleaved rounds of parts a and b.
    pub(crate) event_rounds: usize,
    /// Turns of the handler in one sample of part a.
    pub(crate) event_turns: u32,
    /// Local requests raised over RPC in one sample of part a.
    pub(crate) rpc_requests: u32,
    /// Interleaved rounds of part c, the warm-up round not counted.
    pub(crate) call_rounds: usize,
    /// Calls in one sample of part c.
    pub(crate) calls: u32,
    /// Calls begun per second.
    pub(crate) calls_per_second: u32,
    /// Pause after each sample of part c, inside the measured window: answers that
    /// are still on their way belong to the calls.
    pub(crate) settle: Duration,
    /// Rounds of part e in each lane.
    pub(crate) neighbour_rounds: usize,
    /// How often the honest tenant is asked in a sample of part e: every 5 ms.
    pub(crate) neighbour_asked: u32,
    /// Rounds of part f, the warm-up round not counted.
    pub(crate) worker_rounds: usize,
    /// Requests in one sample of part f.
    pub(crate) worker_requests: u32,
    /// Handlers of part g.
    pub(crate) density_handlers: u32,
    /// Restarts of part g.
    pub(crate) density_rounds: usize,
    /// Connections of each kind in part i.
    pub(crate) idle_connections: u32,
}

impl Options {
    /// Whether this part is to be measured.
    pub(crate) fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    /// How much to measure.
    pub(crate) fn effort(&self) -> Effort {
        if self.quick {
            Effort {
                event_rounds: 3,
                event_turns: 20_000,
                rpc_requests: 500,
                call_rounds: 2,
                calls: 1_000,
                calls_per_second: 500,
                settle: Duration::from_millis(300),
                neighbour_rounds: 2,
                neighbour_asked: 500,
                worker_rounds: 2,
                worker_requests: 20_000,
                density_handlers: 1_000,
                density_rounds: 1,
                idle_connections: 50,
            }
        } else {
            Effort {
                event_rounds: 9,
                event_turns: 100_000,
                rpc_requests: 3_000,
                call_rounds: 5,
                calls: 5_000,
                calls_per_second: 800,
                settle: Duration::from_secs(1),
                neighbour_rounds: 5,
                neighbour_asked: 2_600,
                worker_rounds: 9,
                worker_requests: 100_000,
                density_handlers: 10_000,
                density_rounds: 3,
                idle_connections: 400,
            }
        }
    }
}

/// The tests folder of this checkout, where scenarios and peer configurations live.
pub(crate) fn tests_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
