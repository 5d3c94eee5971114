//! Builds the server in order and runs it to its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use evroute_certificates::ServerTls;
use evroute_journal::Journal;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::admin::HandlerList;
use crate::deploys::{AuditedChanges, ChangesToKeep, DeployDir};
use crate::descriptors::Descriptors;
use crate::replacement::Replacements;
use crate::running::{Running, ServerContext};
use crate::shutdown::CUT_GRACE;
use crate::signals::{Orders, Signals};
use crate::usage::Usage;
use crate::{
    Admin, AdminParts, Config, DuplicateMethod, Log, Metrics, Ready, RpcMethods, Shutdown,
    StartError, Status, Stopped, Vocabulary, collectors, core_rpc, sip_tls, tenants, tokens, usage,
};

/// How long a server that serves one tenant waits for the others to start before it says that it is
/// ready: what a deploy of many takes. One that takes longer keeps nobody from being served, and is
/// served itself once it has started.
const READY_WAIT: Duration = Duration::from_secs(5);

/// The file within `data_dir` that modules keep in what outlives the server.
const JOURNAL: &str = "journal.db";

/// Runs the server until it is stopped. Blocks; brings its own threads.
///
/// # Errors
/// [`StartError`] when it does not start. Nothing is left running.
pub fn run(config: Config, log: &Log) -> Result<Stopped, StartError> {
    run_replaceable(config, log, Replacements::none())
}

/// As [`run`], and takes orders to replace handlers while it runs.
///
/// # Errors
/// As [`run`].
pub fn run_replaceable(
    mut config: Config,
    log: &Log,
    replacements: Replacements,
) -> Result<Stopped, StartError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.server.workers.get())
        .enable_all()
        .build()
        .map_err(|error| StartError::Fault(format!("no threads: {error}")))?;
    config.read_added_tenants(&Vocabulary::current());
    let stopped = runtime.block_on(start_and_wait(Arc::new(config), log, replacements));
    // Whatever did not notice that it was cut short is dropped here, not waited for.
    runtime.shutdown_background();
    stopped
}

async fn start_and_wait(
    config: Arc<Config>,
    log: &Log,
    replacements: Replacements,
) -> Result<Stopped, StartError> {
    // First of all, so that a signal during the start is obeyed as well.
    let signals =
        Signals::catch().map_err(|error| StartError::Fault(format!("no signals: {error}")))?;
    make_data_dir(&config)?;
    let status = Arc::new(Status::new(&config));
    let tenants = Arc::default();
    let context = ServerContext {
        admin: config.admin.address,
        log: log.clone(),
        metrics: Arc::new(Metrics::new()),
        shutdown: Shutdown::new(),
        tenants: Arc::clone(&tenants),
        starts: Arc::default(),
        tokens: tokens::open(&config.server.data_dir),
        descriptors: Descriptors::of(&config),
        usage: Usage::open(&config.server.data_dir, &tenants),
        journal: Arc::new(Journal::at(config.server.data_dir.join(JOURNAL))),
        tls: server_tls(&config)?,
        config,
    };
    let orders = Orders {
        shutdown: context.shutdown.clone(),
        status: Arc::clone(&status),
        log: log.clone(),
    };
    tokio::select! {
        stopped = live(context, status, replacements) => stopped,
        never = signals.run(&orders) => match never {},
    }
}

/// The whole life of a server, beside its signals. The operator's HTTP answers from the beginning
/// to the end.
async fn live(
    mut context: ServerContext,
    status: Arc<Status>,
    replacements: Replacements,
) -> Result<Stopped, StartError> {
    let admin = Admin::bind(&context.config.admin).await?;
    let address = admin.address();
    context.admin = address;
    let (audit, changes) = AuditedChanges::new();
    let parts = AdminParts {
        methods: Arc::new(methods(&context, &status, None)?),
        metrics: Arc::clone(&context.metrics),
        status: Arc::clone(&status),
        shutdown: context.shutdown.clone(),
        feed: context.log.feed(),
        tokens: Arc::clone(&context.tokens),
        audit: Arc::new(audit),
    };
    collectors::of_process(&context.metrics, &status, &context.log);
    let stop_admin = CancellationToken::new();
    let serving = admin.serve(parts, stop_admin.clone());
    let taking_calls = async {
        let stopped = take_calls(&context, &status, (address, changes), replacements).await;
        stop_admin.cancel();
        stopped
    };
    let keeping = tokens::keep_last_used(Arc::clone(&context.tokens), stop_admin.clone());
    let counting = usage::keep(Arc::clone(&context.usage), stop_admin.clone());
    let ((), stopped, (), ()) = tokio::join!(serving, taking_calls, keeping, counting);
    let parts = context.tenants.all().into_iter();
    let parts = parts.flat_map(|(_, tenant)| tenant.modules().to_vec());
    let closing = tenants::close(parts);
    match stopped {
        // Whatever is closed has a limit of its own.
        Ok(Stopped::Drained) => closing.await,
        Ok(Stopped::Cut(_) | Stopped::BeforeReady) | Err(_) => {
            timeout(CUT_GRACE, closing).await.unwrap_or_default();
        }
    }
    // What waits is written, however the server stops.
    let journal = Arc::clone(&context.journal);
    let closed = tokio::task::spawn_blocking(move || journal.close());
    if closed.await.is_err() {
        tracing::error!("closing the journal broke");
    }
    stopped
}

/// Starts, takes calls, and waits until nothing is under way any more.
async fn take_calls(
    context: &ServerContext,
    status: &Arc<Status>,
    (admin, changes): (SocketAddr, ChangesToKeep),
    replacements: Replacements,
) -> Result<Stopped, StartError> {
    let Some(running) = start(context).await? else {
        return Ok(Stopped::BeforeReady);
    };
    let methods = Arc::new(methods(context, status, Some(&running))?);
    let deploys = Arc::clone(running.deploys());
    let handlers = Arc::clone(running.handlers());
    let (listeners, mut starting) = running.open(&context.shutdown);
    let draining = context.shutdown.draining().clone();
    let watching = Arc::clone(&deploys).watch(draining.clone());
    context.shutdown.tasks().spawn(watching);
    let keeping = changes.keep(Arc::clone(&deploys), draining.clone());
    context.shutdown.tasks().spawn(keeping);
    let watching = sip_tls::watch(Arc::clone(&context.tls), draining.clone());
    context.shutdown.tasks().spawn(watching);
    if let Some(folder) = &context.config.server.deploy_dir {
        let watching = DeployDir::new(folder.clone()).watch(Arc::clone(&deploys), draining.clone());
        context.shutdown.tasks().spawn(watching);
    }
    // A server that is stopped meanwhile does not become ready any more.
    draining
        .run_until_cancelled(starting.settle(READY_WAIT))
        .await;
    handlers.loader().log_compiled();
    let listening: Vec<_> = listeners.iter().map(ToString::to_string).collect();
    status.set_ready(Ready {
        listeners,
        handlers: HandlerList::of(&handlers),
        methods: Some(methods),
        starts: Arc::clone(&context.starts),
        deploys: Some(deploys),
    });
    let scheme = match context.config.admin.tls {
        Some(_) => "https",
        None => "http",
    };
    tracing::info!(
        "ready; SIP on {}; admin on {scheme}://{admin}",
        listening.join(", ")
    );
    context.shutdown.tasks().spawn(async move {
        let finished = draining.run_until_cancelled(starting.finish()).await;
        if finished.is_some() {
            replacements.run(handlers, draining).await;
        }
    });
    Ok(context.shutdown.finish(context.config.server.drain).await)
}

/// Starts in a task of its own, since it may wait for a database or compile for long. None when it
/// was stopped before it was ready; then, and after an error, nothing of it is left.
async fn start(context: &ServerContext) -> Result<Option<Running>, StartError> {
    let mut starting = context
        .shutdown
        .tasks()
        .spawn(Running::start(context.clone()));
    let started = tokio::select! {
        ended = &mut starting => match ended {
            Ok(started) => started.map(Some),
            Err(broken) => Err(StartError::Fault(format!("the start broke: {broken}"))),
        },
        () = context.shutdown.draining().cancelled() => {
            starting.abort();
            Ok(None)
        }
    };
    if !matches!(started, Ok(Some(_))) {
        context.shutdown.cut_short();
        context.shutdown.finish(Duration::ZERO).await;
    }
    started
}

/// What POST /rpc can call: the process itself, and what runs as soon as it does.
pub(crate) fn methods(
    context: &ServerContext,
    status: &Arc<Status>,
    running: Option<&Running>,
) -> Result<RpcMethods, StartError> {
    let fault = |error: DuplicateMethod| StartError::Fault(error.to_string());
    let mut methods = RpcMethods::new();
    core_rpc::add(&mut methods, status, &context.shutdown).map_err(fault)?;
    if let Some(running) = running {
        let tariff = &context.config.tariff;
        let added = running.add_methods(&mut methods, tariff, status);
        added.map_err(fault)?;
        tokens::add(&mut methods, &context.tokens, running.is_tenant()).map_err(fault)?;
    }
    methods.add_help().map_err(fault)?;
    Ok(methods)
}

/// What the server speaks TLS with: nothing where it is not listened on.
fn server_tls(config: &Config) -> Result<Arc<ServerTls>, StartError> {
    let opened = config.tls.server.as_ref().map(|server| {
        let authorities = config.tls.authorities.clone();
        ServerTls::open(server, authorities).map_err(StartError::Certificate)
    });
    Ok(Arc::new(opened.transpose()?.unwrap_or_default()))
}

fn make_data_dir(config: &Config) -> Result<(), StartError> {
    let path = &config.server.data_dir;
    std::fs::create_dir_all(path).map_err(|why| StartError::DataDir {
        path: path.clone(),
        why,
    })
}
