//! CANCEL for a branch that is given up.

use std::sync::Arc;

use evroute_executor::BoxFuture;
use evroute_transaction::CancelCause;

use crate::layer::TransactionLayer;
use crate::user::ClientTransaction;

/// Who makes the CANCEL of a branch that is given up. It is a request of the server's own, so
/// handlers are asked: that is not for this layer to do.
pub trait CancelSender: Send + Sync {
    /// The CANCEL of this INVITE may go out now. To be sent with [`TransactionLayer::send`].
    fn cancel_due(
        self: Arc<Self>,
        transaction: Arc<ClientTransaction>,
        cause: CancelCause,
    ) -> BoxFuture;
}

impl TransactionLayer {
    pub(crate) fn cancel_due(&self, transaction: &Arc<ClientTransaction>, cause: CancelCause) {
        if let Some(sender) = self.cancel_sender() {
            self.tasks()
                .start(sender.cancel_due(Arc::clone(transaction), cause));
        }
    }
}
