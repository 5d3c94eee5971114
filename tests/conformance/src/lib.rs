//! Every example in every language does the same.
//!
//! The examples of `guest-examples/` exist once per language, under the same names.
//! `cases/<example>.toml` says once what each has to do: the event, what the tenant's tables hold,
//! and then the verdict, the log lines, the edits and what the tables hold afterwards.
//! `evroute_cases` runs them.

mod broken;
mod compiled;
mod editor;
mod example;
mod lacking;
mod odd_text;
mod project;
mod standard_library;

use evroute_cases::CaseResult;

pub use broken::untold;
pub use compiled::uncompiled;
pub use editor::uneasy;
pub use evroute_cases::{Cost, Error, Suite, measure};
pub use example::{EXAMPLES, Example, LANGUAGES};
pub use lacking::unsaid;
pub use odd_text::lost;
pub use project::NewProject;
pub use standard_library::{Kept, Row, standard_library};

/// Drives a component through all cases and returns the complaints: none when it conforms.
///
/// # Errors
/// When a case cannot be judged: the component is refused.
pub fn run_suite(component: &[u8], suite: &Suite) -> Result<Vec<String>, Error> {
    let judged = judged(component, suite)?;
    let complaints = judged.iter().flat_map(|case| {
        let reported = case.differences.iter();
        reported.map(|difference| format!("{}: {difference}", case.name))
    });
    Ok(complaints.collect())
}

/// What came of each case. Where `$EVROUTE_TEST_CELLS_BY` names the command, handlers run in a
/// cell: nothing but the time may differ.
pub(crate) fn judged(component: &[u8], suite: &Suite) -> Result<Vec<CaseResult>, Error> {
    match std::env::var_os("EVROUTE_TEST_CELLS_BY") {
        Some(program) => evroute_cases::run_suite_in_cell(component, suite, program.into()),
        None => evroute_cases::run_suite(component, suite),
    }
}
