//! The handler that is fuzzed: as it is, and instrumented.

use std::sync::Arc;

use evroute_cases::{CodeCache, Error, Handled, Harness, HarnessSandbox, all_grants};

use crate::component::{EdgeMap, Instrumented};
use crate::counters::register;
use crate::module::Noted;

/// A component, compiled once for all threads.
pub struct FuzzTarget {
    pub(crate) component: Arc<[u8]>,
    pub(crate) handled: Handled,
    pub(crate) edges: Arc<[u8]>,
    pub(crate) compared: Arc<[u8]>,
    pub(crate) edge_maps: Vec<EdgeMap>,
    pub(crate) compared_maps: Vec<EdgeMap>,
    own: usize,
    /// The number of the first counter of each list among all.
    pub(crate) firsts: Vec<usize>,
    pub(crate) search: HarnessSandbox,
    pub(crate) server: HarnessSandbox,
    /// How many modules are instrumented, and how many there are.
    pub modules: (u32, u32),
}

impl std::fmt::Debug for FuzzTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FuzzTarget").finish_non_exhaustive()
    }
}

impl FuzzTarget {
    /// Instruments a component and compiles it, for so many threads.
    ///
    /// # Errors
    /// It is refused; a sentence says why.
    pub fn new(
        component: &[u8],
        threads: u32,
        code_cache: Option<&CodeCache>,
    ) -> Result<Self, Error> {
        let component: Arc<[u8]> = Arc::from(component);
        let server = HarnessSandbox::as_in_a_server(threads, code_cache)?;
        let handled = Harness::new(&server, Arc::clone(&component))?.handled(&all_grants())?;
        let edges = Instrumented::of(&component, Noted::Edges)?;
        let compared = Instrumented::of(&component, Noted::Comparisons)?;
        let mut firsts = Vec::new();
        let mut first = 0_usize;
        for map in &edges.maps {
            firsts.push(first);
            first = first.saturating_add(map.edges.len());
        }
        Ok(Self {
            modules: (edges.modules, edges.modules_all),
            search: HarnessSandbox::for_instrumented(register(), threads.saturating_mul(2))?,
            server,
            component,
            handled,
            own: edges.own,
            edges: Arc::from(edges.wasm),
            compared: Arc::from(compared.wasm),
            edge_maps: edges.maps,
            compared_maps: compared.maps,
            firsts,
        })
    }

    /// Its bytes, as they came.
    #[must_use]
    pub fn component(&self) -> &[u8] {
        &self.component
    }

    /// How many edges it has.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.edge_maps.iter().map(|map| map.edges.len()).sum()
    }

    /// The events that it handles.
    #[must_use]
    pub fn events(&self) -> &[&'static str] {
        &self.handled.events
    }

    /// Whether it writes lines into the log that are not calls of `evroute:log`: by a language's
    /// own means.
    pub(crate) fn prints(&self) -> bool {
        let mut imports = self.handled.imports.iter();
        imports.any(|import| import.starts_with("wasi:"))
    }

    /// Whether it has code itself whose ways are counted. That of JavaScript lies in components
    /// within it, and is an interpreter, whose ways say less than what it asks and is answered.
    pub(crate) fn has_own_edges(&self) -> bool {
        self.own > 0
    }
}
