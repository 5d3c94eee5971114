//! Clocks that stand still: `wasi:clocks`.

use wasmtime::component::Resource;

use crate::bindings::handle::Pollable;
use crate::bindings::wasi::clocks::wall_clock::Datetime;
use crate::bindings::wasi::clocks::{monotonic_clock, wall_clock};
use crate::poll::{Readiness, pollable};
use crate::view::WasiView;

/// Times are kept in microseconds.
const RESOLUTION_NANOSECONDS: u32 = 1_000;

impl wall_clock::Host for WasiView<'_> {
    fn now(&mut self) -> wasmtime::Result<Datetime> {
        self.0.charge(0)?;
        let time_us = self.time_us();
        Ok(Datetime {
            seconds: time_us / 1_000_000,
            nanoseconds: u32::try_from(time_us % 1_000_000).unwrap_or(0) * 1_000,
        })
    }

    fn resolution(&mut self) -> wasmtime::Result<Datetime> {
        self.0.charge(0)?;
        Ok(Datetime {
            seconds: 0,
            nanoseconds: RESOLUTION_NANOSECONDS,
        })
    }
}

impl WasiView<'_> {
    /// The monotonic clock, in nanoseconds. It has the event's time too, so that a program which
    /// compares the two is not led astray.
    fn instant(&self) -> u64 {
        self.time_us().saturating_mul(1_000)
    }
}

impl monotonic_clock::Host for WasiView<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        self.0.charge(0)?;
        Ok(self.instant())
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        self.0.charge(0)?;
        Ok(u64::from(RESOLUTION_NANOSECONDS))
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<Pollable>> {
        self.0.charge(0)?;
        Ok(pollable(Readiness::of(when <= self.instant())))
    }

    fn subscribe_duration(&mut self, when: u64) -> wasmtime::Result<Resource<Pollable>> {
        self.0.charge(0)?;
        Ok(pollable(Readiness::of(when == 0)))
    }
}
