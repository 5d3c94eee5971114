//! Why a request of the server's own was not sent.

use std::net::SocketAddr;

use evroute_proxy::ForwardError;
use evroute_resolver::Unresolved;
use evroute_sip::EditError;
use evroute_tenant::OverOutgoingRate;
use evroute_transaction_layer::SendError;
use evroute_transport::{Proto, Target};

/// Why a request was not sent.
#[derive(Debug, thiserror::Error)]
pub enum OriginateError {
    /// A handler of `tm:local-request` said `drop`.
    #[error("a handler of tm:local-request dropped it; it was not sent")]
    Dropped,
    /// It cannot be built as asked.
    #[error("the request cannot be built: {0}")]
    Invalid(#[from] EditError),
    /// Its next hop cannot be read.
    #[error("no way to send it: {0}")]
    Hop(#[from] ForwardError),
    /// Its next hop has no address.
    #[error(transparent)]
    Unresolved(#[from] Unresolved),
    /// A user of the tenant's, who is nowhere.
    #[error("{0} is a user of the tenant's own, without route or contact; nothing was sent")]
    NotReached(String),
    /// The socket that was asked for is none to send this from.
    #[error("{}:{} is no listener that this can be sent from; write \".\" to have one chosen", .0.as_param(), .1)]
    NoSocket(Proto, SocketAddr),
    /// We listen on no socket that could send it.
    #[error("no listener for {0}")]
    NoListener(Target),
    /// It does not fit into a datagram.
    #[error("too large for a datagram to {0}")]
    TooLarge(Target),
    /// The tenant sends as many as it may.
    #[error("{0}; nothing was sent; ask again in {wait} s", wait = .0.retry_after_seconds())]
    OverRate(#[from] OverOutgoingRate),
    /// No transaction for it.
    #[error(transparent)]
    Transaction(#[from] SendError),
}
