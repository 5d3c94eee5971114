//! Wasmtime, configured once for all tenants.

use std::sync::Arc;
use std::time::Duration;

use evroute_aot::{CodeCache, EngineFingerprint};
use evroute_module_api::{Capability, EventBinding};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OperatorCost, OptLevel,
    PoolingAllocationConfig, Strategy, WasmBacktraceDetails,
};

use crate::clock::Clock;
use crate::component_table::ComponentTable;
use crate::core_backend::PoolLimit;
use crate::{Cells, Compile, ComponentLimits};

/// How the sandbox is sized. All runs of all tenants share it.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// How many runs may be alive at the same time, both lanes together.
    pub runs_concurrent_max: u32,
    /// The largest memory any run may be given; a handler's own limit may be lower.
    pub memory_bytes_max: usize,
    /// The largest table any run may be given.
    pub table_elements_max: usize,
    /// The stack of a run; deeper recursion is a trap.
    pub stack_bytes_max: usize,
    /// How much of a used memory is reset by writing instead of being given back to the system.
    pub keep_resident_bytes: usize,
    /// Whether small handlers run as core modules; every component runs without as well.
    pub core_module_backend: bool,
    /// How many used instances are put back to what they were and kept, all handlers together; 0
    /// starts every run from a fresh one.
    pub instance_pool_max: u32,
    /// What a component may have before it is compiled.
    pub component: ComponentLimits,
    /// Where compiled code is kept for the next process; none compiles all of it again.
    pub code_cache: Option<CodeCache>,
    /// Who compiles; none does it in this process.
    pub compiler: Option<Arc<dyn Compile>>,
    /// The memories that one module may have. A server gives one; an instrumented module has one
    /// more, for what it counts.
    pub memories_per_module_max: u32,
    /// Who keeps the runners of tenants in cells; without, no handler of such a tenant is taken.
    pub cells: Option<Arc<dyn Cells>>,
    /// Whether runs are another process': what they wait for it is not their own time.
    pub runs_for_another: bool,
    /// Whether a run that is cut short keeps what a [`core_dump`](crate::core_dump()) needs.
    pub core_dumps: bool,
    /// How exact wall deadlines are.
    pub tick: Duration,
}

impl SandboxConfig {
    /// The memory that a run can be given at most unless another size is configured, in bytes.
    pub const MEMORY_BYTES_MAX: u32 = 64 << 20;
    /// The table that a run can be given at most unless another size is configured.
    pub const TABLE_ELEMENTS_MAX: u32 = 20_000;
    /// How many runs may be alive at the same time at most: each reserves 4 GiB of address space
    /// for each of its four memories, and the largest piece that a process has free is 85 TiB.
    pub const RUNS_CONCURRENT_MAX: u32 = 4096;
    /// The stack of a run unless another size is set, which no configuration does.
    pub const STACK_BYTES_MAX: usize = 256 << 10;
    /// How many used instances are kept unless another number is configured. 4096 of them reserve
    /// 16 TiB.
    pub const INSTANCE_POOL_MAX: u32 = 512;
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            runs_concurrent_max: 256,
            memory_bytes_max: Self::MEMORY_BYTES_MAX as usize,
            table_elements_max: Self::TABLE_ELEMENTS_MAX as usize,
            stack_bytes_max: Self::STACK_BYTES_MAX,
            keep_resident_bytes: 256 << 10,
            core_module_backend: true,
            instance_pool_max: Self::INSTANCE_POOL_MAX,
            component: ComponentLimits::default(),
            code_cache: None,
            compiler: None,
            cells: None,
            runs_for_another: false,
            core_dumps: false,
            memories_per_module_max: 1,
            tick: Duration::from_millis(5),
        }
    }
}

/// The engine could not be built.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox cannot be set up: {0}")]
pub struct EngineError(String);

/// The one engine, and the tables of what it offers to guests.
pub struct Sandbox {
    pub(crate) engine: Engine,
    pub(crate) clock: Clock,
    pub(crate) capabilities: Vec<Capability>,
    pub(crate) bindings: Vec<Arc<dyn EventBinding>>,
    pub(crate) pool_limit: Arc<PoolLimit>,
    pub(crate) core_module_backend: bool,
    pub(crate) component_limits: ComponentLimits,
    pub(crate) code_cache: Option<CodeCache>,
    pub(crate) compiler: Option<Arc<dyn Compile>>,
    pub(crate) cells: Option<Arc<dyn Cells>>,
    /// What compiled code depends on beside the component.
    pub(crate) fingerprint: EngineFingerprint,
    /// The components that handlers share.
    pub(crate) components: ComponentTable,
    pub(crate) runs_for_another: bool,
    pub(crate) tick: Duration,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox")
            .field("capabilities", &self.capabilities)
            .finish_non_exhaustive()
    }
}

/// The tag of compiled code. Part of it is our fuel tariff, and that debug builds compile core
/// modules with more exports.
const CODE_VERSION: &str = if cfg!(debug_assertions) {
    concat!("evroute-", env!("CARGO_PKG_VERSION"), "-tariff-2-debug")
} else {
    concat!("evroute-", env!("CARGO_PKG_VERSION"), "-tariff-2")
};

impl Sandbox {
    /// Sets the engine up and starts its clock.
    ///
    /// # Errors
    /// [`EngineError`] when the system gives less address space or memory than the configuration
    /// asks for.
    pub fn new(
        config: &SandboxConfig,
        capabilities: Vec<Capability>,
        bindings: Vec<Arc<dyn EventBinding>>,
    ) -> Result<Arc<Self>, EngineError> {
        let refused = |error: wasmtime::Error| EngineError(format!("{error:#}"));
        let engine = Engine::new(&engine_config(config).map_err(refused)?).map_err(refused)?;
        let clock = Clock::start(&engine, config.tick)
            .map_err(|error| EngineError(format!("no thread for the clock: {error}")))?;
        Ok(Arc::new(Self {
            fingerprint: EngineFingerprint::of(&engine),
            components: ComponentTable::default(),
            engine,
            clock,
            capabilities,
            bindings,
            pool_limit: Arc::new(PoolLimit::new(config.instance_pool_max)),
            core_module_backend: config.core_module_backend,
            component_limits: config.component.clone(),
            code_cache: config.code_cache.clone(),
            compiler: config.compiler.clone(),
            cells: config.cells.clone(),
            runs_for_another: config.runs_for_another,
            tick: config.tick,
        }))
    }

    /// A wall deadline in ticks of the engine's clock, never less than one full tick.
    pub(crate) fn ticks(&self, deadline: Duration) -> u64 {
        let tick = self.tick.as_micros().max(1);
        u64::try_from(deadline.as_micros() / tick)
            .unwrap_or(u64::MAX)
            .saturating_add(2)
    }

    /// How many runs are under way now, in both lanes.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.clock.alive()
    }

    /// How many instances are kept for the next run of their handler, those that run now counted
    /// in.
    #[must_use]
    pub fn instances_pooled(&self) -> usize {
        self.pool_limit.taken()
    }

    /// Whether handlers of tenants in cells can be taken here.
    #[must_use]
    pub fn has_cells(&self) -> bool {
        self.cells.is_some()
    }

    /// Where its compiled code is kept.
    #[must_use]
    pub fn code_cache(&self) -> Option<&CodeCache> {
        self.code_cache.as_ref()
    }

    /// The events this server knows, in the order of their indices.
    #[must_use]
    pub fn bindings(&self) -> &[Arc<dyn EventBinding>] {
        &self.bindings
    }
}

/// An engine for a process that compiles and does nothing else: without room for runs.
pub(crate) fn engine_that_compiles() -> Result<Engine, EngineError> {
    let refused = |error: wasmtime::Error| EngineError(format!("{error:#}"));
    let stack = SandboxConfig::STACK_BYTES_MAX;
    let config = compiler_config(stack).map_err(refused)?;
    Engine::new(&config).map_err(refused)
}

fn engine_config(config: &SandboxConfig) -> wasmtime::Result<Config> {
    let mut c = compiler_config(config.stack_bytes_max)?;
    // A stack from the pool may have carried another tenant's run.
    c.async_stack_zeroing(true);
    c.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(config)));
    c.coredump_on_trap(config.core_dumps);
    Ok(c)
}

/// What compiled code depends on.
fn compiler_config(stack_bytes_max: usize) -> wasmtime::Result<Config> {
    let mut c = Config::new();
    narrow_the_language(&mut c);
    // Determinism: recordings must run again bit for bit.
    c.cranelift_nan_canonicalization(true);
    c.consume_fuel(true);
    c.operator_cost(tariff());
    c.epoch_interruption(true);
    c.strategy(Strategy::Cranelift);
    c.cranelift_opt_level(OptLevel::Speed);
    // Registering unwind information can be quadratic in the number of handlers.
    c.native_unwind_info(false);
    // The default reads an environment variable.
    c.wasm_backtrace_details(WasmBacktraceDetails::Disable);
    c.module_version(wasmtime::ModuleVersionStrategy::Custom(
        CODE_VERSION.to_owned(),
    ))?;
    c.memory_init_cow(true);
    c.table_lazy_init(true);
    c.max_wasm_stack(stack_bytes_max);
    // What is left for host calls on the stack of an async run.
    c.async_stack_size(stack_bytes_max.saturating_add(256 << 10));
    Ok(c)
}

/// Only what real toolchains need, and nothing that is not deterministic.
fn narrow_the_language(c: &mut Config) {
    c.wasm_component_model(true);
    // A memory may be smaller than 64 KiB: each run begins with wiping it.
    c.wasm_custom_page_sizes(true);
    c.concurrency_support(false);
    c.gc_support(false);
    c.wasm_exceptions(false);
    c.wasm_gc(false);
    c.wasm_function_references(false);
    c.wasm_threads(false);
    c.shared_memory(false);
    c.wasm_relaxed_simd(false);
    c.wasm_memory64(false);
    // Where one instance of a component hands text to another, Wasmtime's own code between them
    // uses both memories; without this it panics on such a component.
    c.wasm_multi_memory(true);
    c.wasm_tail_call(false);
    c.wasm_wide_arithmetic(false);
    c.wasm_stack_switching(false);
}

/// What a run pays in fuel beyond Wasmtime's one per operator: growing memory is a call to the
/// host, however little is asked for. The price per page is that of the smallest page, one byte.
fn tariff() -> OperatorCost {
    let mut cost = OperatorCost {
        MemoryGrow: 250,
        ..OperatorCost::default()
    };
    cost.variable.memory_grow_per_page = 1;
    cost
}

/// The most memories of one component; that of an interpreter may have three.
const MEMORIES_MAX: u32 = 4;
/// The same where modules have more than one each. Few runs of those are alive at a time: each
/// reserves 4 GiB of addresses for each of them.
const INSTRUMENTED_MEMORIES_MAX: u32 = 64;
/// The most tables of one component.
const TABLES_MAX: u32 = 20;
/// The most core instances of one component: the guest's modules, a shim, a fix-up, perhaps an
/// adapter.
const CORE_INSTANCES_MAX: u32 = 50;

fn pool(config: &SandboxConfig) -> PoolingAllocationConfig {
    let runs = config.runs_concurrent_max;
    let pooled = config.instance_pool_max;
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(runs);
    // As much for each run as the largest component takes: one that is made of many parts must not
    // take the places of other tenants' runs. Places that nobody uses cost addresses and no memory.
    // What is kept is a module with a memory and one with the code, which may have a table.
    let parts = |each: u32, of_kept: u32| {
        let pooled = pooled.saturating_mul(of_kept);
        runs.saturating_mul(each).saturating_add(pooled)
    };
    pool.total_core_instances(parts(CORE_INSTANCES_MAX, 2));
    let memories = match config.memories_per_module_max {
        0 | 1 => MEMORIES_MAX,
        _ => INSTRUMENTED_MEMORIES_MAX,
    };
    pool.total_memories(parts(memories, 1));
    pool.total_tables(parts(TABLES_MAX, 1));
    pool.total_stacks(runs);
    pool.total_gc_heaps(0);
    pool.max_memory_size(config.memory_bytes_max);
    pool.table_elements(config.table_elements_max);
    pool.max_memories_per_component(memories);
    pool.max_memories_per_module(config.memories_per_module_max);
    pool.max_tables_per_component(TABLES_MAX);
    pool.max_core_instances_per_component(CORE_INSTANCES_MAX);
    pool.max_core_instance_size(1 << 20);
    pool.max_component_instance_size(1 << 20);
    pool.linear_memory_keep_resident(config.keep_resident_bytes);
    pool.table_keep_resident(64 << 10);
    pool.async_stack_keep_resident(64 << 10);
    // Resets only pages that are present: what was swapped out would survive into the next run.
    pool.pagemap_scan(Enabled::No);
    pool
}
