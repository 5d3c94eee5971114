//! From a handler's configuration to a handler that is ready to run: what a start, a replacement
//! and `evroute check` have in common.

use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use evroute_module_api::{HandlerContext, TenantState, Variables};
use evroute_sandbox::{ComponentRefusal, Handler, Sandbox};
use evroute_tenant::{Ledger, Revision};

use crate::handlers::TenantHandlers;
use crate::patience::{PATIENCE, megabytes, reported_when_slow};
use crate::{Config, HandlerConfig, StartError, TenantConfig, declared_check, modules};

/// Says of a component that takes longer than a second what is done with it.
pub(crate) type Slow = fn(&str);

/// What the operator says of a handler, and what its component was made into.
pub(crate) type LoadedHandler = (HandlerConfig, Arc<Handler>);

/// What came of compiling a component that is no handler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Compiling {
    /// It was compiled, or not even tried: it is granted too little, or asks too much.
    Done,
    /// It was refused: it will be again, whatever is granted.
    Refused,
    /// The compiler ended over it. It may have been killed by somebody else.
    Broke,
}

impl Compiling {
    const fn of(refusal: &ComponentRefusal) -> Self {
        match refusal {
            ComponentRefusal::NotAComponent(_) | ComponentRefusal::TooCostly(_) => Self::Refused,
            ComponentRefusal::CompilerBroke(_) => Self::Broke,
            ComponentRefusal::TooLarge(_)
            | ComponentRefusal::UnknownImport { .. }
            | ComponentRefusal::NotGranted { .. }
            | ComponentRefusal::UnknownExport { .. }
            | ComponentRefusal::TwoVersions { .. }
            | ComponentRefusal::NoEvents { .. }
            | ComponentRefusal::WrongType { .. }
            | ComponentRefusal::NoCell(_)
            | ComponentRefusal::CellBroke(_)
            | ComponentRefusal::NotStarted(_)
            | ComponentRefusal::StartBroke(_) => Self::Done,
        }
    }
}

/// Why a component that is deployed is no handler.
#[derive(Debug)]
pub(crate) struct NotReady {
    /// What is wrong with it and what to change, in one sentence.
    pub(crate) why: String,
    /// What came of compiling it.
    pub(crate) compiling: Compiling,
}

impl From<String> for NotReady {
    fn from(why: String) -> Self {
        Self {
            why,
            compiling: Compiling::Done,
        }
    }
}

/// Reads, compiles, links and tries handlers.
pub(crate) struct Loader {
    slow: Slow,
    sandbox: Arc<Sandbox>,
    variables: Arc<Variables>,
    component_bytes_max: usize,
}

impl Loader {
    pub(crate) fn new(config: &Config, sandbox: &Arc<Sandbox>, slow: Slow) -> Self {
        Self {
            slow,
            sandbox: Arc::clone(sandbox),
            variables: Arc::new(modules::variables()),
            component_bytes_max: config.server.component.bytes_max,
        }
    }

    /// All handlers of a tenant, in the order of the configuration. Takes as long as compiling
    /// does; no handler is begun after `until`.
    ///
    /// The error names the handler and what to change.
    pub(crate) fn tenant(
        &self,
        tenant: &TenantConfig,
        state: &Arc<TenantState>,
        until: Instant,
    ) -> Result<Vec<LoadedHandler>, StartError> {
        let mut ready = Vec::with_capacity(tenant.handlers.len());
        for handler in &tenant.handlers {
            if Instant::now() > until {
                return Err(refused(
                    tenant,
                    handler,
                    "there was no time left for it".to_owned(),
                ));
            }
            let one = self.handler(tenant, handler, state, Revision::FIRST)?;
            tracing::info!(
                tenant = tenant.id.as_str(),
                handler = handler.id.as_str(),
                lane = ?one.lane(),
                "handler ready: {}",
                self.events(&one).join(", ")
            );
            ready.push((handler.clone(), one));
        }
        Ok(ready)
    }

    /// One handler.
    ///
    /// The error names the tenant, the handler and what to change.
    pub(crate) fn handler(
        &self,
        tenant: &TenantConfig,
        handler: &HandlerConfig,
        state: &Arc<TenantState>,
        revision: Revision,
    ) -> Result<Arc<Handler>, StartError> {
        let ready = self.prepared(handler, state, revision);
        let ready = ready.and_then(|ready| {
            declared_check::check(ready.declared(), tenant, handler)?;
            Ok(ready)
        });
        ready.map_err(|why| {
            let why = format!("{}: {why}", handler.component.display());
            refused(tenant, handler, why)
        })
    }

    /// The same. The error is one sentence: what is wrong with the component and what to change.
    pub(crate) fn prepared(
        &self,
        handler: &HandlerConfig,
        state: &Arc<TenantState>,
        revision: Revision,
    ) -> Result<Arc<Handler>, String> {
        let component = read(&handler.component, self.component_bytes_max)?;
        let named = handler.component.display().to_string();
        let context = self.context(handler, state, revision);
        let ready = self.made(&component, &named, context);
        let ready = ready.map_err(|refusal| refusal.to_string())?;
        handled(handler, &self.events(&ready))?;
        Ok(ready)
    }

    /// One handler that is deployed: of a component at hand. Says what it is about in its errors
    /// as a deploy has to.
    pub(crate) fn deployed(
        &self,
        component: &[u8],
        tenant: &TenantHandlers,
        handler: &HandlerConfig,
        revision: Revision,
    ) -> Result<Arc<Handler>, NotReady> {
        check_header(component)?;
        let named = format!("{} of tenant {}", handler.id, tenant.config.id);
        let context = self.context(handler, &tenant.state, revision);
        let ready = self.made(component, &named, context);
        let ready = ready.map_err(|refusal| match refusal {
            ComponentRefusal::NotGranted { import, grant } => NotReady::from(format!(
                "it imports {import}, which needs the grant \"{grant}\"; ask for it with \
                 --grants {grant}, which the tenant's [tenant.deploy] has to allow"
            )),
            other => NotReady {
                compiling: Compiling::of(&other),
                why: other.to_string(),
            },
        })?;
        handled(handler, &self.events(&ready))?;
        declared_check::check(ready.declared(), &tenant.config, handler)?;
        Ok(ready)
    }

    fn context(
        &self,
        handler: &HandlerConfig,
        state: &Arc<TenantState>,
        revision: Revision,
    ) -> Arc<HandlerContext> {
        Arc::new(HandlerContext {
            handler: handler.id.clone(),
            revision,
            grants: handler.grants.clone(),
            limits: handler.limits,
            tenant: Arc::clone(state),
            variables: Arc::clone(&self.variables),
        })
    }

    /// Compiles, links and tries a component.
    fn made(
        &self,
        component: &[u8],
        named: &str,
        context: Arc<HandlerContext>,
    ) -> Result<Arc<Handler>, ComponentRefusal> {
        let ledger = context.tenant.share::<Ledger>();
        let prepare = || {
            let prepare = || Handler::prepare(&self.sandbox, component, context);
            let (made, took) = evroute_compile::cpu_time(prepare);
            // Refused or not: what a bomb took is its tenant's.
            if let Some(ledger) = ledger {
                ledger.compile(took);
            }
            made
        };
        let tell = || {
            let size = megabytes(component.len());
            (self.slow)(&format!("compiling {named} ({size}) ..."));
        };
        reported_when_slow(PATIENCE, tell, prepare).map(Arc::new)
    }

    /// Logs how much had to be compiled since the process started.
    pub(crate) fn log_compiled(&self) {
        if let Some(cache) = self.sandbox.code_cache() {
            tracing::info!(
                "compiled code: {} components taken from {}, {} compiled and kept there",
                cache.hits(),
                cache.folder().display(),
                cache.misses()
            );
        }
    }

    /// The events that a handler handles, by name.
    pub(crate) fn events(&self, handler: &Handler) -> Vec<String> {
        let binding = |position: usize| self.sandbox.bindings().get(position);
        handler
            .exports()
            .iter()
            .filter_map(|export| binding(export.event.position()))
            .map(|binding| binding.name().to_string())
            .collect()
    }
}

fn refused(tenant: &TenantConfig, handler: &HandlerConfig, why: String) -> StartError {
    StartError::Handler {
        tenant: tenant.id.to_string(),
        handler: handler.id.to_string(),
        why,
    }
}

/// Whether each filter is of an event that the component handles.
///
/// The error is one sentence that names the filter.
fn handled(handler: &HandlerConfig, events: &[String]) -> Result<(), String> {
    let idle = handler
        .filters
        .iter()
        .find(|filter| !events.iter().any(|event| event == filter.event));
    match idle {
        None => Ok(()),
        Some(filter) => Err(format!(
            "on = [\"{}:{}\"] filters an event that this component does not handle; it handles {}",
            filter.event,
            filter.filter,
            events.join(", ")
        )),
    }
}

/// The bytes that every WebAssembly binary begins with.
const MAGIC: [u8; 4] = *b"\0asm";

/// Version and layer of a component; a core module has `01 00 00 00`.
const COMPONENT: [u8; 4] = [0x0d, 0, 1, 0];

/// Reads a component. A file of another kind is the commonest mistake and has the clearest message.
///
/// The error is one sentence: what is wrong and what to do.
pub(crate) fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => format!(
            "it cannot be read: {error}; build it (the examples: make guests) or correct the path, which is relative to the \
             configuration"
        ),
        _ => format!("it cannot be read: {error}"),
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let most = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    let within = |size: u64| match size <= most {
        true => Ok(()),
        false => Err(format!(
            "it has {size} bytes, more than {most}, which component_bytes_max in [server] sets"
        )),
    };
    within(file.metadata().map_err(unreadable)?.len())?;
    let mut component = Vec::new();
    // Whatever its size was a moment ago: no more is read than is measured.
    file.take(most.saturating_add(1))
        .read_to_end(&mut component)
        .map_err(unreadable)?;
    within(u64::try_from(component.len()).unwrap_or(u64::MAX))?;
    check_header(&component)?;
    Ok(component)
}

/// Looks at a component's first bytes.
fn check_header(component: &[u8]) -> Result<(), String> {
    let Some((magic, rest)) = component.split_at_checked(MAGIC.len()) else {
        return Err("it is no WebAssembly file: too short".to_owned());
    };
    if magic != MAGIC {
        return Err(
            "it is no WebAssembly binary; build the handler to a component first".to_owned(),
        );
    }
    if !rest.starts_with(&COMPONENT) {
        return Err("it is a core module, not a component; build it with the handler's language tools, or run \
                    wasm-tools component new"
            .to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_kinds_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let check = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read(&path, 20)
        };
        assert!(check(b"").unwrap_err().contains("too short"));
        let text = check(b"[server]\nworkers = 1").unwrap_err();
        assert!(text.contains("no WebAssembly binary"), "{text}");
        assert!(
            check(b"\0asm\x01\0\0\0")
                .unwrap_err()
                .contains("core module")
        );
        let nowhere = read(Path::new("/nowhere"), 20).unwrap_err();
        assert!(nowhere.contains("cannot be read"), "{nowhere}");
        let component = *b"\0asm\x0d\0\x01\0";
        assert_eq!(check(&component).unwrap(), component);
        let long = check(&[component; 3].concat()).unwrap_err();
        assert!(long.contains("24 bytes, more than 20"), "{long}");
    }
}
