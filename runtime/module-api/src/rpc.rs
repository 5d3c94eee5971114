//! What an operator can call over POST /rpc.

mod caller;
mod error;
mod params;
mod scope;

use std::pin::Pin;
use std::sync::Arc;

pub use caller::RpcCaller;
pub use error::RpcError;
pub use params::RpcParams;
pub use scope::{RpcAccess, RpcReach, RpcScope};

use crate::ServerState;

/// What a method answers: JSON, or why not.
pub type RpcResult = Result<serde_json::Value, RpcError>;

/// One method. Names as Kamailio's where it has one: `tm.t_uac_start`, `htable.dump`.
#[derive(Clone, Copy)]
pub struct RpcMethod {
    /// Its name; begins with the module's.
    pub name: &'static str,
    /// One line: the parameters and what it does.
    pub doc: &'static str,
    /// Who may call it.
    pub scope: RpcScope,
    /// Whether its results may be large: few of them are made at the same time.
    pub is_large: bool,
    /// What is called.
    pub call: RpcCall,
}

/// How a method answers.
#[derive(Clone, Copy)]
pub enum RpcCall {
    /// On the spot.
    Sync(fn(&ServerState, &RpcParams) -> RpcResult),
    /// After waiting for something.
    Async(fn(Arc<ServerState>, RpcParams) -> RpcFuture),
}

/// An answer that is waited for.
pub type RpcFuture = Pin<Box<dyn Future<Output = RpcResult> + Send>>;
