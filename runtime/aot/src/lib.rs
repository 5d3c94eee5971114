//! Compiled code: what it is made of, where it is kept, and the only place where it is loaded.
//!
//! Loading compiled code is executing whatever stands there, so Wasmtime's functions for it are
//! `unsafe`, and this is the only crate that may say so (ADR 0051). [`CompiledCode`] is the proof:
//! it is made by a compiler of this process, by one that this process started, or of a file that
//! carries the node's seal, and by nothing else.

mod code_cache;
mod code_folder;
mod code_key;
mod compiled_code;
mod load;
mod node_key;
mod wasm_digest;

pub use code_cache::{CodeCache, CodeCacheError};
pub use code_key::{CodeKey, EngineFingerprint};
pub use compiled_code::CompiledCode;
pub use node_key::{NodeKey, NodeKeyError};
pub use wasm_digest::WasmDigest;
