//! What a compiler has made of a component.

use std::ops::Range;

use wasmtime::Engine;

/// Machine code of one component: of the component as a whole and, where it is run by its core
/// modules as well, of the module that owns the memory and of the one with the code.
///
/// Whoever has one may have it loaded, so that it can be made in three ways only: here by
/// [`CompiledCode::compile`], of what a compiler wrote that this process started
/// ([`CompiledCode::of_own_compiler`]), and in [`CodeCache`](crate::CodeCache) of a file that
/// carries this node's seal.
pub struct CompiledCode {
    bytes: Vec<u8>,
    component: Range<usize>,
    modules: Option<[Range<usize>; 2]>,
}

/// The lengths that `bytes` begin with: of the component, of the two modules. Both are 0 where
/// there are none: Wasmtime's code is never empty.
const LENGTHS: usize = 3;
const LENGTH_BYTES: usize = size_of::<u64>();
const HEAD_BYTES: usize = LENGTHS * LENGTH_BYTES;

impl std::fmt::Debug for CompiledCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompiledCode")
            .field("component", &self.component)
            .field("modules", &self.modules)
            .finish_non_exhaustive()
    }
}

impl CompiledCode {
    /// Compiles a component; once it is found to be valid, `modules` is asked for the memory module
    /// and the code module in it that are to be compiled by themselves as well.
    ///
    /// Wasmtime does not promise to take every component without a panic, nor in any time or
    /// memory: limits are the caller's.
    ///
    /// # Errors
    /// Wasmtime's, for a component that is not valid. Modules that do not compile by themselves are
    /// left out.
    pub fn compile(
        engine: &Engine,
        component: &[u8],
        modules: impl FnOnce() -> Option<[Vec<u8>; 2]>,
    ) -> wasmtime::Result<Self> {
        let compiled = engine.precompile_component(component)?;
        let parts = modules().and_then(|[memory, code]| {
            let memory = engine.precompile_module(&memory).ok()?;
            Some([memory, engine.precompile_module(&code).ok()?])
        });
        Ok(Self::of_parts(&compiled, parts.as_ref()))
    }

    fn of_parts(component: &[u8], modules: Option<&[Vec<u8>; 2]>) -> Self {
        let [memory, code] = modules.map_or([&[][..]; 2], |modules| {
            modules.each_ref().map(Vec::as_slice)
        });
        let parts = [component, memory, code];
        let mut bytes =
            Vec::with_capacity(HEAD_BYTES + parts.iter().map(|part| part.len()).sum::<usize>());
        for part in parts {
            bytes.extend((part.len() as u64).to_le_bytes());
        }
        for part in parts {
            bytes.extend(part);
        }
        let begin = HEAD_BYTES + component.len();
        let middle = begin + memory.len();
        Self {
            component: HEAD_BYTES..begin,
            modules: modules.map(|_| [begin..middle, middle..bytes.len()]),
            bytes,
        }
    }

    /// What a compiler printed that this process started, of this same program: see there why that
    /// is believed (ADR 0052). None where it is not whole.
    #[must_use]
    pub fn of_own_compiler(printed: Vec<u8>) -> Option<Self> {
        Self::of_bytes(printed)
    }

    /// What [`CompiledCode::as_bytes`] has given, from somewhere that is believed. None where it is
    /// not whole.
    pub(crate) fn of_bytes(bytes: Vec<u8>) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(HEAD_BYTES)?;
        let mut end = HEAD_BYTES;
        let mut ranges = Vec::with_capacity(LENGTHS);
        for length in head.chunks_exact(LENGTH_BYTES) {
            let length = u64::from_le_bytes(length.try_into().ok()?);
            let begin = end;
            end = begin.checked_add(usize::try_from(length).ok()?)?;
            ranges.push(begin..end);
        }
        if end != HEAD_BYTES + rest.len() {
            return None;
        }
        let [component, memory, code] = <[_; LENGTHS]>::try_from(ranges).ok()?;
        let modules = match (memory.is_empty(), code.is_empty()) {
            (true, true) => None,
            (false, false) => Some([memory, code]),
            (true, false) | (false, true) => return None,
        };
        (!component.is_empty()).then_some(Self {
            bytes,
            component,
            modules,
        })
    }

    /// All of it as one piece, to be kept or passed on.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn component(&self) -> &[u8] {
        self.bytes.get(self.component.clone()).unwrap_or_default()
    }

    pub(crate) fn modules(&self) -> Option<[&[u8]; 2]> {
        let parts = self.modules.as_ref()?;
        Some(
            parts
                .each_ref()
                .map(|part| self.bytes.get(part.clone()).unwrap_or_default()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written() {
        let modules = [b"memory".to_vec(), b"code!".to_vec()];
        let whole = CompiledCode::of_parts(b"component", Some(&modules));
        let read = CompiledCode::of_bytes(whole.as_bytes().to_vec()).unwrap();
        assert_eq!(read.component(), b"component");
        assert_eq!(read.modules(), Some([&b"memory"[..], b"code!"]));
        let alone = CompiledCode::of_parts(b"component", None);
        let read = CompiledCode::of_bytes(alone.as_bytes().to_vec()).unwrap();
        assert_eq!(
            (read.component(), read.modules()),
            (&b"component"[..], None)
        );
    }

    #[test]
    fn what_is_not_whole_is_nothing() {
        let modules = [b"memory".to_vec(), b"code!".to_vec()];
        let whole = CompiledCode::of_parts(b"component", Some(&modules));
        let whole = whole.as_bytes();
        for length in 0..whole.len() {
            assert!(
                CompiledCode::of_bytes(whole[..length].to_vec()).is_none(),
                "{length}"
            );
        }
        assert!(CompiledCode::of_bytes([whole, b"x"].concat()).is_none());
        let huge = [&u64::MAX.to_le_bytes()[..], &[0; 16], b"x"].concat();
        assert!(CompiledCode::of_bytes(huge).is_none());
        let none = CompiledCode::of_parts(b"", None);
        assert!(CompiledCode::of_bytes(none.as_bytes().to_vec()).is_none());
        let half = [Vec::new(), b"code".to_vec()];
        let half = CompiledCode::of_parts(b"component", Some(&half));
        assert!(CompiledCode::of_bytes(half.as_bytes().to_vec()).is_none());
    }
}
