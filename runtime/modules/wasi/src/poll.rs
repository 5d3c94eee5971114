//! Waiting, which nothing does here: `wasi:io/poll`.

use evroute_module_api::HostTrap;
use wasmtime::component::Resource;

use crate::bindings::handle::Pollable;
use crate::bindings::wasi::io::poll;
use crate::view::WasiView;

/// Whether what a guest may wait for is there. It never changes during a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Readiness {
    /// It is there: a stream, or a time that has come.
    Ready,
    /// It will not come, because time stands still.
    Never,
}

impl Readiness {
    pub(crate) fn of(is_ready: bool) -> Self {
        if is_ready { Self::Ready } else { Self::Never }
    }
}

const READY: u32 = 0;
const NEVER: u32 = 1;

/// A handle for this; the number that it carries is all there is to it.
pub(crate) fn pollable(readiness: Readiness) -> Resource<Pollable> {
    Resource::new_own(match readiness {
        Readiness::Ready => READY,
        Readiness::Never => NEVER,
    })
}

fn is_ready(pollable: &Resource<Pollable>) -> bool {
    pollable.rep() == READY
}

/// A wait that would never end is refused at once rather than left to the deadline: the guest would
/// hold its worker for nothing, and a clock that stands still would send it round its loop again.
fn endless_wait() -> wasmtime::Error {
    HostTrap::trap("it asked to sleep, but time stands still during a run")
}

impl poll::HostPollable for WasiView<'_> {
    fn ready(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<bool> {
        self.0.charge(0)?;
        Ok(is_ready(&pollable))
    }

    fn block(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<()> {
        self.0.charge(0)?;
        if is_ready(&pollable) {
            Ok(())
        } else {
            Err(endless_wait())
        }
    }

    fn drop(&mut self, _: Resource<Pollable>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl poll::Host for WasiView<'_> {
    fn poll(&mut self, asked: Vec<Resource<Pollable>>) -> wasmtime::Result<Vec<u32>> {
        self.0
            .charge(asked.len().saturating_mul(size_of::<u32>()))?;
        if asked.is_empty() {
            return Err(HostTrap::trap(
                "it polled an empty list, which WASI forbids",
            ));
        }
        let ready: Vec<_> = (0..)
            .zip(&asked)
            .filter(|(_, pollable)| is_ready(pollable))
            .map(|(index, _)| index)
            .collect();
        if ready.is_empty() {
            return Err(endless_wait());
        }
        Ok(ready)
    }
}
