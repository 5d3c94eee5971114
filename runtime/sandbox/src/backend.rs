//! The two ways in which a handler's runs are executed.

use crate::cell::CellBackend;
use crate::core_backend::{CoreBackend, NotEligible, SplitModules};

/// How the runs of a handler are executed. What comes of a run is the same either way
/// (docs/fast-path.md).
pub(crate) enum Backend {
    /// Each run makes an instance of the component in a store of its own, which is dropped with it.
    /// Every handler can run like this, and those whose runs may wait always do.
    Component {
        /// Why its core modules are not run by themselves.
        because: NotEligible,
    },
    /// The two core modules of the component are instantiated as they are, and their instances are
    /// reset and used again.
    CoreModule(CoreBackend),
    /// Its runs are in another process.
    Cell(CellBackend),
}

impl Backend {
    /// The second where it could be made, else the first.
    pub(crate) fn of(core: Result<CoreBackend, NotEligible>) -> Self {
        match core {
            Ok(core) => Self::CoreModule(core),
            Err(because) => Self::Component { because },
        }
    }

    /// The core modules, compiled, where it runs them.
    pub(crate) fn modules(&self) -> Option<&SplitModules> {
        match self {
            Self::Component { .. } | Self::Cell(_) => None,
            Self::CoreModule(core) => Some(core.split_modules()),
        }
    }

    /// Why every run starts from a fresh instance of the component.
    pub(crate) fn fresh_because(&self) -> Option<&'static str> {
        match self {
            Self::Component { because } => Some(because.0),
            Self::CoreModule(_) => None,
            Self::Cell(_) => Some("it runs in a cell"),
        }
    }
}
