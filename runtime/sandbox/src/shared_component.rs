//! What handlers of equal components have in common, whoever's they are.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evroute_aot::{CompiledCode, WasmDigest};
use evroute_event::EventIndex;
use evroute_module_api::{Capability, Lane, RunState, track};
use evroute_tenant::RunLimits;
use wasmtime::component::{Component, InstancePre, Linker};

use crate::core_backend::{LinkedModules, NotEligible, SplitModules};
use crate::refusal::{import_hint, not_started, wrong_imports};
use crate::sources::Sources;
use crate::{ComponentRefusal, Declared, Export, Import, Sandbox};

/// How many different limits are remembered under which a component was seen to start.
const PROBED_MAX: usize = 16;

/// A component, compiled and linked. It holds nothing of a tenant, and nothing that a run could
/// change: handlers of all tenants share it, so that a thousand equal ones are compiled and held
/// once.
pub(crate) struct SharedComponent {
    pub(crate) digest: WasmDigest,
    pub(crate) pre: InstancePre<RunState>,
    pub(crate) imports: Vec<Import>,
    pub(crate) exports: Vec<Export>,
    pub(crate) lane: Lane,
    pub(crate) sources: Sources,
    pub(crate) declared: Declared,
    /// What is behind the imports.
    pub(crate) capabilities: Vec<Capability>,
    pub(crate) split_modules: Result<Arc<SplitModules>, NotEligible>,
    /// What runners are given, where this process keeps some: any tenant may come into a cell.
    pub(crate) kept: Option<KeptForCells>,
    /// Its modules, linked, once an instance of them has started.
    linked: Mutex<Option<Arc<LinkedModules>>>,
    /// The limits under which it has started. What a start comes to depends on nothing else: its
    /// randomness is a trial's, and it can ask nothing of a tenant.
    probed: Mutex<Vec<RunLimits>>,
}

/// A component and its code, as they were.
pub(crate) struct KeptForCells {
    pub(crate) component: Arc<[u8]>,
    pub(crate) code: Arc<CompiledCode>,
}

impl SharedComponent {
    /// Compiles a component, or loads what was compiled of it before, and links it.
    pub(crate) fn make(
        sandbox: &Sandbox,
        component: &[u8],
        digest: WasmDigest,
    ) -> Result<Self, ComponentRefusal> {
        let (code, (compiled, split_modules)) = sandbox.compiled(component, digest)?;
        let asked = sandbox.asked_capabilities(&compiled)?;
        let mut linker = Linker::new(&sandbox.engine);
        let mut lane = Lane::Sync;
        let mut imports = Vec::with_capacity(asked.len());
        let mut capabilities = Vec::with_capacity(asked.len());
        for (import, capability) in asked {
            lane = lane.max(capability.lane);
            (capability.link)(&mut linker).map_err(not_started)?;
            imports.push(Import {
                interface: import,
                grant: capability.grant,
            });
            capabilities.push(*capability);
        }
        let pre = linker
            .instantiate_pre(&compiled)
            .map_err(|error| wrong_imports(&error))?;
        Ok(Self {
            digest,
            pre,
            imports,
            exports: sandbox.event_exports(&compiled)?,
            lane,
            sources: Sources::read(component),
            declared: Declared::read(component),
            capabilities,
            split_modules: split_modules.map(Arc::new),
            kept: sandbox.cells.is_some().then(|| KeptForCells {
                component: component.into(),
                code: Arc::new(code),
            }),
            linked: Mutex::default(),
            probed: Mutex::default(),
        })
    }

    /// Its modules, linked; none until [`Self::learnt`].
    pub(crate) fn linked(&self) -> Option<Arc<LinkedModules>> {
        lock(&self.linked).clone()
    }

    /// An instance of its modules has started.
    pub(crate) fn learnt(&self, linked: &Arc<LinkedModules>) {
        *lock(&self.linked) = Some(Arc::clone(linked));
    }

    /// Whether it was seen to start under these limits.
    pub(crate) fn is_probed(&self, limits: &RunLimits) -> bool {
        lock(&self.probed).contains(limits)
    }

    /// It has started under these limits.
    pub(crate) fn probed(&self, limits: RunLimits) {
        let mut probed = lock(&self.probed);
        if probed.len() < PROBED_MAX {
            probed.push(limits);
        }
    }
}

/// What is in there is whole even if somebody panicked while holding it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sandbox {
    /// The capabilities behind a component's imports.
    fn asked_capabilities(
        &self,
        component: &Component,
    ) -> Result<Vec<(String, &Capability)>, ComponentRefusal> {
        component
            .component_type()
            .imports(&self.engine)
            .map(|(import, _)| {
                let found = self.capabilities.iter().find(|c| c.offers(import));
                found
                    .map(|capability| (import.to_owned(), capability))
                    .ok_or_else(|| ComponentRefusal::UnknownImport {
                        import: import.to_owned(),
                        hint: import_hint(import).to_owned(),
                    })
            })
            .collect()
    }

    /// The events behind a component's exports.
    fn event_exports(&self, component: &Component) -> Result<Vec<Export>, ComponentRefusal> {
        let known = || {
            self.bindings
                .iter()
                .map(|binding| binding.interface())
                .collect::<Vec<_>>()
                .join(", ")
        };
        self.check_versions(component)?;
        let mut exports = Vec::new();
        for (position, binding) in self.bindings.iter().enumerate() {
            let Some(event) = EventIndex::new(position) else {
                continue;
            };
            let Some(interface) = component.get_export_index(None, binding.interface()) else {
                continue;
            };
            let Some(function) = component.get_export_index(Some(&interface), "handle") else {
                return Err(ComponentRefusal::WrongType {
                    export: binding.interface().to_owned(),
                    reason: "it has no function \"handle\"".to_owned(),
                });
            };
            exports.push(Export { event, function });
        }
        let is_known = |name: &str| {
            let mut bindings = self.bindings.iter();
            bindings.any(|binding| track(binding.interface()) == track(name))
        };
        for (name, _) in component.component_type().exports(&self.engine) {
            if name.starts_with("evroute:") && !is_known(name) {
                return Err(ComponentRefusal::UnknownExport {
                    export: name.to_owned(),
                    known: known(),
                });
            }
        }
        if exports.is_empty() {
            return Err(ComponentRefusal::NoEvents { known: known() });
        }
        Ok(exports)
    }

    /// Of two exports that stand for each other only one would be called.
    fn check_versions(&self, component: &Component) -> Result<(), ComponentRefusal> {
        let component = component.component_type();
        let own = component.exports(&self.engine).map(|(name, _)| name);
        let mut names: Vec<&str> = own.filter(|name| name.starts_with("evroute:")).collect();
        names.sort_by_key(|name| track(name));
        let mut pairs = names.iter().zip(names.iter().skip(1));
        match pairs.find(|(first, second)| track(first) == track(second)) {
            None => Ok(()),
            Some((first, second)) => Err(ComponentRefusal::TwoVersions {
                first: (*first).to_owned(),
                second: (*second).to_owned(),
            }),
        }
    }
}
