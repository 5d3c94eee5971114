//! What compiling one component may take.

use std::time::Duration;

use evroute_confine::{Confinement, Isolation, MemoryLimit, Purpose};

/// Limits of one compiler. They are for a component of up to a MiB; for each MiB beyond that half
/// of the time and an eighth of the memory come on top, since the interpreter in a component of 20
/// MiB is honest work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CompileLimits {
    /// Processor time and wall time, in whole seconds. `compile_seconds_max`, default 10.
    pub seconds_max: u32,
    /// Memory, in bytes. `compile_memory_bytes_max`, default 512 MiB.
    pub memory_bytes_max: u64,
    /// Where the system cannot shut a compiler in. `compile_isolation`.
    pub isolation: Isolation,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self {
            seconds_max: 10,
            memory_bytes_max: 512 << 20,
            isolation: Isolation::default(),
        }
    }
}

const MIB: u64 = 1 << 20;

impl CompileLimits {
    /// Those of a component of so many bytes.
    #[must_use]
    pub fn for_bytes(self, component_bytes: usize) -> Self {
        let bytes = u64::try_from(component_bytes).unwrap_or(u64::MAX);
        let beyond = bytes.div_ceil(MIB).saturating_sub(1);
        let seconds = u64::from(self.seconds_max).saturating_mul(beyond) / 2;
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        let memory = (self.memory_bytes_max / 8).saturating_mul(beyond);
        Self {
            seconds_max: self.seconds_max.saturating_add(seconds),
            memory_bytes_max: self.memory_bytes_max.saturating_add(memory),
            isolation: self.isolation,
        }
    }

    /// What a compiler shuts itself in with.
    #[must_use]
    pub(crate) fn confinement(&self) -> Confinement {
        Confinement {
            purpose: Purpose::Compile,
            memory: MemoryLimit::Addresses(self.memory_bytes_max),
            seconds_max: self.seconds_max,
            file_bytes_max: 0,
            isolation: self.isolation,
        }
    }

    /// How long the parent waits.
    #[must_use]
    pub fn wall(&self) -> Duration {
        Duration::from_secs(self.seconds_max.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_components_may_take_more() {
        let limits = CompileLimits::default();
        assert_eq!(limits.for_bytes(0), limits);
        assert_eq!(limits.for_bytes(1 << 20), limits);
        let two = limits.for_bytes((1 << 20) + 1);
        assert_eq!((two.seconds_max, two.memory_bytes_max >> 20), (15, 576));
        let python = limits.for_bytes(20 << 20);
        assert_eq!(
            (python.seconds_max, python.memory_bytes_max >> 20),
            (105, 1728)
        );
        assert!(limits.for_bytes(usize::MAX).seconds_max > 105);
    }
}
