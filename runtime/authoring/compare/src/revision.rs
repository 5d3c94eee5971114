//! One of the two revisions, compiled once for all threads.

use std::sync::Arc;

use evroute_cases::{CodeCache, Error, Handled, Harness, HarnessSandbox, Replayer, all_grants};
use evroute_fuzz::{
    FUEL_TIMES, Instrumented, Noted, SourcePlace, authors_places, register, registered,
};
use evroute_recording::Recording;

/// A component in a sandbox.
pub(crate) struct Revision {
    sandbox: HarnessSandbox,
    component: Arc<[u8]>,
    /// Keeps it compiled.
    _handled: Handled,
}

impl Revision {
    /// Compiles a component.
    pub(crate) fn new(
        component: &Arc<[u8]>,
        threads: u32,
        code_cache: Option<&CodeCache>,
    ) -> Result<Self, Error> {
        let sandbox = HarnessSandbox::as_in_a_server(threads, code_cache)?;
        let harness = Harness::new(&sandbox, Arc::clone(component))?;
        Ok(Self {
            _handled: harness.handled(&all_grants())?,
            sandbox,
            component: Arc::clone(component),
        })
    }

    /// Runs recordings in it.
    pub(crate) fn replayer(&self) -> Result<Replayer, Error> {
        let replayer = Replayer::new(&self.sandbox, Arc::clone(&self.component))?;
        Ok(replayer.granting_imports())
    }
}

/// A component that notes which ways it takes, for one thread.
pub(crate) struct Traced {
    instrumented: Instrumented,
    /// Where each edge is, in the order of all edges.
    pub(crate) places: Vec<SourcePlace>,
    replayer: Replayer,
}

impl Traced {
    pub(crate) fn new(component: &Arc<[u8]>) -> Result<Self, Error> {
        let instrumented = Instrumented::of(component, Noted::Edges)?;
        let sandbox = HarnessSandbox::for_instrumented(register(), 1)?;
        let bytes = instrumented.maps.iter().map(|map| map.bytes()).sum();
        let replayer = Replayer::new(&sandbox, Arc::from(&*instrumented.wasm))?;
        let places = authors_places(component, &instrumented.maps);
        Ok(Self {
            replayer: replayer.granting_imports().instrumented(FUEL_TIMES, bytes),
            places: places.into_iter().flatten().collect(),
            instrumented,
        })
    }

    /// All edges of it, in their order.
    pub(crate) fn edges(&self) -> impl Iterator<Item = &evroute_fuzz::Edge> {
        self.instrumented.maps.iter().flat_map(|map| &map.edges)
    }

    /// Which edges a run takes, in the order of all edges.
    pub(crate) fn taken(&mut self, recording: &Recording) -> Result<Vec<bool>, Error> {
        let mut taken = vec![false; self.places.len()];
        let maps = &self.instrumented.maps;
        self.replayer.replay_watched(recording, |store, _| {
            let mut next = 0;
            registered(store, |number, list| {
                let Some(map) = maps.get(number) else { return };
                for (place, count) in (next..).zip(map.counters(list)) {
                    if let Some(taken) = taken.get_mut(place) {
                        *taken = *count > 0;
                    }
                }
                next += map.edges.len();
            });
        })?;
        Ok(taken)
    }
}
