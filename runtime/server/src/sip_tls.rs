//! What the server itself speaks TLS with, looked at from time to time.

use std::sync::Arc;

use evroute_certificates::{ServerTls, TlsSource};
use evroute_clock::now_us;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// From so many days before its end on the server's certificate is a line of the log, once a day.
/// Tenants say it for theirs.
const EXPIRING_DAYS: u64 = 14;

/// Looks at the files until `stop`.
pub(crate) async fn watch(tls: Arc<ServerTls>, stop: CancellationToken) {
    if !tls.is_spoken() {
        return;
    }
    let mut told = None;
    loop {
        let certificate = tls.certificate();
        let left = certificate
            .as_ref()
            .and_then(|one| one.days_left(now_us() / 1_000_000));
        let due = left.filter(|days| *days < EXPIRING_DAYS);
        if let Some(days_left) = due.filter(|_| due != told) {
            tracing::warn!(days_left, "the server's certificate ends soon");
        }
        told = due;
        if timeout(TlsSource::LOOK_EVERY, stop.cancelled())
            .await
            .is_ok()
        {
            return;
        }
        let look = Arc::clone(&tls);
        // Files may be slow.
        let _ = tokio::task::spawn_blocking(move || look.tell(&look.reload(false))).await;
    }
}
