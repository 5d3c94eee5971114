//! This program as a runner of a cell.

use evroute_cell::RunnerRoom;

use crate::modules;

/// Runs handlers for the server at the other end of standard input, until it is gone. The error is
/// one sentence.
///
/// # Errors
/// As [`evroute_cell::serve`].
pub fn serve_cell(room: &RunnerRoom) -> Result<(), String> {
    evroute_cell::serve(room, modules::capabilities(), modules::bindings())
}
