//! Runs in a process of their own.
//!
//! A handler of a tenant in a cell runs in a process that has shut itself in: a hole in the sandbox
//! leads into a room without files, network or other processes, where the code of the same trust
//! tier is and nothing else. What the handler asks of the server comes over one socket, as values,
//! and the server believes none of it.
//!
//! | file | what is in it |
//! |---|---|
//! | `runner_pool` | the server's runners: lent for a run, started, ended |
//! | `runner_config`, `runner_counts` | how they are started, and what became of them |
//! | `keeper` | the thread that starts them and ends those that nobody uses |
//! | `runner` | one runner's process, from the server |
//! | `leased_run` | one run in it, from the server |
//! | `task_socket` | how a task waits for it |
//! | `serve` | the runner's own part |
//! | `far_server` | the server as a run in the runner meets it: behind its tap |
//! | `server_socket` | the runner's end of the socket |
//! | `frame` | where a frame ends: kind, length, body |
//! | `body` | what bodies are made of: numbers, texts, values, each checked against what is there |
//! | `from_runner` | what a runner says |
//! | `to_runner` | what the server says |
//! | `outcome_code` | outcomes and meters in bodies |

mod body;
mod far_server;
mod frame;
mod from_runner;
mod keeper;
mod leased_run;
mod outcome_code;
mod runner;
mod runner_config;
mod runner_counts;
mod runner_pool;
mod serve;
mod server_socket;
mod task_socket;
mod to_runner;

pub use body::BodyError;
pub(crate) use body::{BodyReader, BodyWriter};
pub use frame::{CellFrameError, FrameReader, write_frame};
pub use from_runner::{FromRunner, StartRefusal};
pub use runner_config::RunnerConfig;
pub use runner_counts::{CellSeen, RunnerCounts};
pub use runner_pool::RunnerPool;
pub use serve::{RunnerRoom, serve};
pub use to_runner::ToRunner;
