//! What `evroute check` says about components: what a start of the server would say.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use evroute_module_api::{Lane, Level, Line, LogSink};
use evroute_sandbox::{CodeCache, Handler, Import, Sandbox, SandboxConfig};
use evroute_tenant::Revision;

use crate::loader::Loader;
use crate::{Config, Vocabulary, modules, running, tenants};

/// What a component handles and asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComponentReport {
    /// The events it handles, by name: its exports.
    pub handles: Vec<String>,
    /// What it asks for: its imports.
    pub asks: Vec<RequestedCapability>,
    /// The tables that its code names, if it says so.
    pub tables: Vec<String>,
    /// The databases.
    pub databases: Vec<String>,
    /// `sync` or `async`: which lane its runs take.
    pub lane: &'static str,
    /// Why every run starts from a fresh instance; none when used ones are reset and pooled.
    pub fresh_because: Option<&'static str>,
}

/// One import of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedCapability {
    /// The interface, `evroute:log/log@0.1.0`.
    pub interface: String,
    /// The word that grants it; none where no grant is needed.
    pub grant: Option<String>,
    /// The functions of it that the component imports, as it names them: `[method]table.get`.
    pub functions: Vec<String>,
}

/// What a check may use, and whom it tells.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// Where compiled code is kept; none compiles all of it.
    pub code_cache: Option<PathBuf>,
    /// Told of each component that takes longer than a second what is done with it.
    pub slow: fn(&str),
}

/// Looks a component over. An error is one sentence: what is wrong and what to do.
pub type ComponentCheck = fn(&Path, &CheckOptions) -> Result<ComponentReport, String>;

/// Makes a handler of a component as the server would, granted all that there is and with the
/// limits that are usual: what it handles, what it asks for, what is wrong with it.
///
/// # Errors
/// One sentence: what is wrong and what to do.
pub fn check_component(path: &Path, options: &CheckOptions) -> Result<ComponentReport, String> {
    let words: Vec<String> = modules::grants()
        .iter()
        .map(|word| format!("{word:?}"))
        .collect();
    let text = format!(
        "[[listen]]\ntransport = \"udp\"\naddress = \"127.0.0.1:0\"\n\n\
         [[tenant]]\nname = \"any\"\ndomains = [\"localhost\"]\n\n\
         [[tenant.handler]]\nname = \"any\"\ncomponent = \"any\"\ngrants = [{}]\n",
        words.join(", ")
    );
    let config = Config::parse(Path::new(""), &text, &Vocabulary::current());
    let mut config = config.map_err(|errors| errors.to_string())?;
    let handlers = config
        .tenants
        .iter_mut()
        .filter_map(Arc::get_mut)
        .flat_map(|tenant| &mut tenant.handlers);
    for handler in handlers {
        path.clone_into(&mut handler.component);
    }
    let (loader, log_sink) = trial(&config, options)?;
    let of_all = config.tenants.iter().flat_map(|tenant| {
        let state = tenants::unopened(&config, tenant, &log_sink);
        let handlers = tenant.handlers.iter();
        handlers.map(move |handler| (handler, Arc::clone(&state)))
    });
    let mut of_all = of_all.map(|(handler, state)| {
        let ready = loader.prepared(handler, &state, Revision::FIRST)?;
        Ok(report(&loader, &ready))
    });
    of_all
        .next()
        .unwrap_or_else(|| Err("no handler was made of it".to_owned()))
}

/// Makes every handler of a configuration as the server would, and starts each once. No socket and
/// no database is opened, and `htable:mod-init` is not raised. By tenant, then by handler, in the
/// order of the configuration: what it handles and asks for, or one sentence about what is wrong.
///
/// # Errors
/// One sentence, where this machine has no room for a sandbox.
pub fn check_handlers(
    config: &Config,
    options: &CheckOptions,
) -> Result<Vec<Vec<Result<ComponentReport, String>>>, String> {
    let (loader, log_sink) = trial(config, options)?;
    let of_tenant = |tenant: &Arc<crate::TenantConfig>| {
        let state = tenants::unopened(config, tenant, &log_sink);
        let handlers = tenant.handlers.iter();
        let reports = handlers.map(|handler| {
            let ready = loader.handler(tenant, handler, &state, Revision::FIRST);
            ready
                .map(|ready| report(&loader, &ready))
                .map_err(|refused| refused.to_string())
        });
        reports.collect()
    };
    Ok(config.tenants.iter().map(of_tenant).collect())
}

/// What it takes to try handlers: as the server has it, but for one run at a time.
fn trial(config: &Config, options: &CheckOptions) -> Result<(Loader, Arc<dyn LogSink>), String> {
    let code_cache = options.code_cache.as_deref();
    let code_cache = code_cache.filter(|_| config.server.code_cache_bytes_max > 0);
    let sandbox = SandboxConfig {
        runs_concurrent_max: 1,
        // One that cannot be used costs time only, and the server says why.
        code_cache: code_cache
            .and_then(|folder| CodeCache::open(folder, config.server.code_cache_bytes_max).ok()),
        ..running::sandbox_config(config)
    };
    let sandbox = Sandbox::new(&sandbox, modules::capabilities(), modules::bindings())
        .map_err(|error| error.to_string())?;
    let loader = Loader::new(config, &sandbox, options.slow);
    Ok((loader, Arc::new(Nowhere)))
}

fn report(loader: &Loader, handler: &Handler) -> ComponentReport {
    let asked = |import: &Import| RequestedCapability {
        interface: import.interface.clone(),
        grant: import.grant.map(str::to_owned),
        functions: handler.imported_functions(&import.interface),
    };
    ComponentReport {
        handles: loader.events(handler),
        tables: handler.declared().tables.clone(),
        databases: handler.declared().databases.clone(),
        asks: handler.imports().iter().map(asked).collect(),
        fresh_because: handler.fresh_because(),
        lane: match handler.lane() {
            Lane::Async => "async",
            Lane::Sync => "sync",
        },
    }
}

/// The log of handlers that are only tried: there is no event about which they could say anything.
struct Nowhere;

impl LogSink for Nowhere {
    fn keeps(&self, _: Level) -> bool {
        false
    }

    fn write(&self, _: &Line<'_>) {}
}
