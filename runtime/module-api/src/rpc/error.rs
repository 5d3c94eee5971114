//! What a call over JSON-RPC answers when it does not answer a result.

use serde_json::{Value, json};

/// An error object (JSON-RPC 2.0 section 5.1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct RpcError {
    /// One of the constants below, or a method's own.
    pub code: i32,
    /// One sentence for people.
    pub message: String,
}

impl RpcError {
    /// The body is not JSON.
    pub const PARSE: i32 = -32700;
    /// The JSON is not a call.
    pub const INVALID_REQUEST: i32 = -32600;
    /// No such method.
    pub const METHOD_NOT_FOUND: i32 = -32601;
    /// Parameters missing, too many or of the wrong kind.
    pub const INVALID_PARAMS: i32 = -32602;
    /// The server's own fault.
    pub const INTERNAL: i32 = -32603;
    /// The call was understood and could not be done: no such table, a request that a handler
    /// dropped.
    pub const REFUSED: i32 = -32000;
    /// The call took longer than it may.
    pub const DEADLINE: i32 = -32001;

    /// The caller's token does not reach this.
    pub const FORBIDDEN: i32 = -32003;
    /// The answer would have more bytes than one may have.
    pub const TOO_LARGE: i32 = -32002;

    /// An error.
    #[must_use]
    pub fn new(code: i32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// [`Self::INVALID_PARAMS`]
    #[must_use]
    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(Self::INVALID_PARAMS, message)
    }

    /// [`Self::REFUSED`]
    #[must_use]
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Self::REFUSED, message)
    }

    /// [`Self::INTERNAL`]
    #[must_use]
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Self::INTERNAL, message)
    }

    /// The response object (JSON-RPC 2.0 section 5) to the call of this id.
    #[must_use]
    pub fn response(&self, id: &Value) -> Value {
        json!({ "jsonrpc": "2.0", "id": id, "error": { "code": self.code, "message": self.message } })
    }
}
