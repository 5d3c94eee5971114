//! What guests may call: the payload of this module's event, `evroute:tls/types`.

use evroute_bindings::evroute::tls::types::{Host, HostCertificateExpiringEvent};
use evroute_bindings::{handle, import};
use evroute_module_api::{Capability, run_view};
use wasmtime::component::Resource;

use crate::events::TlsCertificateExpiring;

/// What this module implements of `evroute:tls`.
pub(crate) const ROWS: &[Capability] = &[Capability::of::<import::TlsTypes, TlsView<'static>>()];

run_view!(TlsView);

type Expiring = Resource<handle::CertificateExpiringEvent>;

impl Host for TlsView<'_> {}

impl HostCertificateExpiringEvent for TlsView<'_> {
    fn names(&mut self, _: Expiring) -> wasmtime::Result<Vec<String>> {
        let names = self.0.payload::<TlsCertificateExpiring>()?.names.clone();
        self.0.charge(names.iter().map(String::len).sum())?;
        Ok(names)
    }

    fn not_after(&mut self, _: Expiring) -> wasmtime::Result<u64> {
        self.0.charge(0)?;
        Ok(self.0.payload::<TlsCertificateExpiring>()?.not_after)
    }

    fn days_left(&mut self, _: Expiring) -> wasmtime::Result<u32> {
        self.0.charge(0)?;
        Ok(self.0.payload::<TlsCertificateExpiring>()?.days_left)
    }

    fn drop(&mut self, _: Expiring) -> wasmtime::Result<()> {
        Ok(())
    }
}
