//! What compiled code is found by.

use std::fmt;
use std::hash::{Hash, Hasher};

use ring::digest::{Context, SHA256, SHA256_OUTPUT_LEN};
use wasmtime::Engine;

use crate::WasmDigest;

/// Wasmtime's full version: its own check compares what the engine calls its version, and a patch
/// release may change the code that it makes. A test compares it with the lock file.
const WASMTIME_VERSION: &str = "48.0.8";

/// What a compiler's result depends on beside the component: Wasmtime's version, every setting that
/// changes the code, and the processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EngineFingerprint([u8; SHA256_OUTPUT_LEN]);

impl EngineFingerprint {
    /// Of this engine. Two engines with one fingerprint load each other's code.
    #[must_use]
    pub fn of(engine: &Engine) -> Self {
        let mut all = Sha256Hasher(Context::new(&SHA256));
        WASMTIME_VERSION.hash(&mut all);
        engine.precompile_compatibility_hash().hash(&mut all);
        Self(all.end())
    }

    /// Its 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; SHA256_OUTPUT_LEN] {
        &self.0
    }
}

/// What the compiled code of one component is found by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CodeKey([u8; SHA256_OUTPUT_LEN]);

impl CodeKey {
    /// Of a component and an engine. `core_modules` is whether its core modules are compiled by
    /// themselves as well.
    #[must_use]
    pub fn of(component: &WasmDigest, engine: &EngineFingerprint, core_modules: bool) -> Self {
        let mut all = Sha256Hasher(Context::new(&SHA256));
        all.write(component.as_bytes());
        all.write(engine.as_bytes());
        all.write(&[u8::from(core_modules)]);
        Self(all.end())
    }

    /// Its 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; SHA256_OUTPUT_LEN] {
        &self.0
    }
}

/// 64 hexadecimal digits.
impl fmt::Display for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is hashed is hashed by SHA-256: a name must stand for one thing.
struct Sha256Hasher(Context);

impl Sha256Hasher {
    fn end(self) -> [u8; SHA256_OUTPUT_LEN] {
        let mut bytes = [0; SHA256_OUTPUT_LEN];
        bytes.copy_from_slice(self.0.finish().as_ref());
        bytes
    }
}

impl Hasher for Sha256Hasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Not asked for: 64 bits are too few.
    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::{Config, OptLevel};

    fn fingerprint(change: impl Fn(&mut Config)) -> EngineFingerprint {
        let mut config = Config::new();
        change(&mut config);
        EngineFingerprint::of(&Engine::new(&config).unwrap())
    }

    #[test]
    fn wasmtime_is_of_the_version_that_is_locked() {
        let lock = include_str!("../../../Cargo.lock");
        let locked = format!("name = \"wasmtime\"\nversion = \"{WASMTIME_VERSION}\"\n");
        assert!(lock.contains(&locked), "write its version here");
    }

    #[test]
    fn every_setting_of_the_compiler_makes_another_fingerprint() {
        let plain = fingerprint(|_| ());
        assert_eq!(plain, fingerprint(|_| ()));
        let changes: [fn(&mut Config); 4] = [
            |config| _ = config.consume_fuel(true),
            |config| _ = config.epoch_interruption(true),
            |config| _ = config.cranelift_opt_level(OptLevel::None),
            |config| _ = config.wasm_multi_memory(false),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            assert_ne!(plain, fingerprint(change), "change {number}");
        }
    }

    #[test]
    fn every_part_makes_another_key() {
        let (one, other) = (WasmDigest::of(b"1"), WasmDigest::of(b"2"));
        let plain = fingerprint(|_| ());
        let fuelled = fingerprint(|config| _ = config.consume_fuel(true));
        let key = CodeKey::of(&one, &plain, true);
        assert_eq!(key, CodeKey::of(&one, &plain, true));
        assert_ne!(key, CodeKey::of(&other, &plain, true));
        assert_ne!(key, CodeKey::of(&one, &fuelled, true));
        assert_ne!(key, CodeKey::of(&one, &plain, false));
    }
}
