use crate::{EventName, ModuleName, NameError};

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// There is one already.
    #[error("there is an event {0} already: wit/deps has its interface")]
    EventExists(EventName),
    /// There is one already.
    #[error("there is a module {0} already: runtime/modules/{0}")]
    ModuleExists(ModuleName),
    /// An event belongs to a module.
    #[error("there is no module {0}: make new-module NAME={0} begins one")]
    NoModule(ModuleName),
    /// It was begun without events.
    #[error(
        "module {0} raises nothing yet: give it src/events.rs with `bindings` and have its `events` \
         return them, as runtime/modules/timer does"
    )]
    NoEvents(ModuleName),
    /// A file does not look as this program expects; the program is behind the tree.
    #[error("{path} has no {what}: teach tests/skeletons where the row goes now")]
    Place {
        /// The file.
        path: String,
        /// What was looked for.
        what: String,
    },
    /// The system refused.
    #[error("{path}: {why}; run it at the repository's root")]
    System {
        /// The file.
        path: String,
        /// What it said.
        why: std::io::Error,
    },
    /// What is printed from the WIT could not be.
    #[error(transparent)]
    Sdks(#[from] evroute_sdks::Error),
}
