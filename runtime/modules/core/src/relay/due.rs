//! Work on a branch that may be dropped half-way.

use std::sync::Arc;

use super::Relay;

/// A branch whose sending or answer is somebody's work. Where that work is dropped, since too much
/// waits already, the branch counts as answered with a status, instead of being waited for.
pub(super) struct Due {
    relay: Option<Arc<Relay>>,
    branch: usize,
    status: u16,
}

impl Due {
    pub(super) const fn new(relay: Arc<Relay>, branch: usize, status: u16) -> Self {
        Self {
            relay: Some(relay),
            branch,
            status,
        }
    }

    pub(super) fn done(mut self) {
        self.relay = None;
    }
}

impl Drop for Due {
    fn drop(&mut self) {
        if let Some(relay) = self.relay.take() {
            let (branch, status) = (self.branch, self.status);
            let core = Arc::clone(&relay.core);
            let failed = async move { relay.branch_failed(branch, status).await };
            core.layer.tasks().start(Box::pin(failed));
        }
    }
}
