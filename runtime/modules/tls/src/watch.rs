//! A tenant's files, looked at from time to time.

use std::sync::Arc;

use evroute_certificates::TlsSource;
use evroute_module_api::LiveTenant;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::TenantTls;

/// Looks at them until the tenant's end.
pub(crate) async fn watch(tls: Arc<TenantTls>, tenant: LiveTenant) {
    loop {
        let looked = timeout(TlsSource::LOOK_EVERY, tenant.draining.cancelled());
        if looked.await.is_ok() {
            return;
        }
        let (look, name) = (Arc::clone(&tls), tenant.id.to_string());
        // Files may be slow.
        let _ = spawn_blocking(move || tell(&name, look.reload(false))).await;
    }
}

/// Says in the log what became of a look.
pub(crate) fn tell<E: std::fmt::Display>(tenant: &str, reloaded: Result<bool, E>) {
    match reloaded {
        Ok(true) => tracing::info!(tenant, "the tenant speaks TLS with new files"),
        Ok(false) => {}
        Err(error) => {
            tracing::error!(tenant, %error, "the tenant keeps what it speaks TLS with");
        }
    }
}
