//! The operator's HTTP: GET /health, GET /metrics, POST /rpc, a status page at / and, where it is
//! asked for, a phone in the browser at /phone/.

mod admin_tls;
mod audit;
mod bounded_listener;
mod deploy;
mod feed;
mod gate;
mod health;
mod page;
mod phone;
mod routes;
mod rpc;
mod rpc_answer;
mod rpc_methods;
#[cfg(test)]
mod rpc_scopes;
mod status;
#[cfg(test)]
mod tests;
mod waiting;

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::deploys::Deploys;
use crate::feed::Feed;
use crate::metrics::families;
use crate::{AdminConfig, Metrics, Shutdown, StartError, Token, TokenStore};
use admin_tls::AdminTls;
pub use audit::{AuditLog, AuditSink, AuditedAction};
use bounded_listener::{Admitted, BoundedListener};
pub use evroute_module_api::{RpcError, RpcParams};
use gate::Doorkeeper;
use rpc_answer::AnswerMemory;
pub use rpc_methods::{DuplicateMethod, RpcMethods};
pub use status::{HandlerList, HandlerStatus, Ready, Status};
use waiting::{Place, Waiting, WaitingLimits};

/// The largest body of POST /rpc, in bytes. A larger one is answered 413.
const RPC_BODY_BYTES_MAX: usize = 1024 * 1024;

/// Connections that may wait for their header at the same time, and of one source. Each has one
/// request. For one more the oldest is closed.
const WAITING: WaitingLimits = WaitingLimits {
    all: 64,
    per_source: 16,
};

/// Requests that are answered at the same time, and as many beside them for /health alone.
const REQUESTS_MAX: usize = 64;
const HEALTH_REQUESTS_MAX: usize = 16;

/// Calls over POST /rpc at the same time. Some wait for a phone or a database for long; the other
/// requests are left for who asks how the server is.
const RPC_CALLS_MAX: usize = 48;

/// How long a connection may take for the header of its request, the request for its body, and its
/// peer to take more of the answer. Who is slower, or silent, gives the place back.
const HEADER_DEADLINE: Duration = Duration::from_secs(10);

/// How long connections may take to end when the server stops.
const CLOSE_GRACE: Duration = Duration::from_millis(500);

/// What the operator's HTTP is about.
#[derive(Clone, Debug)]
pub struct AdminParts {
    /// What POST /rpc can call during the start; [`Ready`] says what it can call then.
    pub methods: Arc<RpcMethods>,
    /// What GET /metrics shows.
    pub metrics: Arc<Metrics>,
    /// What GET /health and the status page show.
    pub status: Arc<Status>,
    /// The stop of this server; calls under way are part of what a drain waits for.
    pub shutdown: Shutdown,
    /// What those who look on are shown.
    pub feed: Arc<Feed>,
    /// Who may come in with what.
    pub tokens: Arc<TokenStore>,
    /// Where what is changed is kept.
    pub audit: Arc<dyn AuditSink>,
}

impl AdminParts {
    /// Where components go that are deployed; none during the start.
    fn deploys(&self) -> Option<Arc<Deploys>> {
        self.status.ready()?.deploys.clone()
    }

    /// What can be called now.
    fn methods(&self) -> &RpcMethods {
        let ready = self.status.ready();
        let methods = ready.and_then(|ready| ready.methods.as_ref());
        methods.unwrap_or(&self.methods)
    }
}

/// What handlers of HTTP requests see.
#[derive(Clone, Debug)]
struct AdminState {
    parts: AdminParts,
    doorkeeper: Arc<Doorkeeper>,
    calls: Arc<Semaphore>,
    requests: Arc<Semaphore>,
    health_requests: Arc<Semaphore>,
    answers: Arc<AnswerMemory>,
    /// The end of everything.
    stop: CancellationToken,
}

/// What a connection asks, once its header is there.
struct Arriving {
    router: TowerToHyperService<Router>,
    place: Arc<Place>,
}

impl Service<hyper::Request<Incoming>> for Arriving {
    type Response = <TowerToHyperService<Router> as Service<hyper::Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<Router> as Service<hyper::Request<Incoming>>>::Error;
    type Future = <TowerToHyperService<Router> as Service<hyper::Request<Incoming>>>::Future;

    fn call(&self, mut request: hyper::Request<Incoming>) -> Self::Future {
        self.place.arrived();
        request.extensions_mut().insert(Arc::clone(&self.place));
        self.router.call(request)
    }
}

/// The operator's HTTP, listening but not yet answering.
#[derive(Debug)]
pub struct Admin {
    listener: TcpListener,
    address: SocketAddr,
    token: Option<Token>,
    tls: Option<Arc<AdminTls>>,
    has_phone: bool,
    header_deadline: Duration,
}

impl Admin {
    /// Takes the address.
    ///
    /// # Errors
    /// [`StartError::Bind`], [`StartError::AdminTls`].
    pub async fn bind(config: &AdminConfig) -> Result<Self, StartError> {
        let tls = config.tls.as_ref().map(AdminTls::open).transpose();
        let tls = tls.map_err(StartError::AdminTls)?;
        let failed = |error| StartError::bind("[admin] address", config.address.to_string(), error);
        let listener = TcpListener::bind(config.address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            listener,
            address,
            token: config.token.clone(),
            tls,
            has_phone: config.phone,
            header_deadline: HEADER_DEADLINE,
        })
    }

    /// The address it has, with the port that the system chose where 0 was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` is cancelled, and a little longer for answers under way. It answers
    /// during a drain, too, so that whoever asks is told about it.
    pub async fn serve(self, parts: AdminParts, stop: CancellationToken) {
        let state = AdminState {
            doorkeeper: Arc::new(Doorkeeper::new(
                self.token,
                Arc::clone(&parts.tokens),
                self.address.ip().to_canonical().is_loopback(),
            )),
            parts,
            calls: Arc::new(Semaphore::new(RPC_CALLS_MAX)),
            requests: Arc::new(Semaphore::new(REQUESTS_MAX)),
            health_requests: Arc::new(Semaphore::new(HEALTH_REQUESTS_MAX)),
            answers: Arc::new(AnswerMemory::new()),
            stop: stop.clone(),
        };
        let waiting = Waiting::new(WAITING);
        let evicted = Arc::clone(&waiting);
        let metrics = Arc::clone(&state.parts.metrics);
        metrics.read_one(families::ADMIN_EVICTED, move || evicted.evicted());
        let doorkeeper = Arc::clone(&state.doorkeeper);
        metrics.read(families::ADMIN_REFUSED, move || doorkeeper.refused());
        let phone = phone::ROUTES.iter().filter(|_| self.has_phone);
        let rows = routes::ROUTES.iter().chain(phone);
        let router = rows.fold(Router::new(), |router, row| {
            router.route(row.path, (row.answers)())
        });
        let router = router
            .layer(DefaultBodyLimit::max(RPC_BODY_BYTES_MAX))
            .layer(from_fn_with_state(state.clone(), gate::gate))
            .with_state(state);
        let listener = BoundedListener::new(self.listener, waiting, self.header_deadline);
        let mut http = http1::Builder::new();
        // So a connection waits for a header once, and nobody keeps one open for nothing.
        http.keep_alive(false)
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_deadline);
        let (closing, mut connections) = (GracefulShutdown::new(), JoinSet::new());
        if let Some(tls) = &self.tls {
            connections.spawn(Arc::clone(tls).watch(stop.clone()));
        }
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some(_) = connections.join_next() => {}
                (admitted, place) = listener.accept() => {
                    let connection = Connection {
                        http: http.clone(),
                        tls: self.tls.as_ref().map(|tls| tls.acceptor()),
                        handshake_deadline: self.header_deadline,
                        router: router.clone(),
                        place,
                        closing: closing.watcher(),
                    };
                    connections.spawn(connection.serve(admitted));
                }
            }
        }
        // Whatever is left then is cut with the set of tasks.
        let _ = tokio::time::timeout(CLOSE_GRACE, closing.shutdown()).await;
    }
}

/// One connection, and what it is served by.
struct Connection {
    http: http1::Builder,
    tls: Option<TlsAcceptor>,
    handshake_deadline: Duration,
    router: Router,
    place: Arc<Place>,
    closing: Watcher,
}

impl Connection {
    /// Serves it to its end. Its handshake is part of the wait for its header: it may be evicted.
    async fn serve(self, admitted: Admitted) {
        let place = Arc::clone(&self.place);
        match place
            .unless_it_gives_way(self.serve_to_its_end(admitted))
            .await
        {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                tracing::debug!(%error, "a connection to the operator's HTTP was closed");
            }
            None => tracing::debug!("a connection to the operator's HTTP was evicted"),
        }
    }

    async fn serve_to_its_end(
        mut self,
        admitted: Admitted,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        match self.tls.take() {
            None => Ok(self.speak_http(admitted).await?),
            Some(tls) => {
                let handshake = tls.accept(admitted);
                let secured = tokio::time::timeout(self.handshake_deadline, handshake).await??;
                Ok(self.speak_http(secured).await?)
            }
        }
    }

    async fn speak_http<S>(self, stream: S) -> hyper::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = Arriving {
            router: TowerToHyperService::new(self.router),
            place: self.place,
        };
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        self.closing.watch(connection).await
    }
}
