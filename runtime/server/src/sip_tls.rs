//! What the server itself speaks TLS with, looked at from time to time.

use std::sync::Arc;

use evroute_certificates::{ServerTls, TlsSource};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Looks at the files until `stop`.
pub(crate) async fn watch(tls: Arc<ServerTls>, stop: CancellationToken) {
    if !tls.is_spoken() {
        return;
    }
    while timeout(TlsSource::LOOK_EVERY, stop.cancelled())
        .await
        .is_err()
    {
        let look = Arc::clone(&tls);
        // Files may be slow.
        let _ = tokio::task::spawn_blocking(move || look.tell(&look.reload(false))).await;
    }
}
