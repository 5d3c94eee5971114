//! Why a component is not taken.

use evroute_event::Outcome;
use evroute_module_api::RunState;

use crate::outcome::classify;
use crate::{CellName, TooLarge};

/// Why a component cannot be a handler here. Whoever deploys it reads this.
#[derive(Debug, thiserror::Error)]
pub enum ComponentRefusal {
    /// Not a component, or one that does not validate.
    #[error("not a WebAssembly component that this server can run: {0}")]
    NotAComponent(String),
    /// One that is not compiled, since compiling it might take more than the server has.
    #[error("it is not compiled: {0}")]
    TooLarge(TooLarge),
    /// Compiling it met a limit of time or memory.
    #[error("it is not compiled: {0}")]
    TooCostly(String),
    /// The compiler ended without an answer.
    #[error("it could not be compiled, whatever it is: {0}")]
    CompilerBroke(String),
    /// An import that this server does not offer.
    #[error(
        "it imports {import}, which this server does not offer{hint}; build it without that import"
    )]
    UnknownImport {
        /// The import.
        import: String,
        /// What might be meant, or empty.
        hint: String,
    },
    /// An import that the operator did not grant.
    #[error("it imports {import}, which was not granted; add \"{grant}\" to the handler's grants")]
    NotGranted {
        /// The import.
        import: String,
        /// The word that grants it.
        grant: &'static str,
    },
    /// An export in our namespace that is no event of this server.
    #[error("it exports {export}, which is no event of this server ({known})")]
    UnknownExport {
        /// The export.
        export: String,
        /// The events there are.
        known: String,
    },
    /// Two exports of one event, in versions that stand for each other: only one would be called.
    #[error(
        "it exports {first} and {second}, which are one event here, and one of them would never be called; leave one out"
    )]
    TwoVersions {
        /// One.
        first: String,
        /// The other.
        second: String,
    },
    /// No export that any event calls.
    #[error("it handles no event: it exports none of {known}")]
    NoEvents {
        /// The events there are.
        known: String,
    },
    /// An event's export is not of the type this server calls.
    #[error("its export {export} has another type than this server calls: {reason}")]
    WrongType {
        /// The export.
        export: String,
        /// Wasmtime's description.
        reason: String,
    },
    /// Its tenant's handlers run in a cell, and this process keeps none.
    #[error("its tenant is in the cell {0}, and this process has no runners to run it in")]
    NoCell(CellName),
    /// There is no runner that could try it.
    #[error("it could not be tried in its cell, whatever it is: {0}")]
    CellBroke(String),
    /// It cannot be instantiated within its limits.
    #[error("it cannot be started within its limits: {0}")]
    NotStarted(String),
    /// It breaks while it is instantiated.
    #[error(
        "it breaks before any event is raised, in what it does to start: {0}; capabilities can be called by handlers only"
    )]
    StartBroke(String),
}

pub(crate) fn import_hint(import: &str) -> &'static str {
    if import.starts_with("wasi:") {
        " (of WASI there is what standard libraries of version 0.2 link against, and no HTTP)"
    } else {
        ""
    }
}

pub(crate) fn not_started(error: wasmtime::Error) -> ComponentRefusal {
    ComponentRefusal::NotStarted(format!("{error:#}"))
}

/// Of a component that was not instantiated: at a limit, or because of what it does.
pub(crate) fn not_begun(error: &wasmtime::Error, state: &RunState) -> ComponentRefusal {
    let outcome = classify(error, state);
    match outcome {
        Outcome::OutOfFuel
        | Outcome::DeadlineExceeded
        | Outcome::MemoryExceeded(_)
        | Outcome::QuotaExceeded(_) => {
            ComponentRefusal::NotStarted(match outcome.limit(&state.handler_context.limits) {
                Some(limit) => format!("{outcome} ({limit})"),
                None => outcome.to_string(),
            })
        }
        Outcome::Returned
        | Outcome::GuestError(_)
        | Outcome::Trap(_)
        | Outcome::Cancelled
        | Outcome::HostFault(_) => ComponentRefusal::StartBroke(outcome.to_string()),
    }
}

pub(crate) fn wrong_imports(error: &wasmtime::Error) -> ComponentRefusal {
    ComponentRefusal::WrongType {
        export: "import".to_owned(),
        reason: format!("{error:#}"),
    }
}

pub(crate) fn wrong_type(export: &str, error: &wasmtime::Error) -> ComponentRefusal {
    ComponentRefusal::WrongType {
        export: export.to_owned(),
        reason: format!("{error:#}"),
    }
}
