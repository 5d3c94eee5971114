//! Orders to replace a handler of a running server, from the same process.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_util::sync::CancellationToken;

use crate::handlers::Handlers;
use crate::{Replaced, StartError};

/// Why a handler was not replaced. The old revision is in force.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// The component is refused.
    #[error(transparent)]
    Refused(#[from] StartError),
    /// The server stops, or has stopped.
    #[error("the server has stopped")]
    Stopped,
}

/// One component to be read again.
struct Order {
    component: PathBuf,
    answer: SyncSender<Result<Replaced, StartError>>,
}

/// Gives orders to a server. Waits, so it belongs to a thread of its own.
#[derive(Clone)]
pub struct Replacer(Sender<Order>);

/// The server's end.
pub struct Replacements(Option<Receiver<Order>>);

/// Both ends of the queue of replacements of handlers.
#[must_use]
pub fn replacements() -> (Replacer, Replacements) {
    let (sender, receiver) = channel(1);
    (Replacer(sender), Replacements(Some(receiver)))
}

impl Replacer {
    /// Has a component read again and replace what its handlers were made of. Waits until it is in
    /// force, or refused; until the server is ready, if it is not yet.
    ///
    /// # Errors
    /// [`ReplaceError`]; the old revision is in force then.
    pub fn replace(&self, component: &Path) -> Result<Replaced, ReplaceError> {
        let (answer, answered) = sync_channel(1);
        let order = Order {
            component: component.to_owned(),
            answer,
        };
        self.0
            .blocking_send(order)
            .map_err(|_| ReplaceError::Stopped)?;
        let replaced = answered.recv().map_err(|_| ReplaceError::Stopped)?;
        Ok(replaced?)
    }
}

impl Replacements {
    /// Nobody will ask for any.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Obeys, one order after the other, until nobody can give any more or the server drains.
    /// Compiling takes a thread of its own: events go on meanwhile.
    pub(crate) async fn run(self, handlers: Arc<Handlers>, draining: CancellationToken) {
        let Some(mut orders) = self.0 else {
            return;
        };
        loop {
            let order = tokio::select! {
                order = orders.recv() => order,
                () = draining.cancelled() => None,
            };
            let Some(order) = order else {
                return;
            };
            let handlers = Arc::clone(&handlers);
            let work = move || handlers.replace(&order.component);
            let Ok(replaced) = tokio::task::spawn_blocking(work).await else {
                // A panic, which has been logged; the server goes on with the handlers that it has.
                return;
            };
            // Whoever gave the order may have gone.
            let _ = order.answer.send(replaced);
        }
    }
}
