//! Writes what tenants used from time to time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use evroute_log_throttle::LogThrottle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Usage;

/// What is lost of the numbers by a crash: this long at most.
const EVERY: Duration = Duration::from_secs(5);

/// Writes every five seconds what has changed, and once more at the end.
pub(crate) async fn keep(usage: Arc<Usage>, stop: CancellationToken) {
    let failures = LogThrottle::new();
    loop {
        let is_over = timeout(EVERY, stop.cancelled()).await.is_ok();
        let writing = Arc::clone(&usage);
        let written = tokio::task::spawn_blocking(move || writing.write()).await;
        if let Ok(Err(error)) = written
            && let Some(times) = failures.happened(Instant::now())
        {
            tracing::warn!(times, %error, "what tenants used is not kept; it is tried again");
        }
        if is_over {
            return;
        }
    }
}
