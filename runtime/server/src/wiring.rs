//! Builds the server in order and runs it to its end.

use std::sync::Arc;

use serde_json::json;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::running::Running;
use crate::shutdown::CUT_GRACE;
use crate::{
    Admin, AdminParts, Config, DuplicateMethod, Log, Metrics, Ready, RpcMethods, Shutdown, Signals,
    StartError, Status, Stopped, tenants,
};

/// Runs the server until it is told to stop. Blocks; brings its own threads.
///
/// # Errors
/// [`StartError`] when it does not start. Nothing is left running.
pub fn run(config: &Config, log: &Log) -> Result<Stopped, StartError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.server.workers.get())
        .enable_all()
        .build()
        .map_err(|error| StartError::Fault(format!("no threads: {error}")))?;
    let stopped = runtime.block_on(start_and_wait(config, log));
    // Whatever did not notice that it was cut short is dropped here, not waited for.
    runtime.shutdown_background();
    stopped
}

async fn start_and_wait(config: &Config, log: &Log) -> Result<Stopped, StartError> {
    let shutdown = Shutdown::new();
    // First of all, so that a signal during the start drains as well.
    let signals =
        Signals::catch().map_err(|error| StartError::Fault(format!("no signals: {error}")))?;
    let metrics = Arc::new(Metrics::new());
    let status = Arc::new(Status::new(config));
    make_data_dir(config)?;
    let admin = Admin::bind(&config.admin).await?;
    let address = admin.address();
    let running = Running::start(config, log, &metrics, &shutdown).await?;

    let mut methods = RpcMethods::new();
    add_core_methods(&mut methods, &status, &shutdown)
        .map_err(|error| StartError::Fault(error.to_string()))?;
    running
        .add_methods(&mut methods, config)
        .map_err(|error| StartError::Fault(error.to_string()))?;
    methods
        .add_help()
        .map_err(|error| StartError::Fault(error.to_string()))?;

    let stop_admin = CancellationToken::new();
    let (methods, ready) = (Arc::new(methods), Arc::clone(&status));
    let parts = AdminParts {
        methods,
        metrics,
        status,
        shutdown: shutdown.clone(),
    };
    let databases = running.databases();
    let serving = admin.serve(parts, stop_admin.clone());
    let stopping = async {
        let (listeners, handlers) = running.open(&shutdown);
        let listening: Vec<_> = listeners.iter().map(ToString::to_string).collect();
        ready.set_ready(Ready {
            listeners,
            handlers,
        });
        tracing::info!(
            "ready; SIP on {}; admin on http://{address}",
            listening.join(", ")
        );
        let stopped = tokio::select! {
            stopped = shutdown.finish(config.server.drain) => stopped,
            never = signals.obey(&shutdown) => match never {},
        };
        stop_admin.cancel();
        stopped
    };
    let ((), stopped) = tokio::join!(serving, stopping);
    let closing = tenants::close(databases);
    match stopped {
        // Each database has a limit of its own.
        Stopped::Drained => closing.await,
        Stopped::Cut(_) => timeout(CUT_GRACE, closing).await.unwrap_or_default(),
    }
    Ok(stopped)
}

fn make_data_dir(config: &Config) -> Result<(), StartError> {
    let path = &config.server.data_dir;
    std::fs::create_dir_all(path).map_err(|why| StartError::DataDir {
        path: path.clone(),
        why,
    })
}

/// The methods that are about the process itself.
fn add_core_methods(
    methods: &mut RpcMethods,
    status: &Arc<Status>,
    shutdown: &Shutdown,
) -> Result<(), DuplicateMethod> {
    methods.add(
        "core.version",
        "the version that runs",
        |params| async move {
            params.only(&[])?;
            Ok(json!(concat!("evroute ", env!("CARGO_PKG_VERSION"))))
        },
    )?;
    let status = Arc::clone(status);
    methods.add(
        "core.uptime",
        "for how many seconds the server has been running",
        move |params| {
            let seconds = status.uptime().as_secs();
            async move {
                params
                    .only(&[])
                    .map(|()| json!({ "uptime_seconds": seconds }))
            }
        },
    )?;
    let shutdown = shutdown.clone();
    methods.add(
        "core.kill",
        "stops the server as SIGTERM does",
        move |params| {
            let shutdown = shutdown.clone();
            async move {
                params.only(&[])?;
                shutdown.begin();
                Ok(json!("draining"))
            }
        },
    )
}
