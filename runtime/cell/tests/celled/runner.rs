//! This program as a runner, and a server's pool of such.

use std::sync::Arc;

use evroute_cell::{RunnerConfig, RunnerPool, RunnerRoom, serve};
use evroute_sandbox::{CellName, Cells, ComponentRefusal, Sandbox, SandboxConfig};
use evroute_tenant::RunLimits;

use crate::scene::{Scene, offered, sandbox_of};

/// Not a test but what a runner of the tests does: this program, called with what a runner is told.
#[test]
fn a_runner() {
    let words: Vec<String> = std::env::args().collect();
    let Some(room) = RunnerRoom::told(&words, small()) else {
        return;
    };
    if let Some(deed) = words.iter().find_map(|word| word.strip_prefix("deed:")) {
        return crate::hostile::commit(deed);
    }
    let (capabilities, bindings) = offered();
    serve(&room, capabilities, bindings).unwrap();
}

fn small() -> SandboxConfig {
    SandboxConfig {
        runs_concurrent_max: 4,
        instance_pool_max: 4,
        ..SandboxConfig::default()
    }
}

/// A server's runners; `core_modules` decides how runs are executed in them.
pub(crate) fn pool(core_modules: bool, runs_per_cell_max: usize) -> Arc<RunnerPool> {
    pool_that(None, core_modules, runs_per_cell_max)
}

/// The same of runners that were taken over, and do this.
pub(crate) fn pool_that(
    deed: Option<&str>,
    core_modules: bool,
    runs_per_cell_max: usize,
) -> Arc<RunnerPool> {
    Arc::new(RunnerPool::new(config(deed, core_modules, runs_per_cell_max)).unwrap())
}

pub(crate) fn config(
    deed: Option<&str>,
    core_modules: bool,
    runs_per_cell_max: usize,
) -> RunnerConfig {
    let words = ["runner::a_runner", "--exact", "--test-threads=1", "--"];
    let deed = deed.map(|deed| format!("deed:{deed}"));
    let words = words.map(str::to_owned).into_iter();
    RunnerConfig {
        program: std::env::current_exe().unwrap(),
        arguments: words.chain(deed).collect(),
        memory_bytes_max: 256 << 20,
        runs_per_cell_max,
        runners_max: 8,
        sandbox: SandboxConfig {
            core_module_backend: core_modules,
            ..small()
        },
    }
}

/// A sandbox whose cells these runners are.
pub(crate) fn sandbox_in(pool: &Arc<RunnerPool>, core_modules: bool) -> Arc<Sandbox> {
    sandbox_of(&SandboxConfig {
        core_module_backend: core_modules,
        cells: Some(Arc::clone(pool) as Arc<dyn Cells>),
        ..small()
    })
}

/// A handler of a tenant in a cell, which a busy machine keeps from nothing.
pub(crate) fn celled(sandbox: &Arc<Sandbox>, component: &[u8]) -> Scene {
    let limits = RunLimits {
        run_deadline_ms: 60_000,
        ..RunLimits::default()
    };
    celled_within(sandbox, component, limits)
}

/// The same with other limits.
pub(crate) fn celled_within(sandbox: &Arc<Sandbox>, component: &[u8], limits: RunLimits) -> Scene {
    scene(sandbox, component, limits).unwrap_or_else(|why| panic!("{why}"))
}

/// Why one is not taken.
pub(crate) fn refused(sandbox: &Arc<Sandbox>, component: &[u8]) -> ComponentRefusal {
    match scene(sandbox, component, RunLimits::default()) {
        Ok(_) => panic!("it is taken"),
        Err(refusal) => refusal,
    }
}

fn scene(
    sandbox: &Arc<Sandbox>,
    component: &[u8],
    limits: RunLimits,
) -> Result<Scene, ComponentRefusal> {
    let cell = Arc::new(CellName("tier".to_owned()));
    Scene::prepared_with(sandbox, component, limits, |state| state.with(cell))
}
