//! Randomness that a recording can repeat: `wasi:random`.

use chacha20::ChaCha12Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use evroute_module_api::{FixedSeed, HostTrap, RunSlot, RunState, Seed};

use crate::bindings::wasi::random::{insecure, insecure_seed, random};
use crate::view::WasiView;

/// A run's generator: one sequence, whichever of the three interfaces is asked.
struct Generator(ChaCha12Rng);

impl RunSlot for Generator {
    fn commit(self: Box<Self>) {}
}

/// The run's seed: the one it was given, its tenant's, or a new one of the system's randomness,
/// which is then kept with the run.
fn seed(run: &mut RunState) -> wasmtime::Result<Seed> {
    if let Some(seed) = run.seed {
        return Ok(seed);
    }
    if let Some(FixedSeed(seed)) = run.handler_context.tenant.get() {
        let seed = *seed;
        run.seed = Some(seed);
        return Ok(seed);
    }
    let mut seed = Seed::default();
    getrandom::fill(&mut seed)
        .map_err(|error| HostTrap::host_fault(&format!("no randomness: {error}")))?;
    run.seed = Some(seed);
    Ok(seed)
}

impl WasiView<'_> {
    fn generator(&mut self) -> wasmtime::Result<&mut ChaCha12Rng> {
        let seed = seed(self.0)?;
        let generator = self
            .0
            .slot(|_| Ok(Generator(ChaCha12Rng::from_seed(seed))))?;
        Ok(&mut generator.0)
    }

    fn bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        // What is more than the run may move ends it here, before memory is taken.
        self.0.charge(length)?;
        let mut bytes = vec![0; length];
        self.generator()?.fill_bytes(&mut bytes);
        Ok(bytes)
    }

    fn number(&mut self) -> wasmtime::Result<u64> {
        self.0.charge(size_of::<u64>())?;
        Ok(self.generator()?.next_u64())
    }
}

impl random::Host for WasiView<'_> {
    fn get_random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        self.bytes(length)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.number()
    }
}

impl insecure::Host for WasiView<'_> {
    fn get_insecure_random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        self.bytes(length)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.number()
    }
}

impl insecure_seed::Host for WasiView<'_> {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((self.number()?, self.number()?))
    }
}
