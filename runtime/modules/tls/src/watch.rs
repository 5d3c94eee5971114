//! A tenant's files, looked at from time to time.

use std::sync::Arc;

use evroute_certificates::TlsSource;
use evroute_event::{Cause, Port, Subject};
use evroute_module_api::LiveTenant;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::TenantTls;
use crate::events::TlsCertificateExpiring;

/// Looks at them until the tenant's end, and raises that its certificate ends soon.
pub(crate) async fn watch(
    tls: Arc<TenantTls>,
    tenant: LiveTenant,
    expiring: Port<TlsCertificateExpiring>,
) {
    let mut told = None;
    loop {
        let now = (tenant.clock)();
        let due = tls.expiring(now / 1_000_000);
        // Once for each day, and anew for another certificate.
        if due != told
            && let Some((not_after, days_left)) = due
        {
            raise(&tls, &tenant, &expiring, (now, not_after, days_left)).await;
        }
        told = due;
        let looked = timeout(TlsSource::LOOK_EVERY, tenant.draining.cancelled());
        if looked.await.is_ok() {
            return;
        }
        let (look, name) = (Arc::clone(&tls), tenant.id.to_string());
        // Files may be slow.
        let _ = spawn_blocking(move || tell(&name, look.reload(false))).await;
    }
}

async fn raise(
    tls: &TenantTls,
    tenant: &LiveTenant,
    port: &Port<TlsCertificateExpiring>,
    (now, not_after, days_left): (u64, u64, u32),
) {
    let names = tls.certificate().map(|one| one.names.clone());
    let names = names.unwrap_or_default();
    tracing::warn!(
        tenant = tenant.id.as_str(),
        days_left,
        ?names,
        "the tenant's certificate ends soon"
    );
    if !port.is_handled(tenant.index) {
        return;
    }
    let event = TlsCertificateExpiring {
        subject: Subject::at(now),
        names,
        not_after,
        days_left,
    };
    port.emit(Cause::outside(tenant.index), event).await;
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
