//! The list of modules: the index of the product. A new module is its directory and one line here.

use std::sync::Arc;

use evroute_event::UnknownEvent;
use evroute_module_api::{
    Authentication, Capability, ConnectionEnds, EventBinding, Locations, MetricFamily, Module,
    TenantState, TransportParts, Variables,
};

use evroute_tenant::TenantSlots;
use evroute_transport::{HttpReceiver, TlsDialing};

use crate::StartError;
use crate::metrics::FAMILIES;

/// Every module of this server. The order is that of their events in `docs/reference.md`, and who
/// may rely on whom.
pub const MODULES: &[&dyn Module] = &[
    &evroute_module_sip::SipModule,
    &evroute_module_core::CoreModule,
    &evroute_module_tm::TmModule,
    &evroute_module_usrloc::UsrlocModule,
    &evroute_module_htable::HtableModule,
    &evroute_module_timer::TimerModule,
    &evroute_module_custom::CustomModule,
    &evroute_module_deploy::DeployModule,
    &evroute_module_pv::PvModule,
    &evroute_module_log::LogModule,
    &evroute_module_sql::SqlModule,
    &evroute_module_auth::AuthModule,
    &evroute_module_wasi::WasiModule,
    &evroute_module_recordings::RecordingsModule,
    &evroute_module_tls::TlsModule,
    &evroute_module_xhttp::XhttpModule,
    &evroute_module_uac::UacModule,
    &evroute_module_tcpops::TcpopsModule,
];

/// The bridges of all events, in the order of their indices.
#[must_use]
pub(crate) fn bindings() -> Vec<Arc<dyn EventBinding>> {
    MODULES.iter().flat_map(|module| module.events()).collect()
}

/// Everything handlers may import.
#[must_use]
pub(crate) fn capabilities() -> Vec<Capability> {
    MODULES
        .iter()
        .flat_map(|module| module.capabilities().to_vec())
        .collect()
}

/// The words that the configuration grants capabilities by.
#[must_use]
pub(crate) fn grants() -> Vec<&'static str> {
    let mut words: Vec<_> = capabilities()
        .iter()
        .filter_map(|capability| capability.grant)
        .collect();
    words.dedup();
    words
}

/// All pseudo-variables.
#[must_use]
pub(crate) fn variables() -> Variables {
    Variables::new(
        MODULES
            .iter()
            .flat_map(|module| module.variables().to_vec()),
    )
}

/// Every family of numbers that GET /metrics shows: the server's, then those of modules.
#[must_use]
pub(crate) fn families() -> Vec<MetricFamily> {
    let of_modules = MODULES.iter().flat_map(|module| module.metrics());
    let of_modules = of_modules.map(|metric| metric.family);
    FAMILIES.iter().copied().chain(of_modules).collect()
}

/// Where users are: the first module that knows.
pub(crate) fn locations(
    tenants: &Arc<TenantSlots<TenantState>>,
    clock: fn() -> u64,
) -> Result<Arc<dyn Locations>, StartError> {
    let mut known = MODULES.iter();
    let known = known.find_map(|module| module.locations(tenants, clock));
    known.ok_or_else(|| StartError::Fault("no module knows where users are".to_owned()))
}

/// Who users are: the first module that knows.
pub(crate) fn authentication(
    tenants: &Arc<TenantSlots<TenantState>>,
    clock: fn() -> u64,
) -> Option<Arc<dyn Authentication>> {
    let mut known = MODULES.iter();
    known.find_map(|module| module.authentication(tenants, clock))
}

/// Who answers requests of HTTP: the first module that does.
pub(crate) fn http(
    parts: &Arc<TransportParts>,
) -> Result<Option<Arc<dyn HttpReceiver>>, UnknownEvent> {
    for module in MODULES {
        if let Some(receiver) = module.http(parts)? {
            return Ok(Some(receiver));
        }
    }
    Ok(None)
}

/// Who tells tenants of connections that are gone: the first module that does.
pub(crate) fn connection_ends(
    parts: &Arc<TransportParts>,
) -> Result<Option<Arc<dyn ConnectionEnds>>, UnknownEvent> {
    for module in MODULES {
        if let Some(ends) = module.connection_ends(parts)? {
            return Ok(Some(ends));
        }
    }
    Ok(None)
}

/// Who is asked before a connection over TLS is dialled: the first module that is.
pub(crate) fn tls_dialing(
    parts: &Arc<TransportParts>,
) -> Result<Option<Arc<dyn TlsDialing>>, UnknownEvent> {
    for module in MODULES {
        if let Some(dialing) = module.tls_dialing(parts)? {
            return Ok(Some(dialing));
        }
    }
    Ok(None)
}
