//! What GET /metrics shows of certificates.

use evroute_certificates::ServerTls;
use evroute_module_api::{Metric, MetricKind, Samples, ServerState};

use crate::TenantTls;

/// This module's rows. The server's own certificate is that of the tenant without a name.
pub(crate) const ROWS: &[Metric] = &[
    Metric::new(
        "tls_certificate_not_after_seconds",
        MetricKind::Gauge,
        &["tenant"],
        "The last second of a certificate, since 1970; the server's is without tenant",
        |server| {
            all(
                server,
                |own| own.certificate()?.not_after,
                |tls| tls.certificate()?.not_after,
            )
        },
    ),
    Metric::new(
        "tls_reload_failures",
        MetricKind::Counter,
        &["tenant"],
        "How often files that had changed could not be used; what was is left",
        |server| {
            all(
                server,
                |own| Some(own.failures()),
                |tls| Some(tls.failures()),
            )
        },
    ),
];

fn all(
    server: &ServerState,
    of_server: fn(&ServerTls) -> Option<u64>,
    of_tenant: fn(&TenantTls) -> Option<u64>,
) -> Samples {
    let own = server.get().filter(|own: &&ServerTls| own.is_spoken());
    let own = own
        .and_then(of_server)
        .map(|number| (vec![String::new()], number));
    let of_tenants = server.by_tenant(|tls: &TenantTls| {
        let number = of_tenant(tls);
        number
            .map(|number| (Vec::new(), number))
            .into_iter()
            .collect()
    });
    own.into_iter().chain(of_tenants).collect()
}
