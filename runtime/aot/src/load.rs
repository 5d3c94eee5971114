//! The one file that says `unsafe`: compiled code is handed to Wasmtime.

use wasmtime::component::Component;
use wasmtime::{Engine, Module};

use crate::CompiledCode;

impl CompiledCode {
    /// The component, ready to be linked.
    ///
    /// # Errors
    /// Wasmtime's, for code of an engine with other settings.
    #[allow(
        unsafe_code,
        reason = "Wasmtime has no safe way to load compiled code (ADR 0051)"
    )]
    pub fn load_component(&self, engine: &Engine) -> wasmtime::Result<Component> {
        let code = self.component();
        // SAFETY: Wasmtime asks for what `Engine::precompile_component` of its version returned,
        // unchanged. Every `CompiledCode` is that: the type has no other constructors.
        unsafe { Component::deserialize(engine, code) }
    }

    /// Its memory module and its code module, where they were compiled by themselves.
    ///
    /// # Errors
    /// As [`CompiledCode::load_component`].
    pub fn load_modules(&self, engine: &Engine) -> wasmtime::Result<Option<[Module; 2]>> {
        let Some([memory, code]) = self.modules() else {
            return Ok(None);
        };
        Ok(Some([
            load_module(engine, memory)?,
            load_module(engine, code)?,
        ]))
    }
}

/// `code` is a part of [`CompiledCode::modules`].
#[allow(
    unsafe_code,
    reason = "Wasmtime has no safe way to load compiled code (ADR 0051)"
)]
fn load_module(engine: &Engine, code: &[u8]) -> wasmtime::Result<Module> {
    // SAFETY: as above, with `Engine::precompile_module`.
    unsafe { Module::deserialize(engine, code) }
}
