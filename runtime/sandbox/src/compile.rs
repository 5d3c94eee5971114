//! From the bytes of a component to its code: taken from where it is kept, or compiled.

use std::panic::{AssertUnwindSafe, catch_unwind};

use evroute_aot::{CodeKey, CompiledCode, EngineFingerprint, WasmDigest};
use tracing::debug;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::core_backend::{NotEligible, SplitModules, SplitPlan};
use crate::engine::engine_that_compiles;
use crate::shape::Shape;
use crate::{ComponentLimits, ComponentRefusal, EngineError, Sandbox};

/// Compiles components somewhere else than where they run.
pub trait Compile: std::fmt::Debug + Send + Sync {
    /// Compiles a component that is within the limits of its shape, for an engine with this
    /// fingerprint; its core modules by themselves as well where `core_modules` says so. Takes as
    /// long as it takes.
    ///
    /// # Errors
    /// [`ComponentRefusal::NotAComponent`], `TooCostly` or `CompilerBroke`.
    fn compile(
        &self,
        component: &[u8],
        core_modules: bool,
        engine: &EngineFingerprint,
    ) -> Result<CompiledCode, ComponentRefusal>;
}

/// An engine that compiles and runs nothing, so that it sets no room aside for runs. What it makes
/// is as what the sandbox's own makes.
pub struct CompilerEngine(Engine);

impl CompilerEngine {
    /// Makes one.
    ///
    /// # Errors
    /// [`EngineError`] when the system gives less memory than it takes.
    pub fn new() -> Result<Self, EngineError> {
        engine_that_compiles().map(Self)
    }

    /// What its code depends on beside the component.
    #[must_use]
    pub fn fingerprint(&self) -> EngineFingerprint {
        EngineFingerprint::of(&self.0)
    }

    /// Compiles a component, as [`Compile::compile`] says.
    ///
    /// # Errors
    /// [`ComponentRefusal::NotAComponent`].
    pub fn compile(
        &self,
        component: &[u8],
        core_modules: bool,
    ) -> Result<CompiledCode, ComponentRefusal> {
        compile(&self.0, component, core_modules)
    }
}

impl std::fmt::Debug for CompilerEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CompilerEngine")
    }
}

/// A component that is loaded, and its two core modules, or why these are not run by themselves.
type Loaded = (Component, Result<SplitModules, NotEligible>);

impl Sandbox {
    /// Loads a component, and gives its code as well. It is measured first, whether its code is
    /// kept or not.
    pub(crate) fn compiled(
        &self,
        component: &[u8],
        digest: WasmDigest,
    ) -> Result<(CompiledCode, Loaded), ComponentRefusal> {
        check(component, &self.component_limits)?;
        let key = CodeKey::of(&digest, &self.fingerprint, self.core_module_backend);
        if let Some(cache) = &self.code_cache
            && let Some(code) = cache.load(&key)
        {
            match self.load(component, &code) {
                Ok(loaded) => return Ok((code, loaded)),
                Err(why) => cache.discard(&key, &why.to_string()),
            }
        }
        let core_modules = self.core_module_backend;
        let code = match &self.compiler {
            Some(elsewhere) => elsewhere.compile(component, core_modules, &self.fingerprint)?,
            None => compile(&self.engine, component, core_modules)?,
        };
        let loaded = self.load(component, &code)?;
        if let Some(cache) = &self.code_cache {
            cache.keep(&key, &code);
        }
        Ok((code, loaded))
    }

    fn load(&self, component: &[u8], code: &CompiledCode) -> Result<Loaded, ComponentRefusal> {
        let wrong = |error: wasmtime::Error| ComponentRefusal::NotAComponent(format!("{error:#}"));
        let loaded = code.load_component(&self.engine).map_err(wrong)?;
        let split_modules = split(component, self.core_module_backend).and_then(|plan| {
            let modules = code.load_modules(&self.engine);
            let modules = modules.map_err(|_| NotEligible("a part of it cannot be loaded"))?;
            let [memory, code] = modules.ok_or(NotEligible("a part of it does not compile"))?;
            Ok(SplitModules::of(plan, memory, code))
        });
        Ok((loaded, split_modules))
    }
}

/// Holds a component against the limits, before a compiler sees it.
fn check(component: &[u8], limits: &ComponentLimits) -> Result<(), ComponentRefusal> {
    if !component.starts_with(b"\0asm") {
        return Err(ComponentRefusal::NotAComponent(
            "it does not begin as WebAssembly does".to_owned(),
        ));
    }
    let shape = Shape::measure(component, limits)?;
    debug!("what is compiled: {shape:?}");
    Ok(())
}

fn split(component: &[u8], core_modules: bool) -> Result<SplitPlan, NotEligible> {
    if core_modules {
        SplitPlan::read(component)
    } else {
        Err(NotEligible("core modules are turned off"))
    }
}

/// Compiles a component that is within the limits.
fn compile(
    engine: &Engine,
    component: &[u8],
    core_modules: bool,
) -> Result<CompiledCode, ComponentRefusal> {
    // A component is a stranger's, and whoever compiles it must not fall over its oddities.
    let compiled = catch_unwind(AssertUnwindSafe(|| {
        // Asked for only when Wasmtime has found it to be valid.
        let modules = || {
            split(component, core_modules)
                .ok()
                .map(|plan| plan.modules())
        };
        CompiledCode::compile(engine, component, modules)
    }));
    compiled
        .map_err(|_| ComponentRefusal::NotAComponent("compiling it panicked".to_owned()))?
        .map_err(|error| ComponentRefusal::NotAComponent(format!("{error:#}")))
}
