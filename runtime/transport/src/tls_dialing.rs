//! Who is asked before a connection over TLS is dialled.

use std::future::ready;
use std::net::SocketAddr;
use std::pin::Pin;

use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::error::TransportError;
use crate::flow::Target;
use crate::shared::Shared;
use crate::tls_peer::TlsPeer;

/// Who is asked before a connection over TLS is dialled.
pub trait TlsDialing: Send + Sync {
    /// Whether it may be; none where nobody has a say. Called inline by the task that dials, which
    /// waits for the answer as long as a handshake may take, and then gives it up. A panic inside
    /// is a no.
    fn admit(&self, to: SocketAddr, peer: &TlsPeer) -> Option<DialAnswer>;
}

/// Whether a connection may be dialled.
pub type DialAnswer = Pin<Box<dyn Future<Output = bool> + Send>>;

/// Who is asked, until the answer is there or nobody waits for it any more.
struct Asked(JoinHandle<bool>);

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Shared {
    /// Waits until it is known whether a connection may be dialled.
    pub(crate) async fn admit_dial(&self, to: &Target) -> Result<(), TransportError> {
        let (Some(peer), Some(dialing)) = (&to.peer, self.dialing.get()) else {
            return Ok(());
        };
        let mut answer: Option<DialAnswer> = Some(Box::pin(ready(false)));
        self.call("admit_dial", || answer = dialing.admit(to.remote, peer));
        let Some(answer) = answer else {
            return Ok(());
        };
        let handshakes = &self.counters.of(to.proto).handshakes;
        let mut asked = Asked(self.tracker.spawn(answer));
        match timeout(self.config.tls.handshake_timeout, &mut asked.0).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => {
                handshakes.dropped.add_one();
                Err(TransportError::Dropped)
            }
            Ok(Err(broken)) => {
                self.counters.receiver_panicked();
                tracing::error!(%broken, "what is asked before a dial broke");
                handshakes.dropped.add_one();
                Err(TransportError::Dropped)
            }
            Err(_) => {
                handshakes.late.add_one();
                Err(TransportError::Handshake)
            }
        }
    }
}
