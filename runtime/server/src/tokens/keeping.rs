//! The tokens of a server, from its start to its end.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::TokenStore;

/// How old the time may be at which a token was last used, after a crash.
const LAST_USED_EVERY: Duration = Duration::from_secs(60);

/// The tokens of this folder. A file that cannot be read keeps tokens out, and no call.
pub(crate) fn open(data_dir: &Path) -> Arc<TokenStore> {
    let store = TokenStore::open(data_dir).unwrap_or_else(|error| {
        tracing::error!(%error, "no token is known, and none can be made");
        TokenStore::unusable(data_dir, &error)
    });
    Arc::new(store)
}

/// Writes from time to time when tokens were last used, and once more at the end.
pub(crate) async fn keep_last_used(tokens: Arc<TokenStore>, stop: CancellationToken) {
    loop {
        let is_over = timeout(LAST_USED_EVERY, stop.cancelled()).await.is_ok();
        let store = Arc::clone(&tokens);
        let kept = tokio::task::spawn_blocking(move || store.keep_last_used()).await;
        if let Ok(Err(error)) = kept {
            tracing::warn!(%error, "when tokens were last used cannot be kept");
        }
        if is_over {
            return;
        }
    }
}
