//! What is this server, as one tenant sees it: Kamailio's `is_myself`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use evroute_module_api::{
    ModuleConfig, NewTenant, RunState, TenantPart, Value, VariableError, VariableName,
};
use evroute_proxy::OwnNames;
use evroute_sip::Uri;

/// The names that are a tenant's own: its domains, and the addresses that the server listens on.
/// Those of other tenants are not among them.
#[derive(Debug)]
pub struct SipTenant {
    /// The names, known once the sockets are open; nothing is its own before. They change with the
    /// tenant's domains.
    pub names: ArcSwapOption<OwnNames>,
    /// When the server was started, seconds since 1970: `$Tb`.
    pub started_seconds: i64,
    /// What was to be added to an answer and was refused.
    replies_refused: AtomicU64,
}

impl SipTenant {
    /// Without names.
    #[must_use]
    pub fn started_at(seconds: i64) -> Self {
        Self {
            names: ArcSwapOption::empty(),
            started_seconds: seconds,
            replies_refused: AtomicU64::new(0),
        }
    }

    pub(crate) fn count_refused_reply(&self) {
        self.replies_refused.fetch_add(1, Ordering::Relaxed);
    }

    /// How many header fields and bodies were to be added to an answer and were refused.
    pub(crate) fn replies_refused(&self) -> u64 {
        self.replies_refused.load(Ordering::Relaxed)
    }
}

impl TenantPart for SipTenant {}

/// What the operator says to this module: nothing.
#[derive(Debug)]
pub(crate) struct Config;

impl ModuleConfig for Config {
    fn keep(&self, tenant: &NewTenant<'_>) -> Arc<dyn TenantPart> {
        let seconds = i64::try_from((tenant.clock)() / 1_000_000);
        Arc::new(SipTenant::started_at(seconds.unwrap_or(i64::MAX)))
    }
}

/// `$Tb`; null where there is no server.
pub(crate) fn started(run: &mut RunState) -> Value {
    let tenant = run.handler_context.tenant.get::<SipTenant>();
    tenant.map_or(Value::Null, |tenant| Value::Int(tenant.started_seconds))
}

/// Whether a SIP URI names this server, as the server itself decides when it routes a request. A
/// URI without a port does where its host does.
pub(crate) fn is_myself(
    run: &mut RunState,
    name: &VariableName<'_>,
) -> Result<Value, VariableError> {
    let uri = name.argument.ok_or(VariableError::UnknownName)?;
    let tenant = run.handler_context.tenant.get::<SipTenant>();
    let names = tenant.and_then(|tenant| tenant.names.load_full());
    let is_own = match (names, Uri::parse(uri.as_bytes())) {
        (Some(names), Ok(uri)) => names.is_served_uri(&uri),
        (None, _) | (_, Err(_)) => false,
    };
    Ok(Value::Int(i64::from(is_own)))
}
