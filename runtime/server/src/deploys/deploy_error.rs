//! Why a deploy did not happen.

use evroute_deploy::{PolicyRefusal, SignatureError, StoreError};

use crate::RpcError;

/// Why a deploy did not happen. What was in force is in force.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeployError {
    /// One sentence: what is wrong and what to do.
    #[error("{0}")]
    Refused(String),
    /// It asks for more than the tenant may have.
    #[error(transparent)]
    Policy(#[from] PolicyRefusal),
    /// The store refuses, or cannot.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<SignatureError> for DeployError {
    fn from(error: SignatureError) -> Self {
        Self::Policy(error.into())
    }
}

impl DeployError {
    pub(crate) fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }

    /// Whether whoever asked can do something about it.
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Policy(_) => true,
            Self::Store(error) => error.is_refusal(),
        }
    }
}

impl From<DeployError> for RpcError {
    fn from(error: DeployError) -> Self {
        match error.is_refusal() {
            true => Self::refused(error.to_string()),
            false => {
                tracing::error!(%error, "a deploy could not be kept");
                Self::internal(error.to_string())
            }
        }
    }
}
