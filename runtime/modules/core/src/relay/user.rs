//! What the transactions of a forwarded request report: the proxy is their user (RFC 3261 17).

use std::sync::Arc;

use evroute_executor::BoxFuture;
use evroute_sip::Message;
use evroute_transaction::End;
use evroute_transaction_layer::{
    ClientTransaction, ClientTransactionUser, Reasons, ServerTransactionUser,
};
use evroute_transport::Flow;

use super::Relay;

impl ClientTransactionUser for Relay {
    fn response(
        self: Arc<Self>,
        transaction: Arc<ClientTransaction>,
        response: Message,
        flow: Flow,
    ) -> BoxFuture {
        if response.status().is_some_and(|status| status >= 200) {
            // Whoever called acknowledges a 2xx himself.
            transaction.request.release();
        }
        Box::pin(self.forward(transaction.branch, response, flow))
    }

    fn failed(self: Arc<Self>, transaction: Arc<ClientTransaction>, end: End) -> BoxFuture {
        Box::pin(async move {
            let status = match end.status() {
                // 9.1: who was to be cancelled counts as cancelled.
                Some(_) if self.is_called_off() => 487,
                Some(503) => self.unreachable(transaction.branch),
                Some(status) => status,
                None => return,
            };
            self.branch_failed(transaction.branch, status).await;
        })
    }

    fn answer_lost(self: Arc<Self>, transaction: Arc<ClientTransaction>) -> BoxFuture {
        Box::pin(async move { self.branch_failed(transaction.branch, 500).await })
    }

    fn abandoned(self: Arc<Self>, transaction: Arc<ClientTransaction>) -> BoxFuture {
        Box::pin(async move { self.branch_failed(transaction.branch, 487).await })
    }
}

impl ServerTransactionUser for Relay {
    fn cancelled(self: Arc<Self>, reasons: Reasons) -> BoxFuture {
        Box::pin(async move { self.call_off(reasons) })
    }
}
