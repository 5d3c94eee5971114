//! Runs that take place in another process: what the sandbox asks of whoever keeps such processes.

mod cell_backend;
mod cell_handler;
mod cell_name;
mod cell_question;
mod cell_run_end;
mod cells;
mod conversation;
mod handle_table;
mod host_function;
mod runner_at_work;

pub(crate) use cell_backend::CellBackend;
pub use cell_handler::CellHandler;
pub use cell_name::CellName;
pub use cell_question::{CellQuestion, Heard};
pub use cell_run_end::CellRunEnd;
pub use cells::{CellRun, CellRunStart, Cells};
pub use runner_at_work::RunnerAtWork;
