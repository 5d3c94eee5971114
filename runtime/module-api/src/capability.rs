//! What handlers may import.

use std::fmt;

use evroute_bindings::{GuestImport, View};
use evroute_tap::{CallFuture, WitValue};
use wasmtime::component::Linker;

use crate::RunState;
use crate::track::{Track, track};

/// How a handler is run. Chosen at deploy from what it imports.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Lane {
    /// In the worker that raised the event; all capabilities answer from memory.
    Sync,
    /// On a stack of its own; a capability may wait for I/O without holding a worker.
    Async,
}

/// Adds an interface to a linker of core modules.
pub type LinkCore = fn(&mut wasmtime::Linker<RunState>) -> wasmtime::Result<()>;

/// Carries out a host call for somebody else: see [`GuestImport::call`].
pub type CallHost = for<'a> fn(&'a mut RunState, &'a str, Vec<WitValue>) -> CallFuture<'a>;

/// One WIT interface that handlers may import.
#[derive(Clone, Copy)]
pub struct Capability {
    /// The interface's full name, `evroute:log/log@0.1.0`.
    pub interface: &'static str,
    /// The word that grants it in the configuration; none for what needs no leave (payload types,
    /// which are of no use without an event).
    pub grant: Option<&'static str>,
    /// Which lane importing it leads to.
    pub lane: Lane,
    /// Adds it to a linker.
    pub link: fn(&mut Linker<RunState>) -> wasmtime::Result<()>,
    /// Adds it to a linker of core modules; none where handlers that import it always run as
    /// components.
    pub link_core: Option<LinkCore>,
    /// Carries out a call of it for somebody else; none where it does not pass the run's tap.
    pub call: Option<CallHost>,
}

/// Writes a module's view of a run: `run_view!(TimerView);`. Field 0 is the run.
#[macro_export]
macro_rules! run_view {
    ($view:ident) => {
        /// A run, as this module sees it.
        struct $view<'a>(&'a mut $crate::RunState);

        impl ::wasmtime::component::HasData for $view<'static> {
            type Data<'a> = $view<'a>;
        }

        impl $crate::View<$crate::RunState> for $view<'static> {
            fn of(run: &mut $crate::RunState) -> $view<'_> {
                $view(run)
            }
        }
    };
}

impl Capability {
    /// The row of an interface, one of `evroute_bindings::import`, that a module implements for its
    /// view of a run. It is linked for components, and for core modules unless a call of it may
    /// wait; which lane it leads to follows from that.
    #[must_use]
    pub const fn of<I, V>() -> Self
    where
        I: GuestImport<RunState, V>,
        V: View<RunState>,
    {
        Self {
            interface: I::INTERFACE,
            grant: None,
            lane: if I::WAITS { Lane::Async } else { Lane::Sync },
            link: |linker| I::link(linker),
            link_core: if I::WAITS {
                None
            } else {
                Some(|linker| I::link_core(linker))
            },
            call: Some(I::call),
        }
    }

    /// The same, which has to be granted by this word.
    #[must_use]
    pub const fn granted_by(self, word: &'static str) -> Self {
        Self {
            grant: Some(word),
            ..self
        }
    }

    /// Whether this is what an import asks for: the same interface, in any version that promises to
    /// be compatible, as linkers compare them (0.2.0 and 0.2.12 are, 0.2.0 and 0.3.0 are not).
    #[must_use]
    pub fn offers(&self, import: &str) -> bool {
        let ((own, own_track), (other, other_track)) = (track(self.interface), track(import));
        own == other && (other_track == Track::Exact("") || own_track == other_track)
    }
}

impl fmt::Debug for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.interface)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_of_any_compatible_version_is_offered() {
        let capability = Capability {
            interface: "wasi:cli/exit@0.2.12",
            grant: None,
            lane: Lane::Sync,
            link: |_| Ok(()),
            link_core: None,
            call: None,
        };
        for (import, is_offered) in [
            ("wasi:cli/exit@0.2.0", true),
            ("wasi:cli/exit@0.2.12", true),
            ("wasi:cli/exit@0.2.40", true),
            ("wasi:cli/exit", true),
            ("wasi:cli/exit@0.3.0", false),
            ("wasi:cli/exit@1.2.12", false),
            ("wasi:cli/exits@0.2.0", false),
            ("wasi:sockets/tcp@0.2.0", false),
        ] {
            assert_eq!(capability.offers(import), is_offered, "{import}");
        }
        let early = Capability {
            interface: "wasi:cli/exit@0.0.3",
            ..capability
        };
        assert!(early.offers("wasi:cli/exit@0.0.3"));
        assert!(!early.offers("wasi:cli/exit@0.0.4"));
    }
}
